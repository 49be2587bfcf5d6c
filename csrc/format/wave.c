#include "format/wave.h"

#include "common/intmath.h"
#include "common/memory.h"

svac2_status sv_wave_create(sv_wave *wave, int log2_rows, int ctu_rows, int ctu_cols,
                            svac2_error *error)
{
    const bool is_one = log2_rows == 0;
    wave->wave = log2_rows;
    wave->row_count = ctu_rows;
    wave->rows = is_one ? NULL : sv_alloc((size_t)sv_wave_kept(log2_rows), sizeof *wave->rows);
    if ((!is_one && wave->rows == NULL) || !sv_wavefront_create(&wave->front, ctu_rows, ctu_cols)) {
        return sv_fail(error, SVAC2_ERR_MEMORY, "no memory for the contexts of %d rows", ctu_rows);
    }
    return SVAC2_OK;
}

void sv_wave_destroy(sv_wave *wave)
{
    sv_wavefront_destroy(&wave->front);
    sv_free(wave->rows);
    wave->rows = NULL;
}

static sv_wave_row *row_of(const sv_wave *wave, int y)
{
    return &wave->rows[y & (sv_wave_kept(wave->wave) - 1)];
}

bool sv_wave_wait(sv_wave *wave, int y)
{
    const int above = y - (1 << wave->wave), columns = wave->front.columns;
    return y == 0 || (sv_wavefront_wait(&wave->front, y, 0, SV_WAVE_LEAD) &&
                      (above < 0 || sv_wavefront_wait(&wave->front, above + 1, 0, columns)));
}

void sv_wave_enter(const sv_wave *wave, int y, sv_context_set *contexts)
{
    const int above = y - (1 << wave->wave);
    if (y == 0 || wave->rows == NULL) {
        return;
    }
    const sv_context_set *lead = &row_of(wave, y - 1)->lead;
    if (above >= 0) {
        sv_contexts_join(contexts, lead, &row_of(wave, above)->end);
    } else {
        *contexts = *lead;
    }
}

/* Keeps the contexts after so many CTUs of row y, where others start from them. */
static void keep_contexts(const sv_wave *wave, int y, int done, const sv_context_set *contexts)
{
    const int columns = wave->front.columns, below = wave->row_count - y;
    if (done == sv_min(SV_WAVE_LEAD, columns) && below > 1) {
        row_of(wave, y)->lead = *contexts;
    }
    if (done == columns && below > 1 << wave->wave) {
        row_of(wave, y)->end = *contexts;
    }
}

void sv_wave_advance(sv_wave *wave, int x, int y, const sv_context_set *contexts)
{
    if (wave->rows != NULL) {
        keep_contexts(wave, y, x + 1, contexts);
    }
    sv_wavefront_advance(&wave->front, y);
}

size_t sv_wave_head_size(int size_bytes, int count)
{
    return 1 + (size_t)(count - 1) * (size_t)size_bytes;
}

int sv_wave_size_bytes(const sv_stream *streams, int count)
{
    int bytes = 1;
    for (int i = 0; i < count - 1; i++) {
        while (bytes < SV_WAVE_SIZE_BYTES && streams[i].size >> (8 * bytes) != 0) {
            bytes++;
        }
    }
    return bytes;
}

void sv_wave_put_head(uint8_t *to, const sv_stream *streams, int count)
{
    const int size_bytes = sv_wave_size_bytes(streams, count);
    *to++ = (uint8_t)size_bytes;
    for (int i = 0; i < count - 1; i++) {
        for (int b = 0; b < size_bytes; b++) {
            *to++ = (uint8_t)(streams[i].size >> (8 * b));
        }
    }
}

bool sv_wave_find_streams(sv_stream *streams, int count, const uint8_t *payload, size_t size)
{
    const int size_bytes = size > 0 ? payload[0] : 0;
    if (size_bytes < 1 || size_bytes > SV_WAVE_SIZE_BYTES ||
        size < sv_wave_head_size(size_bytes, count)) {
        return false;
    }
    const uint8_t *sizes = payload + 1, *at = payload + sv_wave_head_size(size_bytes, count);
    const uint8_t *end = payload + size;
    for (int i = 0; i < count - 1; i++, sizes += size_bytes) {
        size_t stream = 0;
        for (int b = 0; b < size_bytes; b++) {
            stream |= (size_t)sizes[b] << (8 * b);
        }
        if (stream > (size_t)(end - at)) {
            return false;
        }
        streams[i] = (sv_stream){at, stream};
        at += stream;
    }
    streams[count - 1] = (sv_stream){at, (size_t)(end - at)};
    return true;
}
