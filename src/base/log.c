/* Messages for people on stderr. */
#include "config.h"

#include "base/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static bool progress_shown;

PRINTF_LIKE(2, 0)
static void
log_write(const char *mark, const char *fmt, va_list ap)
{
	log_progress_end();
	(void)fprintf(stderr, "smbench: %s", mark);
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
}

#define LOG_FUNCTION(name, mark)                                                                   \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list ap;                                                                        \
		va_start(ap, fmt);                                                                 \
		log_write(mark, fmt, ap);                                                          \
		va_end(ap);                                                                        \
	}
LOG_FUNCTION(log_err, "")
LOG_FUNCTION(log_warn, "warning: ")

void
log_progress(const char *fmt, ...)
{
	static struct timespec last;
	struct timespec now;
	va_list ap;

	if (!isatty(STDERR_FILENO) || clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return;
	if ((now.tv_sec - last.tv_sec) * 1000 + (now.tv_nsec - last.tv_nsec) / 1000000 < 100)
		return;
	last = now;
	(void)fputs("\r\033[K", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fflush(stderr);
	progress_shown = true;
}

void
log_progress_end(void)
{
	if (!progress_shown)
		return;
	(void)fputs("\r\033[K", stderr);
	progress_shown = false;
}
