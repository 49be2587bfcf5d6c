/* The values that the samples of a plane have, where they are few of those that there are: their
 * ranks are coded in their stead. */
#ifndef SVAC2_FORMAT_VALUE_TABLE_H
#define SVAC2_FORMAT_VALUE_TABLE_H

#include <stdint.h>

typedef struct sv_value_table {
    int count;
    uint16_t *values; /* rising; room for all that a depth has */
} sv_value_table;

#endif
