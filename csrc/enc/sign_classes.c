#include "enc/sign_classes.h"

#include "recon/block.h"
#include "recon/signs.h"

static void classify_plane(const sv_frame *frame, int tree, const sv_cu *cu, int plane,
                           sv_level *levels, sv_coded_sign *signs)
{
    sv_sign_walk walk;
    sv_signs_start(&walk, frame, tree, cu, plane, levels);
    for (int i = 0; i < walk.foreseen; i++) {
        const int negative = levels[walk.order[i].place] < 0;
        const sv_sign sign = sv_sign_at(&walk, i);
        signs[i] = (sv_coded_sign)(sign.context << 1 | (sign.predicted ^ negative));
        sv_sign_take(&walk, &sign, negative);
    }
    for (int i = walk.foreseen; i < walk.count; i++) {
        const int negative = levels[walk.order[i].place] < 0;
        signs[i] = (sv_coded_sign)(SV_SIGN_OPEN << 1 | negative);
    }
}

static void classify_block(sv_frame *frame, int tree, const sv_cu *cu, sv_level *levels,
                           sv_coded_sign *signs)
{
    const sv_component *component = &frame->layout.components.list[tree];
    sv_level *at = levels;
    sv_map_block(&frame->layout.maps[tree], cu);
    sv_predict_block(frame, tree, cu);
    for (int plane = 0; plane < component->plane_count; plane++) {
        if (cu->cbf >> plane & 1) {
            classify_plane(frame, tree, cu, plane, at, signs);
            sv_finish_plane(frame, tree, cu, plane, at);
            at += sv_level_area(cu->log2_w, cu->log2_h);
            signs += sv_level_area(cu->log2_w, cu->log2_h);
        }
    }
}

void sv_classify_signs(sv_frame *frame, int ctu_x, int ctu_y, sv_ctu_tree *trees[SV_COMPONENTS_MAX])
{
    for (int tree = 0; tree < frame->layout.components.count; tree++) {
        const sv_node root = sv_tree_root(&frame->layout, tree, ctu_x, ctu_y);
        sv_ctu_tree *t = trees[tree];
        sv_map_clear(&frame->layout.maps[tree], &root);
        for (int i = 0; i < t->cu_count; i++) {
            const sv_cu *cu = &t->cus[i];
            classify_block(frame, tree, cu, &t->levels[cu->levels], &t->signs[cu->levels]);
        }
    }
}
