/* The file from its items. */
#ifndef SVAC2_ENC_FILE_H
#define SVAC2_ENC_FILE_H

#include "enc/layer.h"
#include "format/container.h"

/* Joins the parts of the layers, in the order of their items, and the metadata of the options to a
 * file. *header: all of it but the colour's code points and the items. */
svac2_status sv_join_file(const sv_file_header *header, const sv_bytes *parts,
                          const svac2_encode_options *options, sv_bytes *out, svac2_error *error);

#endif
