/* A decoded message, recorded beside live. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "html_page.h"
#include "ir/listing.h"
#include "show.h"

#define MAX_FIELDS ((size_t)20000) /* of a PDU that are looked at; more are said to be there */
#define MAX_ROWS ((size_t)600)     /* of all fields that are shown */
#define MAX_DIFFERENCES ((size_t)100)
#define MAX_DEPTH 16
#define MAX_VALUE ((size_t)200) /* characters of a value */

struct field {
	const char *path, *value;
	unsigned depth;
	bool compared, element; /* of a list whose elements are found by their names */
	struct slice raw;
	struct field *twin; /* the same of the other side */
	bool done;
};

/* A walk over one PDU. */
struct side {
	struct arena texts;
	struct field *list; /* owned */
	size_t n, cap;
	struct buf path; /* of what is walked through now */
	size_t ends[MAX_DEPTH];
	unsigned depth;
	size_t element; /* the depth at which an element with a name began, 0: in none */
	size_t from;    /* where in `path` the names of fields begin */
	bool more;
	int err;
	struct slice pdu;
};

static const char *
keep(struct side *s, const struct buf *b, size_t from)
{
	const char *p = b->n > from ? (const char *)b->p + from : "";
	char *text = b->err == 0 ? arena_text(&s->texts, p, b->n > from ? b->n - from : 0) : NULL;

	if (text == NULL)
		s->err = ERR_NOMEM;
	return text != NULL ? text : "";
}

static void
put_name(struct buf *out, const struct smb2_item *it)
{
	buf_printf(out, "%s", it->name);
	if (it->element >= 0)
		buf_printf(out, "[%d]", it->element);
}

/* As `expected` and `got` name fields: those of the header without a prefix. */
static int
on_leaf(void *ctx, const struct smb2_item *it)
{
	struct side *s = ctx;
	struct field *f;
	size_t n = s->path.n;
	struct buf value = {0};

	if (it->row == NULL)
		return 0; /* padding */
	if (s->n == MAX_FIELDS) {
		s->more = true;
		return ERR_LIMIT;
	}
	if (list_room(&s->list, s->n, &s->cap, sizeof(*s->list)) != 0)
		return ERR_NOMEM;
	f = &s->list[s->n++];
	*f = (struct field){.depth = s->depth,
			    .compared = smb2_roles[it->row->role].compare,
			    .element = s->element > 0,
			    .raw = slice_sub(s->pdu, it->off, it->len)};
	put_name(&s->path, it);
	f->path = keep(s, &s->path, s->from);
	s->path.n = n;
	show_put_value(it, &value);
	f->value = keep(s, &value, 0);
	buf_free(&value);
	return s->err;
}

/* An element that is found by its name: its fields are `entry "x.txt": end_of_file`. */
static bool
put_element(struct side *s, const struct smb2_item *it)
{
	const char *what = it->row != NULL ? listing_what(it->row) : NULL;
	union smb2_any any;

	if (what == NULL || smb2_decode(it->def, it->bytes, 0, &any, NULL) != 0)
		return false;
	s->from = s->path.n;
	listing_put_name(what, it->def, listing_name(it->def, &any), &s->path);
	buf_printf(&s->path, ": ");
	return true;
}

static int
on_enter(void *ctx, const struct smb2_item *it)
{
	struct side *s = ctx;

	if (s->depth == MAX_DEPTH) {
		s->more = true;
		return ERR_LIMIT;
	}
	s->ends[s->depth++] = s->path.n;
	if (s->element == 0 && put_element(s, it)) {
		s->element = s->depth;
		return 0;
	}
	put_name(&s->path, it);
	buf_add(&s->path, ".", 1);
	return 0;
}

static int
on_leave(void *ctx, const struct smb2_item *it)
{
	struct side *s = ctx;

	(void)it;
	if (s->depth == s->element)
		s->element = s->from = 0;
	s->path.n = s->ends[--s->depth];
	return 0;
}

/* NULL for a PDU that is not there, and when memory is out (`*err`). */
static struct side *
walk(const struct smb2_pdu *pdu, int *err)
{
	struct side *s = pdu != NULL ? calloc(1, sizeof(*s)) : NULL;
	const struct smb2_visitor v = {
		.ctx = s, .leaf = on_leaf, .enter = on_enter, .leave = on_leave};
	int r;

	if (pdu == NULL)
		return NULL;
	if (s == NULL) {
		*err = ERR_NOMEM;
		return NULL;
	}
	s->pdu = pdu->bytes;
	r = smb2_walk_header(pdu, &v);
	buf_add(&s->path, "body.", 5);
	if (r == 0)
		r = smb2_walk_body(pdu, &v);
	if (r == ERR_NOMEM || s->err != 0 || s->path.err != 0)
		*err = ERR_NOMEM;
	return s;
}

static void
free_side(struct side *s)
{
	if (s == NULL)
		return;
	arena_free(&s->texts);
	buf_free(&s->path);
	free(s->list);
	free(s);
}

