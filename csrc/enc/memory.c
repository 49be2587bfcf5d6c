/* What encoding takes of memory, from the arguments alone. */
#include "enc/encoder.h"
#include "enc/tree_search.h"

/* Per pixel, rounded up: source, frame, trees, and what the searches for filters and restoration
 * need; what a base layer and the picture scaled up from it add; a second frame with its trees. */
enum { GREY = 18, COLOUR = 40, LOWER = 16, SECOND = 26 };
enum { PER_THREAD = sizeof(sv_tree_search) + (1 << 20), REST = 4 << 20 };

uint64_t sv_encode_memory(const svac2_image *image, const svac2_encode_options *options)
{
    uint64_t samples = (uint64_t)sv_ctu_count(image->width) * SV_CTU_SIZE *
                       (uint64_t)sv_ctu_count(image->height) * SV_CTU_SIZE;
    uint64_t per_pixel = image->channels == 1 ? GREY : COLOUR;
    if (options->mode != SVAC2_MODE_NORMAL) {
        per_pixel += LOWER;
    }
    if (options->mode == SVAC2_MODE_AUTO) {
        per_pixel += SECOND;
    }
    return samples * per_pixel + (uint64_t)options->threads * PER_THREAD + REST;
}
