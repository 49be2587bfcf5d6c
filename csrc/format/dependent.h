/* Dependent quantisation: which multiples of the step a level may stand for hangs on the levels
 * coded before it, by a state (Schwarz et al., "Hybrid video coding with trellis-coded
 * quantization", DCC 2019; the eight states are those of Ungerboeck's code, 1982).
 *
 *   states 0, 2, 4, 6    ..  -4   -2    0    2    4  ..    even multiples
 *   states 1, 3, 5, 7     .. -3   -1    0    1    3  ..    odd ones, and 0
 *
 * A magnitude k stands for the k-th of them from 0 on; its parity leads to the next state. Arrays
 * of levels hold multiples: nobody but the syntax and the search knows of states. */
#ifndef SVAC2_FORMAT_DEPENDENT_H
#define SVAC2_FORMAT_DEPENDENT_H

#include <stdint.h>

enum { SV_STATES = 8 };

static inline int sv_next_state(int state, int magnitude)
{
    const uint64_t next = 0x5713640246317520; /* four bits each, by state and parity */
    return (int)(next >> (8 * state + 4 * (magnitude & 1)) & 7);
}

/* The multiple of the step that a magnitude stands for, and back. */
static inline int sv_multiple_of(int state, int magnitude)
{
    return 2 * magnitude - (magnitude != 0 ? state & 1 : 0);
}
static inline int sv_magnitude_of(int multiple) { return (multiple + 1) >> 1; }

#endif
