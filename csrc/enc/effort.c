#include "enc/effort.h"

const sv_effort *sv_effort_of(int effort)
{
    static const sv_effort efforts[9] = {
        /* step modes chroma mtt max ternary rdoq trellis tx skip */
        {8, 1, 1, 0, 3, false, false, SV_TRELLIS_NONE, 1, 8},
        {8, 1, 1, 0, 3, false, true, SV_TRELLIS_NONE, 1, 8},
        {8, 1, 1, 1, 3, false, true, SV_TRELLIS_NONE, 1, 8},
        {8, 1, 2, 1, 4, false, true, SV_TRELLIS_LAST, 2, 6},
        {4, 2, 2, 1, 4, false, true, SV_TRELLIS_LAST, 2, 6},
        {4, 2, 3, 1, 5, false, true, SV_TRELLIS_LAST, 3, 4},
        {4, 3, 3, 2, 5, false, true, SV_TRELLIS_LAST, 5, 4},
        {4, 3, 4, 2, 5, true, true, SV_TRELLIS_SEARCH, 5, 2},
        {4, 4, 8, 3, 5, true, true, SV_TRELLIS_SEARCH, 5, 0},
    };
    return &efforts[effort - 1];
}
