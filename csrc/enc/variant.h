/* Ways to code a picture: with a base layer below it, or without. */
#ifndef SVAC2_ENC_VARIANT_H
#define SVAC2_ENC_VARIANT_H

#include "enc/layer.h"

/* What all ways share. */
typedef struct sv_encode_job {
    const svac2_encode_options *options;
    int qp; /* of the whole picture: the option, or what serves a target */
    svac2_subsampling subsampling;
    sv_env *env;
    sv_dsp dsp;
    sv_picture sources[SV_SCALE_MAX + 1]; /* by scale, as far as they are needed */
} sv_encode_job;

/* A part of the picture that is coded as if it were all of it; the corner lies on the grids of all
 * layers. */
typedef struct sv_region {
    int x, y;
    uint32_t width, height;
} sv_region;

/* A way to code a region: its layers, base first. Not to be moved. */
typedef struct sv_variant {
    sv_region region;
    int count;
    int scales[SVAC2_MAX_LAYERS];
    sv_picture sources[SVAC2_MAX_LAYERS]; /* views into the job's */
    sv_picture lower;                     /* the base layer, up-scaled */
    sv_layer_task tasks[SVAC2_MAX_LAYERS];
    sv_layer layers[SVAC2_MAX_LAYERS];
} sv_variant;

/* Codes a region; the variant, all zeros before, is to be destroyed in any case. */
svac2_status sv_variant_code(sv_variant *variant, sv_encode_job *job, const sv_region *region,
                             bool multiscale, svac2_error *error);
/* Codes nothing but the base layer of a region; variant->lower is that, up-scaled. */
svac2_status sv_variant_code_base(sv_variant *variant, sv_encode_job *job, const sv_region *region,
                                  int qp, svac2_error *error);
/* What that costs (common/env.h). */
uint64_t sv_variant_base_work(const sv_encode_job *job, const sv_region *region);
/* The squared error of the region, and lambda times the bits of all layers. */
svac2_status sv_variant_cost(sv_variant *variant, double *cost, svac2_error *error);
/* A quick trial of the whole picture at the job's qp, on its source at 1 : 1 and nothing else:
 * bytes, and error as sv_layer_error counts it. */
svac2_status sv_variant_probe(sv_encode_job *job, const sv_region *region, size_t *size,
                              double *squared_error, svac2_error *error);
uint64_t sv_variant_probe_work(const sv_region *region);
void sv_variant_destroy(sv_variant *variant);

/* What it costs to code a region, as progress counts it (common/env.h). */
uint64_t sv_variant_work(const sv_encode_job *job, const sv_region *region, bool multiscale);

static inline sv_layer *sv_variant_last(sv_variant *variant)
{
    return &variant->layers[variant->count - 1];
}

#endif
