#include "enc/effort.h"

const sv_effort *sv_effort_of(int effort)
{
    static const sv_effort efforts[9] = {
        /* cost step modes trials cut kept lines chroma quad mtt max ternary choice tx secondary
           skip written whole */
        {120, 8, 1, 2, 1.1, 1, 1, 1, 3, 0, 3, false, SV_ONE_BY_ONE, 2, false, 12, false, false},
        {160, 8, 2, 2, 1.1, 1, 1, 1, 2, 0, 3, false, SV_ONE_BY_ONE, 2, false, 12, false, false},
        {230, 8, 2, 2, 1.1, 1, 1, 1, 2, 1, 3, false, SV_ONE_BY_ONE, 2, true, 12, false, false},
        {310, 8, 3, 2, 1.1, 1, 1, 1, 2, 1, 4, false, SV_ONE_BY_ONE, 2, true, 12, false, false},
        {360, 8, 4, 2, 1.1, 1, 1, 1, 2, 1, 4, false, SV_BY_TRELLIS, 2, true, 18, false, false},
        {830, 8, 5, 3, 1.1, 1, 1, 2, 2, 2, 5, false, SV_BY_TRELLIS, 2, true, 12, false, false},
        {2100, 4, 8, 3, 1.1, 2, 1, 3, 2, 2, 5, true, SV_BY_TRELLIS, 5, true, 8, true, true},
        {2700, 4, 10, 4, 1.1, 3, 3, 4, 2, 2, 5, true, SV_BY_TRELLIS, 5, true, 4, true, true},
        {5800, 4, 12, 6, 1.15, 3, 3, 7, 2, 3, 5, true, SV_BY_TRELLIS, 5, true, 2, true, true},
    };
    return &efforts[effort - 1];
}
