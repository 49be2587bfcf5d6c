/* Samples as ranks among the values that their plane has (format/value_table.h). */
#ifndef SVAC2_RECON_RANKS_H
#define SVAC2_RECON_RANKS_H

#include <stdbool.h>

#include "format/value_table.h"
#include "image/planes.h"

typedef struct sv_ranks {
    int depth; /* of the values */
    sv_value_table tables[SV_PLANES_MAX];
    uint16_t *memory;
} sv_ranks;

/* Tables for planes, yet empty; to be destroyed in any case. */
svac2_status sv_ranks_create(sv_ranks *ranks, int planes, int depth, svac2_error *error);
void sv_ranks_destroy(sv_ranks *ranks);

/* Enters the values that the planes have. */
void sv_ranks_collect(sv_ranks *ranks, const sv_planes *planes);
/* What ranks are coded with: 8 bits at least. */
int sv_ranks_depth(const sv_ranks *ranks, int planes);
void sv_values_to_ranks(const sv_ranks *ranks, sv_planes *planes);
/* False where a rank is beyond the table. */
bool sv_ranks_to_values(const sv_ranks *ranks, sv_planes *planes);

#endif
