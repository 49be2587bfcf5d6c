#include "recon/fast.h"

#include <string.h>

#include "common/memory.h"

enum { ROWS = 5 };        /* of a plane: differences and errors */
enum { QUIET_LEVEL = 7 }; /* the last one without raw bits, where residuals are one apart */

static void start_plane(sv_fast_plane *plane, int32_t *rows, int width, int start)
{
    const size_t pitch = (size_t)width + 2 * SV_FAST_PAD;
    for (int i = 0; i < ROWS; i++) {
        int32_t *row = rows + (size_t)i * pitch + SV_FAST_PAD;
        *(i < 3 ? &plane->differences[i] : &plane->errors[i - 3]) = row;
        for (int x = 0; i < 3 && x < width; x++) {
            row[x] = start;
        }
    }
    for (int class = 0; class < SV_FAST_CROSSES; class++) {
        for (int level = 0; level < SV_FAST_LEVELS; level++) {
            sv_symbol_start(&plane->models[class][level]);
        }
    }
    memset(plane->bias, 0, sizeof plane->bias);
}

static void start(sv_fast *fast, int depth)
{
    const size_t plane_size = ROWS * ((size_t)fast->width + 2 * SV_FAST_PAD);
    fast->max = (1 << depth) - 1;
    fast->step = 2 * (int)fast->header.max_error + 1;
    fast->bias_limit = 1 << (depth - 3);
    const int quiet = QUIET_LEVEL + 2 * sv_floor_log2((uint32_t)fast->step);
    for (int level = 0; level < SV_FAST_LEVELS; level++) {
        fast->raw_bits[level] = (uint8_t)sv_clip((level - quiet) / 2, 0, SV_FAST_RAW_MAX);
    }
    for (int activity = 0; activity < SV_FAST_LEVEL_ENTRIES; activity++) {
        fast->levels[activity] = (uint8_t)sv_fast_level_of(activity);
    }
    for (int p = 0; p < fast->count; p++) {
        fast->references[p] = (sv_fast_reference)sv_fast_colours[fast->header.colour].references[p];
        bool alone = fast->references[p] == SV_REFERENCE_NONE;
        start_plane(&fast->planes[p], fast->memory + (size_t)p * plane_size, fast->width,
                    alone ? 1 << (depth - 1) : 0);
    }
}

svac2_status sv_fast_create(sv_fast *fast, const sv_fast_header *header, const sv_planes *planes,
                            int depth, svac2_error *error)
{
    fast->header = *header;
    fast->count = planes->count;
    fast->width = planes->planes[0].width;
    fast->height = planes->planes[0].height;
    fast->memory = sv_alloc_zeroed((size_t)fast->count * ROWS,
                                   ((size_t)fast->width + 2 * SV_FAST_PAD) * sizeof(int32_t));
    if (fast->memory == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for rows of lossless coding");
    }
    start(fast, depth);
    return header->matches ? sv_match_create(&fast->match, fast->width, fast->height, error)
                           : SVAC2_OK;
}

void sv_fast_destroy(sv_fast *fast)
{
    sv_free(fast->memory);
    fast->memory = NULL;
    sv_match_destroy(&fast->match);
}

static void start_plane_row(sv_fast_plane *plane, int width)
{
    int32_t *row = plane->differences[2], *above = plane->differences[0];
    plane->differences[2] = plane->differences[1];
    plane->differences[1] = above;
    plane->differences[0] = row;
    row[-1] = row[-2] = above[-1] = above[0];
    above[width] = above[width - 1];
    int32_t *errors = plane->errors[1];
    plane->errors[1] = plane->errors[0];
    plane->errors[0] = errors;
}

void sv_fast_start_row(sv_fast *fast)
{
    for (int p = 0; p < fast->count; p++) {
        start_plane_row(&fast->planes[p], fast->width);
    }
    if (fast->header.matches) {
        sv_match_start_row(&fast->match, fast->width);
    }
}
