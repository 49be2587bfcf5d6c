#include "drawing.h"

#include "include/svac2.h"

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
uint64_t random_bits(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

int random_int(uint64_t *state, int low, int high)
{
    return low + (int)(random_bits(state) % (uint64_t)(high - low + 1));
}

int random_base_qp(uint64_t *state)
{
    return random_int(state, 0, 9) == 0 ? SVAC2_BASE_QP_CHOSEN : random_int(state, 0, SVAC2_MAX_QP);
}

void draw(uint8_t *pixels, int width, int height, int channels, int kind, uint64_t *state)
{
    int a = random_int(state, 0, 9), b = random_int(state, 0, 9), base = random_int(state, 0, 255);
    int period = random_int(state, 1, 12);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            for (int c = 0; c < channels; c++) {
                int shifted = x + c, ramp = a * x + b * y + base * (c + 1);
                int value;
                switch (kind) {
                case 0: /* noise */
                    value = random_int(state, 0, 255);
                    break;
                case 1: /* flat */
                    value = base * (c + 1);
                    break;
                case 2: /* gradient */
                    value = ramp / 2;
                    break;
                case 3: /* checkerboard */
                    value = 255 * ((shifted / period + y / period) & 1);
                    break;
                case 4: /* saturated edges with steps across them */
                    value = (a * shifted + b * y) / 32 % 2 != 0 ? 255 : 0;
                    break;
                case 5: /* strokes, as in text */
                    value = (shifted * (a + 3) + y * y / (b + 1)) % 11 < 3 ? 0 : 255;
                    break;
                default: /* texture on a gradient */
                    value = ramp / 8 + random_int(state, 0, 15 + base / 16);
                    break;
                }
                *pixels++ = (uint8_t)value;
            }
        }
    }
}
