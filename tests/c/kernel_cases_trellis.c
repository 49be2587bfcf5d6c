/* Exerciser of the trellis of dependent quantisation. */
#include <string.h>

#include "kernel_check.h"

enum { COST_MAX = 1 << 20, ROWS = 2 + SV_GROUP_AREA };

/* Inputs: costs of significance, and of multiples. Outputs: costs and nodes of the ways, their
 * 16-bit entries, and the nodes of the step. */
void prepare_trellis_step(kernel_case *c)
{
    const int low = c->repeat % 3 == 1 ? SV_TRELLIS_NO_WAY - COST_MAX : 0;
    add_input(c, sizeof(int32_t), 0, 8, 2 * SV_STATE_KINDS, 8, 0, COST_MAX);
    add_input(c, sizeof(int32_t), 0, 8, SV_TRELLIS_CANDIDATES, 8, 0, COST_MAX);
    add_output(c, sizeof(int32_t), 8, 2, 8, low,
               c->repeat == 2 ? SV_TRELLIS_NO_WAY : low + COST_MAX);
    kernel_operand *entries = add_output(c, SAMPLE, 8, ROWS, 8, 0, 40000);
    for (int i = 0; i < SV_STATES; i++) {
        set_element(entries, i, 0, pick(c, 0, 1));
        set_element(entries, i, 1, pick(c, 0, SV_TRELLIS_BEGUN));
    }
    add_output(c, sizeof(int32_t), 8, 2, 8, 0, 100);
    c->parameters[0] = pick(c, 0, SV_GROUP_AREA - 1);
    c->parameters[1] = pick(c, 0, 3) > 0; /* levels */
    c->parameters[2] = pick(c, 0, 3) == 0;
    c->parameters[3] = pick(c, 0, SV_TRELLIS_ERROR_MAX);
    c->parameters[4] = c->repeat == 0 ? 0 : 4 * pick(c, 0, 40);
    c->parameters[5] = pick(c, 0, 2) == 0 ? pick(c, 0, COST_MAX) : SV_TRELLIS_NO_WAY;
    c->parameters[6] = pick(c, 0, SV_TRELLIS_NO_WAY);
    for (int i = 0; i < SV_TRELLIS_CANDIDATES; i++) {
        c->parameters[7 + i] =
            pick(c, 0, 3) > 0 ? pick(c, 0, SV_TRELLIS_ERROR_MAX) : SV_TRELLIS_NO_LEVEL;
    }
}

void run_trellis_step(kernel_case *c, const sv_dsp *kernels)
{
    const int *p = c->parameters;
    sv_trellis_significance significance;
    int32_t rows[SV_TRELLIS_CANDIDATES][8];
    sv_trellis_ways ways;
    sv_trellis_nodes nodes;
    sv_trellis_place place = {.position = p[0],
                              .levels = p[1],
                              .certain = p[1] && p[2],
                              .zero_error = p[3],
                              .significance = &significance,
                              .begin = {p[5], p[6]}};
    memcpy(&significance, input(c, 0), sizeof significance);
    memcpy(rows, input(c, 1), sizeof rows);
    for (int i = 0; i < SV_TRELLIS_CANDIDATES; i++) {
        place.costs[i] = rows[i];
        place.fixed[i] = p[7 + i];
        place.multiples[i] = p[4] + i;
    }
    unsigned char *costs = output(c, 0), *entries = output(c, 1), *of_step = output(c, 2);
    const ptrdiff_t row = output_stride(c, 0) * (ptrdiff_t)sizeof(int32_t);
    const ptrdiff_t short_row = output_stride(c, 1) * SAMPLE;
    memcpy(ways.costs, costs, sizeof ways.costs);
    memcpy(ways.nodes, costs + row, sizeof ways.nodes);
    memcpy(ways.found, entries, sizeof ways.found);
    memcpy(ways.entries, entries + short_row, sizeof ways.entries);
    for (int i = 0; i < SV_GROUP_AREA; i++) {
        memcpy(ways.around[i], entries + (2 + i) * short_row, sizeof ways.around[i]);
    }
    kernels->trellis_step(&ways, &place, 3, &nodes);
    memcpy(costs, ways.costs, sizeof ways.costs);
    memcpy(costs + row, ways.nodes, sizeof ways.nodes);
    memcpy(entries, ways.found, sizeof ways.found);
    memcpy(entries + short_row, ways.entries, sizeof ways.entries);
    for (int i = 0; i < SV_GROUP_AREA; i++) {
        memcpy(entries + (2 + i) * short_row, ways.around[i], sizeof ways.around[i]);
    }
    memcpy(of_step, nodes.before, sizeof nodes.before);
    memcpy(of_step + output_stride(c, 2) * (ptrdiff_t)sizeof(int32_t), nodes.multiples,
           sizeof nodes.multiples);
}
