#include "format/modes.h"

#include "format/tables.h"

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

static bool is_direction(int mode) { return mode >= SV_MODE_FIRST_ANGULAR; }

static void set_modes(uint8_t modes[SV_MPM_COUNT], int b, int c, int d, int e, int f)
{
    const int list[SV_MPM_COUNT] = {SV_MODE_PLANAR, b, c, d, e, f};
    for (int i = 0; i < SV_MPM_COUNT; i++) {
        modes[i] = (uint8_t)list[i];
    }
}

/* Two directions, then those beside them, less what is there already. */
static void modes_of_two(uint8_t modes[SV_MPM_COUNT], int first, int second)
{
    const int beside[] = {rotate(first, -1), rotate(first, 1), rotate(second, -1),
                          rotate(second, 1), SV_MODE_DC};
    int found[3 + 5] = {SV_MODE_PLANAR, first, second}, count = 3;
    for (int i = 0; i < 5; i++) {
        bool is_new = true;
        for (int j = 1; j < 3 + i; j++) {
            is_new &= j >= count || found[j] != beside[i];
        }
        found[count] = beside[i];
        count += is_new;
    }
    set_modes(modes, found[1], found[2], found[3], found[4], found[5]);
}

/* As the lists of H.266 8.4.2, but for their order. */
int sv_most_probable_modes(const sv_block_map *map, int x, int y, int log2_w, int log2_h,
                           uint8_t modes[SV_MPM_COUNT])
{
    int first = intra_mode_of(sv_unit_at(map, x - 1, y + (1 << log2_h) - 1));
    int second = intra_mode_of(sv_unit_at(map, x + (1 << log2_w) - 1, y - 1));
    int directions = is_direction(first) + is_direction(second);
    if (directions == 0) {
        set_modes(modes, SV_MODE_DC, SV_MODE_VERTICAL, SV_MODE_HORIZONTAL, SV_MODE_DIAGONAL,
                  SV_MODE_VERTICAL - 4);
    } else if (directions == 2 && first != second) {
        modes_of_two(modes, first, second);
    } else {
        int direction = is_direction(first) ? first : second;
        int low = rotate(direction, -1), high = rotate(direction, 1);
        int lower = rotate(direction, -2);
        if (first == SV_MODE_DC) {
            set_modes(modes, SV_MODE_DC, direction, low, high, lower);
        } else if (second == SV_MODE_DC) {
            set_modes(modes, direction, SV_MODE_DC, low, high, lower);
        } else {
            set_modes(modes, direction, low, high, SV_MODE_DC, lower);
        }
    }
    return directions;
}

sv_mode sv_chroma_mode(const sv_layout *layout, int x, int y, int log2_w, int log2_h,
                       sv_chroma_index index)
{
    static const uint8_t fixed[SV_CHROMA_INDEX_COUNT] = {
        [SV_CHROMA_LINEAR] = SV_MODE_LINEAR,          [SV_CHROMA_LINEAR_LEFT] = SV_MODE_LINEAR_LEFT,
        [SV_CHROMA_LINEAR_TOP] = SV_MODE_LINEAR_TOP,  [SV_CHROMA_CONVOLVED] = SV_MODE_CONVOLVED,
        [SV_CHROMA_PLANAR] = SV_MODE_PLANAR,          [SV_CHROMA_VERTICAL] = SV_MODE_VERTICAL,
        [SV_CHROMA_HORIZONTAL] = SV_MODE_HORIZONTAL,  [SV_CHROMA_DC] = SV_MODE_DC,
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
