/* The search for the trees of a CTU. */
#ifndef SVAC2_ENC_TREE_SEARCH_H
#define SVAC2_ENC_TREE_SEARCH_H

#include "enc/search.h"
#include "enc/snapshot.h"

/* The search of one thread, and what it keeps at each depth of the tree. */
typedef struct sv_tree_search {
    sv_search at;
    sv_snapshot snapshots[SV_TREE_DEPTH];
} sv_tree_search;

/* Readies a search, all zeros, for CTUs of the job. */
void sv_tree_search_start(sv_tree_search *search, const sv_search_job *job);

/* Decides both trees of a CTU: fills *trees, the reconstruction and the block maps, and moves
 * search->at.contexts on. */
void sv_search_ctu(sv_tree_search *search, int ctu_x, int ctu_y,
                   sv_ctu_tree *trees[SV_COMPONENTS_MAX]);

#endif
