/* Deblocking of block edges on the 4-sample grid, in the manner of H.266 8.8.3.
 *
 * A filtered edge changes at most half of the block on each side and reads no sample that another
 * edge of the same direction changes, so edges of one direction may be filtered in any order:
 * bands of unit rows can be given to threads. All vertical edges that a band of horizontal edges
 * reads (up to two unit rows above the band) must be done first. */
#ifndef SVAC2_RECON_DEBLOCK_H
#define SVAC2_RECON_DEBLOCK_H

#include "dsp/dsp.h"
#include "format/block_map.h"
#include "image/picture.h"

/* The map is that of the plane's tree; rows count 4-sample units; qp is that of the plane. */
void sv_deblock_vertical_edges(const sv_plane *plane, const sv_block_map *map, int qp,
                               const sv_dsp *dsp, int first_row, int end_row);
void sv_deblock_horizontal_edges(const sv_plane *plane, const sv_block_map *map, int qp,
                                 const sv_dsp *dsp, int first_row, int end_row);

#endif
