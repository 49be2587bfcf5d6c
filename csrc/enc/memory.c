/* What encoding takes of memory, from the arguments alone. */
#include "common/parallel.h"
#include "enc/effort.h"
#include "enc/encoder.h"
#include "enc/tree_search.h"
#include "image/rows.h"

/* Bytes for a sample of luma, CTUs taken whole; tests/c/allocation_check.c measures them. */
typedef struct costs {
    uint64_t picture;     /* source and frame, trees and block maps, what is written */
    uint64_t restoration; /* beyond that, once it is searched for: planes, lines and mixes */
    uint64_t lower;       /* a base layer, its source, and the picture scaled up from it */
    uint64_t second;      /* a frame with its trees */
} costs;

enum { REST = 1 << 19 };

static costs costs_of(const svac2_image *image, const svac2_encode_options *options)
{
    if (image->channels < 3) {
        return (costs){.picture = 14, .restoration = 3, .lower = 6, .second = 4};
    }
    switch (options->subsampling) {
    case SVAC2_SUBSAMPLING_420:
        return (costs){.picture = 22, .restoration = 15, .lower = 8, .second = 7};
    case SVAC2_SUBSAMPLING_422:
        return (costs){.picture = 26, .restoration = 12, .lower = 10, .second = 8};
    default:
        return (costs){.picture = 34, .restoration = 6, .lower = 14, .second = 10};
    }
}

/* Mode "auto" holds both ways to code the picture where it tries them on the whole. */
static bool holds_both(const svac2_image *image, const svac2_encode_options *options)
{
    bool small = image->width < SV_PROBED_SIDE && image->height < SV_PROBED_SIDE;
    return options->mode == SVAC2_MODE_AUTO &&
           (small || sv_effort_of(options->effort)->whole_trial);
}

uint64_t svac2_encode_memory(const svac2_image *image, const svac2_encode_options *options)
{
    uint64_t ctus = sv_ctus_of(image->width, image->height);
    uint64_t threads = (uint64_t)options->threads;
    costs c = costs_of(image, options);
    uint64_t cost = c.picture;
    cost += options->model != NULL ? c.restoration : 0;
    cost += options->mode != SVAC2_MODE_NORMAL ? c.lower : 0;
    cost += holds_both(image, options) ? c.second : 0;
    const uint64_t pixel = image->channels * sv_sample_size((int)image->bit_depth);
    cost += options->target_psnr > 0 ? pixel : 0;
    if (image->channels % 2 == 0) { /* the parts, alpha decoded, its payloads */
        cost += pixel + 4;
    }
    uint64_t metadata = 0;
    for (size_t i = 0; i < options->metadata_count; i++) {
        metadata += options->metadata[i].size;
    }
    return ctus * SV_CTU_SIZE * SV_CTU_SIZE * cost + metadata + threads * sizeof(sv_tree_search) +
           (threads - 1) * SV_WORKER_STACK + REST;
}
