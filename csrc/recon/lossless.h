/* What encoder and decoder know of a sample before it is coded: its mean, and contexts. */
#ifndef SVAC2_RECON_LOSSLESS_H
#define SVAC2_RECON_LOSSLESS_H

#include "entropy/model.h"
#include "entropy/repeats.h"
#include "entropy/residual_site.h"
#include "format/lossless.h"
#include "image/planes.h"
#include "recon/linear.h"

enum {
    SV_LOSSLESS_PAD = 8,  /* samples on either side of a row */
    SV_LOSSLESS_ROWS = 4, /* the current one, and those above it */
    SV_EXPERTS_MAX = 2,
    SV_OWN_TAPS_MAX = 13,
    SV_OTHER_TAPS_MAX = 8,
    SV_OTHER_TAPS_BY_PIXEL = 6,
    SV_BELOW_TAPS = 5,
    SV_BELOW_ROWS = 3
};

/* A neighbour. */
typedef struct sv_neighbour {
    int8_t left, up; /* columns, negative to the left; rows */
} sv_neighbour;

/* Those that samples are predicted from, in their own plane, nearer ones first, and in the planes
 * before it, of which the last are there only by plane. */
extern const sv_neighbour sv_own_taps[SV_OWN_TAPS_MAX];
extern const sv_neighbour sv_other_taps[SV_OTHER_TAPS_MAX];

/* What planes are coded with. */
typedef struct sv_lossless_setup {
    int depth;
    uint32_t cpu;           /* of the kernels: SVAC2_CPU_* bits, already masked */
    const sv_planes *below; /* NULL, or the layer below, up-scaled, as samples of the image */
} sv_lossless_setup;

/* How much is done for a sample. */
typedef struct sv_lossless_level {
    int own, other; /* taps */
    int experts;
    int fits; /* segments that weights are used for */
    bool all_models;
} sv_lossless_level;

/* Rows of numbers with room on both sides; [0] is the current one. */
typedef struct sv_sample_rows {
    int32_t *rows[SV_LOSSLESS_ROWS];
    int32_t *memory;
} sv_sample_rows;

typedef struct sv_lossless_plane {
    sv_sample_rows samples;
    sv_sample_rows below;  /* of the layer below: this row, the one above, the one after it */
    sv_sample_rows errors; /* of the mean, in 1 / 16 samples */
    int taps, expert_count;
    sv_linear experts[SV_EXPERTS_MAX];
    sv_sample_rows expert_errors[SV_EXPERTS_MAX]; /* their sizes, in 1 / 8 samples */
    sv_linear_segment segment;
    int fitted; /* the last segment of the row that has weights */
    sv_residual_models models;
    /* Of the sample under way: */
    sv_residual_site site;
    int32_t base;
    int16_t inputs[SV_LINEAR_PITCH_MAX];
    int32_t means[SV_EXPERTS_MAX];
} sv_lossless_plane;

typedef struct sv_lossless {
    sv_lossless_header header;
    const sv_lossless_level *level;
    int count, width, depth, max;
    int row;
    int32_t own_offsets[SV_OWN_TAPS_MAX]; /* of neighbours from a sample, in this row */
    int32_t other_offsets[SV_OTHER_TAPS_MAX];
    const sv_planes *below;
    sv_dsp dsp;
    sv_logistic logistic;
    sv_lossless_plane planes[SV_PLANES_MAX];
    sv_repeats repeats; /* by pixel */
} sv_lossless;

svac2_status sv_sample_rows_create(sv_sample_rows *rows, int width, svac2_error *error);

/* What the functions further below are made of: the mean of a sample, what is learnt from it, and
 * what is to be done once it is passed, coded or not; its contexts. */
svac2_status sv_lossless_create_experts(sv_lossless *lossless, int plane, svac2_error *error);
void sv_lossless_start_experts(sv_lossless *lossless, int plane);
void sv_lossless_find_mean(sv_lossless *lossless, int plane, int x);
void sv_lossless_learn(sv_lossless *lossless, int plane, int x, int sample);
void sv_lossless_pass(sv_lossless *lossless, int plane, int x);
void sv_lossless_find_contexts(sv_lossless *lossless, int plane, int x);

/* Planes have the setup's depth; the layer below is there if the header says that it serves. To be
 * destroyed in any case. */
svac2_status sv_lossless_create(sv_lossless *lossless, const sv_lossless_header *header,
                                const sv_planes *planes, const sv_lossless_setup *setup,
                                svac2_error *error);
void sv_lossless_destroy(sv_lossless *lossless);

/* Rows are coded from the top, in each of them plane after plane from the left; or, by pixel, all
 * planes of a column before the next. */
void sv_lossless_start_row(sv_lossless *lossless, int row);
/* What is known of a sample. */
const sv_residual_site *sv_lossless_predict(sv_lossless *lossless, int plane, int x);
/* What the sample is. */
void sv_lossless_take(sv_lossless *lossless, int plane, int x, int sample);
/* The same of one that is known otherwise: it has not been predicted. */
void sv_lossless_know(sv_lossless *lossless, int plane, int x, int sample);
/* By pixel: all samples at x have been taken. */
void sv_lossless_end_pixel(sv_lossless *lossless, int x);
/* The row of a plane is complete. */
void sv_lossless_end_row(sv_lossless *lossless, int plane);

/* What a row of so many planes costs (common/env.h), and all of them. */
static inline uint64_t sv_lossless_row_cost(uint32_t width, uint32_t planes)
{
    return 1 + (uint64_t)width * planes / 16;
}
static inline uint64_t sv_lossless_cost(uint32_t width, uint32_t height, uint32_t planes)
{
    return height * sv_lossless_row_cost(width, planes);
}

/* Whether planes can be coded by pixel: a number of 32 bits must hold all samples. */
static inline bool sv_lossless_can_repeat(int count, int depth) { return count * depth <= 32; }

/* Bytes that coder or decoder of a part keep at most: models, rows, tables of values, and what is
 * kept of pixels. */
static inline uint64_t sv_lossless_state(uint32_t width, uint32_t height, uint32_t planes,
                                         uint32_t depth)
{
    enum { MODELS = 5 << 17, COLUMN = 1300, VALUE = 8 };
    return planes == 0 ? 0
                       : planes * (MODELS + (uint64_t)COLUMN * width + (VALUE << depth)) +
                             sv_repeats_memory(width, height);
}

/* The plane that comes at a place in the order of coding: green first. */
static inline int sv_lossless_order(int count, int index)
{
    return count == 1 ? 0 : index == 0 ? 1 : index == 1 ? 0 : 2;
}

#endif
