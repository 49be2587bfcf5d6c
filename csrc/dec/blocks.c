/* CTU by CTU parse and reconstruct, then the loop filters. */
#include "dec/blocks.h"

#include "common/memory.h"
#include "dec/block_rows.h"
#include "recon/loop_filter.h"

uint64_t sv_decode_blocks_cost(void) { return SV_COST_BLOCKS + SV_COST_DEBLOCK + SV_COST_ALF; }

static svac2_status decode_rows(sv_block_rows *rows, sv_picture_header *header,
                                const sv_block_source *source, sv_frame *frame, sv_env *env,
                                svac2_error *error)
{
    SV_TRY(sv_block_rows_create(rows, source, frame, header, error));
    sv_frame_configure(frame, source->qp, header);
    return sv_block_rows_run(rows, 0, frame->layout.ctu_rows, env, error);
}

svac2_status sv_decode_blocks(sv_frame *frame, sv_picture_header *header,
                              const sv_block_source *source, const sv_dsp *dsp, sv_env *env,
                              svac2_error *error)
{
    SV_TRY(sv_frame_create(frame, source->width, source->height, source->components, source->lower,
                           dsp, error));
    if (source->keep_planes) {
        SV_TRY(sv_frame_keep_planes(frame, error));
    }
    sv_block_rows *rows = sv_alloc_zeroed(1, sizeof *rows);
    if (rows == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for a decoder");
    }
    svac2_status status = decode_rows(rows, header, source, frame, env, error);
    sv_block_rows_destroy(rows);
    sv_free(rows);
    SV_TRY(status);
    SV_TRY(sv_deblock_picture(frame, env, error));
    return sv_alf_picture(frame, &header->alf, env, error);
}
