/* The values that servers assigned, each with the symbol that it last stood for. */
#include "config.h"

#include "compile/symtab.h"

#include <stdlib.h>
#include <xxhash.h>

#define HASH_FUNCTION(key, len, out) ((out) = (unsigned)XXH3_64bits((key), (len)))
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->number = 0)
#include <uthash.h>

#define ANY_SESSION UINT32_MAX /* the key under which a value is known all over its server */

struct key {
	uint32_t what, where, session;
	uint8_t value[IR_MAX_SYMBOL_WIDTH];
};

struct entry {
	struct key key;
	uint32_t number;
	UT_hash_handle hh;
};

/* A retired key, and the symbol that it stood for: a key that was assigned anew in between stays.
 */
struct retired {
	struct key key;
	uint32_t number;
};

struct recent {
	uint8_t value[16];
	uint32_t server, number;
};

struct symtab {
	struct entry *entries;
	uint32_t counts[IR_N_SYMBOL_KINDS];
	struct retired *retired; /* ring of SYMTAB_RETIRED */
	size_t n_retired;
	struct recent recent[SYMTAB_RECENT]; /* ring */
	size_t n_recent;
};

int
symtab_new(struct symtab **out)
{
	struct symtab *t = calloc(1, sizeof(*t));

	if (t != NULL)
		t->retired = calloc(SYMTAB_RETIRED, sizeof(*t->retired));
	if (t == NULL || t->retired == NULL) {
		free(t);
		return ERR_NOMEM;
	}
	*out = t;
	return 0;
}

void
symtab_free(struct symtab *t)
{
	struct entry *e, *next;

	if (t == NULL)
		return;
	HASH_ITER(hh, t->entries, e, next)
	{
		HASH_DEL(t->entries, e);
		free(e);
	}
	free(t->retired);
	free(t);
}

/* Session ids mean something on a server, async ids on a connection, the others in a session. */
static struct key
key_of(enum ir_what what, struct sym_scope scope, struct slice value, bool anywhere)
{
	struct key k = {.what = what,
			.where = what == IR_ASYNC ? scope.conn : scope.server,
			.session = ANY_SESSION};

	if (!anywhere && what != IR_SESSION && what != IR_ASYNC)
		k.session = scope.session;
	memcpy(k.value, value.p, value.n < sizeof(k.value) ? value.n : sizeof(k.value));
	return k;
}

static struct entry *
find(struct symtab *t, const struct key *k)
{
	struct entry *e;

	HASH_FIND(hh, t->entries, k, sizeof(*k), e);
	return e;
}

static int
put(struct symtab *t, const struct key *k, uint32_t number)
{
	struct entry *e = find(t, k);

	if (e != NULL) {
		e->number = number;
		return 0;
	}
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return ERR_NOMEM;
	e->key = *k;
	e->number = number;
	HASH_ADD(hh, t->entries, key, sizeof(e->key), e);
	if (e->number == 0) { /* out of memory inside the table */
		free(e);
		return ERR_NOMEM;
	}
	return 0;
}

int
symtab_define(struct symtab *t, enum ir_what what, struct sym_scope scope, struct slice value,
	      uint32_t *number)
{
	struct key own = key_of(what, scope, value, false), any = key_of(what, scope, value, true);
	int r;

	*number = ++t->counts[what];
	if (what == IR_OPEN && value.n == 16) {
		struct recent *rec = &t->recent[t->n_recent++ % SYMTAB_RECENT];

		memcpy(rec->value, value.p, 16);
		rec->server = scope.server;
		rec->number = *number;
	}
	r = put(t, &own, *number);
	return r != 0 || memcmp(&own, &any, sizeof(own)) == 0 ? r : put(t, &any, *number);
}

/* A FileId of which one half is another's: the newest open that has this half in the same place. */
static uint32_t
find_half(struct symtab *t, uint32_t server, struct slice half, uint8_t from)
{
	size_t n = t->n_recent < SYMTAB_RECENT ? t->n_recent : SYMTAB_RECENT;

	for (size_t i = 1; i <= n; i++) {
		const struct recent *r = &t->recent[(t->n_recent - i) % SYMTAB_RECENT];

		if (r->server == server && memcmp(r->value + from, half.p, half.n) == 0)
			return r->number;
	}
	return 0;
}

uint32_t
symtab_find(struct symtab *t, enum ir_what what, struct sym_scope scope, struct slice value,
	    uint8_t from)
{
	struct key k;
	struct entry *e;

	if (what == IR_OPEN && value.n == 8)
		return find_half(t, scope.server, value, from);
	k = key_of(what, scope, value, false);
	e = find(t, &k);
	if (e == NULL) {
		k = key_of(what, scope, value, true);
		e = find(t, &k);
	}
	return e != NULL ? e->number : 0;
}

static void
forget(struct symtab *t, const struct retired *old)
{
	struct entry *e = find(t, &old->key);

	if (e == NULL || e->number != old->number)
		return;
	HASH_DEL(t->entries, e);
	free(e);
}

static void
retire_key(struct symtab *t, const struct key *k)
{
	struct retired *slot = &t->retired[t->n_retired % SYMTAB_RETIRED];
	struct entry *e = find(t, k);

	if (e == NULL)
		return;
	if (t->n_retired >= SYMTAB_RETIRED)
		forget(t, slot);
	slot->key = *k;
	slot->number = e->number;
	t->n_retired++;
}

void
symtab_retire(struct symtab *t, enum ir_what what, struct sym_scope scope, struct slice value)
{
	struct key own = key_of(what, scope, value, false), any = key_of(what, scope, value, true);

	retire_key(t, &own);
	if (memcmp(&own, &any, sizeof(own)) != 0)
		retire_key(t, &any);
}

const uint32_t *
symtab_counts(const struct symtab *t)
{
	return t->counts;
}
