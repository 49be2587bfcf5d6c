/* Both chroma planes of a block by one residual: Cb's, a part of which Cr takes (format/cross.h).
 */
#ifndef SVAC2_ENC_CHROMA_JOINT_H
#define SVAC2_ENC_CHROMA_JOINT_H

#include "enc/search.h"

/* A trial of both planes: what Cb may cost, else it is given up; found: what Cb costs, and whether
 * there are levels but the first. */
typedef struct sv_chroma_trial {
    double cb_limit, cb_cost;
    bool beyond_first;
} sv_chroma_trial;

/* Cost of both planes against the predictions in the scratch, without mode and transform set. Sets
 * the flags and the factor in *cu. INFINITY where the planes have not enough in common. levels: of
 * both. */
double sv_try_joint(sv_search *search, sv_cu *cu, sv_level *levels, sv_chroma_trial *trial);

#endif
