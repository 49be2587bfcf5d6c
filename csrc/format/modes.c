#include "format/modes.h"

#include "format/tables.h"

typedef struct mode_list {
    uint8_t *modes;
    int count;
} mode_list;

static void append(mode_list *list, int mode)
{
    if (list->count == SV_MPM_COUNT) {
        return;
    }
    for (int i = 0; i < list->count; i++) {
        if (list->modes[i] == mode) {
            return;
        }
    }
    list->modes[list->count++] = (uint8_t)mode;
}

/* The direction `step` away, going round: 2 and 66 are the same direction. */
static int rotate(int mode, int step)
{
    enum { DIRECTIONS = SV_MODE_LAST_ANGULAR - SV_MODE_FIRST_ANGULAR };
    return SV_MODE_FIRST_ANGULAR + (mode - SV_MODE_FIRST_ANGULAR + step + DIRECTIONS) % DIRECTIONS;
}

/* A block with another mode counts as planar, and so does one that is not there. */
static int intra_mode_of(const sv_unit *unit)
{
    return unit != NULL && unit->log2_w != 0 && unit->mode < SV_MODE_INTRA_COUNT ? unit->mode
                                                                                 : SV_MODE_PLANAR;
}

int sv_most_probable_modes(const sv_block_map *map, int x, int y, int log2_w, int log2_h,
                           uint8_t modes[SV_MPM_COUNT])
{
    int neighbours[2] = {intra_mode_of(sv_unit_at(map, x - 1, y + (1 << log2_h) - 1)),
                         intra_mode_of(sv_unit_at(map, x + (1 << log2_w) - 1, y - 1))};
    mode_list list = {modes, 0};
    append(&list, SV_MODE_PLANAR);
    append(&list, neighbours[0]);
    append(&list, neighbours[1]);
    for (int step = 1; step <= 2; step++) {
        for (int n = 0; n < 2; n++) {
            if (neighbours[n] >= SV_MODE_FIRST_ANGULAR) {
                append(&list, rotate(neighbours[n], -step));
                append(&list, rotate(neighbours[n], step));
            }
        }
        append(&list, SV_MODE_DC);
    }
    static const uint8_t defaults[] = {SV_MODE_VERTICAL, SV_MODE_HORIZONTAL, SV_MODE_DIAGONAL,
                                       SV_MODE_VERTICAL - 4, SV_MODE_VERTICAL + 4};
    for (unsigned i = 0; i < sizeof defaults; i++) {
        append(&list, defaults[i]);
    }
    return (neighbours[0] >= SV_MODE_FIRST_ANGULAR) + (neighbours[1] >= SV_MODE_FIRST_ANGULAR);
}

sv_mode sv_chroma_mode(const sv_layout *layout, int x, int y, int log2_w, int log2_h,
                       sv_chroma_index index)
{
    static const uint8_t fixed[SV_CHROMA_INDEX_COUNT] = {
        [SV_CHROMA_LINEAR] = SV_MODE_LINEAR,
        [SV_CHROMA_LINEAR_LEFT] = SV_MODE_LINEAR_LEFT,
        [SV_CHROMA_LINEAR_TOP] = SV_MODE_LINEAR_TOP,
        [SV_CHROMA_PLANAR] = SV_MODE_PLANAR,
        [SV_CHROMA_VERTICAL] = SV_MODE_VERTICAL,
        [SV_CHROMA_HORIZONTAL] = SV_MODE_HORIZONTAL,
        [SV_CHROMA_DC] = SV_MODE_DC,
        [SV_CHROMA_INTER_LAYER] = SV_MODE_INTER_LAYER};
    const sv_component *chroma = sv_chroma_of(&layout->components);
    int derived = intra_mode_of(sv_luma_unit(layout, x, y, log2_w, log2_h));
    if (chroma->shift_x > chroma->shift_y) {
        derived = sv_mode_at_half_width[derived];
    }
    if (index == SV_CHROMA_DERIVED) {
        return (sv_mode)derived;
    }
    /* A fixed mode that says what "derived" says would be wasted: it means the opposite diagonal.
     */
    return fixed[index] == derived ? SV_MODE_LAST_ANGULAR : (sv_mode)fixed[index];
}
