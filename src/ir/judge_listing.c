/*
 * The judge: listings of directories. A server has an order of its own, and fills each answer as
 * far as it likes; so what one answer has too much or too little is kept until the listing's last
 * one has come.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "ir/judge_int.h"
#include "ir/listing.h"
#include "proto/ntstatus.h"

/* Without memory an element is left out, which its owner sees. */
#define HASH_FUNCTION(key, len, out) ((out) = (unsigned)XXH3_64bits((key), (len)))
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

#define MAX_LEFT ((size_t)1 << 20) /* entries that wait for their like, in all listings */

enum { RECORDED, LIVE, N_SIDES };

/* An entry of which the other side has none so far. */
struct left {
	struct listing_element entry;
	const struct smb2_def *def;
	const char *what;
	uint32_t expect; /* the recorded answer that holds it, or stands beside the live one */
	bool left_out;
	UT_hash_handle hh;
};

/* What is left of a listing. */
struct judge_leftover {
	struct arena arena;
	struct left *side[N_SIDES];
	size_t n;
};

static void
forget(struct judge *j, struct judge_scan *s)
{
	if (s->left == NULL)
		return;
	for (int side = 0; side < N_SIDES; side++)
		HASH_CLEAR(hh, s->left->side[side]);
	j->n_left -= s->left->n;
	arena_free(&s->left->arena);
	free(s->left);
	s->left = NULL;
}

void
judge_listing_free(struct judge *j)
{
	for (uint32_t i = 0; j->scans != NULL && i <= j->n_scans; i++)
		forget(j, &j->scans[i]);
	free(j->scans);
}

/* An answer that is compared with others of its listing. */
struct side_by_side {
	struct judge_comparison *c;
	struct judge_scan *s;
	const struct listing *kind;
};

static struct slice
keep(struct arena *a, struct slice bytes)
{
	uint8_t *copy = arena_alloc(a, bytes.n + 1);

	if (copy == NULL)
		return (struct slice){0};
	if (bytes.n > 0)
		memcpy(copy, bytes.p, bytes.n);
	return slice_of(copy, bytes.n);
}

static int
put_by(const struct side_by_side *b, const struct listing_element *entry, int side)
{
	struct judge *j = b->c->j;
	struct judge_leftover *o = b->s->left;
	struct left *x = NULL;

	if (j->n_left == MAX_LEFT) {
		if (!b->s->broken)
			judge_report_expect(j, JUDGE_FIELD, b->c->e, "entries", "as recorded",
					    "in another order, and too many to be compared");
		b->s->broken = true;
		b->c->equal = false;
		return 0;
	}
	if (o == NULL)
		o = b->s->left = calloc(1, sizeof(*o));
	if (o != NULL)
		x = arena_alloc(&o->arena, sizeof(*x));
	if (x == NULL)
		return ERR_NOMEM;
	x->entry.name = keep(&o->arena, entry->name);
	x->entry.bytes = keep(&o->arena, entry->bytes);
	if (x->entry.name.p == NULL || x->entry.bytes.p == NULL)
		return ERR_NOMEM;
	x->def = b->kind->def;
	x->what = b->kind->what;
	x->expect = (uint32_t)(b->c->e - j->expects);
	HASH_ADD_KEYPTR(hh, o->side[side], x->entry.name.p, x->entry.name.n, x);
	if (x->left_out)
		return ERR_NOMEM;
	j->n_left++;
	o->n++;
	return 0;
}

/* An entry of another answer of the listing. */
static struct left *
take(const struct side_by_side *b, struct slice name, int side)
{
	struct left *x = NULL;

	if (b->s->left == NULL)
		return NULL;
	/* A name of no length has no place, either. */
	HASH_FIND(hh, b->s->left->side[side], name.n > 0 ? name.p : (const uint8_t *)"", name.n, x);
	if (x == NULL || x->def != b->kind->def)
		return NULL;
	HASH_DEL(b->s->left->side[side], x);
	b->s->left->n--;
	b->c->j->n_left--;
	return x;
}

/* A difference in an entry is that of the recorded answer which holds it. */
static int
differ(const struct side_by_side *b, const struct left *x, const struct listing_element *entry,
       int side)
{
	struct judge_comparison c = *b->c;
	int r;

	c.equal = true;
	if (side == LIVE)
		c.e = &c.j->expects[x->expect];
	r = side == LIVE ? listing_differ(b->kind, &x->entry, entry, judge_on_difference, &c)
			 : listing_differ(b->kind, entry, &x->entry, judge_on_difference, &c);
	if (c.e == b->c->e && !c.equal)
		b->c->equal = false;
	return r;
}

/* An entry that this answer has on one side alone. */
static int
on_lone(const struct side_by_side *b, const struct listing_element *entry, int side)
{
	struct left *x = take(b, entry->name, 1 - side);

	return x != NULL ? differ(b, x, entry, side) : put_by(b, entry, side);
}

static int
on_pair(void *ctx, const struct listing_element *recorded, const struct listing_element *live)
{
	struct side_by_side *b = ctx;

	if (recorded != NULL && live != NULL)
		return listing_differ(b->kind, recorded, live, judge_on_difference, b->c);
	return recorded != NULL ? on_lone(b, recorded, RECORDED) : on_lone(b, live, LIVE);
}

