#include "enc/luma_modes.h"

#include "recon/block.h"

#include <string.h>

void sv_shortlist_add(sv_shortlist *list, const sv_candidate *candidate)
{
    int at = list->count;
    if (at == list->wanted) {
        if (list->best[at - 1].cost <= candidate->cost) {
            return;
        }
        at--;
    } else {
        list->count++;
    }
    for (; at > 0 && list->best[at - 1].cost > candidate->cost; at--) {
        list->best[at] = list->best[at - 1];
    }
    list->best[at] = *candidate;
}

void sv_luma_block_start(sv_luma_block *block, sv_search *search, const sv_cu *cu)
{
    const sv_layout *layout = &search->frame->layout;
    const sv_block_map *map = &layout->maps[search->tree_index];
    block->search = search;
    block->cu = cu;
    block->plane = layout->components.list[search->tree_index].first_plane;
    const sv_plane *source = &search->job->source->planes[block->plane];
    block->original = source->data + cu->y * source->stride + cu->x;
    block->stride = source->stride;
    block->prediction = search->scratch.prediction[0];
    block->line_count = sv_line_choice(map, cu->x, cu->y) ? search->job->effort->lines : 1;
    for (int line = 0; line < block->line_count; line++) {
        sv_intra_gather(&block->lines[line], search->frame, cu, block->plane, sv_line_offset(line));
    }
    block->sites = sv_mode_sites_of(map, cu);
}

bool sv_luma_is_probable(const sv_luma_block *block, int mode)
{
    return memchr(block->sites.probable, mode, SV_MPM_COUNT) != NULL;
}

void sv_luma_predict(sv_luma_block *block, int mode, int line)
{
    const sv_frame *frame = block->search->frame;
    int width = 1 << block->cu->log2_w;
    if (mode == SV_MODE_INTER_LAYER) {
        sv_predict_inter_layer(frame, block->cu, block->plane, block->prediction, width);
    } else {
        sv_intra_predict(&frame->dsp, &block->lines[line], mode, block->prediction, width);
    }
}

sv_candidate sv_luma_candidate(const sv_luma_block *block, int mode, int line)
{
    const sv_search *search = block->search;
    sv_cu cu = *block->cu;
    cu.mode = (uint8_t)mode;
    cu.line = (uint8_t)line;
    return (sv_candidate){.mode = cu.mode,
                          .line = cu.line,
                          .price = sv_price_luma_mode(&search->contexts, &search->frame->layout,
                                                      &cu, search->tree_index, &block->sites)};
}

typedef struct mode_search {
    sv_luma_block *block;
    sv_shortlist *list;
    double scale; /* what a unit of price counts beside SATD */
    bool tried[SV_MODE_INTRA_COUNT];
} mode_search;

static void try_on_line(const mode_search *m, int mode, int line)
{
    sv_luma_block *block = m->block;
    const int width = 1 << block->cu->log2_w, height = 1 << block->cu->log2_h;
    sv_candidate candidate = sv_luma_candidate(block, mode, line);
    sv_luma_predict(block, mode, line);
    candidate.cost = m->scale * (double)candidate.price +
                     block->search->frame->dsp.satd(block->original, block->stride,
                                                    block->prediction, width, width, height);
    sv_shortlist_add(m->list, &candidate);
}

static void try_mode(mode_search *m, int mode)
{
    if (!m->tried[mode]) {
        m->tried[mode] = true;
        try_on_line(m, mode, 0);
    }
}

/* The directions beside the best two, `step` away. */
static void refine_directions(mode_search *m, int step)
{
    int centres[2], count = 0;
    for (int i = 0; i < m->list->count && count < 2; i++) {
        if (m->list->best[i].mode >= SV_MODE_FIRST_ANGULAR) {
            centres[count++] = m->list->best[i].mode;
        }
    }
    for (int i = 0; i < count; i++) {
        for (int side = -step; side <= step; side += 2 * step) {
            int mode = centres[i] + side;
            if (mode >= SV_MODE_FIRST_ANGULAR && mode < SV_MODE_INTRA_COUNT) {
                try_mode(m, mode);
            }
        }
    }
}

/* The probable modes from the further reference lines. */
static void try_lines(const mode_search *m)
{
    for (int line = 1; line < m->block->line_count; line++) {
        for (int i = 1; i < SV_MPM_COUNT; i++) { /* not planar */
            try_on_line(m, m->block->sites.probable[i], line);
        }
    }
}

void sv_luma_shortlist(sv_luma_block *block, sv_shortlist *list)
{
    const sv_effort *effort = block->search->job->effort;
    /* SATD counts like 1.x times the absolute error, whose lambda is the root of the squared one's.
     */
    mode_search m = {
        .block = block, .list = list, .scale = block->search->job->lambda_root / SV_PRICE_ONE_BIT};
    try_mode(&m, SV_MODE_PLANAR);
    try_mode(&m, SV_MODE_DC);
    for (int mode = SV_MODE_FIRST_ANGULAR; mode < SV_MODE_INTRA_COUNT; mode += effort->mode_step) {
        try_mode(&m, mode);
    }
    for (int i = 0; i < SV_MPM_COUNT; i++) {
        try_mode(&m, block->sites.probable[i]);
    }
    for (int step = effort->mode_step / 2; step > 0; step /= 2) {
        refine_directions(&m, step);
    }
    try_lines(&m);
}
