/* The coders of the one syntax agree: what the reader finds in a file, the writer writes, the
 * adapting instance adapts to, and the pricing instance prices. */
#include "coder_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "drawing.h"
#include "enc/sign_classes.h"
#include "entropy/syntax.h"
#include "format/container.h"
#include "image/scale.h"
#include "recon/follow.h"
#include "recon/loop_filter.h"

/* ---- One more instance of the syntax: every bin is accounted for ---- */

typedef struct sv_tally {
    sv_context_set contexts;
    const sv_layout *layout;
    bool frozen;       /* contexts do not adapt */
    double ideal;      /* bits by the probabilities */
    uint64_t price;    /* by the table of prices, in 1 / SV_PRICE_ONE_BIT */
    uint64_t estimate; /* the same, but a sign is a bit */
} sv_tally;

static void tally_bin(sv_tally *tally, sv_bin_site site, int bin)
{
    sv_context *contexts = tally->contexts.contexts;
    double one = ldexp(sv_predict_bin(contexts, site), -SV_PROBABILITY_BITS);
    tally->ideal -= log2(bin ? one : 1 - one);
    const uint32_t price = sv_price_bin(&tally->contexts, site, bin);
    const bool sign = site.first >= SV_CTX_SIGN_LUMA && site.first <= SV_CTX_SIGN_CR_END;
    tally->price += price;
    tally->estimate += sign ? SV_PRICE_ONE_BIT : price;
    if (!tally->frozen) {
        sv_adapt_bin(contexts, site, bin);
    }
}

static void tally_bypass(sv_tally *tally, int bits)
{
    tally->ideal += bits;
    tally->price += (uint64_t)bits * SV_PRICE_ONE_BIT;
    tally->estimate += (uint64_t)bits * SV_PRICE_ONE_BIT;
}

#define CODER sv_tally
#define SX(name) tally_##name
#define CODES 1
#define BIN(c, site, bin) tally_bin((c), (site), (bin))
#define BYPASS(c, count, value) ((void)(value), tally_bypass((c), (count)))
#define INVALID(c) ((void)(c))
#include "format/block_syntax.inc"
#include "format/picture_syntax.inc"

/* ---- Walking a coded CTU as the encoder's search does ---- */

typedef struct walk {
    sv_context_set contexts;
    sv_journal journal; /* of them */
    sv_context_changes changes;
    const sv_layout *layout;
    sv_ctu_tree *tree;
    int tree_index, split, cu; /* where the walk is */
    uint64_t price;            /* of each element at the contexts in front of it */
} walk;

/* Prices that are made all at once are those of the syntax. */
static void check_last_prices(const walk *w, const sv_cu *cu, int plane)
{
    const sv_last_sites sites = sv_last_sites_of(w->layout, cu, w->tree_index, plane);
    sv_last_prices prices;
    sv_price_last_levels(&w->contexts, &sites, &prices);
    for (int place = 0; place < 1 << (sites.log2_w + sites.log2_h); place++) {
        const int x = place & ((1 << sites.log2_w) - 1), y = place >> sites.log2_w;
        const int column_class = sv_last_column_class(x, sites.log2_w);
        sv_tally tally = {.contexts = w->contexts, .layout = w->layout, .frozen = true};
        (void)tally_last(&tally, sites.x, sites.log2_w, x);
        (void)tally_last(&tally, sv_last_y_site(&sites, column_class), sites.log2_h, y);
        require(sv_price_last(&prices, x, y) == tally.price, "a price of the last level is wrong");
    }
}

