/* Tables that a formula gives; tables.c is made by training/make_tables.py. */
#ifndef SVAC2_FORMAT_TABLES_H
#define SVAC2_FORMAT_TABLES_H

#include <stdint.h>

typedef enum sv_basis { SV_BASIS_DCT2, SV_BASIS_DST7, SV_BASIS_DCT8 } sv_basis;

/* Orthonormal bases times 4096, [sv_basis][log2 size - 2]. Forward: rows are frequencies (at most
 * 32 of them); inverse: the transposed matrix, rows are samples. */
extern const int16_t *const sv_tx_forward[3][5];
extern const int16_t *const sv_tx_inverse[3][5];

/* Up-right diagonal order of a grid, [log2 width][log2 height], entries y * 16 + x. */
extern const uint8_t *const sv_diagonal_scan[4][4];

/* 4-tap filters for 1/32 positions, [4 * fraction + tap], sum 64. */
extern const int8_t sv_intra_cubic[128];
extern const int8_t sv_intra_smooth[128];

/* The mode that a mode of luma means on a grid of half the width and the full height (4:2:2): of
 * directions the one that is nearest to the same line in the picture. */
extern const uint8_t sv_mode_at_half_width[67];

/* Quantiser steps of an octave in 1/1024, by the qp within it (quantiser.h). */
extern const uint16_t sv_step_scale[64];

/* Bits in 1/4096 of an event of probability (i + 1/2) / 256. */
enum { SV_BIN_PRICE_BITS = 8, SV_BIN_PRICES = 1 << SV_BIN_PRICE_BITS };
extern const uint16_t sv_bin_price[SV_BIN_PRICES];

/* 2^16 / (1 + e^(-i / 4)). */
extern const uint16_t sv_squash_nodes[34];

#endif
