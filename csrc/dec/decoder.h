/* A file that is decoded, and what is checked of it before memory is used (check.c). */
#ifndef SVAC2_DEC_DECODER_H
#define SVAC2_DEC_DECODER_H

#include "common/env.h"
#include "format/container.h"
#include "recon/frame.h"
#include "recon/restore_luma.h"

typedef struct sv_decoder {
    const uint8_t *data;
    size_t size, header_size;
    sv_file_header file;
    const svac2_decode_options *options;
    sv_env *env;
    sv_frame frame;                    /* of the layer under way */
    sv_picture lower;                  /* the base layer, up-scaled */
    sv_restoration_params restoration; /* of the layer that was decoded last */
    sv_chroma_restoration_params chroma_restoration;
} sv_decoder;

static inline uint32_t sv_channels_of(const sv_file_header *file)
{
    return file->subsampling == SVAC2_SUBSAMPLING_400 ? 1 : 3;
}

/* Whether anything of the layer that is wanted may be restored: it is the last, and the caller does
 * not want it as it is. */
static inline bool sv_allows_restoration(const sv_decoder *d)
{
    return d->options->layer == d->file.layer_count - 1 && d->options->strength != 0;
}

/* Whether its luma is to be restored. */
static inline bool sv_wants_restoration(const sv_decoder *d)
{
    return sv_allows_restoration(d) &&
           (d->options->strength != SVAC2_STRENGTH_CODED || d->file.restored);
}

/* Reads the header, and checks the options, the file as far as it is needed, and the model. */
svac2_status sv_decoder_open(sv_decoder *d, const svac2_info *info, svac2_error *error);

#endif
