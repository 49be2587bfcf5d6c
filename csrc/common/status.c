#include "common/status.h"

#include <stdarg.h>
#include <stdio.h>

svac2_status sv_fail(svac2_error *error, svac2_status status, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return status;
}
