/* All that describes a coded node, to bring it back after other ways were tried. */
#ifndef SVAC2_ENC_SNAPSHOT_H
#define SVAC2_ENC_SNAPSHOT_H

#include "enc/search.h"

/* How far the arrays of a tree are filled. */
typedef struct sv_tree_position {
    int split_count, cu_count;
    uint32_t level_count;
} sv_tree_position;

typedef struct sv_snapshot {
    sv_context_changes contexts;
    sv_tree_position size; /* what the node added to the tree */
    uint8_t splits[SV_CTU_MAX_NODES];
    sv_cu cus[SV_CTU_MAX_CUS];
    sv_level levels[SV_CTU_MAX_LEVELS];
    uint16_t samples[SV_COMPONENT_PLANES_MAX][SV_CTU_SIZE * SV_CTU_SIZE];
    uint16_t prediction[SV_CTU_SIZE * SV_CTU_SIZE]; /* of luma, where the frame keeps it */
    sv_unit units[SV_CTU_MAX_CUS];
} sv_snapshot;

sv_tree_position sv_tree_position_of(const sv_ctu_tree *tree);
void sv_tree_rewind(sv_ctu_tree *tree, sv_tree_position start);

/* Keeps the node that the search has just coded, or brings it back; start: of the tree before it.
 */
void sv_snapshot_keep(sv_snapshot *snapshot, const sv_search *search, const sv_node *node,
                      sv_tree_position start);
void sv_snapshot_restore(sv_snapshot *snapshot, sv_search *search, const sv_node *node,
                         sv_tree_position start);

#endif
