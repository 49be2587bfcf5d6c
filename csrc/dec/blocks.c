/* CTU by CTU parse and reconstruct, then the loop filters. */
#include "dec/blocks.h"

#include "common/memory.h"
#include "entropy/syntax.h"
#include "recon/block.h"
#include "recon/loop_filter.h"

enum { BLOCKS_COST = 15 }; /* of a CTU, to parse and reconstruct it (common/env.h) */

/* A part under way. */
typedef struct decoding {
    const sv_block_source *source;
    sv_frame *frame;
    sv_picture_header *header;
    sv_reader *reader;
    sv_ctu_tree *trees[SV_COMPONENTS_MAX]; /* of a CTU */
} decoding;

uint64_t sv_decode_blocks_cost(void) { return BLOCKS_COST + SV_COST_DEBLOCK + SV_COST_ALF; }

static svac2_status decode_ctus(decoding *d, sv_env *env, svac2_error *error)
{
    sv_frame *frame = d->frame;
    const sv_layout *layout = &frame->layout;
    for (int ctu_y = 0; ctu_y < layout->ctu_rows; ctu_y++) {
        for (int ctu_x = 0; ctu_x < layout->ctu_cols; ctu_x++) {
            if (!sv_read_ctu(d->reader, ctu_x, ctu_y, d->trees)) {
                return sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in the block at (%d, %d)",
                               ctu_x << SV_CTU_LOG2, ctu_y << SV_CTU_LOG2);
            }
            for (int tree = 0; tree < layout->components.count; tree++) {
                const sv_ctu_tree *t = d->trees[tree];
                for (int i = 0; i < t->cu_count; i++) {
                    sv_reconstruct_block(frame, tree, &t->cus[i], &t->levels[t->cus[i].levels]);
                }
            }
        }
        if (!sv_env_advance(env, BLOCKS_COST * (uint64_t)layout->ctu_cols)) {
            return sv_env_status(env, error);
        }
    }
    return SVAC2_OK;
}

/* Parses and reconstructs. */
static svac2_status decode_payload(decoding *d, sv_env *env, svac2_error *error)
{
    const sv_block_source *source = d->source;
    sv_reader *reader = d->reader;
    sv_range_decoder_start(&reader->range, source->payload, source->size);
    sv_contexts_init(&reader->contexts, source->qp);
    reader->layout = &d->frame->layout;
    if (!sv_read_picture_header(reader, source->whole, source->strength, d->header)) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "damaged data in the picture header");
    }
    sv_frame_configure(d->frame, source->qp, d->header);
    SV_TRY(decode_ctus(d, env, error));
    if (reader->range.next != reader->range.end) {
        return sv_fail(error, SVAC2_ERR_CORRUPT, "%zu bytes follow the last block",
                       (size_t)(reader->range.end - reader->range.next));
    }
    return SVAC2_OK;
}

static svac2_status allocate(decoding *d, svac2_error *error)
{
    const sv_components *components = &d->source->components;
    d->reader = sv_alloc_zeroed(1, sizeof *d->reader);
    bool complete = d->reader != NULL;
    for (int i = 0; i < components->count; i++) {
        d->trees[i] = sv_alloc(1, sv_ctu_tree_size(&components->list[i]));
        complete &= d->trees[i] != NULL;
    }
    return complete ? SVAC2_OK : sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a decoder");
}

svac2_status sv_decode_blocks(sv_frame *frame, sv_picture_header *header,
                              const sv_block_source *source, const sv_dsp *dsp, sv_env *env,
                              svac2_error *error)
{
    decoding d = {.source = source, .frame = frame, .header = header};
    SV_TRY(sv_frame_create(frame, source->width, source->height, source->components, source->lower,
                           dsp, error));
    if (source->keep_planes) {
        SV_TRY(sv_frame_keep_planes(frame, error));
    }
    svac2_status status = allocate(&d, error);
    if (status == SVAC2_OK) {
        status = decode_payload(&d, env, error);
    }
    sv_free(d.reader);
    for (int i = 0; i < SV_COMPONENTS_MAX; i++) {
        sv_free(d.trees[i]);
    }
    SV_TRY(status);
    SV_TRY(sv_deblock_picture(frame, env, error));
    return sv_alf_picture(frame, &header->alf, env, error);
}
