/* Makes a file that is as costly to decode as so few bytes allow, for benchmarks/hostile.py:
 *
 *     hostile_file WIDTH HEIGHT SUBSAMPLING BLOCK MODEL_HASH BIT_DEPTH > FILE
 *
 * SUBSAMPLING: 1 = 4:0:0, 2 = 4:2:0, 3 = 4:2:2, 4 = 4:4:4. All blocks have a side of 2^BLOCK
 * samples, 2 to 6, and modes that cost most to predict, but are coded in the same way, so that
 * their bins cost next to nothing; all filters are on. MODEL_HASH, 16 digits, names the model that
 * restores luma in all CTUs; 0: none.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entropy/syntax.h"
#include "format/container.h"
#include "recon/frame.h"

enum { QP = 40 * SVAC2_QP_ONE, STRENGTH = 32, FACTOR = 40 };

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "hostile_file: %s\n", what);
        exit(2);
    }
}

/* A block of luma takes the fourth of its probable modes, one of chroma the linear model. */
static void choose_mode(const sv_layout *layout, int tree, sv_cu *cu)
{
    uint8_t probable[SV_MPM_COUNT];
    if (layout->components.list[tree].coding == SV_CODING_LUMA) {
        sv_most_probable_modes(&layout->maps[tree], cu->x, cu->y, cu->log2_w, cu->log2_h, probable);
        cu->mode = probable[3];
    } else {
        cu->chroma_index = SV_CHROMA_LINEAR;
        cu->mode = SV_MODE_LINEAR;
    }
    sv_map_block(&layout->maps[tree], cu);
}

static void fill(const sv_layout *layout, int tree, const sv_node *node, int block,
                 sv_ctu_tree *out)
{
    if (sv_node_outside(layout, tree, node)) {
        return;
    }
    bool leaf =
        node->log2_w <= block && sv_allowed_splits(layout, tree, node) & 1u << SV_SPLIT_NONE;
    out->splits[out->split_count++] = leaf ? SV_SPLIT_NONE : SV_SPLIT_QUAD;
    if (leaf) {
        sv_cu *cu = &out->cus[out->cu_count++];
        *cu = (sv_cu){.x = node->x, .y = node->y, .log2_w = node->log2_w, .log2_h = node->log2_h};
        choose_mode(layout, tree, cu);
        return;
    }
    sv_node children[4];
    int count = sv_split_children(node, SV_SPLIT_QUAD, children);
    for (int i = 0; i < count; i++) {
        fill(layout, tree, &children[i], block, out);
    }
}

static sv_picture_header costly_header(bool restored)
{
    sv_picture_header header = {.whole = true};
    header.alf.luma_filters = SV_ALF_CLASSES;
    for (int i = 0; i < SV_ALF_CLASSES; i++) {
        header.alf.class_filter[i] = (uint8_t)i;
    }
    header.chroma_restoration.on = 1;
    for (int p = 0; p < 2; p++) {
        header.alf.chroma_on[p] = 1;
        memset(header.chroma_restoration.factors[p], FACTOR, SV_CHROMA_FACTORS);
    }
    if (restored) {
        header.restoration = (sv_restoration_params){
            .strength = STRENGTH, .mix_count = 1, .head_count = 4, .factors = {{STRENGTH}}};
    }
    return header;
}

static void write_picture(sv_frame *frame, const sv_picture_header *header, int block,
                          sv_writer *writer)
{
    const sv_layout *layout = &frame->layout;
    sv_ctu_tree *trees[SV_COMPONENTS_MAX];
    for (int i = 0; i < SV_COMPONENTS_MAX; i++) {
        trees[i] = calloc(1, sv_ctu_tree_size(&layout->components.list[i]));
        require(trees[i] != NULL, "no memory");
    }
    sv_frame_configure(frame, QP, header);
    writer->layout = layout;
    sv_range_encoder_start(&writer->range);
    sv_contexts_init(&writer->contexts, QP);
    sv_write_picture_header(writer, header);
    for (int ctu = 0; ctu < layout->ctu_cols * layout->ctu_rows; ctu++) {
        int x = ctu % layout->ctu_cols, y = ctu / layout->ctu_cols;
        layout->alf_flags[ctu] = 7;
        layout->restoration_blocks[ctu] = header->restoration.strength > 0;
        for (int tree = 0; tree < layout->components.count; tree++) {
            sv_node root = sv_tree_root(layout, tree, x, y);
            trees[tree]->split_count = trees[tree]->cu_count = 0;
            fill(layout, tree, &root, block, trees[tree]);
        }
        sv_write_ctu(writer, x, y, trees);
    }
    sv_range_encoder_finish(&writer->range);
    require(!writer->range.out_of_memory, "no memory");
    free(trees[0]);
    free(trees[1]);
}

int main(int argc, char **argv)
{
    require(argc == 7, "six arguments are needed");
    uint32_t width = (uint32_t)atoi(argv[1]), height = (uint32_t)atoi(argv[2]);
    int block = atoi(argv[4]);
    uint64_t hash = strtoull(argv[5], NULL, 16);
    sv_file_header file = {.subsampling = (uint32_t)atoi(argv[3]),
                           .bit_depth = (uint32_t)atoi(argv[6]),
                           .width = width,
                           .height = height,
                           .layer_count = 1,
                           .layers = {{.parts = {{SV_PART_BLOCKS, QP}}}},
                           .part_count = 1,
                           .restored = hash != 0,
                           .model_hash = hash,
                           .strength = STRENGTH,
                           .item_count = 1};
    sv_frame frame;
    sv_dsp dsp;
    sv_writer writer = {0};
    svac2_error error;
    sv_dsp_init(&dsp, sv_format_of((int)file.bit_depth), 0);
    const sv_frame_task task = {.width = width,
                                .height = height,
                                .components = sv_components_of((svac2_subsampling)file.subsampling),
                                .dsp = &dsp};
    require(sv_frame_create(&frame, &task, &error) == SVAC2_OK, "no memory");
    sv_picture_header header = costly_header(hash != 0);
    write_picture(&frame, &header, block, &writer);
    file.items[0] = (sv_item){
        .type = SVAC2_ITEM_LAYER, .flags = SV_ITEM_CRITICAL, .size = (uint32_t)writer.range.size};
    uint8_t bytes[SVAC2_MAX_HEADER];
    size_t size = sv_write_file_header(&file, bytes);
    fwrite(bytes, 1, size, stdout);
    fwrite(writer.range.bytes, 1, writer.range.size, stdout);
    sv_frame_destroy(&frame);
    svac2_free(writer.range.bytes);
    return 0;
}
