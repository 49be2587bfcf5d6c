/* What encoding takes of memory, from the arguments alone. */
#include "common/parallel.h"
#include "enc/effort.h"
#include "enc/encoder.h"
#include "enc/lossless.h"
#include "enc/tree_search.h"
#include "format/wave.h"
#include "image/rows.h"
#include "recon/lossless.h"

/* Bytes for a sample of luma, CTUs taken whole; tests/c/allocation_check.c measures them. */
typedef struct costs {
    uint64_t picture;     /* source and frame, trees and block maps, what is written */
    uint64_t restoration; /* beyond that, once it is searched for: planes, lines and mixes */
    uint64_t lower;       /* a base layer, its source, and the picture scaled up from it */
    uint64_t second;      /* a frame with its trees */
} costs;

enum { REST = 1 << 19 };

static uint32_t colours_of(const svac2_image *image) { return image->channels < 3 ? 1 : 3; }

static costs costs_of(const svac2_image *image, const svac2_encode_options *options)
{
    if (colours_of(image) == 1) {
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

/* Bytes for a sample of a lossless part: as it is coded and again as it is verified, and a payload
 * that grows by doubling; the fast method notes what it codes, too. */
enum { LOSSLESS = 4, PAYLOAD = 4, FAST_NOTES = 20 };

/* Of a pixel of so many samples without loss. */
static uint64_t lossless_cost(const svac2_image *image, const svac2_encode_options *options,
                              uint32_t samples)
{
    uint64_t notes = options->effort <= SV_FAST_EFFORT_MAX ? FAST_NOTES : 0;
    return samples * (LOSSLESS + (PAYLOAD + notes) * sv_sample_size((int)image->bit_depth));
}

/* Of a pixel of colour. */
static uint64_t colour_cost(const svac2_image *image, const svac2_encode_options *options)
{
    const costs c = costs_of(image, options);
    if (options->lossless) {
        return lossless_cost(image, options, colours_of(image)) +
               (options->mode == SVAC2_MODE_MULTISCALE ? c.lower : 0);
    }
    return c.picture + (options->model != NULL ? c.restoration : 0) +
           (options->mode != SVAC2_MODE_NORMAL ? c.lower : 0) +
           (holds_both(image, options) ? c.second : 0);
}

static uint64_t lossless_state(const svac2_image *image, const svac2_encode_options *options)
{
    bool of_alpha = image->channels % 2 == 0 && options->alpha_qp == SVAC2_ALPHA_LOSSLESS;
    uint32_t planes = options->lossless ? colours_of(image) : of_alpha;
    return sv_lossless_state(image->width, image->height, planes, image->bit_depth);
}

uint64_t svac2_encode_memory(const svac2_image *image, const svac2_encode_options *options)
{
    uint64_t ctus = sv_ctus_of(image->width, image->height);
    uint64_t threads = (uint64_t)options->threads;
    const uint64_t pixel = image->channels * sv_sample_size((int)image->bit_depth);
    uint64_t cost = colour_cost(image, options);
    cost += options->target_psnr > 0 ? pixel : 0;
    if (image->channels % 2 == 0) { /* the image split, alpha decoded, its payloads */
        cost += pixel + 4;
    }
    uint64_t metadata = 0;
    for (size_t i = 0; i < options->metadata_count; i++) {
        metadata += options->metadata[i].size;
    }
    const uint64_t wave = (uint64_t)sv_wave_kept(SV_WAVE_MAX) * sizeof(sv_wave_row);
    const uint64_t network = options->model != NULL ? SVAC2_MEMORY_OF_NETWORK : 0;
    return ctus * SV_CTU_SIZE * SV_CTU_SIZE * cost + wave + metadata +
           threads * (sizeof(sv_tree_search) + sizeof(sv_writer) + network) +
           (threads - 1) * SV_WORKER_STACK + REST + lossless_state(image, options);
}
