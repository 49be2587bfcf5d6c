/* What decoding takes of memory, from the header alone. */
#include "dec/decoder.h"
#include "entropy/syntax.h"
#include "format/limits.h"
#include "image/rows.h"
#include "recon/lossless.h"

/* Per sample of luma, rounded up. Block maps: 4 bytes for each 4x4 unit of both trees. Restoration
 * of chroma: sums and mixes of the two coarser levels, 17 numbers of 4 bytes for each cell of 8x8
 * and 32x32 samples. */
enum { SAMPLE = 2, MAPS_LOG2 = 1, CHROMA_CELLS = 2 };
enum {
    REST = 1 << 20,
    TREES = 2 * sizeof(sv_ctu_tree) + 3 * SV_CTU_SIZE * SV_CTU_SIZE * sizeof(sv_level)
};

typedef struct layer_size {
    uint64_t luma, chroma; /* samples, rows rounded up as planes have them */
} layer_size;

static layer_size size_of(const sv_file_header *file, uint32_t width, uint32_t height)
{
    const sv_components components = sv_components_of((svac2_subsampling)file->subsampling);
    layer_size size = {0, 0};
    for (int p = 0; p < components.plane_count; p++) {
        const sv_component *c = sv_component_at(&components, p);
        uint64_t columns = ((uint64_t)(sv_aligned_size(width) >> c->shift_x) + 31) / 32 * 32;
        uint64_t samples = columns * (uint64_t)(sv_aligned_size(height) >> c->shift_y);
        *(p == 0 ? &size.luma : &size.chroma) += samples;
    }
    return size;
}

static uint64_t planes(layer_size s) { return SAMPLE * (s.luma + s.chroma); }

/* Samples, block maps, and rows that the adaptive loop filter keeps: at most an eighth. */
static uint64_t frame(layer_size s) { return planes(s) + planes(s) / 8 + (s.luma >> MAPS_LOG2); }

/* Of luma its prediction, what it was before the loop filters, and what it becomes. */
static uint64_t restoration(layer_size s, bool luma)
{
    uint64_t chroma = s.chroma == 0 ? 0 : CHROMA_CELLS * s.luma;
    return chroma + (luma ? 3 * SAMPLE * s.luma : 0);
}

/* Colour by blocks: above a base layer, that up-scaled, and what it is up-scaled from; then what
 * restores it. */
static uint64_t blocks(layer_size s, bool has_lower, bool is_last, bool restores_luma)
{
    uint64_t lower = has_lower ? planes(s) + planes(s) / 2 : 0;
    uint64_t later = is_last ? restoration(s, restores_luma) : 0;
    return frame(s) + (lower > later ? lower : later);
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
                          uint32_t channels)
{
    const sv_layer_header *wanted = &file->layers[layer];
    layer_size s = size_of(file, wanted->width, wanted->height);
    uint64_t colour = sv_is_lossless(wanted, SV_PART_COLOUR)
                          ? lossless(s, layer > 0)
                          : blocks(s, layer > 0, layer == file->layer_count - 1, restores_luma);
    uint64_t alpha = (file->part_count - 1) * SAMPLE * s.luma;
    uint64_t output =
        (uint64_t)wanted->width * wanted->height * channels * sv_sample_size((int)file->bit_depth);
    return alpha + colour + lossless_state(file, wanted) + output + REST + SVAC2_MEMORY_PER_THREAD +
           sizeof(sv_reader) + TREES;
}
