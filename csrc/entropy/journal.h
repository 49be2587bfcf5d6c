/* Contexts that can be taken back: before one changes for the first time after a mark, its state
 * is noted. Marks are set one below the other, as nodes of a tree are. */
#ifndef SVAC2_ENTROPY_JOURNAL_H
#define SVAC2_ENTROPY_JOURNAL_H

#include "entropy/context_model.h"
#include "format/tree.h"

/* A context and a state of it. */
typedef struct sv_noted_context {
    uint16_t index;
    uint16_t marks; /* after so many of them it had been noted before */
    sv_context state;
} sv_noted_context;

typedef struct sv_journal {
    sv_context_set *contexts;
    uint64_t version, versions; /* of levels' contexts, and how many there were */
    int marks, size;
    int begins[SV_TREE_DEPTH];       /* the first entry after each mark */
    uint64_t marked[SV_TREE_DEPTH];  /* the version at each mark */
    uint8_t noted[SV_CONTEXT_COUNT]; /* after how many marks each was noted last; 0: not at all */
    sv_noted_context entries[SV_TREE_DEPTH * SV_CONTEXT_COUNT]; /* old states */
} sv_journal;

/* Contexts that were changed, and their new states. */
typedef struct sv_context_changes {
    int count;
    sv_noted_context list[SV_CONTEXT_COUNT];
} sv_context_changes;

/* To be called when levels' contexts change. */
static inline void sv_journal_renew(sv_journal *journal) { journal->version = ++journal->versions; }

/* To be called before a context changes. */
static inline void sv_journal_note(sv_journal *journal, int index)
{
    if (journal->noted[index] != journal->marks) {
        journal->entries[journal->size++] = (sv_noted_context){
            (uint16_t)index, journal->noted[index], journal->contexts->contexts[index]};
        journal->noted[index] = (uint8_t)journal->marks;
    }
}

/* Sets a mark; takes contexts back to the last one; removes it, and contexts stay as they are. */
void sv_journal_mark(sv_journal *journal);
void sv_journal_rewind(sv_journal *journal);
void sv_journal_release(sv_journal *journal);

/* Keeps what has changed since the last mark; brings it back after a rewind. */
void sv_journal_keep(const sv_journal *journal, sv_context_changes *changes);
void sv_journal_restore(sv_journal *journal, const sv_context_changes *changes);

#endif
