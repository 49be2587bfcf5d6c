/* Quantisers: qps, in units of 1 / SVAC2_QP_ONE, and their steps. */
#ifndef SVAC2_FORMAT_QUANTISER_H
#define SVAC2_FORMAT_QUANTISER_H

#include "format/tables.h"
#include "include/svac2.h"

/* In which the step doubles. */
enum { SV_QP_OCTAVE_LOG2 = 6, SV_QP_OCTAVE = 1 << SV_QP_OCTAVE_LOG2 };

/* The least qp of pictures of a depth: the step is one of their samples. */
static inline int sv_qp_min(int depth) { return -SV_QP_OCTAVE * (depth - 8); }

/* What levels are multiples of: of the step, or, by a state, of half a step that is a little larger
 * (format/dependent.h), so that both have about the same error. */
typedef enum sv_quantisation { SV_QUANTISATION_PLAIN, SV_QUANTISATION_DEPENDENT } sv_quantisation;
enum { SV_DEPENDENT_QP = 11 }; /* by which it is larger */

/* What is given for whole qps alone goes by the nearest one: initial contexts, deblocking, a
 * network's sets of weights. */
static inline int sv_whole_qp(int qp) { return (qp + SVAC2_QP_ONE / 2) >> 3; }

/* The step in 1/2^SV_STEP_BITS of a sample: of an 8-bit picture at a qp, of a deeper one at
 * qp - sv_qp_min(depth). */
enum { SV_STEP_BITS = 10 };
static inline int sv_step_at(int index)
{
    return sv_step_scale[index & (SV_QP_OCTAVE - 1)] << (index >> SV_QP_OCTAVE_LOG2);
}

#endif
