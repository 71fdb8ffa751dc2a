/* A decoded message, recorded beside live. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "html_page.h"
#include "show.h"

#define MAX_FIELDS 600 /* of a PDU; more are said to be there */
#define MAX_DEPTH 16
#define MAX_VALUE ((size_t)200) /* characters of a value */

struct field {
	const char *path, *value;
	unsigned depth;
	bool compared;
	struct slice raw;
};

/* A walk over one PDU. */
struct side {
	struct arena texts;
	struct field list[MAX_FIELDS];
	size_t n;
	struct buf path; /* of what is walked through now */
	size_t ends[MAX_DEPTH];
	unsigned depth;
	bool more;
	int err;
	struct slice pdu;
};

static const char *
keep(struct side *s, const struct buf *b)
{
	const char *from = b->n > 0 ? (const char *)b->p : "";
	char *text = b->err == 0 ? arena_text(&s->texts, from, b->n) : NULL;

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
	struct field *f = &s->list[s->n];
	size_t n = s->path.n;
	struct buf value = {0};

	if (it->row == NULL)
		return 0; /* padding */
	if (s->n == MAX_FIELDS) {
		s->more = true;
		return ERR_LIMIT;
	}
	s->n++;
	put_name(&s->path, it);
	f->path = keep(s, &s->path);
	s->path.n = n;
	show_put_value(it, &value);
	f->value = keep(s, &value);
	f->depth = s->depth;
	f->compared = smb2_roles[it->row->role].compare;
	f->raw = slice_sub(s->pdu, it->off, it->len);
	buf_free(&value);
	return s->err;
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
	put_name(&s->path, it);
	buf_add(&s->path, ".", 1);
	return 0;
}

static int
on_leave(void *ctx, const struct smb2_item *it)
{
	struct side *s = ctx;

	(void)it;
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
	free(s);
}

/* A line of the table; either may be NULL. */
struct row {
	const struct field *a, *b;
};

static bool
row_differs(const struct row *r)
{
	return r->a == NULL || r->b == NULL || !slice_eq(r->a->raw, r->b->raw);
}

struct rows {
	struct row list[2 * MAX_FIELDS];
	size_t n;
};

static size_t
find(const struct side *s, size_t from, const char *path)
{
	while (s != NULL && from < s->n && strcmp(s->list[from].path, path) != 0)
		from++;
	return from;
}

/* Fields with one path in one row; what only one side has stands where it has it. */
static void
pair_up(const struct side *a, const struct side *b, struct rows *rows)
{
	size_t i = 0, k = 0, na = a != NULL ? a->n : 0, nb = b != NULL ? b->n : 0;

	while (i < na || k < nb) {
		struct row r = {0};

		if (i < na && k < nb && strcmp(a->list[i].path, b->list[k].path) == 0) {
			r = (struct row){&a->list[i++], &b->list[k++]};
		} else if (i < na && find(b, k, a->list[i].path) == nb) {
			r.a = &a->list[i++];
		} else if (k < nb && find(a, i, b->list[k].path) == na) {
			r.b = &b->list[k++];
		} else if (i < na) {
			r.a = &a->list[i++]; /* in another order */
		} else {
			r.b = &b->list[k++];
		}
		rows->list[rows->n++] = r;
	}
}

/* Whether a difference in it is one. Of an answer that a hand expects nothing but what it named is
 * compared. */
static bool
is_compared(const struct html_pdus *p, const struct row *r)
{
	const struct field *f = r->a != NULL ? r->a : r->b;

	if (strcmp(p->about->field, f->path) == 0)
		return true;
	return f->compared && !(p->event != NULL && p->event->expecting);
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
	const char *class = !differs ? "" : is_compared(p, r) ? " class=\"differs\"" : "";

	buf_printf(out, "<tr%s><th scope=\"row\" style=\"--d:%u\">", class, f->depth);
	html_text(out, f->path);
	html_put(out, "</th>");
	if (p->recorded != NULL)
		put_cell(out, "v", r->a);
	if (p->live != NULL)
		put_cell(out, differs && !is_compared(p, r) ? "v free" : "v", r->b);
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
	const struct field *f = r->a != NULL ? r->a : r->b;

	if (strcmp(p->about->field, "status") == 0)
		return strcmp(f->path, "status") == 0;
	return row_differs(r) && is_compared(p, r);
}

static void
put_differences(const struct html_pdus *p, const struct rows *rows, struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++) {
		if (!is_shown_first(p, &rows->list[i]))
			continue;
		if (n++ == 0)
			open_table(p, out);
		put_row(p, &rows->list[i], true, out);
	}
	if (n > 0)
		close_table(out);
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
	for (size_t i = 0; i < rows->n; i++)
		put_row(p, &rows->list[i], both, out);
	close_table(out);
	if (more)
		html_put(out, "<p class=\"note\">The message has more fields.</p>\n");
	if (both)
		html_put(out, "<p class=\"note\">Grey values differ in fields that are not "
			      "compared: times, ids, offsets, credits.</p>\n");
	html_put(out, "</details>\n");
}

int
html_put_fields(const struct html_pdus *p, struct buf *out)
{
	struct rows *rows = calloc(1, sizeof(*rows));
	int err = rows != NULL ? 0 : ERR_NOMEM;
	struct side *a = walk(p->recorded, &err), *b = walk(p->live, &err);

	if (err == 0) {
		pair_up(a, b, rows);
		if (a != NULL && b != NULL)
			put_differences(p, rows, out);
		put_all(p, rows, (a != NULL && a->more) || (b != NULL && b->more), out);
	}
	free_side(a);
	free_side(b);
	free(rows);
	return err;
}
