/* What provision would make. */
#include "config.h"

#include "plan.h"

#include <inttypes.h>
#include <stdio.h>

#include "ir/state_out.h"
#include "page.h"

#define NAMES ((size_t)44) /* columns of the names; longer ones push the rest aside */
#define SIZES 13

static uint64_t
seen_of(const struct state_data *d)
{
	uint64_t n = 0;

	for (size_t i = 0; i < d->n_pieces; i++)
		n += d->pieces[i].len;
	return n;
}

static void
count_data(const struct state_data *d, struct plan_totals *t)
{
	t->bytes += state_size(d);
	t->seen += seen_of(d);
}

void
plan_count(const struct state *s, struct plan_totals *out)
{
	*out = (struct plan_totals){0};
	for (size_t i = 0; i < s->n; i++) {
		const struct state_entry *e = &s->list[i];
		bool guess = false, conflict = false;

		out->shares += e->path[0] == '\0';
		out->directories += e->kind == STATE_DIRECTORY && e->path[0] != '\0';
		out->files += e->kind == STATE_FILE;
		out->absent += e->kind == STATE_ABSENT;
		out->streams += e->n_streams;
		out->eas += e->n_eas;
		out->reparse += e->reparse.n > 0;
		out->security += e->security.n > 0;
		count_data(&e->data, out);
		for (size_t k = 0; k < e->n_streams; k++)
			count_data(&e->streams[k].data, out);
		for (size_t k = 0; k < STATE_N_DOUBTS; k++) {
			bool has = (e->doubts >> k & 1) != 0;

			conflict = conflict || (has && state_doubt_is_conflict[k]);
			guess = guess || (has && !state_doubt_is_conflict[k]);
		}
		out->guesses += guess;
		out->conflicts += conflict;
	}
}

/* "1 file", "2 files" with what parts it from the one before. */
static void
put_count(struct buf *out, const char *before, uint64_t n, const char *one, const char *many)
{
	buf_printf(out, "%s%" PRIu64 " %s", before, n, n == 1 ? one : many);
}

static void
put_some(struct buf *out, uint64_t n, const char *one, const char *many)
{
	if (n > 0)
		put_count(out, ", ", n, one, many);
}

void
plan_put_totals(const struct plan_totals *t, struct buf *out)
{
	put_count(out, "", t->files, "file", "files");
	put_count(out, " in ", t->directories, "directory", "directories");
	put_count(out, " of ", t->shares, "share", "shares");
	put_count(out, ", ", t->bytes, "byte", "bytes");
	if (t->bytes > 0)
		buf_printf(out, " (%" PRIu64 " of them seen)", t->seen);
	put_some(out, t->streams, "alternate stream", "alternate streams");
	put_some(out, t->eas, "extended attribute", "extended attributes");
	put_some(out, t->reparse, "reparse point", "reparse points");
	put_some(out, t->security, "security descriptor", "security descriptors");
	put_some(out, t->absent, "name that must not exist", "names that must not exist");
	if (t->guesses + t->conflicts == 0)
		return;
	put_count(out, "; ", t->guesses, "guess", "guesses");
	put_count(out, ", ", t->conflicts, "conflict", "conflicts");
}

/* ---- The tree ---- */

static uint64_t
frame_of(const struct ir *ir, uint64_t event)
{
	return event < ir->n_events ? ir->events[event].frame_last : 0;
}

/* Did a message show it? */
static bool
has_place(const struct state_entry *e)
{
	return e->reason != STATE_BY_HAND && e->reason != STATE_BY_ROOT;
}

static void
put_place(const struct ir *ir, uint64_t event, struct buf *out)
{
	uint64_t frame = frame_of(ir, event);

	if (frame != 0)
		buf_printf(out, " (frame %" PRIu64 ")", frame);
	else
		buf_printf(out, " (message %" PRIu64 ")", event);
}

/* How much of the contents was seen. */
static void
put_seen(const struct state_data *d, struct buf *out)
{
	uint64_t seen = seen_of(d), size = state_size(d);

	if (size == 0)
		return;
	if (seen == 0)
		buf_printf(out, ", contents unseen");
	else if (seen == size)
		buf_printf(out, ", contents seen");
	else
		buf_printf(out, ", %" PRIu64 " bytes seen", seen);
}

static void
put_doubts(const struct state_entry *e, const struct ir *ir, struct buf *out)
{
	for (size_t i = 0; i < STATE_N_DOUBTS; i++) {
		if ((e->doubts >> i & 1) == 0)
			continue;
		buf_printf(out, "; %s: %s", state_doubt_is_conflict[i] ? "CONFLICT" : "guess",
			   state_doubt_texts[i]);
		if (state_doubt_is_conflict[i])
			put_place(ir, e->against, out);
	}
}

static void
put_entry_notes(const struct state_entry *e, const struct ir *ir, struct buf *out)
{
	buf_printf(out, "%s", state_reason_texts[e->reason]);
	if (has_place(e))
		put_place(ir, e->event, out);
	if (e->kind == STATE_FILE)
		put_seen(&e->data, out);
	put_some(out, e->n_eas, "EA", "EAs");
	if (e->reparse.n > 0)
		buf_printf(out, ", reparse point 0x%x", e->reparse_tag);
	if (e->security.n > 0)
		buf_printf(out, ", security");
	put_doubts(e, ir, out);
}

