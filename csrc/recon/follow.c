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

static void finish(void *shared, int tree, const sv_cu *cu, int plane, const sv_level *levels)
{
    sv_finish_plane(shared, tree, cu, plane, levels);
#if defined(SVAC2_TRACE)
    sv_signs_trace(shared, tree, cu, plane);
#endif
}

sv_follower sv_follower_of(sv_frame *frame)
{
    return (sv_follower){frame, predict, start_signs, finish};
}
