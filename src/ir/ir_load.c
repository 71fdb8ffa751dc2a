/* Reading a workload: every line of messages.jsonl is checked against what the format allows. */
#include "config.h"

#include "ir/ir_event.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ir/hand.h"
#include "ir/ir_files.h"
#include "ir/ir_index.h"

/*
 * A line has at least this many bytes: {"n":0,"ev":"fin","c":0}. It bounds the table of events by
 * the size of the file.
 */
#define MIN_LINE 24

int
ir_add_event(struct ir_loader *l, struct ir_event **out)
{
	struct ir *ir = l->ir;

	if (ir->n_events == IR_MAX_EVENTS)
		return err_set(l->doc.e, ERR_LIMIT, "%s: over %zu events", l->doc.file,
			       IR_MAX_EVENTS);
	if (ir->n_events == l->cap) {
		size_t cap = l->cap * 2 + 64;
		struct ir_event *more = arena_alloc(&ir->arena, cap * sizeof(*more));

		if (more == NULL)
			return ERR_NOMEM;
		if (ir->n_events > 0)
			memcpy(more, ir->events, ir->n_events * sizeof(*more));
		ir->events = more;
		l->cap = cap;
	}
	*out = &ir->events[ir->n_events++];
	return 0;
}

/* The object that is parsed in l->doc: a recorded event, or what a hand wrote. */
static int
read_object(struct ir_loader *l)
{
	struct ir_event *ev;
	int r;

	if (hand_is_line(l->doc.root))
		return hand_read(l);
	r = ir_add_event(l, &ev);
	if (r == 0)
		r = ir_read_event(l, ev);
	return r == 0 ? hand_note(l) : r;
}

/* `text` begins in the line l->doc.line. */
static int
read_text(struct ir_loader *l, struct slice text)
{
	int r;

	if (text.n > IR_MAX_LINE)
		return err_set(l->doc.e, ERR_LIMIT, "%s:%zu: over %zu bytes", l->doc.file,
			       l->doc.line, IR_MAX_LINE);
	l->doc.text = text;
	r = json_parse(&l->doc);
	if (r == 0)
		r = read_object(l);
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
	return err_set(l->doc.e, ERR_MALFORMED, "%s:%u: symbol %s.%u is defined nowhere",
		       l->doc.file, ir_line(l->ir, i), ir_what_names[what], number);
}

/* What takes a value in part must lie in it. */
static int
check_width(const struct ir_loader *l, size_t i, const struct ir_patch *p,
	    const struct value_widths *widths)
{
	uint32_t whole = widths->list[ir_index_at(&widths->index, p->number)];

	if (p->from < whole && p->width <= whole - p->from)
		return 0;
	return err_set(l->doc.e, ERR_MALFORMED, "%s:%u: symbol %s.%u has %u bytes", l->doc.file,
		       ir_line(l->ir, i), ir_what_names[p->what], p->number, whole);
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
	l->cap = cap;
	for (size_t line = 1; r == 0 && pos < text.n; line++) {
		const uint8_t *p = text.p + pos, *nl = memchr(p, '\n', text.n - pos);
		size_t n = nl != NULL ? (size_t)(nl - p) : text.n - pos;

		l->doc.line = line;
		/* Without its newline a line is where writing was cut short. */
		if (nl == NULL)
			return err_set(l->doc.e, ERR_MALFORMED, "%s:%zu: the line is cut short",
				       l->doc.file, l->doc.line);
		r = read_text(l, slice_of(p, n));
		pos += n + 1;
	}
	return r;
}

/* What needs all events. */
static int
finish(struct ir_loader *l)
{
	int r = hand_end(l);

	if (r == 0)
		r = check_uses(l);
	if (r == 0)
		r = ir_resolve_marks(l);
	return r == 0 ? ir_find_mute(l->ir) : r;
}

static int
end_load(struct ir_loader *l, const char *name, int r)
{
	struct ir *ir = l->ir;

	hand_free(l->hand);
	buf_free(&l->numbers);
	for (size_t i = 0; i < IR_N_SYMBOL_KINDS; i++)
		free(l->defined[i].bits);
	if (r != 0)
		ir_free(ir);
	return r == ERR_NOMEM ? err_set(l->doc.e, r, "%s: out of memory", name) : r;
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
	out->path = arena_text(&out->arena, name, strlen(name));
	if (r == 0 && out->path == NULL)
		r = ERR_NOMEM;
	if (r == 0)
		r = read_lines(&l, text->messages);
	if (r == 0)
		r = ir_merge_values(&l, meta);
	if (r == 0)
		r = finish(&l);
	return end_load(&l, text->dir, r);
}