/* A line of the table; either may be NULL. */
struct row {
	const struct field *a, *b;
	bool differs; /* and that counts */
};

struct rows {
	struct row *list; /* owned */
	size_t n, cap;
};

static bool
row_differs(const struct row *r)
{
	return r->a == NULL || r->b == NULL || !slice_eq(r->a->raw, r->b->raw);
}

/* By path, those of one path as they stand in the message. */
static int
by_path(const void *a, const void *b)
{
	const struct field *const *x = a, *const *y = b;
	int c = strcmp((*x)->path, (*y)->path);

	return c != 0 ? c : *x < *y ? -1 : *x > *y;
}

/* Owned: the fields in order of their paths. */
static struct field **
sorted(struct side *s)
{
	struct field **list = calloc(s->n + 1, sizeof(*list));

	for (size_t i = 0; list != NULL && i < s->n; i++)
		list[i] = &s->list[i];
	if (list != NULL && s->n > 1)
		qsort(list, s->n, sizeof(*list), by_path);
	return list;
}

/* Fields with one path are twins. Returns 0 or ERR_NOMEM. */
static int
find_twins(struct side *a, struct side *b)
{
	struct field **x = sorted(a), **y = sorted(b);
	int r = x != NULL && y != NULL ? 0 : ERR_NOMEM;

	for (size_t i = 0, k = 0; r == 0 && i < a->n && k < b->n;) {
		int c = strcmp(x[i]->path, y[k]->path);

		if (c == 0) {
			x[i]->twin = y[k];
			y[k]->twin = x[i];
		}
		i += c <= 0;
		k += c >= 0;
	}
	free(x);
	free(y);
	return r;
}

static int
add_row(struct rows *rows, struct field *a, struct field *b)
{
	if (list_room(&rows->list, rows->n, &rows->cap, sizeof(*rows->list)) != 0)
		return ERR_NOMEM;
	rows->list[rows->n++] = (struct row){.a = a, .b = b};
	if (a != NULL)
		a->done = true;
	if (b != NULL)
		b->done = true;
	return 0;
}

/* Twins in one row; what only one side has stands where it has it. */
static int
pair_up(struct side *a, struct side *b, struct rows *rows)
{
	size_t i = 0, k = 0, na = a != NULL ? a->n : 0, nb = b != NULL ? b->n : 0;
	int r = a != NULL && b != NULL ? find_twins(a, b) : 0;

	while (r == 0 && (i < na || k < nb)) {
		if (k < nb && b->list[k].twin == NULL) {
			r = add_row(rows, NULL, &b->list[k++]);
		} else if (k < nb && b->list[k].done) {
			k++;
		} else if (i < na) {
			r = add_row(rows, &a->list[i], a->list[i].twin);
			i++;
		} else {
			k++;
		}
	}
	return r;
}

static const char *
path_of(const struct row *r)
{
	return (r->a != NULL ? r->a : r->b)->path;
}

/* Rows by path. */
struct marking {
	struct row **sorted; /* owned */
	size_t n;
};

static int
rows_by_path(const void *a, const void *b)
{
	return strcmp(path_of(*(struct row *const *)a), path_of(*(struct row *const *)b));
}

static int
path_to_row(const void *path, const void *row)
{
	return strcmp(path, path_of(*(struct row *const *)row));
}

/* The judge's own comparison says which differences count. */
static void
mark(void *ctx, const struct differ_field *f)
{
	const struct marking *m = ctx;
	struct row **found = bsearch(f->path, m->sorted, m->n, sizeof(struct row *), path_to_row);

	if (found != NULL)
		(*found)->differs = true;
}

static int
mark_compared(const struct html_pdus *p, const struct rows *rows)
{
	struct marking m = {.sorted = calloc(rows->n + 1, sizeof(struct row *)), .n = rows->n};
	int r = ERR_NOMEM;

	for (size_t i = 0; m.sorted != NULL && i < rows->n; i++)
		m.sorted[i] = &rows->list[i];
	if (m.sorted != NULL && rows->n > 0) {
		qsort(m.sorted, rows->n, sizeof(struct row *), rows_by_path);
		r = listing_differ_pdus(p->recorded, p->live, mark, &m);
	}
	free(m.sorted);
	return r;
}

/* Was it reported of this field; of a list, where `whole`, of the element that it stands in? */
static bool
is_about(const struct html_pdus *p, const char *path, bool whole)
{
	for (size_t i = 0; i < p->n_about; i++) {
		const char *field = p->about[i]->field;
		size_t n = strlen(field);

		if (n > 0 && strncmp(path, field, n) == 0 &&
		    (path[n] == '\0' || (whole && path[n] == ':')))
			return true;
	}
	return false;
}

