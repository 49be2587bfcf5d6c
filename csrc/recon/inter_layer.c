#include "recon/inter_layer.h"

#include <string.h>

#include "common/intmath.h"

enum { NO_ERROR = 1 << (SV_BIT_DEPTH - 1) };

static void subtract_line(sv_ref_line *line, sv_ref_line *lower, int count)
{
    uint16_t *samples = sv_ref(line);
    const uint16_t *other = sv_ref(lower);
    for (int i = 0; i < count; i++) {
        samples[i] = (uint16_t)sv_clip(samples[i] - other[i] + NO_ERROR, 0, SV_SAMPLE_MAX);
    }
}

void sv_inter_layer_gather(sv_intra_refs *error, const sv_plane *plane, const sv_plane *lower,
                           const sv_block_map *map, int x, int y, int log2_w, int log2_h)
{
    sv_intra_refs other;
    sv_intra_gather(error, plane, map, x, y, log2_w, log2_h, 0, false);
    sv_intra_gather(&other, lower, map, x, y, log2_w, log2_h, 0, false);
    int further = 1 << sv_max(log2_w, log2_h);
    subtract_line(&error->top, &other.top, 1 + (1 << log2_w) + further);
    subtract_line(&error->left, &other.left, 1 + (1 << log2_h) + further);
}

void sv_inter_layer_predict(const sv_dsp *dsp, sv_intra_refs *error, int mode,
                            const uint16_t *lower, ptrdiff_t lower_stride, uint16_t *dst,
                            ptrdiff_t stride)
{
    int width = 1 << error->log2_w, height = 1 << error->log2_h;
    if (mode == SV_MODE_INTER_LAYER) {
        for (int y = 0; y < height; y++, dst += stride, lower += lower_stride) {
            memcpy(dst, lower, (size_t)width * sizeof *dst);
        }
        return;
    }
    uint16_t correction[SV_CTU_SIZE * SV_CTU_SIZE];
    int intra = mode == SV_MODE_INTER_LAYER_PLANAR ? SV_MODE_PLANAR : SV_MODE_DC;
    sv_intra_predict(dsp, error, intra, correction, width);
    const uint16_t *from = correction;
    for (int y = 0; y < height; y++, dst += stride, lower += lower_stride, from += width) {
        for (int x = 0; x < width; x++) {
            dst[x] = (uint16_t)sv_clip(lower[x] + from[x] - NO_ERROR, 0, SV_SAMPLE_MAX);
        }
    }
}
