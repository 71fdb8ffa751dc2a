/*
 * The first state of the shares. What the messages imply, the rewritten ones imply as well; so only
 * what a hand changed is rewritten, with its contents beside it.
 */
#include "config.h"

#include "anonymize/anon_int.h"

#include <stdlib.h>

#include "base/utf16.h"
#include "ir/state_feed.h"
#include "ir/state_out.h"

/* Without memory an element is left out, which its owner sees. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

/* An entry by its share and path. */
struct named {
	char *name; /* owned */
	const struct state_entry *entry;
	bool left_out;
	UT_hash_handle hh;
};

static void
names_free(struct named **all)
{
	struct named *i, *next;

	HASH_ITER(hh, *all, i, next)
	{
		HASH_DEL(*all, i);
		free(i->name);
		free(i);
	}
}

static void
put_name(struct buf *out, const char *share, const char *path)
{
	buf_reset(out);
	buf_printf(out, "%s\\%s%c", share, path, 0);
}

static int
names_of(const struct state *s, struct named **all)
{
	struct buf name = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n; i++) {
		struct named *n = calloc(1, sizeof(*n));

		put_name(&name, s->list[i].share, s->list[i].path);
		if (n != NULL && name.err == 0)
			n->name = strdup((char *)name.p);
		if (n == NULL || n->name == NULL) {
			free(n);
			r = ERR_NOMEM;
			break;
		}
		n->entry = &s->list[i];
		HASH_ADD_KEYPTR(hh, *all, n->name, strlen(n->name), n);
		if (n->left_out) {
			free(n->name);
			free(n);
			r = ERR_NOMEM;
		}
	}
	buf_free(&name);
	return r;
}

static const struct state_entry *
find(struct named *all, struct buf *scratch, const char *share, const char *path)
{
	struct named *n = NULL;

	put_name(scratch, share, path);
	if (scratch->err == 0)
		HASH_FIND_STR(all, (char *)scratch->p, n);
	return n != NULL ? n->entry : NULL;
}

/* Do two entries say the same? */
static bool
is_same(const struct state_entry *a, const struct state_entry *b)
{
	struct json_out x = {.comma = false}, y = {.comma = false};
	bool same;

	state_put_lines(&x, a);
	state_put_lines(&y, b);
	same = x.b.err == 0 && y.b.err == 0 && slice_eq(buf_slice(&x.b), buf_slice(&y.b));
	buf_free(&x.b);
	buf_free(&y.b);
	return same;
}

/* --- one by one --- */

static char *
text(struct anon *a, const char *was)
{
	size_t n = strlen(was);
	char *is = arena_text(&a->texts, was, n);

	if (is == NULL) {
		a->err = ERR_NOMEM;
	} else if (n > 0 && a->err == 0) {
		a->learning = true; /* a name that no message has */
		a->err = anon_name_bytes(&a->names, ANON_FILE, (uint8_t *)is, n);
		a->learning = false;
	}
	return is;
}

static uint8_t *
bytes(struct anon *a, struct slice was)
{
	uint8_t *is = arena_alloc(&a->texts, was.n + 1);

	if (is == NULL)
		a->err = ERR_NOMEM;
	else if (was.n > 0)
		memcpy(is, was.p, was.n);
	return is;
}

/* The file that contents go by: a stream's name is behind a colon. */
static uint32_t
file_of(struct anon *a, const struct state_entry *e, const char *stream)
{
	struct buf name = {0}, utf16 = {0};
	uint32_t file = 0;
	int r;

	buf_printf(&name, "%s\\%s%s%s%c", e->share, e->path, stream != NULL ? ":" : "",
		   stream != NULL ? stream : "", 0);
	r = name.err != 0 ? name.err : utf16_from_utf8((char *)name.p, &utf16);
	if (r == 0)
		r = anon_files_path(&a->files, 0, buf_slice(&utf16), &file);
	if (r != 0 && r != ERR_MALFORMED)
		a->err = r;
	buf_free(&name);
	buf_free(&utf16);
	return file;
}

