/* All decisions are taken on sums over each CTU: with r_k the output of head k and t the error to
 * be corrected, the error that remains after a mix with factors f is
 *   sum (t - sum_k f_k r_k)^2 = sum t^2 - 2 sum_k f_k sum t r_k + sum_jk f_j f_k sum r_j r_k,
 * so that the network runs once, and any number of mixes is then tried at no cost. */
#include "enc/luma_restoration_search.h"

#include <math.h>
#include <string.h>

#include "common/intmath.h"
#include "common/memory.h"
#include "common/status.h"
#include "enc/cost.h"
#include "entropy/syntax.h"
#include "format/limits.h"
#include "nn/run.h"

enum {
    HEADS = SV_RESTORATION_HEADS_MAX,
    MIXES = SV_RESTORATION_MIXES_MAX,
    FRACTION_BITS = 4, /* of the heads' outputs */
    FILE_BITS = 8 * 9, /* what the file says of the model: its hash, the strength */
    ROUNDS = 6,
    SWEEPS = 4
};

/* What it must save, in bits, to restore a CTU: where the network gains less, it is not worth the
 * time of the decoder. */
static const double LEAST_BITS = 1;

/* Squared error of a restored sample that the sums do not see: the residual is rounded to whole
 * levels (1/12), and what is gained below the steps of 8-bit output can be lost again. */
static const double ROUNDING_ERROR = 0.5;

/* Sums over the samples of a CTU. */
typedef struct ctu_sums {
    double count;
    double squares;            /* t^2 */
    double cross[HEADS];       /* t * r_k */
    double gram[HEADS][HEADS]; /* r_j * r_k, j <= k */
} ctu_sums;

typedef struct search {
    const sv_restoration_search *in;
    int columns, count; /* of CTUs */
    int heads;
    double unit;  /* of head outputs times factor, in levels of a sample */
    double least; /* squared error by which it must be less to restore a CTU */
    sv_nn_mix single[HEADS];
    ctu_sums *sums;
} search;

/* A candidate: the mixes, and what they cost. */
typedef struct choice {
    sv_restoration_params params;
    uint8_t *blocks;
    double cost;
} choice;

static void add_sums(ctu_sums *sums, const sv_dsp *dsp, const int16_t *target,
                     const int16_t *outputs[HEADS], int heads, int count)
{
    sums->count += count;
    sums->squares += (double)dsp->dot(target, target, count);
    for (int k = 0; k < heads; k++) {
        sums->cross[k] += (double)dsp->dot(target, outputs[k], count);
        for (int j = 0; j <= k; j++) {
            sums->gram[j][k] += (double)dsp->dot(outputs[j], outputs[k], count);
        }
    }
}

/* The engine's blocks are the CTUs. */
static void take_row(void *shared, const sv_nn_row *row)
{
    search *s = shared;
    const sv_plane *source = s->in->source;
    const sv_nn_plane *decoded = &s->in->decoded.planes[0];
    const uint16_t *wanted = source->data + row->y * source->stride + row->x;
    const uint16_t *found = decoded->data + row->y * decoded->stride + row->x;
    int16_t outputs[HEADS][SV_NN_CELL_MAX][SV_CTU_SIZE];
    for (int h = 0; h < s->heads; h++) {
        sv_nn_residual(row, &s->single[h], SV_NN_HEAD_SHIFT - FRACTION_BITS, outputs[h]);
    }
    ctu_sums *sums = &s->sums[(row->y >> SV_CTU_LOG2) * s->columns + (row->x >> SV_CTU_LOG2)];
    for (int y = 0; y < row->height; y++) {
        int16_t target[SV_CTU_SIZE];
        const int16_t *lines[HEADS];
        for (int x = 0; x < row->width; x++) {
            target[x] = sv_saturate16(wanted[x] - found[x]);
        }
        for (int h = 0; h < s->heads; h++) {
            lines[h] = outputs[h][y];
        }
        add_sums(sums, s->in->dsp, target, lines, s->heads, row->width);
        wanted += source->stride;
        found += decoded->stride;
    }
}

