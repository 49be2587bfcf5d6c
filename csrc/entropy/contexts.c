/* Initial states of the contexts. */
#include "format/contexts.h"

enum { INITIAL_SEEN = 2 };

void sv_contexts_init(sv_context_set *set, int qp)
{
    (void)qp;
    for (int i = 0; i < SV_CONTEXT_COUNT; i++) {
        set->contexts[i] = (sv_context){32768, 32768, INITIAL_SEEN};
    }
}
