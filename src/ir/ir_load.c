/* Reading a workload: every line of messages.jsonl is checked against what the format allows. */
#include "config.h"

#include "ir/ir_event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ir/ir_files.h"
#include "ir/ir_index.h"

/*
 * A line has at least this many bytes: {"n":0,"ev":"fin","c":0}. It bounds the table of events by
 * the size of the file.
 */
#define MIN_LINE 24

static int
read_line(struct ir_loader *l, struct slice line, struct ir_event *ev)
{
	int r;

	if (line.n > IR_MAX_LINE)
		return err_set(l->doc.e, ERR_LIMIT, "%s:%zu: line over %zu bytes", l->doc.file,
			       l->doc.line, IR_MAX_LINE);
	l->doc.text = line;
	r = json_parse(&l->doc);
	if (r == 0)
		r = ir_read_event(l, ev);
	json_doc_free(&l->doc);
	return r;
}

/* How wide each IR_VALUE is. */
struct value_widths {
	struct ir_index index;
	uint32_t *list; /* owned */
};

static int
value_widths_new(const struct ir *ir, struct value_widths *out)
{
	int r = ir_index_new(ir, IR_VALUE, &out->index);

	if (r != 0)
		return r;
	out->list = calloc((size_t)out->index.n + 1, sizeof(*out->list));
	if (out->list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < ir->n_events; i++) {
		const struct ir_event *ev = &ir->events[i];

		for (uint32_t k = 0; ev->kind == IR_RECV && k < ev->n_patches; k++)
			if (ev->patches[k].what == IR_VALUE)
				out->list[ir_index_at(&out->index, ev->patches[k].number)] =
					ev->patches[k].width;
	}
	return 0;
}

static int
check_use(const struct ir_loader *l, size_t i, enum ir_what what, uint32_t number)
{
	if (ir_numbers_has(&l->defined[what], number))
		return 0;
	return err_set(l->doc.e, ERR_MALFORMED, "%s:%zu: symbol %s.%u is defined nowhere",
		       l->doc.file, i + 1, ir_what_names[what], number);
}

/* What takes a value in part must lie in it. */
static int
check_width(const struct ir_loader *l, size_t i, const struct ir_patch *p,
	    const struct value_widths *widths)
{
	uint32_t whole = widths->list[ir_index_at(&widths->index, p->number)];

	if (p->from < whole && p->width <= whole - p->from)
		return 0;
	return err_set(l->doc.e, ERR_MALFORMED, "%s:%zu: symbol %s.%u has %u bytes", l->doc.file,
		       i + 1, ir_what_names[p->what], p->number, whole);
}

/* Everything used must be defined somewhere; the place is the line of the first use that is not. */
static int
check_all_uses(const struct ir_loader *l, const struct value_widths *widths)
{
	for (size_t i = 0; i < l->ir->n_events; i++) {
		const struct ir_event *ev = &l->ir->events[i];
		int r = 0;

		for (uint32_t k = 0; r == 0 && k < ev->n_patches; k++) {
			const struct ir_patch *p = &ev->patches[k];

			if (p->what < IR_N_SYMBOL_KINDS)
				r = check_use(l, i, (enum ir_what)p->what, p->number);
			if (r == 0 && p->what == IR_VALUE && ev->kind == IR_SEND)
				r = check_width(l, i, p, widths);
		}
		if (r == 0 && ev->sealed_by != 0)
			r = check_use(l, i, IR_SESSION, ev->sealed_by);
		if (r != 0)
			return r;
	}
	return 0;
}

static int
check_uses(const struct ir_loader *l)
{
	struct value_widths widths = {0};
	int r = value_widths_new(l->ir, &widths);

	if (r == 0)
		r = check_all_uses(l, &widths);
	ir_index_free(&widths.index);
	free(widths.list);
	return r;
}

static size_t
count_lines(struct slice s)
{
	size_t n = 0, pos = 0;

	while (pos < s.n) {
		const uint8_t *nl = memchr(s.p + pos, '\n', s.n - pos);

		n++;
		pos = nl != NULL ? (size_t)(nl - s.p) + 1 : s.n;
	}
	return n;
}