static svac2_status gather(search *s, sv_env *env, svac2_error *error)
{
    const sv_restoration_search *in = s->in;
    int set = sv_restoration_set(in->model, in->qp);
    for (int h = 0; h < s->heads; h++) {
        int8_t factors[HEADS] = {0};
        factors[h] = SVAC2_STRENGTH_ONE;
        sv_nn_mix_heads(in->model, set, factors, &s->single[h]);
    }
    sv_nn_job run = {.model = in->model,
                     .set = set,
                     .planes = in->decoded.planes,
                     .width = in->decoded.width,
                     .height = in->decoded.height,
                     .shift = sv_restoration_shift(in->decoded.format),
                     .take = take_row,
                     .shared = s};
    return sv_nn_run(&run, env, error);
}

static double remaining(const search *s, const ctu_sums *sums, const int8_t *factors)
{
    double error = sums->squares;
    for (int k = 0; k < s->heads; k++) {
        double f = factors[k] * s->unit, inner = 0;
        for (int j = 0; j < k; j++) {
            inner += 2 * factors[j] * s->unit * sums->gram[j][k];
        }
        error += f * (inner + f * sums->gram[k][k] - 2 * sums->cross[k]);
    }
    return error;
}

/* Squared error of a CTU, restored by a mix (from 1) or left as it is (0). */
static double ctu_error(const search *s, const sv_restoration_params *params, int ctu, int mix)
{
    const ctu_sums *sums = &s->sums[ctu];
    return mix == 0 ? sums->squares
                    : remaining(s, sums, params->factors[mix - 1]) + sums->count * ROUNDING_ERROR;
}

/* Least squares over the sums of some CTUs, by coordinate descent over the integer factors. */
static void fit_factors(const search *s, const ctu_sums *sums, int strength, int8_t *factors)
{
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        for (int k = 0; k < s->heads; k++) {
            double slope = sums->cross[k];
            for (int j = 0; j < s->heads; j++) {
                slope -= j == k ? 0 : factors[j] * s->unit * sums->gram[sv_min(j, k)][sv_max(j, k)];
            }
            double best = sums->gram[k][k] > 0 ? slope / sums->gram[k][k] / s->unit : 0;
            int centre = (int)floor(fmax(-127, fmin(126, best)));
            int usual = k == 0 ? strength : 0;
            int candidates[4] = {centre, centre + 1, usual, 0}, chosen = 0;
            double least = INFINITY;
            for (int i = 0; i < 4; i++) {
                factors[k] = (int8_t)candidates[i];
                double cost =
                    remaining(s, sums, factors) +
                    s->in->lambda *
                        sv_price_signed_golomb(SV_RESTORATION_FACTOR_ORDER, candidates[i] - usual) /
                        SV_PRICE_ONE_BIT;
                if (cost < least) {
                    least = cost;
                    chosen = candidates[i];
                }
            }
            factors[k] = (int8_t)chosen;
        }
    }
}

static void sum_up(const search *s, const uint8_t *blocks, int mix, ctu_sums *total)
{
    memset(total, 0, sizeof *total);
    for (int ctu = 0; ctu < s->count; ctu++) {
        if (blocks[ctu] == mix) {
            const ctu_sums *sums = &s->sums[ctu];
            total->squares += sums->squares;
            for (int k = 0; k < s->heads; k++) {
                total->cross[k] += sums->cross[k];
                for (int j = 0; j <= k; j++) {
                    total->gram[j][k] += sums->gram[j][k];
                }
            }
        }
    }
}

static void fit(const search *s, choice *c)
{
    sv_restoration_params *params = &c->params;
    for (int mix = 1; mix <= params->mix_count; mix++) {
        ctu_sums total;
        sum_up(s, c->blocks, mix, &total);
        fit_factors(s, &total, params->strength, params->factors[mix - 1]);
        if (mix == 1) {
            params->strength = (uint8_t)sv_clip(params->factors[0][0], 1, SVAC2_STRENGTH_MAX);
        }
    }
}

