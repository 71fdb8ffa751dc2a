/* Lines of commands from a terminal, a pipe or a file, read only when there is something to read.
 */
#ifndef SMB_REPLAY_CONSOLE_H
#define SMB_REPLAY_CONSOLE_H

#include "base/buf.h"

#define CONSOLE_LINE_MAX ((size_t)65536) /* bytes of one line */

/* Zero it, with `fd`. */
struct console {
	int fd;
	struct buf in;
	size_t taken; /* of `in`: the line given last */
	bool ended;
};

enum console_got { CONSOLE_LINE, CONSOLE_NOTHING, CONSOLE_END };

/*
 * The next line without its newline, borrowed until the next call. NOTHING: none is there yet.
 * Returns 0; ERR_LIMIT for a line over the limit; ERR_NOMEM; a negated errno.
 */
int console_next(struct console *c, const char **line, enum console_got *got) MUST_CHECK;

void console_free(struct console *c);

#endif
