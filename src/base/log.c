/* Messages for people on stderr. */
#include "config.h"

#include "base/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static enum log_level max_level = LOG_WARN;
static bool progress_shown;

void
log_set_level(enum log_level level)
{
	max_level = level;
}

PRINTF_LIKE(3, 0)
static void
log_write(enum log_level level, const char *mark, const char *fmt, va_list ap)
{
	if (level > max_level)
		return;
	log_progress_end();
	(void)fprintf(stderr, "smbench: %s", mark);
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
}

#define LOG_FUNCTION(name, level, mark)                                                            \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list ap;                                                                        \
		va_start(ap, fmt);                                                                 \
		log_write(level, mark, fmt, ap);                                                   \
		va_end(ap);                                                                        \
	}
LOG_FUNCTION(log_err, LOG_ERR, "")
LOG_FUNCTION(log_warn, LOG_WARN, "warning: ")
LOG_FUNCTION(log_info, LOG_INFO, "")
LOG_FUNCTION(log_debug, LOG_DEBUG, "debug: ")

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
