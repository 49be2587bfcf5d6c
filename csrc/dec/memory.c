/* What decoding takes of memory, from the header alone. */
#include "common/intmath.h"
#include "dec/blocks.h"
#include "dec/decoder.h"
#include "format/limits.h"
#include "format/wave.h"
#include "image/rows.h"
#include "recon/finish.h"
#include "recon/lossless.h"

/* Per sample of luma, rounded up. Restoration of chroma: sums and mixes of the two coarser levels,
 * 17 numbers of 4 bytes for each cell of 8x8 and 32x32 samples. */
enum { SAMPLE = 2, CHROMA_LINES = 2 };
enum { REST = 1 << 20 };

typedef struct layer_size {
    uint64_t luma, chroma; /* samples, rows rounded up as planes have them */
} layer_size;

static layer_size size_of(const sv_file_header *file, uint32_t width, uint32_t height)
{
    const sv_components components = sv_components_of((svac2_subsampling)file->subsampling);
    layer_size size = {0, 0};
    for (int p = 0; p < components.plane_count; p++) {
        const sv_component *c = sv_component_at(&components, p);
        uint64_t columns = (uint64_t)sv_plane_stride(sv_aligned_size(width) >> c->shift_x);
        uint64_t samples = columns * (uint64_t)(sv_aligned_size(height) >> c->shift_y);
        *(p == 0 ? &size.luma : &size.chroma) += samples;
    }
    return size;
}

static uint64_t planes(layer_size s) { return SAMPLE * (s.luma + s.chroma); }

/* Rows of CTUs in a window, with block maps of one more and those that the adaptive loop filter
 * keeps, an eighth; of what restores them luma, and the lines of chroma. */
static uint64_t window(const sv_file_header *file, const sv_layer_header *layer, bool restores_luma,
                       int threads)
{
    const sv_components components = sv_components_of((svac2_subsampling)file->subsampling);
    const int all = sv_ctu_count(layer->height);
    const int rows = sv_min(all, sv_decode_window(threads, sv_finish_lag(&components, true)));
    const uint64_t row = sv_frame_row_size(layer->width, &components, restores_luma);
    const uint64_t luma = (uint64_t)sv_ctu_count(layer->width) * SV_CTU_SIZE * SV_CTU_SIZE;
    const uint64_t restored = luma * (CHROMA_LINES + (restores_luma ? SAMPLE : 0));
    const int log2_rows = layer->parts[SV_PART_COLOUR].wave;
    const uint64_t wave = log2_rows > 0
                              ? (uint64_t)all * sizeof(sv_stream) +
                                    (uint64_t)sv_wave_kept(log2_rows) * sizeof(sv_wave_row)
                              : 0;
    return (uint64_t)(rows + 1) * (row + row / 8 + restored) + wave;
}

/* Colour by blocks: above a base layer, that up-scaled, and before that what it is up-scaled from.
 */
static uint64_t blocks(const sv_file_header *file, uint32_t layer, bool restores_luma, int threads)
{
    const sv_layer_header *wanted = &file->layers[layer];
    const layer_size s = size_of(file, wanted->width, wanted->height);
    const uint64_t lower = layer > 0 ? planes(s) : 0, from = lower / 2 + lower / 8;
    const uint64_t rows = window(file, wanted, restores_luma, threads);
    return lower + (rows > from ? rows : from);
}

/* Colour without loss: above a base layer, that up-scaled, as pixels and as planes. */
static uint64_t lossless(layer_size s, bool has_lower) { return planes(s) * (has_lower ? 3 : 1); }

static uint64_t lossless_state(const sv_file_header *file, const sv_layer_header *layer)
{
    uint32_t planes = 0;
    for (uint32_t part = 0; part < file->part_count; part++) {
        uint32_t channels = sv_part_channels(file, part);
        planes = sv_is_lossless(layer, part) && channels > planes ? channels : planes;
    }
    return sv_lossless_state(layer->width, layer->height, planes, file->bit_depth);
}

uint64_t sv_decode_memory(const sv_file_header *file, uint32_t layer, bool restores_luma,
                          uint32_t channels, int threads)
{
    const sv_layer_header *wanted = &file->layers[layer];
    const sv_components components = sv_components_of((svac2_subsampling)file->subsampling);
    layer_size s = size_of(file, wanted->width, wanted->height);
    uint64_t colour = sv_is_lossless(wanted, SV_PART_COLOUR)
                          ? lossless(s, layer > 0)
                          : blocks(file, layer, restores_luma, threads);
    /* Alpha by blocks is decoded in a frame of its own. */
    uint64_t alpha = (file->part_count - 1) * (2 * SAMPLE + 1) * s.luma;
    uint64_t output =
        (uint64_t)wanted->width * wanted->height * channels * sv_sample_size((int)file->bit_depth);
    const uint64_t network = restores_luma ? SVAC2_MEMORY_OF_NETWORK : 0;
    return alpha + colour + lossless_state(file, wanted) + output + REST +
           (uint64_t)threads * (SVAC2_MEMORY_PER_THREAD + network + sv_decode_scratch(&components));
}

uint64_t sv_decode_thread_memory(const sv_file_header *file, uint32_t layer, bool restores_luma,
                                 uint32_t channels)
{
    const uint64_t one = sv_decode_memory(file, layer, restores_luma, channels, 1);
    uint64_t most = 0;
    for (int more = 1; more < SV_DECODE_THREADS; more++) {
        uint64_t taken = sv_decode_memory(file, layer, restores_luma, channels, 1 + more) - one;
        uint64_t each = (taken + (uint64_t)more - 1) / (uint64_t)more;
        most = each > most ? each : most;
    }
    return most;
}
