/* Interleaved images to planar pictures of internal samples and back: BT.601 full range. */
#ifndef SVAC2_IMAGE_COLOR_H
#define SVAC2_IMAGE_COLOR_H

#include "common/env.h"
#include "dsp/dsp.h"
#include "image/output.h"
#include "image/picture.h"

/* Fills a created picture, whose size is that of the image rounded up to a multiple of
 * SV_PICTURE_ALIGN; edges are replicated. One channel fills 4:0:0, three fill the others. */
svac2_status sv_picture_from_image(sv_picture *picture, const svac2_image *image, const sv_dsp *dsp,
                                   svac2_error *error);

/* A piece of a row of samples, all planes in full size, from column `left` on. */
enum { SV_PIECE = 256 };
typedef struct sv_piece {
    int left, y, width; /* at most SV_PIECE */
    int plane_count;
    const uint16_t *rows[SV_PLANES_MAX];
} sv_piece;

/* Turns them to pixels and puts these out. */
void sv_put_piece(const sv_output *to, const sv_dsp *dsp, const sv_piece *piece);

/* What the output of a CTU costs (common/env.h). */
enum { SV_COST_OUTPUT = 1 };

/* Rows of a picture, on their way to an image. */
typedef struct sv_picture_rows {
    const sv_picture *picture;
    const sv_dsp *dsp;
    int width, height; /* of the picture without its padding */
    int begin, end;    /* rows of CTUs to put out */
    int top;           /* row of the image that is the picture's first */
} sv_picture_rows;

/* Puts them out; smaller chroma is up-sampled on the way. */
svac2_status sv_put_rows(const sv_picture_rows *rows, const sv_output *to, sv_env *env,
                         svac2_error *error);
/* Puts out the picture's first width x height pixels. */
svac2_status sv_picture_to_image(const sv_picture *picture, const sv_dsp *dsp, const sv_output *to,
                                 uint32_t width, uint32_t height, sv_env *env, svac2_error *error);

#endif
