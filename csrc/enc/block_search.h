/* The decision of one block: luma_search.c, chroma_search.c. */
#ifndef SVAC2_ENC_BLOCK_SEARCH_H
#define SVAC2_ENC_BLOCK_SEARCH_H

#include "enc/search.h"

/* Decides a block: fills *cu but its place in the tree's arrays, and the levels of the planes that
 * have any. Returns the cost without the split. Of luma INFINITY, and the block is undefined, where
 * that is expected to be above `limit`. */
double sv_search_luma_block(sv_search *search, sv_cu *cu, sv_level *levels, double limit);
double sv_search_chroma_block(sv_search *search, sv_cu *cu, sv_level *levels);

#endif
