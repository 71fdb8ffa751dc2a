/* Messages for people on stderr. Results go to stdout and never through here. */
#ifndef SMB_BASE_LOG_H
#define SMB_BASE_LOG_H

#include "base/err.h"

/* Write "smbench: [warning: ]text" and a newline to stderr. */
void log_err(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * Progress of long work, overwritten in place, only where stderr is a terminal and at most ten
 * times a second. log_progress_end clears the line.
 */
void log_progress(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_progress_end(void);

#endif