/* Behind blanks and lines that begin with '#'. */
static size_t
skip_blanks(struct slice t, size_t i, size_t *line)
{
	bool comment = false;

	for (; i < t.n && (comment || t.p[i] == '#' || isspace(t.p[i])); i++) {
		comment = (comment || t.p[i] == '#') && t.p[i] != '\n';
		*line += t.p[i] == '\n';
	}
	return i;
}

/* Behind the object that begins at `i`: its braces are even, or the text ends. */
static size_t
skip_object(struct slice t, size_t i)
{
	size_t depth = 0;
	bool quoted = false;

	for (; i < t.n; i++) {
		if (quoted && t.p[i] == '\\')
			i++;
		else if (t.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && t.p[i] == '{')
			depth++;
		else if (!quoted && t.p[i] == '}' && --depth == 0)
			return i + 1;
	}
	return t.n;
}

static int
read_objects(struct ir_loader *l, struct slice text)
{
	size_t line = 1, pos = skip_blanks(text, 0, &line), end;
	int r = 0;

	if (pos == text.n || text.p[pos] != '{')
		return err_set(l->doc.e, ERR_MALFORMED,
			       "%s: neither a workload directory nor a hand-written workload",
			       l->doc.file);
	while (r == 0 && pos < text.n) {
		l->doc.line = line;
		if (text.p[pos] != '{')
			return err_set(l->doc.e, ERR_MALFORMED, "%s:%zu: must be an object",
				       l->doc.file, line);
		end = skip_object(text, pos);
		r = read_text(l, slice_of(text.p + pos, end - pos));
		for (; pos < end; pos++)
			line += text.p[pos] == '\n';
		pos = skip_blanks(text, pos, &line);
	}
	return r;
}

int
ir_parse_file(const char *path, struct slice text, struct ir *out, struct err *e)
{
	struct ir_loader l = {.ir = out, .file = true, .doc = {.e = e}};
	int r = 0;

	*out = (struct ir){0};
	out->path = arena_text(&out->arena, path, strlen(path));
	if (out->path == NULL)
		r = ERR_NOMEM;
	l.doc.file = path;
	if (r == 0 && text.n > IR_MAX_FILE)
		r = err_set(e, ERR_LIMIT, "%s: over %zu bytes", path, IR_MAX_FILE);
	if (r == 0)
		r = read_objects(&l, text);
	if (r == 0)
		r = finish(&l);
	return end_load(&l, path, r);
}

/* Map a regular file of the directory; an empty one is an empty slice. */
static int
map_file(int dir, const char *name, const char *shown, struct slice *out, struct err *e)
{
	struct stat st;
	void *p = NULL;
	int r = 0, fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_set(e, -errno, "%s: %s", shown, strerror(errno));
	if (fstat(fd, &st) != 0)
		r = err_set(e, -errno, "%s: %s", shown, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		r = err_set(e, ERR_MALFORMED, "%s: not a regular file", shown);
	if (r == 0 && st.st_size > 0) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p == MAP_FAILED)
			r = err_set(e, -errno, "%s: %s", shown, strerror(errno));
		else
			*out = slice_of(p, (size_t)st.st_size);
	}
	(void)close(fd);
	return r;
}

static int
map_part(int dir, const struct ir_text *t, const char *name, struct slice *out, struct err *e)
{
	char shown[224];

	(void)snprintf(shown, sizeof(shown), "%s/%s", t->dir, name);
	return map_file(dir, name, shown, out, e);
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
	int r = map_part(dir, t, IR_META_FILE, &t->meta, e);

	if (r == 0)
		r = map_part(dir, t, IR_MESSAGES_FILE, &t->messages, e);
	if (r == 0)
		r = map_part(dir, t, IR_DATA_FILE, &t->data, e);
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

static int
load_file(const char *path, struct ir *out, struct err *e)
{
	struct slice text = {0};
	int r = map_file(AT_FDCWD, path, path, &text, e);

	if (r == 0)
		r = ir_parse_file(path, text, out, e);
	unmap(text);
	return r;
}

int
ir_load(const char *path, struct ir *out, struct err *e)
{
	struct ir_text t = {.dir = path};
	int r, dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*out = (struct ir){0};
	if (dir < 0 && errno == ENOTDIR)
		return load_file(path, out, e);
	if (dir < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
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
	r = map_part(dir, &t, IR_META_FILE, &t.meta, NULL);
	if (r == 0 && t.meta.n > IR_MAX_META)
		r = ERR_LIMIT;
	if (r == 0)
		r = ir_parse_meta(IR_META_FILE, t.meta, &arena, &meta, NULL);
	unmap(t.meta);
	arena_free(&arena);
	(void)close(dir);
	return r == 0 && !meta.run;
}