static bool
is_end(uint32_t status)
{
	return status == (uint32_t)STATUS_NO_MORE_FILES;
}

/* Has one of them reached the end of the listing, and the other one gives more of it? */
static bool
ends_elsewhere(const struct judge_scan *s, const struct smb2_pdu *rec, const struct smb2_pdu *live)
{
	return (is_end(live->h.status) && s->listed[LIVE] && rec->h.status == STATUS_SUCCESS) ||
	       (is_end(rec->h.status) && s->listed[RECORDED] && live->h.status == STATUS_SUCCESS);
}

/* Entries, as far as there are any; false where the bodies are no sound lists. */
static int
match(const struct smb2_pdu *rec, const struct smb2_pdu *live, struct side_by_side *b, bool *sound)
{
	struct listing list[N_SIDES] = {{0}, {0}};
	int r = rec->h.status == STATUS_SUCCESS ? listing_read(rec, &list[RECORDED]) : 0;

	if (r == 0 && live->h.status == STATUS_SUCCESS)
		r = listing_read(live, &list[LIVE]);
	*sound = !list[RECORDED].broken && !list[LIVE].broken;
	for (int i = 0; i < N_SIDES; i++) {
		const struct smb2_pdu *pdu = i == LIVE ? live : rec;

		*sound = *sound && (list[i].def != NULL || pdu->h.status != STATUS_SUCCESS);
	}
	b->kind = &list[list[RECORDED].def != NULL ? RECORDED : LIVE];
	if (r == 0 && *sound)
		r = listing_match(&list[RECORDED], &list[LIVE], on_pair, b);
	listing_free(&list[RECORDED]);
	listing_free(&list[LIVE]);
	return r;
}

int
judge_listing_compare(const struct smb2_pdu *rec, const struct smb2_pdu *live,
		      struct judge_comparison *c)
{
	struct judge_scan *s = &c->j->scans[c->e->scan];
	struct side_by_side b = {.c = c, .s = s};
	bool same = false, sound = false;
	int r = 0;

	if (ends_elsewhere(s, rec, live)) {
		r = match(rec, live, &b, &sound);
		if (r == 0 && !sound)
			r = differ_headers(rec, live, judge_on_difference, c, &same);
		s->broken |= !sound;
		return r;
	}
	if (rec->h.status != STATUS_SUCCESS || live->h.status != STATUS_SUCCESS) {
		s->broken |= rec->h.status != live->h.status;
		return differ_pdus(rec, live, judge_on_difference, c);
	}
	r = match(rec, live, &b, &sound);
	if (r == 0 && sound)
		return differ_headers(rec, live, judge_on_difference, c, &same);
	s->broken |= !sound;
	return r == 0 ? differ_pdus(rec, live, judge_on_difference, c) : r;
}

/* `got` NULL: the entry is there. */
static int
tell(struct judge *j, const struct left *x, const char *expected, const char *got)
{
	struct buf path = {0};
	int r;

	listing_put_name(x->what, x->def, x->entry.name, &path);
	buf_add(&path, "", 1);
	r = path.err;
	if (r == 0)
		judge_report_expect(j, JUDGE_FIELD, &j->expects[x->expect], (char *)path.p,
				    expected, got);
	buf_free(&path);
	return r;
}

static int
tell_each(struct judge *j, struct left *list, const char *expected, const char *got)
{
	int r = 0;

	for (struct left *x = list; x != NULL && r == 0; x = x->hh.next)
		r = tell(j, x, expected, got);
	return r;
}

/* The recorded listing came to its end and the live one did not: nobody asked for the rest. */
static int
tell_unfinished(struct judge *j, struct left *missing)
{
	char expected[64];

	(void)snprintf(expected, sizeof(expected), "the listing's end; %u more in it",
		       HASH_COUNT(missing));
	return tell(j, missing, expected, "no end after as many answers");
}

/* All answers of the listing have come. What the other side never told to its end it may have. */
static int
settle(struct judge *j, struct judge_scan *s)
{
	bool whole_recorded = s->ended[RECORDED] || s->exact;
	bool whole_live = s->ended[LIVE] || s->exact;
	struct judge_leftover *o = s->left;
	int r = 0;

	if (o != NULL && !s->broken && whole_live)
		r = tell_each(j, o->side[RECORDED], "present", "absent");
	else if (o != NULL && !s->broken && whole_recorded && o->side[RECORDED] != NULL)
		r = tell_unfinished(j, o->side[RECORDED]);
	if (r == 0 && o != NULL && !s->broken && whole_recorded)
		r = tell_each(j, o->side[LIVE], "absent", "present");
	forget(j, s);
	return r;
}

int
judge_listing_answered(struct judge *j, struct expect *e, const struct smb2_pdu *live)
{
	struct judge_scan *s = e->scan != 0 ? &j->scans[e->scan] : NULL;

	if (s == NULL || e->listed)
		return 0;
	e->listed = true;
	if (live != NULL) {
		s->listed[RECORDED] |= e->status == STATUS_SUCCESS;
		s->listed[LIVE] |= live->h.status == STATUS_SUCCESS;
		s->ended[RECORDED] |= is_end(e->status);
		s->ended[LIVE] |= is_end(live->h.status);
	} else {
		s->broken = true;
	}
	return --s->to_come == 0 ? settle(j, s) : 0;
}