/* The prices of a block's elements, which add up to the price of the block. */
static void price_block(walk *w, const sv_cu *coded, sv_level *levels)
{
    sv_cu cu = *coded;
    sv_tally whole = {.contexts = w->contexts, .layout = w->layout, .frozen = true};
    tally_block(&whole, &cu, w->tree_index, levels, NULL);
    whole.price += w->price;
    int tree = w->tree_index;
    bool beyond_first = false;
    const sv_component *component = &w->layout->components.list[tree];
    const sv_coding coding = (sv_coding)component->coding;
    if (coding == SV_CODING_LUMA) {
        const sv_mode_sites sites = sv_mode_sites_of(&w->layout->maps[tree], &cu);
        w->price += sv_price_luma_mode(&w->contexts, w->layout, &cu, tree, &sites);
    } else {
        w->price += sv_price_chroma_mode(&w->contexts, w->layout, &cu, tree);
    }
    for (int plane = 0; plane < component->plane_count; plane++) {
        w->price += sv_price_cbf(&w->contexts, w->layout, &cu, tree, plane);
        if (cu.cbf >> plane & 1) {
            bool of_plane;
            check_last_prices(w, &cu, plane);
            w->price +=
                sv_price_levels(&w->contexts, w->layout, &cu, tree, plane, levels, &of_plane);
            beyond_first |= of_plane;
            levels += sv_level_area(cu.log2_w, cu.log2_h);
        }
        if (cu.cbf >> plane & 1 && sv_cross_choice(component, plane)) {
            w->price += sv_price_cross(&w->contexts, w->layout, &cu);
        }
    }
    if (beyond_first && sv_tx_choice(cu.log2_w, cu.log2_h)) {
        w->price += sv_price_tx_set(&w->contexts, w->layout, &cu, tree);
    }
    require(w->price == whole.price, "the prices of the elements are not that of the block");
}

