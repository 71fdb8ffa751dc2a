/*
 * Writing a workload, event after event: bytes to data.bin, lines to messages.jsonl, at the end
 * workload.json.
 */
#include "config.h"

#include "ir/ir_dedup.h"
#include "ir/ir_files.h"
#include "ir/json.h"
#include "ir/state_out.h"
#include "proto/smb2_pdu.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define META_TMP "workload.json.tmp"
#define OUT_BUFFER ((size_t)1 << 20)
#define DIRECT ((size_t)32 << 10)   /* bytes that go out without a copy from here on */
#define WINDOW ((size_t)1 << 20)    /* bytes of a file that are mapped at once; whole pages */
#define MIN_DEDUP ((size_t)4 << 10) /* bytes of a payload that is worth a look-up */

/* A file that grows at its end. */
struct out {
	const char *name;
	int fd;
	uint64_t flushed; /* bytes in the file */
	struct buf b;     /* what follows them */
};

struct ir_writer {
	char *path; /* owned; for messages only */
	int dir;
	bool made; /* the directory is ours to remove */
	struct out data, lines;
	uint64_t n_events;
	struct ir_stored last; /* where the event written last lies */
	struct ir_dedup dedup;
};

static int
io_fail(const struct ir_writer *w, const char *name, struct err *e)
{
	int code = errno != 0 ? -errno : ERR_INTERNAL;

	return err_set(e, code, "%s/%s: %s", w->path, name, err_str(code));
}

/* What is left of a piece of which the first `n` bytes are written. */
static struct slice
rest_of(struct slice s, size_t n)
{
	return n < s.n ? slice_of(s.p + n, s.n - n) : (struct slice){0};
}

/* All of up to two pieces, whatever the system takes at once. */
static int
write_all(int fd, struct slice a, struct slice b)
{
	while (a.n + b.n > 0) {
		struct iovec v[2] = {{(void *)(uintptr_t)a.p, a.n}, {(void *)(uintptr_t)b.p, b.n}};
		ssize_t n = writev(fd, v, 2);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		b = (size_t)n > a.n ? rest_of(b, (size_t)n - a.n) : b;
		a = rest_of(a, (size_t)n);
	}
	return 0;
}

/* Write out what is buffered, and `more` behind it. */
static int
out_flush(const struct ir_writer *w, struct out *o, struct slice more, struct err *e)
{
	if (write_all(o->fd, buf_slice(&o->b), more) != 0)
		return io_fail(w, o->name, e);
	o->flushed += o->b.n + more.n;
	o->b.n = 0;
	return 0;
}

static uint64_t
out_end(const struct out *o)
{
	return o->flushed + o->b.n;
}

static int
out_add(const struct ir_writer *w, struct out *o, struct slice s, struct err *e)
{
	if (s.n == 0)
		return 0;
	if (s.n >= DIRECT || s.n > OUT_BUFFER - o->b.n)
		return out_flush(w, o, s, e);
	memcpy(o->b.p + o->b.n, s.p, s.n);
	o->b.n += s.n;
	return 0;
}

/* Room for `n` bytes of text at the end of the buffer; NULL with a text in `e`. */
static char *
out_reserve(const struct ir_writer *w, struct out *o, size_t n, struct err *e)
{
	uint8_t *p;

	if (n > OUT_BUFFER - o->b.n && out_flush(w, o, (struct slice){0}, e) != 0)
		return NULL;
	p = buf_reserve(&o->b, n);
	if (p == NULL)
		(void)err_set(e, o->b.err, "%s/%s: %s", w->path, o->name, err_str(o->b.err));
	return (char *)p;
}

/*
 * Whether the file holds these bytes at `off`. It is mapped piece by piece: that saves a copy, and
 * the whole of it would count as this process's memory.
 */
