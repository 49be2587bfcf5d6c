/* The modes of a luma block: what they predict, what coding them costs, and which of them deserve a
 * trial. */
#ifndef SVAC2_ENC_LUMA_MODES_H
#define SVAC2_ENC_LUMA_MODES_H

#include "enc/search.h"
#include "recon/intra.h"

typedef struct sv_candidate {
    uint8_t mode, line, tx;
    uint64_t price; /* of mode and line */
    double cost;
} sv_candidate;

enum { SV_CANDIDATES_MAX = 32 };

/* The best of those that were added, cheapest first. */
typedef struct sv_shortlist {
    int count, wanted;
    sv_candidate best[SV_CANDIDATES_MAX];
} sv_shortlist;

static inline void sv_shortlist_start(sv_shortlist *list, int wanted)
{
    list->count = 0;
    list->wanted = wanted;
}

void sv_shortlist_add(sv_shortlist *list, const sv_candidate *candidate);

/* A block whose modes are compared. */
typedef struct sv_luma_block {
    sv_search *search;
    const sv_cu *cu;
    int plane; /* of the picture */
    const uint16_t *original;
    ptrdiff_t stride;
    sv_intra_refs lines[SV_REFERENCE_LINES];
    int line_count;
    sv_mode_sites sites;
    uint16_t *prediction; /* of the mode that was predicted last */
} sv_luma_block;

void sv_luma_block_start(sv_luma_block *block, sv_search *search, const sv_cu *cu);

/* Whether the mode is one that a further line may take, or planar. */
bool sv_luma_is_probable(const sv_luma_block *block, int mode);

void sv_luma_predict(sv_luma_block *block, int mode, int line);

/* With its price. */
sv_candidate sv_luma_candidate(const sv_luma_block *block, int mode, int line);

/* Intra modes by the SATD of what they leave, and their price; as many as the list wants. */
void sv_luma_shortlist(sv_luma_block *block, sv_shortlist *list);

#endif
