#include "entropy/journal.h"

#include <assert.h>

static_assert(SV_CONTEXT_COUNT <= UINT16_MAX, "a context's number is kept in 16 bits");

void sv_journal_mark(sv_journal *journal)
{
    assert(journal->marks < SV_TREE_DEPTH);
    journal->marked[journal->marks] = journal->version;
    journal->begins[journal->marks++] = journal->size;
}

void sv_journal_rewind(sv_journal *journal)
{
    journal->version = journal->marked[journal->marks - 1];
    while (journal->size > journal->begins[journal->marks - 1]) {
        const sv_noted_context *entry = &journal->entries[--journal->size];
        journal->contexts->contexts[entry->index] = entry->state;
        journal->noted[entry->index] = (uint8_t)entry->marks;
    }
}

void sv_journal_release(sv_journal *journal)
{
    const int end = journal->size;
    journal->size = journal->begins[--journal->marks];
    for (int i = journal->size; i < end; i++) {
        const sv_noted_context entry = journal->entries[i];
        journal->noted[entry.index] = (uint8_t)journal->marks;
        if (entry.marks != journal->marks) { /* else an older state is there */
            journal->entries[journal->size++] = entry;
        }
    }
}

void sv_journal_keep(const sv_journal *journal, sv_context_changes *changes)
{
    const int begin = journal->begins[journal->marks - 1];
    changes->count = journal->size - begin;
    for (int i = 0; i < changes->count; i++) {
        const uint16_t index = journal->entries[begin + i].index;
        changes->list[i] = (sv_noted_context){index, 0, journal->contexts->contexts[index]};
    }
}

void sv_journal_restore(sv_journal *journal, const sv_context_changes *changes)
{
    sv_journal_renew(journal);
    for (int i = 0; i < changes->count; i++) {
        const sv_noted_context *change = &changes->list[i];
        sv_journal_note(journal, change->index);
        journal->contexts->contexts[change->index] = change->state;
    }
}
