/* Lines of commands. */
#include "config.h"

#include "replay/console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Read what there is; `*some` is false where a read would wait. */
static int
read_more(struct console *c, bool *some)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	uint8_t bytes[4096];
	ssize_t n;

	*some = poll(&p, 1, 0) > 0;
	if (!*some)
		return 0;
	n = read(c->fd, bytes, sizeof(bytes));
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	c->ended = n == 0;
	buf_add(&c->in, bytes, (size_t)n);
	return c->in.err;
}

/* The line that begins at c->taken, its newline turned into a NUL; false: there is no whole one. */
static bool
take_line(struct console *c, const char **line)
{
	uint8_t *begin = c->in.p != NULL ? c->in.p + c->taken : NULL,
		*end = begin != NULL ? memchr(begin, '\n', c->in.n - c->taken) : NULL;

	if (end == NULL)
		return false;
	*end = '\0';
	*line = (const char *)begin;
	c->taken = (size_t)(end + 1 - c->in.p);
	return true;
}

int
console_next(struct console *c, const char **line, enum console_got *got)
{
	bool some = true;

	while (!take_line(c, line)) {
		int r = 0;

		buf_consume(&c->in, c->taken);
		c->taken = 0;
		*got = c->ended ? CONSOLE_END : CONSOLE_NOTHING;
		if (c->in.n > CONSOLE_LINE_MAX)
			return ERR_LIMIT;
		if (!c->ended)
			r = read_more(c, &some);
		else if (c->in.n > 0)
			buf_add(&c->in, "\n", 1); /* the last line has none */
		else
			return 0;
		if (r != 0 || c->in.err != 0 || !some)
			return r != 0 ? r : c->in.err;
	}
	*got = CONSOLE_LINE;
	return 0;
}

void
console_free(struct console *c)
{
	buf_free(&c->in);
}
