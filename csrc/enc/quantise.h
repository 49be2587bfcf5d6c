/* The encoder's choice of levels for one block of coefficients. */
#ifndef SVAC2_ENC_QUANTISE_H
#define SVAC2_ENC_QUANTISE_H

#include "enc/effort.h"
#include "entropy/syntax.h"
#include "recon/residual.h"

struct sv_trellis;

/* What levels cost is kept from block to block for each weight that squared errors have: those of
 * the planes of a picture, and that of chroma's joint residual. */
enum { SV_SLOT_JOINT = SV_PLANES_MAX, SV_SLOTS };

typedef struct sv_quantise_task {
    struct sv_trellis *trellis; /* room for it (enc/trellis.h) */
    const sv_dsp *dsp;
    const sv_context_set *contexts;
    const sv_coefs *coefs;
    uint64_t version;   /* of the contexts */
    int slot;           /* a plane of the picture, or SV_SLOT_JOINT */
    int log2_w, log2_h; /* of the block */
    sv_coding coding;
    sv_last_sites last;
    sv_quantiser quantiser;
    double lambda; /* squared error of internal samples per bit, in this plane's units */
    sv_level_choice choice;
} sv_quantise_task;

/* In coefficient units. */
static inline double sv_step_size(sv_quantiser q)
{
    return (double)q.factor / (double)(1 << q.shift);
}

/* Fills levels (kept rectangle); false when all are zero. *gain: by how much the squared error
 * falls from that of no residual. */
bool sv_quantise(const sv_quantise_task *task, sv_level *levels, double *gain);

#endif