static int
file_holds(const struct ir_writer *w, const struct out *o, uint64_t off, struct slice s, bool *same,
	   struct err *e)
{
	*same = true;
	for (size_t i = 0, n; *same && i < s.n; i += n) {
		size_t skip = (off + i) % WINDOW;
		uint8_t *p;

		n = s.n - i < WINDOW - skip ? s.n - i : WINDOW - skip;
		p = mmap(NULL, skip + n, PROT_READ, MAP_SHARED | MAP_POPULATE, o->fd,
			 (off_t)(off + i - skip));
		if (p == MAP_FAILED)
			return io_fail(w, o->name, e);
		*same = memcmp(p + skip, s.p + i, n) == 0;
		(void)munmap(p, skip + n);
	}
	return 0;
}

/* Whether the stored bytes at `off` are these. */
static int
is_stored(struct ir_writer *w, uint64_t off, struct slice s, bool *same, struct err *e)
{
	struct out *o = &w->data;

	*same = false;
	if (s.n > out_end(o) - off)
		return 0;
	if (off + s.n > o->flushed && off < o->flushed &&
	    out_flush(w, o, (struct slice){0}, e) != 0)
		return e != NULL ? e->code : ERR_INTERNAL;
	if (off >= o->flushed) {
		*same = memcmp(o->b.p + (off - o->flushed), s.p, s.n) == 0;
		return 0;
	}
	return file_holds(w, o, off, s, same, e);
}

/*
 * Store the bytes of an event. Where the payload was stored before, the extents are what precedes
 * it, the stored one, what follows.
 */
static int
store(struct ir_writer *w, struct slice bytes, struct slice payload, struct ir_extent x[3],
      size_t *n, struct err *e)
{
	size_t head = payload.n >= MIN_DEDUP ? (size_t)(payload.p - bytes.p) : bytes.n;
	struct slice tail = {0};
	uint64_t hash = 0, off = 0;
	bool same = false;
	int r = 0;

	if (payload.n >= MIN_DEDUP) {
		hash = ir_dedup_hash(payload);
		if (ir_dedup_find(&w->dedup, hash, &off))
			r = is_stored(w, off, payload, &same, e);
		else
			ir_dedup_add(&w->dedup, hash, out_end(&w->data) + head);
	}
	*n = 0;
	if (bytes.n > 0)
		x[(*n)++] =
			(struct ir_extent){out_end(&w->data), (uint32_t)(same ? head : bytes.n)};
	if (!same)
		return r == 0 ? out_add(w, &w->data, bytes, e) : r;
	x[(*n)++] = (struct ir_extent){off, (uint32_t)payload.n};
	tail = slice_sub(bytes, head + payload.n, bytes.n - head - payload.n);
	if (tail.n > 0)
		x[(*n)++] = (struct ir_extent){out_end(&w->data) + head, (uint32_t)tail.n};
	r = out_add(w, &w->data, slice_of(bytes.p, head), e);
	return r == 0 ? out_add(w, &w->data, tail, e) : r;
}

/* What the format cannot hold is refused here, so that a workload that was written can be read. */
static int
check_event(const struct ir_writer *w, const struct ir_event *ev, struct slice bytes, struct err *e)
{
	const char *what = NULL;

	if (bytes.n > IR_MAX_BYTES || ev->packed.n > IR_MAX_BYTES)
		what = "too many bytes";
	else if (ev->n_cuts > IR_MAX_CUTS)
		what = "too many cuts";
	else if (ev->t_first > JSON_MAX_INT || ev->t_last > JSON_MAX_INT)
		what = "its time is before the start or 104 days after it";
	else if (w->n_events >= IR_MAX_EVENTS)
		what = "too many events";
	if (what == NULL)
		return 0;
	return err_set(e, ERR_LIMIT, "%s: event %llu: %s", w->path, (unsigned long long)w->n_events,
		       what);
}

/* The line of an event whose bytes are stored. */
static int
add_line(struct ir_writer *w, const struct ir_event *ev, const struct ir_stored *at,
	 const char *commands, struct err *e)
{
	char *p = out_reserve(w, &w->lines, ir_line_bound(ev, commands), e);

	if (p == NULL)
		return w->lines.b.err != 0 ? w->lines.b.err : -EIO;
	w->lines.b.n += (size_t)(ir_format_line(w->n_events, ev, at, commands, p) - p);
	if (ev->n_sets > 0)
		ir_format_sets(ev, &w->lines.b);
	if (ir_has_marks(ev))
		ir_format_marks(ev, &w->lines.b);
	buf_add(&w->lines.b, "}\n", 2);
	if (w->lines.b.err != 0)
		return err_set(e, w->lines.b.err, "%s/%s: %s", w->path, w->lines.name,
			       err_str(w->lines.b.err));
	w->n_events++;
	return 0;
}

