#include "enc/effort.h"

const sv_effort *sv_effort_of(int effort)
{
    static const sv_effort efforts[9] = {
        /* step modes chroma mtt max ternary rdoq dq tx skip */
        {8, 1, 1, 0, 3, false, false, false, 1, 8},
        {8, 1, 1, 0, 3, false, true, false, 1, 8},
        {8, 1, 1, 1, 3, false, true, false, 1, 8},
        {8, 1, 2, 1, 4, false, true, false, 2, 6},
        {4, 2, 2, 1, 4, false, true, false, 2, 6},
        {4, 2, 3, 1, 5, false, true, false, 3, 4},
        {4, 3, 3, 2, 5, false, true, false, 5, 4},
        {4, 3, 4, 2, 5, true, true, true, 5, 2},
        {4, 4, 8, 3, 5, true, true, true, 5, 0},
    };
    return &efforts[effort - 1];
}