static int
read_lines(struct ir_loader *l, struct slice text)
{
	size_t cap = count_lines(text), pos = 0;
	int r = 0;

	if (cap > text.n / MIN_LINE + 1)
		cap = text.n / MIN_LINE + 1;
	if (cap > IR_MAX_EVENTS)
		return err_set(l->doc.e, ERR_LIMIT, "%s: over %zu events", l->doc.file,
			       IR_MAX_EVENTS);
	l->ir->events = arena_alloc(&l->ir->arena, cap * sizeof(*l->ir->events));
	if (l->ir->events == NULL)
		return ERR_NOMEM;
	for (l->index = 0; r == 0 && pos < text.n; l->index++) {
		const uint8_t *p = text.p + pos, *nl = memchr(p, '\n', text.n - pos);
		size_t n = nl != NULL ? (size_t)(nl - p) : text.n - pos;

		l->doc.line = l->index + 1;
		/* Without its newline a line is where writing was cut short. */
		if (nl == NULL || l->index == cap)
			return err_set(l->doc.e, ERR_MALFORMED, "%s:%zu: the line is cut short",
				       l->doc.file, l->doc.line);
		r = read_line(l, slice_of(p, n), &l->ir->events[l->index]);
		l->ir->n_events = l->index + 1;
		pos += n + 1;
	}
	return r;
}

int
ir_parse(const struct ir_text *text, struct ir *out, struct err *e)
{
	struct ir_loader l = {.ir = out, .doc = {.e = e}};
	char name[224], meta[224];
	int r;

	*out = (struct ir){.data = text->data.p, .data_len = text->data.n};
	(void)snprintf(meta, sizeof(meta), "%s/%s", text->dir, IR_META_FILE);
	r = ir_parse_meta(meta, text->meta, &out->arena, &out->meta, e);
	(void)snprintf(name, sizeof(name), "%s/%s", text->dir, IR_MESSAGES_FILE);
	l.doc.file = name;
	if (r == 0)
		r = read_lines(&l, text->messages);
	if (r == 0)
		r = ir_merge_values(&l, meta);
	if (r == 0)
		r = check_uses(&l);
	if (r == 0)
		r = ir_resolve_marks(&l);
	for (size_t i = 0; i < IR_N_SYMBOL_KINDS; i++)
		free(l.defined[i].bits);
	if (r != 0)
		ir_free(out);
	return r == ERR_NOMEM ? err_set(e, r, "%s: out of memory", text->dir) : r;
}

/* Map a regular file of the directory; an empty one is an empty slice. */
static int
map_file(int dir, const struct ir_text *t, const char *name, struct slice *out, struct err *e)
{
	struct stat st;
	void *p = NULL;
	int r = 0, fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_set(e, -errno, "%s/%s: %s", t->dir, name, strerror(errno));
	if (fstat(fd, &st) != 0)
		r = err_set(e, -errno, "%s/%s: %s", t->dir, name, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		r = err_set(e, ERR_MALFORMED, "%s/%s: not a regular file", t->dir, name);
	if (r == 0 && st.st_size > 0) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p == MAP_FAILED)
			r = err_set(e, -errno, "%s/%s: %s", t->dir, name, strerror(errno));
		else
			*out = slice_of(p, (size_t)st.st_size);
	}
	(void)close(fd);
	return r;
}

static void
unmap(struct slice s)
{
	if (s.n > 0)
		(void)munmap((void *)(uintptr_t)s.p, s.n);
}

static int
load_files(int dir, struct ir_text *t, struct ir *out, struct err *e)
{
	int r = map_file(dir, t, IR_META_FILE, &t->meta, e);

	if (r == 0)
		r = map_file(dir, t, IR_MESSAGES_FILE, &t->messages, e);
	if (r == 0)
		r = map_file(dir, t, IR_DATA_FILE, &t->data, e);
	if (r == 0 && t->meta.n > IR_MAX_META)
		r = err_set(e, ERR_LIMIT, "%s/" IR_META_FILE ": over %zu bytes", t->dir,
			    IR_MAX_META);
	if (r == 0)
		r = ir_parse(t, out, e);
	unmap(t->meta);
	unmap(t->messages);
	if (r != 0)
		unmap(t->data);
	else
		out->mapped = t->data.n;
	return r;
}

int
ir_load(const char *path, struct ir *out, struct err *e)
{
	struct ir_text t = {.dir = path};
	int r, dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*out = (struct ir){0};
	if (dir < 0)
		return err_set(e, -errno, "%s: %s", path,
			       errno == ENOTDIR ? "not a workload directory" : strerror(errno));
	r = load_files(dir, &t, out, e);
	(void)close(dir);
	return r;
}

bool
ir_is_workload(const char *path)
{
	struct ir_text t = {.dir = path};
	struct arena arena = {0};
	struct ir_meta meta = {0};
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (dir < 0)
		return false;
	r = map_file(dir, &t, IR_META_FILE, &t.meta, NULL);
	if (r == 0 && t.meta.n > IR_MAX_META)
		r = ERR_LIMIT;
	if (r == 0)
		r = ir_parse_meta(IR_META_FILE, t.meta, &arena, &meta, NULL);
	unmap(t.meta);
	arena_free(&arena);
	(void)close(dir);
	return r == 0 && !meta.run;
}
