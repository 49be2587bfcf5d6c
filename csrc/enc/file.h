/* The file from its items. */
#ifndef SVAC2_ENC_FILE_H
#define SVAC2_ENC_FILE_H

#include "enc/alpha.h"

/* Joins the layers' colour, by layer, each with its alpha, and the metadata of the options to a
 * file. *header: what it says of picture and colour. */
svac2_status sv_join_file(const sv_file_header *header, const sv_bytes *colour,
                          const sv_alpha *alpha, const svac2_encode_options *options, sv_bytes *out,
                          svac2_error *error);

#endif
