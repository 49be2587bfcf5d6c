/* Residuals of the lossless coder: the models of their bins, and which of them serve for a sample.
 */
#ifndef SVAC2_ENTROPY_RESIDUAL_SITE_H
#define SVAC2_ENTROPY_RESIDUAL_SITE_H

#include "common/status.h"
#include "entropy/model.h"
#include "format/lossless.h"

enum {
    SV_RESIDUAL_MODELS = 5, /* of which the first three serve where little is to be done */
    SV_RESIDUAL_MODELS_FEW = 3,
    SV_RESIDUAL_CONTEXTS = 320, /* of a model */
    SV_RESIDUAL_CORRECTIONS = 20
};

/* Of a plane. */
typedef struct sv_residual_models {
    bool all;  /* of them serve, and both corrections; else few, and one */
    int count; /* of models */
    sv_counter *counters[SV_INPUTS_MAX]; /* [model][context][node] */
    sv_mix mixes[SV_RESIDUAL_NODES];
    sv_correction *corrections[SV_CORRECTIONS]; /* [correction][context][node] */
} sv_residual_models;

svac2_status sv_residual_models_create(sv_residual_models *models, bool all,
                                       const sv_logistic *logistic, svac2_error *error);
void sv_residual_models_destroy(sv_residual_models *models);

/* Of a sample. */
typedef struct sv_residual_site {
    sv_residual_models *models;
    const sv_logistic *logistic;
    int max;             /* the largest sample */
    int step, step_log2; /* of residuals: twice the largest error and one */
    int largest;         /* residual */
    /* What differs from sample to sample: */
    int mean;   /* in 1/64 samples */
    int centre; /* samples from here on are positive residuals, of which this is the least */
    int low_bits;
    int contexts[SV_RESIDUAL_MODELS];
    int corrections[SV_CORRECTIONS];
} sv_residual_site;

/* A residual: on which side of the mean, and how far out. */
typedef struct sv_sample_residual {
    int positive, magnitude;
} sv_sample_residual;

static inline sv_sample_residual sv_residual_of(const sv_residual_site *site, int sample)
{
    const int positive = sample >= site->centre;
    const int distance = positive ? sample - site->centre : site->centre - 1 - sample;
    return (sv_sample_residual){positive, distance / site->step};
}

/* The sample that a residual stands for. */
static inline int sv_sample_of(const sv_residual_site *site, sv_sample_residual residual)
{
    const int distance = residual.magnitude * site->step + site->step / 2;
    const int sample = residual.positive ? site->centre + distance : site->centre - 1 - distance;
    return sv_clip(sample, 0, site->max);
}

/* Models of a node's bin; all: as they say, for compilers to know. */
static inline void sv_site_at(const sv_residual_site *residual, int node, bool all, sv_site *site)
{
    sv_residual_models *models = residual->models;
    site->inputs = all ? SV_RESIDUAL_MODELS : SV_RESIDUAL_MODELS_FEW;
    site->correction_count = all ? SV_CORRECTIONS : 1;
    for (int i = 0; i < site->inputs; i++) {
        site->counters[i] = models->counters[i] + residual->contexts[i] * SV_RESIDUAL_NODES + node;
    }
    site->mix = &models->mixes[node];
    for (int i = 0; i < site->correction_count; i++) {
        site->corrections[i] =
            models->corrections[i] + residual->corrections[i] * SV_RESIDUAL_NODES + node;
    }
}

#endif
