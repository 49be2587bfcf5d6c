/* A coded layer becomes bytes. */
#include <assert.h>
#include <string.h>

#include "common/memory.h"
#include "common/parallel.h"
#include "enc/layer.h"
#include "format/wave.h"

/* Rows become streams where there are so many pixels, and bytes of a row on average: a stream costs
 * about three bytes, and what its contexts have not learned. */
enum { WAVE_PIXELS = 1 << 20, WAVE_ROW_BYTES = 1 << 10, WAVE_COLUMNS = 16 };

/* What the workers share. */
typedef struct streams {
    const sv_layer *layer;
    sv_wave wave;
    sv_range_encoder *ranges; /* of the rows */
} streams;

/* Starts the first row, or all that there is. */
static void start(sv_writer *writer, const sv_layer *layer)
{
    sv_range_encoder_start(&writer->range);
    sv_contexts_init(&writer->contexts, layer->task->qp);
    sv_write_picture_header(writer, &layer->header);
}

static void write_ctu(sv_writer *writer, const sv_layer *layer, int x, int y)
{
    const int columns = layer->frame.layout.ctu_cols;
    sv_write_ctu(writer, x, y, &layer->trees[(y * columns + x) * SV_COMPONENTS_MAX]);
}

static svac2_status take_bytes(sv_range_encoder *range, sv_bytes *payload, svac2_error *error)
{
    if (range->out_of_memory || range->size > UINT32_MAX) {
        sv_free(range->bytes);
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the bitstream");
    }
    *payload = (sv_bytes){range->bytes, range->size};
    return SVAC2_OK;
}

static svac2_status write_whole(const sv_layer *layer, sv_bytes *payload, svac2_error *error)
{
    const sv_layout *layout = &layer->frame.layout;
    sv_writer *writer = sv_alloc_zeroed(1, sizeof *writer);
    if (writer == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the bitstream");
    }
    writer->layout = layout;
    start(writer, layer);
    for (int y = 0; y < layout->ctu_rows; y++) {
        for (int x = 0; x < layout->ctu_cols; x++) {
            write_ctu(writer, layer, x, y);
        }
    }
    sv_range_encoder_finish(&writer->range);
    svac2_status status = take_bytes(&writer->range, payload, error);
    sv_free(writer);
    return status;
}

static void write_row(void *shared, void *scratch, int y)
{
    streams *s = shared;
    sv_writer *writer = scratch;
    const sv_layout *layout = &s->layer->frame.layout;
    writer->layout = layout;
    if (y == 0) {
        start(writer, s->layer);
    } else {
        sv_range_encoder_start(&writer->range);
    }
    const bool ready = sv_wave_wait(&s->wave, y);
    assert(ready); /* nobody stops this wavefront */
    (void)ready;
    sv_wave_enter(&s->wave, y, &writer->contexts);
    for (int x = 0; x < layout->ctu_cols; x++) {
        write_ctu(writer, s->layer, x, y);
        sv_wave_advance(&s->wave, x, y, &writer->contexts);
    }
    sv_range_encoder_finish(&writer->range);
    s->ranges[y] = writer->range;
}

static svac2_status join_rows(const sv_range_encoder *ranges, sv_stream *rows, int count,
                              sv_bytes *payload, svac2_error *error)
{
    size_t size = 0;
    bool complete = true;
    for (int y = 0; y < count; y++) {
        rows[y] = (sv_stream){ranges[y].bytes, ranges[y].size};
        complete &= !ranges[y].out_of_memory;
        size += ranges[y].size;
    }
    const size_t head = sv_wave_head_size(sv_wave_size_bytes(rows, count), count);
    size += head;
    uint8_t *to = complete && size <= UINT32_MAX ? sv_alloc(size, 1) : NULL;
    if (to == NULL) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the bitstream");
    }
    *payload = (sv_bytes){to, size};
    sv_wave_put_head(to, rows, count);
    to += head;
    for (int y = 0; y < count; y++) {
        if (rows[y].size > 0) {
            memcpy(to, rows[y].data, rows[y].size);
        }
        to += rows[y].size;
    }
    return SVAC2_OK;
}

static svac2_status run_rows(streams *s, int wave, sv_bytes *payload, svac2_error *error)
{
    const sv_layout *layout = &s->layer->frame.layout;
    const int count = layout->ctu_rows;
    sv_stream *rows = sv_alloc((size_t)count, sizeof *rows);
    s->ranges = sv_alloc_zeroed((size_t)count, sizeof *s->ranges);
    svac2_status status = rows != NULL && s->ranges != NULL
                              ? sv_wave_create(&s->wave, wave, count, layout->ctu_cols, error)
                              : sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the bitstream");
    if (status == SVAC2_OK) {
        const sv_rows job = {.count = count,
                             .cost = (uint64_t)layout->ctu_cols,
                             .scratch = sizeof(sv_writer),
                             .shared = s,
                             .run = write_row,
                             .reports = true};
        status = sv_parallel_rows(s->layer->task->env, &job, error);
    }
    if (status == SVAC2_OK) {
        status = join_rows(s->ranges, rows, count, payload, error);
    }
    for (int y = 0; s->ranges != NULL && y < count; y++) {
        sv_free(s->ranges[y].bytes);
    }
    sv_free(s->ranges);
    sv_free(rows);
    sv_wave_destroy(&s->wave);
    return status;
}

int sv_layer_wave(const sv_layout *layout)
{
    int wave = 1;
    while (wave < SV_WAVE_MAX && layout->ctu_cols >= WAVE_COLUMNS << (wave + 1)) {
        wave++;
    }
    return (int64_t)layout->width * layout->height < WAVE_PIXELS || layout->ctu_rows == 1 ? 0
                                                                                          : wave;
}

svac2_status sv_layer_write(sv_layer *layer, sv_bytes *payload, svac2_error *error)
{
    streams s = {.layer = layer};
    *payload = (sv_bytes){NULL, 0};
    layer->wave = sv_layer_wave(&layer->frame.layout);
    if (layer->wave > 0) {
        SV_TRY(run_rows(&s, layer->wave, payload, error));
        if (payload->size >= (size_t)layer->frame.layout.ctu_rows * WAVE_ROW_BYTES) {
            return SVAC2_OK;
        }
        sv_free(payload->data);
        layer->wave = 0;
    }
    return write_whole(layer, payload, error);
}