/* A name behind `depth` steps, and what is at its right: a number or a word. */
static void
put_name(struct buf *out, size_t depth, const char *name, size_t n, const char *right)
{
	size_t indent = depth * 2, columns = page_columns(name, n);
	size_t room = indent + columns < NAMES ? NAMES - indent : columns;

	buf_printf(out, "%*s", (int)indent, "");
	page_fit(out, name, room, true);
	buf_printf(out, " %*s  ", SIZES, right);
}

static void
put_streams(const struct state_entry *e, size_t depth, struct buf *out)
{
	char size[32], name[1024];

	for (size_t i = 0; i < e->n_streams; i++) {
		const struct state_stream *s = &e->streams[i];
		int n = snprintf(name, sizeof(name), ":%s", s->name);

		(void)snprintf(size, sizeof(size), "%" PRIu64, state_size(&s->data));
		put_name(out, depth, name, n < (int)sizeof(name) ? (size_t)n : sizeof(name) - 1,
			 size);
		buf_printf(out, "stream");
		put_seen(&s->data, out);
		buf_printf(out, "\n");
	}
}

static void
put_line(const struct state_entry *e, const struct ir *ir, struct buf *out)
{
	const char *slash = strrchr(e->path, '\\'), *last = slash != NULL ? slash + 1 : e->path;
	struct buf name = {0};
	char right[32] = "";
	size_t depth = e->path[0] != '\0';

	for (const char *p = e->path; *p != '\0'; p++)
		depth += *p == '\\';
	buf_printf(&name, "%s%s", depth > 0 ? last : e->share,
		   e->kind == STATE_DIRECTORY ? "\\" : "");
	buf_add(&name, "", 1);
	if (e->kind == STATE_ABSENT)
		(void)snprintf(right, sizeof(right), "absent");
	else if (e->kind == STATE_FILE)
		(void)snprintf(right, sizeof(right), "%" PRIu64, state_size(&e->data));
	if (name.err == 0)
		put_name(out, depth, (const char *)name.p, name.n - 1, right);
	put_entry_notes(e, ir, out);
	buf_printf(out, "\n");
	put_streams(e, depth + 1, out);
	out->err = out->err != 0 ? out->err : name.err;
	buf_free(&name);
}

/* What is beyond the limits of a state. */
static void
put_left_out(const struct state *s, struct buf *out)
{
	uint64_t n = s->left_out + s->contents_left_out + s->requests_left_out;

	if (n == 0)
		return;
	put_count(out, "left out: ", s->left_out, "name", "names");
	put_count(out, ", ", s->contents_left_out, "piece of contents", "pieces of contents");
	put_count(out, ", ", s->requests_left_out, "request that was not followed",
		  "requests that were not followed");
	buf_printf(out, "\n");
}

void
plan_put_text(const struct state *s, const struct ir *ir, struct buf *out)
{
	struct plan_totals t;

	for (size_t i = 0; i < s->n; i++)
		put_line(&s->list[i], ir, out);
	plan_count(s, &t);
	plan_put_totals(&t, out);
	buf_printf(out, "\n");
	put_left_out(s, out);
}

/* ---- JSON ---- */

void
plan_put_json_totals(const struct plan_totals *t, struct json_out *o)
{
	json_out_key_uint(o, "shares", t->shares);
	json_out_key_uint(o, "directories", t->directories);
	json_out_key_uint(o, "files", t->files);
	json_out_key_uint(o, "absent", t->absent);
	json_out_key_uint(o, "bytes", t->bytes);
	json_out_key_uint(o, "seen", t->seen);
	json_out_key_uint(o, "streams", t->streams);
	json_out_key_uint(o, "eas", t->eas);
	json_out_key_uint(o, "reparse_points", t->reparse);
	json_out_key_uint(o, "security_descriptors", t->security);
	json_out_key_uint(o, "guesses", t->guesses);
	json_out_key_uint(o, "conflicts", t->conflicts);
}

void
plan_put_json(const struct state *s, const struct ir *ir, struct json_out *o)
{
	struct plan_totals t;

	plan_count(s, &t);
	json_out_open(o, '{');
	json_out_key_open(o, "entries", '[');
	for (size_t i = 0; i < s->n; i++) {
		const struct state_shown how = {
			.frame = has_place(&s->list[i]) ? frame_of(ir, s->list[i].event) : 0};

		json_out_line(o, 1);
		json_out_open(o, '{');
		state_put_entry(o, &s->list[i], &how);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
	json_out_line(o, 0);
	json_out_key_open(o, "totals", '{');
	plan_put_json_totals(&t, o);
	json_out_key_uint(o, "left_out", s->left_out);
	json_out_key_uint(o, "contents_left_out", s->contents_left_out);
	json_out_key_uint(o, "requests_left_out", s->requests_left_out);
	json_out_close(o, '}');
	json_out_close(o, '}');
	buf_add(&o->b, "\n", 1);
}
