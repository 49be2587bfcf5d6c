/* The checks of the program coder_check. */
#ifndef SVAC2_TESTS_CODER_CHECK_H
#define SVAC2_TESTS_CODER_CHECK_H

#include <stdbool.h>

/* Ends the program where something does not hold. */
void require(bool condition, const char *what);

void check_range_coder(void);

#endif
