/* What train_secondary.py calls: decodes a file, taking down the coefficients of the residual of
 * each luma block, the source less its prediction; and what levels of given coefficients cost. */
#include <math.h>
#include <stddef.h>

#include "enc/cost.h"
#include "entropy/syntax.h"
#include "image/color.h"
#include "include/svac2.h"
#include "recon/block.h"
#include "recon/residual.h"

enum { CAPACITY = 1 << 21 };

/* Coefficients are in steps, costs in bits. */
typedef struct sv_block_record {
    int32_t log2_w, log2_h, qp, mode;
    float cost;                     /* the least of any primary transform's */
    float energy;                   /* of all coefficients */
    float corner[SV_SECONDARY_MAX]; /* of DCT-2, as a kernel takes it */
} sv_block_record;

sv_block_record block_records[CAPACITY];
uint32_t block_record_count;
static sv_picture source;

/* What the encoder pays for a squared step of error less. */
static double bits_per_error(void)
{
    const sv_format format = sv_format_of(8);
    const double step = sv_quantiser_step(format, 0);
    return step * step / sv_lambda(format, 0);
}

/* Of coefficients row by row, at the contexts' initial state. */
static double levels_cost(const sv_block_record *block, const float *coefs)
{
    static sv_context_set contexts;
    static int contexts_qp = INT32_MIN;
    static sv_level levels[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
    if (contexts_qp != block->qp) {
        contexts_qp = block->qp;
        sv_contexts_init(&contexts, block->qp);
    }
    double error = 0;
    bool any = false;
    for (uint32_t i = 0; i < sv_level_area(block->log2_w, block->log2_h); i++) {
        double magnitude = fabs((double)coefs[i]);
        int level = (int)(magnitude + 0.4);
        levels[i] = coefs[i] < 0 ? -level : level;
        any |= level != 0;
        error += (magnitude - level) * (magnitude - level);
    }
    if (!any) {
        return error * bits_per_error();
    }
    const sv_layout layout = {.components = sv_components_of(SVAC2_SUBSAMPLING_400)};
    sv_cu cu = {.log2_w = (uint8_t)block->log2_w, .log2_h = (uint8_t)block->log2_h};
    bool beyond_first;
    uint64_t bits = sv_price_levels(&contexts, &layout, &cu, 0, 0, levels, &beyond_first);
    return error * bits_per_error() + (double)bits / SV_PRICE_ONE_BIT;
}

/* The block's coefficients of a primary transform, in steps. */
static void transform(const sv_frame *frame, const sv_cu *block, sv_tx_set tx, float *coefs)
{
    const sv_plane *from = &source.planes[0], *plane = &frame->picture.planes[0];
    uint16_t prediction[SV_CTU_SIZE * SV_CTU_SIZE];
    sv_copy_rows(prediction, 1 << block->log2_w, plane->data + block->y * plane->stride + block->x,
                 plane->stride, 1 << block->log2_w, 1 << block->log2_h);
    sv_cu cu = *block;
    cu.tx = (uint8_t)tx;
    sv_block_residual residual;
    sv_block_residual_of(&frame->dsp, &residual, from->data + cu.y * from->stride + cu.x,
                         from->stride, prediction, &cu);
    sv_coefs integers;
    sv_transform_forward(&frame->dsp, &integers, &residual, &cu);
    double step = sv_quantiser_step(frame->dsp.format, frame->qp[0]) *
                  ldexp(1, sv_coefficient_scale(frame->dsp.format, cu.log2_w, cu.log2_h));
    for (uint32_t i = 0; i < sv_level_area(cu.log2_w, cu.log2_h); i++) {
        coefs[i] = (float)(sv_coef_at(&integers, frame->dsp.format, (int)i) / step);
    }
}

void sv_trace_block(const sv_frame *frame, int tree, const sv_cu *cu)
{
    if (tree != SV_COMPONENT_LUMA || !sv_tx_choice(cu->log2_w, cu->log2_h) ||
        block_record_count == CAPACITY) {
        return;
    }
    sv_block_record *block = &block_records[block_record_count++];
    *block = (sv_block_record){
        .log2_w = cu->log2_w, .log2_h = cu->log2_h, .qp = frame->qp[0], .mode = cu->mode};
    float coefs[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS];
    transform(frame, cu, SV_TX_DST7, coefs);
    block->cost = (float)levels_cost(block, coefs);
    transform(frame, cu, SV_TX_DCT2, coefs);
    block->cost = fminf(block->cost, (float)levels_cost(block, coefs));
    for (uint32_t i = 0; i < sv_level_area(cu->log2_w, cu->log2_h); i++) {
        block->energy += coefs[i] * coefs[i];
    }
    const sv_secondary s = sv_secondary_of(cu->mode, cu->log2_w, cu->log2_h, 0);
    const int across = s.transposed ? 1 << cu->log2_w : 1;
    const int down = s.transposed ? 1 : 1 << cu->log2_w;
    for (int i = 0; i < s.width * s.height; i++) {
        block->corner[i] = coefs[i / s.width * down + i % s.width * across];
    }
}

/* The class of modes of each block's kernels. */
void block_classes(int32_t *classes)
{
    for (uint32_t i = 0; i < block_record_count; i++) {
        const sv_block_record *block = &block_records[i];
        sv_secondary s = sv_secondary_of(block->mode, block->log2_w, block->log2_h, 0);
        const ptrdiff_t entries = SV_SECONDARY_INDICES * SV_SECONDARY_KEPT * s.width * s.height;
        const int8_t *first = s.height == 4  ? sv_secondary_4x4[0][0]
                              : s.width == 4 ? sv_secondary_4x8[0][0]
                                             : sv_secondary_8x8[0][0];
        classes[i] = (int32_t)((s.kernel - first) / entries);
    }
}

/* The cost of some blocks by what a kernel makes of them, SV_SECONDARY_KEPT coefficients each. */
void kernel_costs(const int32_t *blocks, int count, const float *kept, float *costs)
{
    const uint8_t *scan = sv_diagonal_scan[2][2];
    for (int i = 0; i < count; i++, kept += SV_SECONDARY_KEPT) {
        const sv_block_record *block = &block_records[blocks[i]];
        float coefs[SV_TX_MAX_COEFS * SV_TX_MAX_COEFS] = {0};
        double lost = block->energy;
        for (int k = 0; k < SV_SECONDARY_KEPT; k++) {
            coefs[((scan[k] >> 4) << block->log2_w) + (scan[k] & 15)] = kept[k];
            lost -= kept[k] * kept[k];
        }
        costs[i] = (float)(levels_cost(block, coefs) + lost * bits_per_error());
    }
}

/* pixels: RGB of 8 bits, which are replaced by what the file holds of them. */
int trace_blocks(const uint8_t *data, size_t size, uint8_t *pixels, ptrdiff_t stride)
{
    svac2_info info;
    svac2_error error;
    svac2_status status = svac2_read_info(data, size, &info, &error);
    if (status != SVAC2_OK) {
        return (int)status;
    }
    const svac2_layer *layer = &info.layers[info.layer_count - 1];
    svac2_image image = {pixels, stride, layer->width, layer->height, 3, 8};
    sv_dsp dsp;
    sv_dsp_init(&dsp, sv_format_of(8), 0);
    status =
        sv_picture_create(&source, sv_aligned_size(layer->width), sv_aligned_size(layer->height),
                          sv_components_of((svac2_subsampling)info.subsampling), &error);
    if (status == SVAC2_OK) {
        status = sv_picture_from_image(&source, &image, &dsp, &error);
    }
    if (status == SVAC2_OK) {
        svac2_decode_options options = {.threads = 1, .verify = 1, .layer = info.layer_count - 1};
        status = svac2_decode(data, size, &info, &options, pixels, stride, &error);
    }
    sv_picture_destroy(&source);
    return (int)status;
}