/* Gives each CTU the mix that costs least; their bits are those of the shares so far. */
static void assign(const search *s, choice *c)
{
    double bits[MIXES + 1];
    int counts[MIXES + 1] = {0};
    int mixes = c->params.mix_count;
    for (int ctu = 0; ctu < s->count; ctu++) {
        counts[c->blocks[ctu]]++;
    }
    for (int mix = 0; mix <= mixes; mix++) {
        bits[mix] = sv_share_bits(counts[mix], s->count, mixes + 1);
    }
    double header = (double)sv_price_restoration_params(&c->params) / SV_PRICE_ONE_BIT;
    c->cost = s->in->lambda * (FILE_BITS + header);
    for (int ctu = 0; ctu < s->count; ctu++) {
        double least = INFINITY;
        for (int mix = 0; mix <= mixes; mix++) {
            double cost = ctu_error(s, &c->params, ctu, mix) + s->in->lambda * bits[mix] +
                          (mix > 0 ? s->least : 0);
            if (cost < least) {
                least = cost;
                c->blocks[ctu] = (uint8_t)mix;
            }
        }
        c->cost += least;
    }
}

/* Splits the mix that most CTUs have: those that would like less of it get one of their own. */
static void add_mix(const search *s, choice *c)
{
    int from = 1, most = 0, added = ++c->params.mix_count;
    for (int mix = 1; mix < added; mix++) {
        int count = 0;
        for (int ctu = 0; ctu < s->count; ctu++) {
            count += c->blocks[ctu] == mix;
        }
        if (count > most) {
            most = count;
            from = mix;
        }
    }
    memcpy(c->params.factors[added - 1], c->params.factors[from - 1], HEADS);
    for (int ctu = 0; ctu < s->count; ctu++) {
        const ctu_sums *sums = &s->sums[ctu];
        if (c->blocks[ctu] == from &&
            sums->cross[0] < sums->gram[0][0] * s->unit * c->params.strength) {
            c->blocks[ctu] = (uint8_t)added;
        }
    }
}

static void improve(const search *s, choice *c)
{
    for (int round = 0; round < ROUNDS; round++) {
        fit(s, c);
        assign(s, c);
    }
}

static svac2_status choose(const search *s, sv_restoration_params *params, uint8_t *blocks,
                           svac2_error *error)
{
    size_t count = (size_t)s->count;
    choice c = {.params = {.strength = SVAC2_STRENGTH_ONE,
                           .mix_count = 1,
                           .head_count = (uint8_t)s->heads,
                           .factors = {{SVAC2_STRENGTH_ONE}}}};
    c.blocks = sv_alloc(count, 1);
    if (c.blocks == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for %d CTUs", s->count);
    }
    double least = 0;
    for (int ctu = 0; ctu < s->count; ctu++) {
        least += ctu_error(s, &c.params, ctu, 0);
        c.blocks[ctu] = 1;
    }
    improve(s, &c);
    while (c.cost < least) {
        least = c.cost;
        *params = c.params;
        memcpy(blocks, c.blocks, count);
        if (c.params.mix_count == MIXES) {
            break;
        }
        add_mix(s, &c);
        improve(s, &c);
    }
    sv_free(c.blocks);
    return SVAC2_OK;
}

svac2_status sv_search_luma_restoration(const sv_restoration_search *in,
                                        sv_restoration_params *params, uint8_t *blocks, sv_env *env,
                                        svac2_error *error)
{
    search *s = sv_alloc_zeroed(1, sizeof *s);
    if (s != NULL) {
        s->in = in;
        s->unit = (double)(1 << sv_restoration_shift(in->decoded.format)) /
                  (SVAC2_STRENGTH_ONE << FRACTION_BITS);
        s->columns = sv_ctu_count((uint32_t)in->decoded.width);
        s->count = s->columns * sv_ctu_count((uint32_t)in->decoded.height);
        s->heads = sv_nn_head_of(in->model)->outputs;
        s->least = in->lambda * LEAST_BITS;
        s->sums = sv_alloc_zeroed((size_t)s->count, sizeof *s->sums);
    }
    svac2_status status;
    if (s == NULL || s->sums == NULL) {
        status = sv_fail(error, SVAC2_ERR_MEMORY, "no memory to search for a restoration");
    } else {
        status = gather(s, env, error);
        if (status == SVAC2_OK) {
            status = choose(s, params, blocks, error);
        }
        sv_free(s->sums);
    }
    sv_free(s);
    return status;
}
