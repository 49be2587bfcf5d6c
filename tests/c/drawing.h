/* Random pictures for the checks. */
#ifndef SVAC2_TESTS_DRAWING_H
#define SVAC2_TESTS_DRAWING_H

#include <stdint.h>

uint64_t random_bits(uint64_t *state);
/* Uniform in low..high. */
int random_int(uint64_t *state, int low, int high);
/* A qp, or now and then SVAC2_BASE_QP_CHOSEN. */
int random_base_qp(uint64_t *state);

enum { DRAWING_KINDS = 7 };

/* Fills rows of width * channels bytes with one of DRAWING_KINDS kinds of content. */
void draw(uint8_t *pixels, int width, int height, int channels, int kind, uint64_t *state);

#endif
