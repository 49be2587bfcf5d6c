#include "recon/follow.h"

#include "recon/block.h"
#include "recon/signs.h"

static void predict(void *shared, int tree, const sv_cu *cu)
{
    sv_frame *frame = shared;
    sv_map_block(&frame->layout.maps[tree], cu);
    sv_predict_block(frame, tree, cu);
}

static void start_signs(void *shared, sv_sign_walk *walk, int tree, const sv_cu *cu, int plane,
                        sv_level *levels)
{
    sv_signs_start(walk, shared, tree, cu, plane, levels);
}

static void finish(void *shared, int tree, const sv_cu *cu, const sv_level *levels)
{
    sv_finish_block(shared, tree, cu, levels);
#if defined(SVAC2_TRACE)
    for (int plane = 0; plane < SV_COMPONENT_PLANES_MAX; plane++) {
        if (cu->cbf >> plane & 1) {
            sv_signs_trace(shared, tree, cu, plane);
        }
    }
#endif
}

sv_follower sv_follower_of(sv_frame *frame)
{
    return (sv_follower){frame, predict, start_signs, finish};
}
