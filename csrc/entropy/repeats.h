/* Colours that repeat, in screens, drawings, masks, maps of labels: what has been seen of a picture
 * tells which colours its next pixel may have. A pixel is a number that stands for the samples of
 * all planes at a place. */
#ifndef SVAC2_ENTROPY_REPEATS_H
#define SVAC2_ENTROPY_REPEATS_H

#include <stdbool.h>

#include "common/status.h"
#include "entropy/model.h"

enum {
    SV_REPEAT_ROWS = 4,   /* the row being coded and those above that templates reach */
    SV_REPEAT_MARGIN = 4, /* how far they reach to a side */
    SV_TEMPLATES = 4,
    SV_RECENT = 3,
    SV_CONFIDENCES = 16,
    SV_CANDIDATES_MAX = 6,
    SV_EDGES = 256,
    SV_NEIGHBOURS = 64,
    SV_HISTORIES = 81,
    SV_PARTNER_SEEN_MAX = 7,
    SV_SUCCESSES = 8
};

/* How a pixel was found; a context of later ones. One that was not looked for counts as if its
 * neighbours had been the candidates. */
typedef enum sv_outcome { SV_FOUND_FIRST, SV_FOUND_LATER, SV_FOUND_NOT, SV_NOT_SOUGHT } sv_outcome;

/* Colours that followed the same surroundings, the latest first. */
typedef struct sv_recent {
    uint32_t colours[SV_RECENT];
    uint16_t check;     /* of the hash of the surroundings */
    uint8_t count, run; /* run: how often the latest one came again */
} sv_recent;

/* The colour that a sample of the first plane was last seen in, and how often in succession. */
typedef struct sv_partner {
    uint32_t colour, seen; /* seen: at most SV_PARTNER_SEEN_MAX */
} sv_partner;

/* Colours that the next pixel may have, the likeliest first. */
typedef struct sv_candidates {
    int count;
    uint32_t colours[SV_CANDIDATES_MAX];
    sv_recent *recent[SV_TEMPLATES]; /* where they come from, the largest template first */
} sv_candidates;

typedef struct sv_repeat_models sv_repeat_models;

/* Of the planes whose samples are pixels. */
typedef struct sv_pixel_format {
    int width, height;
    int planes, depth; /* a pixel has planes * depth bits, 32 at most */
    int max_error;     /* of a sample: an encoder may take a colour for another that is so near */
} sv_pixel_format;

typedef struct sv_repeats {
    sv_pixel_format format;
    uint32_t *rows[SV_REPEAT_ROWS]; /* the one being coded first; x = 0 is behind a margin */
    uint8_t *outcomes[2];           /* of this row and the one above, likewise */
    int *misses[2];                 /* pixels in succession that were not found, likewise */
    int *rows_same;                 /* pixels in succession that equal the one above, by column */
    int run;                        /* pixels in succession that equal the one to the left */
    sv_recent *recent;              /* SV_TEMPLATES tables of 2^recent_log2 */
    int recent_log2;
    sv_partner *partners; /* by sample of the first plane */
    int successes;        /* of the last guesses by partners, one bit each */
    int success_rate;     /* 16 bit */
    /* Of the pixel under way: */
    bool sought;
    sv_candidates candidates; /* where it is sought */
    sv_outcome outcome;
    sv_repeat_models *models;
    const sv_logistic *logistic;
    void *memory;
} sv_repeats;

/* Bytes that are kept of so many pixels, beside what hangs on the width or the depth. */
uint64_t sv_repeats_memory(uint32_t width, uint32_t height);

/* To be destroyed in any case. */
svac2_status sv_repeats_create(sv_repeats *repeats, const sv_pixel_format *format,
                               const sv_logistic *logistic, svac2_error *error);
void sv_repeats_destroy(sv_repeats *repeats);

/* The sample of a plane, in the order of coding. */
static inline int sv_pixel_sample(const sv_pixel_format *format, uint32_t pixel, int plane)
{
    const uint32_t shifted = pixel >> format->depth * (format->planes - 1 - plane);
    return (int)(shifted & ((1u << format->depth) - 1));
}

/* Whether a colour may stand for the pixel. */
bool sv_pixel_is(const sv_pixel_format *format, uint32_t pixel, uint32_t colour);

void sv_repeats_start_row(sv_repeats *repeats);
/* Enters the pixel at x, whose outcome stands in *repeats. */
void sv_repeats_enter(sv_repeats *repeats, int x, uint32_t pixel);

/* Whether all pixels around x are alike. */
bool sv_repeats_flat(const sv_repeats *repeats, int x);
/* Whether nothing around was found, so that candidates are not worth their bins. */
bool sv_repeats_hopeless(const sv_repeats *repeats, int x);
/* Fills repeats->candidates. In flat surroundings the pixel to the left is none: it has been asked
 * for. */
void sv_repeats_seek(sv_repeats *repeats, int x, bool flat);

/* What tells whether a pixel is the one to the left; in flat surroundings. */
void sv_flat_site(const sv_repeats *repeats, int x, sv_site *site);
/* Whether it is one of the candidates. */
void sv_candidate_site(const sv_repeats *repeats, int x, int index, sv_site *site);
/* Whether its colour is that of the first sample's partner. False where no guess is worth a bin. */
bool sv_partner_site(const sv_repeats *repeats, int first, sv_site *site);

#endif
