/* Exerciser of the trellis of dependent quantisation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/tables.h"
#include "kernel_check.h"

enum { COST_MAX = 1 << 20, ROWS = 2 + SV_GROUP_AREA };

static void expect(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "tables of the trellis: %s\n", what);
        exit(1);
    }
}

/* The tables of the kernels' own say what format/dependent.h and format/residual_context.h do. */
static void check_tables(void)
{
    const uint8_t *scan = sv_diagonal_scan[2][2];
    for (int state = 0; state < SV_STATES; state++) {
        expect(sv_next_state(sv_even_from[state], 0) == state, "even magnitudes");
        expect(sv_next_state(sv_odd_from[state], 1) == state, "odd magnitudes");
    }
    for (int position = 0; position < SV_GROUP_AREA; position++) {
        uint16_t around[SV_AROUND_SIZE] = {0};
        const int x = scan[position] & 15, y = scan[position] >> 4;
        sv_add_around(&around[SV_AROUND_FIRST + y * SV_AROUND_STRIDE + x], 1);
        for (int i = 0; i < SV_GROUP_AREA; i++) {
            const int at = SV_AROUND_FIRST + (scan[i] >> 4) * SV_AROUND_STRIDE + (scan[i] & 15);
            expect(around[at] == (sv_around_of[position] >> i & 1), "places around");
        }
    }
}

/* Inputs: costs of significance, and of multiples. Outputs: costs and nodes of the ways, their
 * 16-bit entries, and the nodes of the step. */
void prepare_trellis_step(kernel_case *c)
{
    check_tables();
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
