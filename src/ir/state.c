/* The state of the shares that a capture began with: its names and what is asked of it. */
#include "config.h"

#include "ir/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "ir/state_feed.h"
#include "ir/state_read.h"

#define READ_AT_ONCE ((size_t)64 << 10)

#define NAME(name, text) text,
const char *const state_kind_names[STATE_N_KINDS] = {STATE_KINDS(NAME)};
#undef NAME
#define NAME(name, text, plan) text,
const char *const state_reason_names[STATE_N_REASONS] = {STATE_REASONS(NAME)};
#undef NAME
#define NAME(name, text, plan) plan,
const char *const state_reason_texts[STATE_N_REASONS] = {STATE_REASONS(NAME)};
#undef NAME
#define NAME(name, text, conflict, plan) text,
const char *const state_doubt_names[STATE_N_DOUBTS] = {STATE_DOUBTS(NAME)};
#undef NAME
#define NAME(name, text, conflict, plan) plan,
const char *const state_doubt_texts[STATE_N_DOUBTS] = {STATE_DOUBTS(NAME)};
#undef NAME
#define NAME(name, text, conflict, plan) conflict,
const bool state_doubt_is_conflict[STATE_N_DOUBTS] = {STATE_DOUBTS(NAME)};
#undef NAME

/* The text of state.jsonl; false: there is none. The caller frees it. */
static int
read_file(const char *workload, char *name, size_t room, struct buf *out, struct err *e)
{
	uint8_t *p;
	ssize_t n = 1;
	int fd;

	(void)snprintf(name, room, "%s/" STATE_FILE_NAME, workload);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return ERR_NOTFOUND;
	if (fd < 0)
		return err_set(e, -errno, "%s: %s", name, strerror(errno));
	while (n > 0 && (p = buf_reserve(out, READ_AT_ONCE)) != NULL) {
		n = read(fd, p, READ_AT_ONCE);
		out->n += n > 0 ? (size_t)n : 0;
	}
	if (n < 0)
		(void)err_set(e, -errno, "%s: %s", name, strerror(errno));
	else if (out->err != 0)
		(void)err_set(e, out->err, "%s: %s", name, err_str(out->err));
	(void)close(fd);
	return n < 0 ? -EIO : out->err;
}

int
state_load(const char *workload, const struct ir *ir, struct state *out, struct err *e)
{
	char name[4096];
	struct buf text = {0};
	int r = read_file(workload, name, sizeof(name), &text, e);

	*out = (struct state){0};
	if (r == 0)
		r = state_parse(name, buf_slice(&text), ir, out, e);
	else if (r == ERR_NOTFOUND)
		r = state_derive(ir, out);
	buf_free(&text);
	return r != 0 ? err_set(e, r, "%s: %s", workload, err_str(r)) : 0;
}

void
state_free(struct state *s)
{
	arena_free(&s->arena);
	*s = (struct state){0};
}

struct slice
state_bytes(const struct state *s, const struct state_piece *p)
{
	if (p->own != NULL)
		return slice_of(p->own, p->len);
	return p->at <= s->data.n ? slice_sub(s->data, (size_t)p->at, p->len) : (struct slice){0};
}

uint64_t
state_size(const struct state_data *d)
{
	if (d->sized || d->n_pieces == 0)
		return d->size;
	return d->pieces[d->n_pieces - 1].off + d->pieces[d->n_pieces - 1].len;
}