int
ir_writer_event(struct ir_writer *w, const struct ir_event *ev, struct slice bytes,
		struct slice payload, const char *commands, struct err *e)
{
	struct ir_stored *at = &w->last;
	int r = check_event(w, ev, bytes, e);

	*at = (struct ir_stored){0};
	if (r == 0)
		r = store(w, bytes, payload, at->data, &at->n, e);
	if (r == 0 && (ev->layers & IR_COMPRESSED) != 0) {
		at->packed = (struct ir_extent){out_end(&w->data), (uint32_t)ev->packed.n};
		r = out_add(w, &w->data, ev->packed, e);
	}
	return r == 0 ? add_line(w, ev, at, commands, e) : r;
}

size_t
ir_writer_last(const struct ir_writer *w, const struct ir_extent **out)
{
	*out = w->last.data;
	return w->last.n;
}

/* Only what a workload consists of may be replaced. */
static bool
is_ours(const char *name)
{
	static const char *const names[] = {
		".", "..", IR_META_FILE, META_TMP, IR_MESSAGES_FILE, IR_DATA_FILE, STATE_FILE_NAME};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int
check_content(const struct ir_writer *w, bool replace, struct err *e)
{
	int fd = openat(w->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *ent;
	int r = 0;

	if (d == NULL) {
		r = io_fail(w, ".", e);
		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	while (r == 0 && (ent = readdir(d)) != NULL) {
		if (!is_ours(ent->d_name))
			r = err_set(e, -EEXIST, "%s: holds %s, which is not of a workload", w->path,
				    ent->d_name);
		else if (!replace && ent->d_name[0] != '.')
			r = err_set(e, -EEXIST, "%s: exists", w->path);
	}
	(void)closedir(d);
	return r;
}

static int
open_dir(struct ir_writer *w, bool replace, struct err *e)
{
	w->made = mkdir(w->path, 0777) == 0;
	if (!w->made && errno != EEXIST)
		return err_set(e, -errno, "%s: %s", w->path, strerror(errno));
	w->dir = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->dir < 0)
		return err_set(e, -errno, "%s: %s", w->path, strerror(errno));
	return w->made ? 0 : check_content(w, replace, e);
}

static int
open_file(const struct ir_writer *w, const char *name, struct err *e)
{
	int fd = openat(w->dir, name, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);

	return fd >= 0 ? fd : io_fail(w, name, e);
}

static int
out_open(const struct ir_writer *w, struct out *o, struct err *e)
{
	o->fd = open_file(w, o->name, e);
	if (o->fd < 0)
		return o->fd;
	return buf_reserve(&o->b, OUT_BUFFER) != NULL
		       ? 0
		       : err_set(e, ERR_NOMEM, "%s: out of memory", w->path);
}

static void
writer_free(struct ir_writer *w)
{
	if (w->data.fd >= 0)
		(void)close(w->data.fd);
	if (w->lines.fd >= 0)
		(void)close(w->lines.fd);
	if (w->dir >= 0)
		(void)close(w->dir);
	buf_free(&w->data.b);
	buf_free(&w->lines.b);
	ir_dedup_free(&w->dedup);
	free(w->path);
	free(w);
}

int
ir_writer_open(const char *path, bool replace, struct ir_writer **out, struct err *e)
{
	struct ir_writer *w = calloc(1, sizeof(*w));
	int r;

	*out = NULL;
	if (w == NULL)
		return err_set(e, ERR_NOMEM, "%s: out of memory", path);
	w->dir = -1;
	w->data = (struct out){.name = IR_DATA_FILE, .fd = -1};
	w->lines = (struct out){.name = IR_MESSAGES_FILE, .fd = -1};
	w->path = strdup(path);
	r = w->path != NULL ? open_dir(w, replace, e)
			    : err_set(e, ERR_NOMEM, "%s: out of memory", path);
	/*
	 * From here on the old workload is none any more: a half-written one must not be taken for
	 * it.
	 */
	if (r == 0 && unlinkat(w->dir, IR_META_FILE, 0) != 0 && errno != ENOENT)
		r = io_fail(w, IR_META_FILE, e);
	if (r == 0 && unlinkat(w->dir, STATE_FILE_NAME, 0) != 0 && errno != ENOENT)
		r = io_fail(w, STATE_FILE_NAME, e);
	if (r == 0)
		r = out_open(w, &w->data, e);
	if (r == 0)
		r = out_open(w, &w->lines, e);
	if (r == 0)
		*out = w;
	else if (w->made)
		ir_writer_abandon(w);
	else
		writer_free(w);
	return r;
}

int
ir_writer_state(struct ir_writer *w, const struct state *s, struct err *e)
{
	struct out o = {.name = STATE_FILE_NAME, .fd = -1};
	struct json_out line = {.comma = false};
	int r = out_open(w, &o, e);

	for (size_t i = 0; r == 0 && i < s->n; i++) {
		buf_reset(&line.b);
		state_put_lines(&line, &s->list[i]);
		r = line.b.err != 0 ? err_set(e, line.b.err, "%s/%s: %s", w->path, o.name,
					      err_str(line.b.err))
				    : out_add(w, &o, buf_slice(&line.b), e);
	}
	if (r == 0)
		r = out_flush(w, &o, (struct slice){0}, e);
	if (o.fd >= 0)
		(void)close(o.fd);
	buf_free(&o.b);
	buf_free(&line.b);
	return r;
}

static int
write_meta(const struct ir_writer *w, const struct ir_meta *meta, struct err *e)
{
	struct buf b = {0};
	int fd, r;

	ir_format_meta(meta, &b);
	r = b.err;
	fd = r == 0 ? open_file(w, META_TMP, e) : -1;
	if (r == 0 && fd < 0)
		r = fd;
	if (r == 0 && write_all(fd, buf_slice(&b), (struct slice){0}) != 0)
		r = io_fail(w, META_TMP, e);
	if (fd >= 0 && close(fd) != 0 && r == 0)
		r = io_fail(w, META_TMP, e);
	if (r == 0 && renameat(w->dir, META_TMP, w->dir, IR_META_FILE) != 0)
		r = io_fail(w, IR_META_FILE, e);
	buf_free(&b);
	return r != 0 ? err_set(e, r, "%s/" IR_META_FILE ": %s", w->path, err_str(r)) : 0;
}

struct slice
ir_file_data(struct slice message)
{
	struct smb2_chain chain = smb2_chain_init(message);
	struct slice bytes, largest = {0};
	struct smb2_pdu pdu;

	while (smb2_msg_kind(message) == SMB2_MSG_PLAIN && smb2_chain_next(&chain, &bytes)) {
		struct slice data = {0};

		if (smb2_pdu_decode(bytes, &pdu) == 0)
			data = smb2_file_data(&pdu);
		if (data.n > largest.n)
			largest = data;
	}
	return largest;
}

int
ir_writer_close(struct ir_writer *w, const struct ir_meta *meta, struct err *e)
{
	int r = out_flush(w, &w->data, (struct slice){0}, e);

	if (r == 0)
		r = out_flush(w, &w->lines, (struct slice){0}, e);
	if (r == 0)
		r = write_meta(w, meta, e);
	if (r == 0)
		writer_free(w);
	else
		ir_writer_abandon(w);
	return r;
}

void
ir_writer_abandon(struct ir_writer *w)
{
	static const char *const names[] = {META_TMP, IR_MESSAGES_FILE, IR_DATA_FILE,
					    STATE_FILE_NAME};

	if (w == NULL)
		return;
	for (size_t i = 0; w->dir >= 0 && i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlinkat(w->dir, names[i], 0);
	if (w->made)
		(void)rmdir(w->path);
	writer_free(w);
}
