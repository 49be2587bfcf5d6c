/* Levels for dependent quantisation, by a Viterbi search (Schwarz et al. 2019, "Hybrid video coding
 * with trellis-coded quantization"). */
#ifndef SVAC2_ENC_TRELLIS_H
#define SVAC2_ENC_TRELLIS_H

#include "enc/quantise.h"

/* Like sv_quantise for a task whose quantiser counts half steps. Levels are stored as
 * format/levels.h says. */
bool sv_trellis_quantise(const sv_quantise_task *task, int16_t *levels, double *gain);

#endif
