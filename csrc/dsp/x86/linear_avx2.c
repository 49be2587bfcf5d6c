/* AVX2 variant: sums of products of the inputs of linear prediction. */
#include "dsp/dsp.h"
#include "dsp/x86/avx2.h"

enum { PAIRS_MAX = 4, GROUPS_MAX = 5 };

/* Two rows of inputs at a time: of each column both, side by side. */
static void interleave(__m256i *columns, const int16_t *inputs, ptrdiff_t stride, int groups)
{
    for (int g = 0; g < groups; g++) {
        __m128i first = _mm_loadu_si128((const __m128i *)(inputs + 8 * g));
        __m128i second = _mm_loadu_si128((const __m128i *)(inputs + stride + 8 * g));
        columns[g] =
            _mm256_set_m128i(_mm_unpackhi_epi16(first, second), _mm_unpacklo_epi16(first, second));
    }
}

void sv_gram_avx2(int32_t *sums, const int16_t *inputs, ptrdiff_t stride, int count, int rows,
                  int pitch)
{
    __m256i columns[PAIRS_MAX][GROUPS_MAX];
    const int pairs = count / 2, groups = pitch / 8;
    for (int r = 0; r < pairs; r++) {
        interleave(columns[r], inputs + 2 * r * stride, stride, groups);
    }
    for (int i = 0; i < rows; i++) {
        __m256i row[PAIRS_MAX];
        for (int r = 0; r < pairs; r++) {
            row[r] = _mm256_set1_epi32(((const int32_t *)columns[r])[i]);
        }
        for (int g = i / 8; g < groups; g++) {
            __m256i *to = (__m256i *)(sums + i * pitch + 8 * g);
            __m256i sum = _mm256_loadu_si256(to);
            for (int r = 0; r < pairs; r++) {
                sum = _mm256_add_epi32(sum, _mm256_madd_epi16(row[r], columns[r][g]));
            }
            _mm256_storeu_si256(to, sum);
        }
    }
}