static void
data(struct anon *a, const struct state *s, struct state_data *d, uint32_t file)
{
	struct state_piece *pieces = arena_alloc(&a->texts, (d->n_pieces + 1) * sizeof(*pieces));

	if (pieces == NULL) {
		a->err = ERR_NOMEM;
		return;
	}
	for (size_t i = 0; a->err == 0 && i < d->n_pieces; i++) {
		uint8_t *is = bytes(a, state_bytes(s, &d->pieces[i]));

		pieces[i] = d->pieces[i];
		pieces[i].own = is;
		if (is != NULL && a->err == 0)
			a->err = anon_content(a, file, pieces[i].off, is, pieces[i].len);
	}
	d->pieces = pieces;
}

static void
streams(struct anon *a, const struct state *s, struct state_entry *e, const struct state_entry *was)
{
	struct state_stream *list = arena_alloc(&a->texts, (e->n_streams + 1) * sizeof(*list));

	if (list == NULL)
		a->err = ERR_NOMEM;
	for (size_t i = 0; a->err == 0 && i < e->n_streams; i++) {
		list[i] = e->streams[i];
		list[i].name = text(a, list[i].name);
		data(a, s, &list[i].data, file_of(a, was, e->streams[i].name));
	}
	e->streams = list;
}

static void
attributes(struct anon *a, struct state_entry *e)
{
	struct state_ea *list = arena_alloc(&a->texts, (e->n_eas + 1) * sizeof(*list));

	if (list == NULL)
		a->err = ERR_NOMEM;
	for (size_t i = 0; a->err == 0 && i < e->n_eas; i++) {
		uint8_t *name = bytes(a, e->eas[i].name), *value = bytes(a, e->eas[i].value);

		list[i] = e->eas[i];
		list[i].name.p = name;
		list[i].value.p = value;
		if (a->err == 0)
			a->err = anon_attribute(a, name, list[i].name.n, value, list[i].value.n);
	}
	e->eas = list;
}

static void
structure(struct anon *a, enum smb2_def_id id, struct slice *s)
{
	uint8_t *is = bytes(a, *s);

	if (s->n > 0 && a->err == 0)
		a->err = anon_struct(a, id, is, s->n);
	s->p = is;
}

static int
rewrite(struct anon *a, const struct state *s, const struct state_entry *was,
	struct state_entry *out)
{
	*out = *was;
	out->share = text(a, was->share);
	out->path = text(a, was->path);
	data(a, s, &out->data, file_of(a, was, NULL));
	streams(a, s, out, was);
	attributes(a, out);
	structure(a, SMB2_DEF_fscc_reparse, &out->reparse);
	structure(a, SMB2_DEF_dtyp_security_descriptor, &out->security);
	return a->err;
}

/* --- all --- */

/* What stands for an entry among those that the rewritten messages imply; NULL: nothing. */
static const struct state_entry *
implied(struct anon *a, const struct state_entry *was, struct named *recorded, struct named *now,
	struct buf *scratch)
{
	const struct state_entry *e = find(recorded, scratch, was->share, was->path);
	const char *share, *path;

	if (e == NULL || !is_same(e, was))
		return NULL;
	share = text(a, was->share);
	path = text(a, was->path);
	return a->err == 0 ? find(now, scratch, share, path) : NULL;
}

int
anon_state(struct anon *a, const struct state *was, const struct state *derived, struct state *out)
{
	struct named *recorded = NULL, *now = NULL;
	struct state implied_before;
	struct buf scratch = {0};
	int r = state_derive(a->ir, &implied_before);

	if (r != 0)
		return r;
	*out = (struct state){.list = arena_alloc(&a->texts, (was->n + 1) * sizeof(*out->list))};
	r = out->list == NULL ? ERR_NOMEM : names_of(&implied_before, &recorded);
	if (r == 0)
		r = names_of(derived, &now);
	for (size_t i = 0; r == 0 && i < was->n; i++) {
		const struct state_entry *e = implied(a, &was->list[i], recorded, now, &scratch);

		if (e != NULL)
			out->list[i] = *e;
		else
			r = rewrite(a, was, &was->list[i], &out->list[i]);
		out->n = i + 1;
	}
	if (r == 0)
		r = scratch.err != 0 ? scratch.err : a->err;
	names_free(&recorded);
	names_free(&now);
	state_free(&implied_before);
	buf_free(&scratch);
	return r;
}
