/* The directories that a map leads into and that are no names of the state. */
#include "config.h"

#include "provision/work.h"

#include <ctype.h>
#include <stdlib.h>
#include <uthash.h>

#include "proto/ntstatus.h"

/* A live path, of a name of the state or above one. */
struct place {
	UT_hash_handle hh;
	bool named; /* it is a name of the state */
	unsigned depth;
	uint32_t message;
	uint16_t share;
	size_t key_len;
	char *path; /* behind `key` */
	char key[]; /* number of the share, path without regard to case, NUL, the path */
};

struct places {
	struct work *w;
	struct place *list;  /* owned */
	const char **shares; /* owned; live ones */
	struct batch *batch;
	bool make;
};

/* Put it in; `*out` is it, or what was there. */
static int
add(struct places *p, uint16_t share, struct slice path, bool named, struct place **out)
{
	size_t len = sizeof(share) + path.n;
	struct place *n = calloc(1, sizeof(*n) + len + path.n + 2), *there;

	if (n == NULL)
		return ERR_NOMEM;
	memcpy(n->key, &share, sizeof(share));
	n->path = n->key + len + 1;
	for (size_t i = 0; i < path.n; i++) {
		n->key[sizeof(share) + i] = (char)tolower(path.p[i]);
		n->path[i] = (char)path.p[i];
		n->depth += path.p[i] == '\\';
	}
	n->share = share;
	n->key_len = len;
	HASH_FIND(hh, p->list, n->key, len, there);
	if (there != NULL) {
		free(n);
		n = there;
	} else {
		HASH_ADD_KEYPTR(hh, p->list, n->key, n->key_len, n);
	}
	n->named |= named;
	*out = n;
	return 0;
}

static int
add_item(struct places *p, const struct work_item *item)
{
	const char *path = work_live_path(p->w, item->entry);
	size_t n = strlen(path);
	struct place *place;
	int r;

	while (n > 0 && path[n - 1] == '\\')
		n--;
	if (n == 0)
		return 0;
	r = add(p, item->share, slice_of(path, n), item->entry->path[0] != '\0', &place);
	for (size_t i = n - 1; r == 0 && i > 0; i--)
		if (path[i] == '\\')
			r = add(p, item->share, slice_of(path, i), false, &place);
	return r;
}

static int
by_depth(struct place *a, struct place *b)
{
	return a->depth < b->depth ? -1 : a->depth > b->depth;
}

static void
free_places(struct places *p)
{
	struct place *i, *next;

	HASH_ITER(hh, p->list, i, next)
	{
		HASH_DEL(p->list, i);
		free(i);
	}
	batch_free(p->batch);
	free(p->shares);
}

static void
on_answer(void *ctx, const struct batch_answer *a)
{
	const struct places *p = ctx;
	struct provision_line l = {.say = PROVISION_REFUSED, .text = "no answer"};

	if (!p->make || a->part != WORK_NAME || work_succeeded(a->pdu))
		return;
	for (const struct place *i = p->list; i != NULL; i = i->hh.next)
		if (i->message == (uint32_t)a->tag && !i->named)
			l.path = i->path, l.share = p->shares[i->share];
	if (l.path == NULL)
		return;
	if (a->pdu != NULL)
		l.text = ntstatus_name(a->pdu->h.status);
	p->w->result->said[PROVISION_REFUSED]++;
	if (p->w->opt->line != NULL)
		p->w->opt->line(p->w->opt->ctx, &l);
}

static int
put_place(struct places *p, const struct place *place, uint32_t before, struct err *e)
{
	struct ask_create c = {.path = place->path,
			       .access = p->make ? ASK_READ_ATTRIBUTES : ASK_DELETE,
			       .disposition = p->make ? ASK_OPEN_IF : ASK_OPEN,
			       .options = ASK_DIRECTORY};

	batch_begin(p->batch, place->share, 0, place->message);
	batch_part(p->batch, WORK_NAME);
	ask_create(p->batch, &c);
	batch_part(p->batch, WORK_CLOSE);
	if (!p->make)
		ask_delete(p->batch);
	ask_close(p->batch);
	(void)batch_end(p->batch, before);
	return batch_full(p->batch) ? batch_run(p->batch, e) : 0;
}

/* Each waits for the one before: they are few. */
static int
put_all(struct places *p, struct err *e)
{
	uint32_t n = 0, number = batch_number(p->batch), before = BATCH_NONE;
	int r = 0;

	for (struct place *i = p->list; r == 0 && i != NULL; i = i->hh.next) {
		if (i->named)
			continue;
		i->message = n++;
		r = put_place(p, i, before, e);
		before = number == batch_number(p->batch) ? n - 1 : BATCH_NONE;
	}
	return r == 0 ? batch_run(p->batch, e) : r;
}

static int
deepest_first(struct place *a, struct place *b)
{
	return by_depth(b, a);
}

static int
find_places(struct places *p)
{
	struct work *w = p->w;
	int r = 0;

	p->shares = calloc(w->n_shares + 1, sizeof(*p->shares));
	if (p->shares == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->n_shares; i++)
		p->shares[i] = work_live_share(w, w->shares[i]);
	for (size_t i = 0; r == 0 && i < w->n; i++)
		if (w->items[i].found != WORK_LEFT)
			r = add_item(p, &w->items[i]);
	if (r == 0 && p->make)
		HASH_SORT(p->list, by_depth);
	else if (r == 0)
		HASH_SORT(p->list, deepest_first);
	return r;
}

int
work_places(struct work *w, bool make, struct err *e)
{
	struct places p = {.w = w, .make = make};
	struct batch_options opt = {.replay = &w->opt->replay,
				    .user = w->opt->user,
				    .domain = w->opt->domain,
				    .n_shares = w->n_shares,
				    .plain_names = true,
				    .answer = on_answer,
				    .ctx = &p};
	const struct map *map = w->opt->replay.engine.map;
	int r;

	if (map == NULL || !map_has_names(map))
		return 0;
	r = find_places(&p);
	opt.shares = p.shares;
	if (r == 0)
		r = batch_new(&opt, &p.batch);
	if (r == 0)
		r = batch_probe(p.batch, e);
	if (r == 0)
		r = put_all(&p, e);
	free_places(&p);
	return r != 0 ? err_set(e, r, "%s", err_str(r)) : 0;
}