/* An entry that only one answer of a listing has may stand in another one. */
static bool
lone_counts(const struct html_pdus *p, const struct row *r)
{
	const struct field *f = r->a != NULL ? r->a : r->b;
	bool listing = p->recorded != NULL && p->recorded->h.command == SMB2_CMD_QUERY_DIRECTORY;

	if (is_about(p, f->path, f->element && f->compared))
		return true;
	return f->compared && !(f->element && listing) &&
	       !(p->event != NULL && p->event->expecting);
}

/* Whether a difference in a row is one. Of an answer that a hand expects nothing but what it named
 * is compared. */
static int
mark_rows(const struct html_pdus *p, struct rows *rows)
{
	int r = 0;

	if (p->recorded != NULL && p->live != NULL && rows->n > 0 &&
	    !(p->event != NULL && p->event->expecting))
		r = mark_compared(p, rows);
	for (size_t i = 0; i < rows->n; i++) {
		struct row *row = &rows->list[i];

		if (row->a == NULL || row->b == NULL)
			row->differs = lone_counts(p, row);
		else if (is_about(p, path_of(row), false))
			row->differs = true;
	}
	return r;
}

static void
put_cell(struct buf *out, const char *class, const struct field *f)
{
	buf_printf(out, "<td class=\"%s\">", class);
	if (f == NULL)
		html_put(out, "<span class=\"none\">absent</span>");
	else
		html_text_cut(out, f->value, MAX_VALUE);
	html_put(out, "</td>");
}

static void
put_row(const struct html_pdus *p, const struct row *r, bool both, struct buf *out)
{
	const struct field *f = r->a != NULL ? r->a : r->b;
	bool differs = both && row_differs(r);
	const char *class = differs && r->differs ? " class=\"differs\"" : "";

	buf_printf(out, "<tr%s><th scope=\"row\" style=\"--d:%u\">", class, f->depth);
	html_text(out, f->path);
	html_put(out, "</th>");
	if (p->recorded != NULL)
		put_cell(out, "v", r->a);
	if (p->live != NULL)
		put_cell(out, differs && !r->differs ? "v free" : "v", r->b);
	html_put(out, "</tr>\n");
}

static void
open_table(const struct html_pdus *p, struct buf *out)
{
	html_put(out, "<div class=\"wide\"><table class=\"fields\"><thead><tr><th>Field</th>");
	if (p->recorded != NULL)
		html_put(out, "<th class=\"rec\">Recorded</th>");
	if (p->live != NULL)
		html_put(out, "<th class=\"live\">Live</th>");
	html_put(out, "</tr></thead><tbody>\n");
}

static void
close_table(struct buf *out)
{
	html_put(out, "</tbody></table></div>\n");
}

/* After another status the bodies are of another structure. */
static bool
is_shown_first(const struct html_pdus *p, const struct row *r)
{
	if (strcmp(p->about[0]->field, "status") == 0)
		return strcmp(path_of(r), "status") == 0;
	return row_differs(r) && r->differs;
}

static void
put_differences(const struct html_pdus *p, const struct rows *rows, struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++) {
		if (!is_shown_first(p, &rows->list[i]))
			continue;
		if (n == 0)
			open_table(p, out);
		if (n++ < MAX_DIFFERENCES)
			put_row(p, &rows->list[i], true, out);
	}
	if (n > 0)
		close_table(out);
	if (n > MAX_DIFFERENCES) {
		html_put(out, "<p class=\"note\">And ");
		html_counted(out, n - MAX_DIFFERENCES, "field");
		html_put(out, " more.</p>\n");
	}
}

static void
put_all(const struct html_pdus *p, const struct rows *rows, bool more, struct buf *out)
{
	bool both = p->recorded != NULL && p->live != NULL;

	html_put(out, "<details class=\"all\"><summary>All ");
	html_counted(out, rows->n, "field");
	html_put(out, both              ? ", recorded beside live"
		      : p->live != NULL ? " of the live message"
					: " of the recorded message");
	html_put(out, "</summary>\n");
	open_table(p, out);
	for (size_t i = 0; i < rows->n && i < MAX_ROWS; i++)
		put_row(p, &rows->list[i], both, out);
	close_table(out);
	if (more || rows->n > MAX_ROWS)
		html_put(out, "<p class=\"note\">The message has more fields.</p>\n");
	if (both)
		html_put(out, "<p class=\"note\">Grey values differ in fields that are not "
			      "compared: times, ids, offsets, credits.</p>\n");
	html_put(out, "</details>\n");
}

int
html_put_fields(const struct html_pdus *p, struct buf *out)
{
	struct rows rows = {0};
	int err = 0;
	struct side *a = walk(p->recorded, &err), *b = walk(p->live, &err);

	if (err == 0)
		err = pair_up(a, b, &rows);
	if (err == 0)
		err = mark_rows(p, &rows);
	if (err == 0) {
		if (a != NULL && b != NULL)
			put_differences(p, &rows, out);
		put_all(p, &rows, (a != NULL && a->more) || (b != NULL && b->more), out);
	}
	free_side(a);
	free_side(b);
	free(rows.list);
	return err;
}
