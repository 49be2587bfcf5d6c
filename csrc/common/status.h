/* The one error channel: every fallible function takes a svac2_error and returns its status. */
#ifndef SVAC2_COMMON_STATUS_H
#define SVAC2_COMMON_STATUS_H

#include "include/svac2.h"

/* Records status and a formatted sentence in *error (which may be NULL); returns status. */
svac2_status sv_fail(svac2_error *error, svac2_status status, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

#define SV_TRY(call)                          \
    do {                                      \
        svac2_status sv_try_status_ = (call); \
        if (sv_try_status_ != SVAC2_OK) {     \
            return sv_try_status_;            \
        }                                     \
    } while (0)

#endif