static bool same(const sv_context_set *a, const sv_context_set *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void walk_node(walk *w, const sv_node *node)
{
    if (sv_node_outside(w->layout, w->tree_index, node)) {
        return;
    }
    sv_split split = (sv_split)w->tree->splits[w->split++];
    w->price += sv_price_split(&w->contexts, w->layout, w->tree_index, node, split);
    sv_adapt_split(&w->journal, w->layout, w->tree_index, node, split);
    if (split == SV_SPLIT_NONE) {
        sv_cu *cu = &w->tree->cus[w->cu++];
        sv_level *levels = &w->tree->levels[cu->levels];
        sv_cu before = *cu;
        price_block(w, cu, levels);
        sv_adapt_block(&w->journal, w->layout, cu, w->tree_index, levels);
        require(memcmp(&before, cu, sizeof before) == 0, "adapting changed the block");
        return;
    }
    sv_node children[4];
    int count = sv_split_children(node, split, children);
    sv_journal_mark(&w->journal);
    for (int i = 0; i < count; i++) {
        walk_node(w, &children[i]);
    }
    sv_journal_release(&w->journal);
}

/* Walks a tree, takes back what contexts have learned, and brings it back. */
static void walk_tree(walk *w, const sv_node *root)
{
    const sv_context_set before = w->contexts;
    sv_journal_mark(&w->journal);
    walk_node(w, root);
    const sv_context_set after = w->contexts;
    sv_journal_keep(&w->journal, &w->changes);
    sv_journal_rewind(&w->journal);
    require(same(&w->contexts, &before), "a rewind leaves other contexts");
    sv_journal_restore(&w->journal, &w->changes);
    require(same(&w->contexts, &after), "what was kept brings back other contexts");
    sv_journal_release(&w->journal);
}

static void walk_ctu(walk *w, int ctu_x, int ctu_y, sv_ctu_tree *trees[SV_COMPONENTS_MAX])
{
    for (int tree = 0; tree < w->layout->components.count; tree++) {
        w->tree = trees[tree];
        w->tree_index = tree;
        w->split = w->cu = 0;
        sv_node root = sv_tree_root(w->layout, tree, ctu_x, ctu_y);
        walk_tree(w, &root);
    }
}

/* ---- Files ---- */

typedef struct coders {
    sv_reader reader;
    sv_writer writer;
    sv_tally tally;
    walk walk;
} coders;

/* The search decides nothing of the loop filter, and counts a sign as a bit: it leaves their
 * contexts alone. */
static void skip_undecided(sv_context_set *to, const sv_context_set *from)
{
    for (int i = SV_CTX_SIGN_LUMA; i <= SV_CTX_ALF_CTU_END; i++) {
        to->contexts[i] = from->contexts[i];
    }
}

static void require_close(double value, double reference, double tolerance, double bits,
                          const char *what)
{
    if (fabs(value - reference) > tolerance * reference + bits) {
        fprintf(stderr, "%.1f against %.1f bits: ", value, reference);
        require(false, what);
    }
}

static void start(coders *c, const sv_layout *layout, int qp, const uint8_t *payload, size_t size)
{
    c->reader.layout = c->writer.layout = c->tally.layout = c->walk.layout = layout;
    sv_range_decoder_start(&c->reader.range, payload, size);
    sv_range_encoder_start(&c->writer.range);
    sv_contexts_init(&c->reader.contexts, qp);
    c->writer.contexts = c->tally.contexts = c->walk.contexts = c->reader.contexts;
    c->walk.journal.contexts = &c->walk.contexts;
}

static sv_ctu_tree *create_tree(const sv_component *component)
{
    const size_t levels = sv_ctu_tree_levels(component);
    sv_ctu_tree *tree = calloc(1, sv_ctu_tree_size(component) + levels);
    require(tree != NULL, "no memory");
    tree->signs = (sv_coded_sign *)(tree->levels + levels);
    return tree;
}

/* Up-scales a layer that was read for the next one. */
static void scale_up(sv_picture *lower, sv_frame *frame, const sv_file_header *file,
                     const sv_layer_header *layer, const sv_alf_params *alf)
{
    sv_env env;
    svac2_error error;
    sv_env_init(&env, 1, 0, NULL, NULL);
    require(sv_deblock_picture(frame, &env, &error) == SVAC2_OK &&
                sv_alf_picture(frame, alf, &env, &error) == SVAC2_OK &&
                sv_picture_upscale(lower, &frame->picture, file->width, file->height,
                                   (int)layer->scale, &frame->dsp, &env, &error) == SVAC2_OK,
            "the base layer cannot be scaled up");
}

/* What the files are to have somewhere, lest nothing be checked of it. */
typedef struct seen {
    int crossed[3];    /* blocks whose Cr takes a part of Cb's residual: 4:4:4, 4:2:2, 4:2:0 */
    int trained, sent; /* pictures with filters of luma that are trained, that are sent */
} seen;
static seen found;

static void note_header(const sv_picture_header *header)
{
    found.trained += header->alf.luma_set > 0;
    found.sent += header->alf.luma_filters > 0;
}

static void note_blocks(const sv_components *components, const sv_ctu_tree *tree)
{
    const sv_component *chroma = sv_chroma_of(components);
    for (int i = 0; i < tree->cu_count; i++) {
        found.crossed[chroma->shift_x + chroma->shift_y] += tree->cus[i].cross > 0;
    }
}

static void require_all_seen(void)
{
    for (int i = 0; i < 3; i++) {
        require(found.crossed[i] > 0, "no block with a part of Cb's residual");
    }
    require(found.trained > 0 && found.sent > 0, "no trained filters, or none that are sent");
}

/* Reads a layer and gives what is read to all other coders. lower: the layer below, up-scaled, if
 * there is one; then this layer, if there is one above. */
static void check_payload(const sv_file_header *file, uint32_t index, const uint8_t *payload,
                          sv_picture *lower)
{
    const sv_layer_header *layer = &file->layers[index];
    coders *c = calloc(1, sizeof *c);
    sv_frame frame;
    sv_dsp dsp;
    svac2_error error;
    sv_dsp_init(&dsp, sv_format_of((int)file->bit_depth), 0);
    const sv_frame_task task = {.width = layer->width,
                                .height = layer->height,
                                .components =
                                    sv_components_of((svac2_subsampling)file->subsampling),
                                .lower = index > 0 ? lower : NULL,
                                .dsp = &dsp};
    require(c != NULL && sv_frame_create(&frame, &task, &error) == SVAC2_OK, "no memory");
    const sv_layout *layout = &frame.layout;
    const int qp = layer->parts[SV_PART_COLOUR].level;
    start(c, layout, qp, payload, file->items[index].size);
    c->reader.follower = sv_follower_of(&frame);
    sv_picture_header header;
    sv_read_picture_header(&c->reader, index == file->layer_count - 1, 0, &header);
    sv_write_picture_header(&c->writer, &header);
    note_header(&header);
    tally_picture_header(&c->tally, &header);
    c->walk.price = c->tally.price; /* of the header, which the search does not price */
    sv_frame_configure(&frame, qp, &header);
    sv_ctu_tree *trees[SV_COMPONENTS_MAX] = {NULL};
    for (int i = 0; i < layout->components.count; i++) {
        trees[i] = create_tree(&layout->components.list[i]);
    }
    for (int i = 0; i < layout->ctu_cols * layout->ctu_rows; i++) {
        int x = i % layout->ctu_cols, y = i / layout->ctu_cols;
        require(sv_read_ctu(&c->reader, x, y, trees), "damaged data");
        sv_classify_signs(&frame, x, y, trees);
        sv_write_ctu(&c->writer, x, y, trees);
        tally_ctu(&c->tally, x, y, trees);
        walk_ctu(&c->walk, x, y, trees);
        if (layout->components.count > 1) {
            note_blocks(&layout->components, trees[SV_COMPONENT_CHROMA]);
        }
        require(same(&c->writer.contexts, &c->reader.contexts), "the writer's contexts differ");
        require(same(&c->tally.contexts, &c->reader.contexts), "the tally's contexts differ");
        skip_undecided(&c->walk.contexts, &c->reader.contexts);
        require(same(&c->walk.contexts, &c->reader.contexts), "the adapter's contexts differ");
    }
    sv_range_encoder_finish(&c->writer.range);
    size_t size = c->writer.range.size;
    require(size == file->items[index].size && memcmp(c->writer.range.bytes, payload, size) == 0,
            "the writer writes other bytes");
    double bits = 8.0 * (double)size;
    require_close(bits, c->tally.ideal, 0.0005, 8, "the range coder strays from its probabilities");
    require_close((double)c->tally.price / SV_PRICE_ONE_BIT, bits, 0.005, 16,
                  "prices stray from the bytes");
    /* Elements are priced before contexts have moved on within them. The drawn pictures here are
     * unlike those that the initial states were trained on, so contexts move far. */
    require_close((double)c->walk.price / SV_PRICE_ONE_BIT,
                  (double)c->tally.estimate / SV_PRICE_ONE_BIT, 0.06, 100,
                  "prices of elements stray");
    if (index + 1 < file->layer_count) {
        scale_up(lower, &frame, file, layer, &header.alf);
    }
    sv_free(c->writer.range.bytes);
    sv_frame_destroy(&frame);
    free(trees[0]);
    free(trees[1]);
    free(c);
}

static void check_file(int kind, int side, int channels, const svac2_encode_options *options,
                       uint64_t *state)
{
    uint8_t *pixels = malloc((size_t)side * (size_t)side * (size_t)channels), *data = NULL;
    require(pixels != NULL, "no memory");
    draw(pixels, side, side, channels, kind, state);
    svac2_image image = {.data = pixels,
                         .stride = side * channels,
                         .width = (uint32_t)side,
                         .height = (uint32_t)side,
                         .channels = (uint32_t)channels,
                         .bit_depth = 8};
    svac2_error error;
    size_t size = 0, header_size;
    sv_file_header header;
    require(svac2_encode(&image, options, &data, &size, &error) == SVAC2_OK &&
                sv_read_file_header(data, size, &header, &header_size, &error) == SVAC2_OK,
            error.message);
    sv_picture lower = {0};
    for (uint32_t i = 0; i < header.layer_count; i++) {
        check_payload(&header, i, data + header.items[i].offset, &lower);
    }
    sv_picture_destroy(&lower);
    svac2_free(data);
    free(pixels);
}

void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "%s\n", what);
        exit(1);
    }
}

int main(void)
{
    uint64_t state = 1;
    check_range_coder();
    for (int i = 0; i < 4 * DRAWING_KINDS; i++) {
        /* The last effort decides most, the first ones leave most as it comes. */
        bool colour = i % 4 != 0;
        svac2_encode_options options = {
            .qp = random_int(&state, 0, SVAC2_MAX_QP),
            .mode = i % 3 == 1 ? SVAC2_MODE_MULTISCALE : SVAC2_MODE_NORMAL,
            .base_qp = random_base_qp(&state),
            .base_log2_scale = random_int(&state, 1, 3),
            .effort = i % 4 == 3 ? 9 : 3 * (i % 3) + 1,
            .subsampling = colour ? SVAC2_SUBSAMPLING_420 + (i + i / 4) % 3 : SVAC2_SUBSAMPLING_400,
            .threads = 1,
            .cpu_mask = SVAC2_CPU_ALL};
        check_file(i / 4, options.effort > 7 ? 48 : 80, colour ? 3 : 1, &options, &state);
    }
    require_all_seen();
    printf("%d files\n", 4 * DRAWING_KINDS);
    return 0;
}
