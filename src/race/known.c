/* A set of texts. */
#include "config.h"

#include "race/known.h"

#include <stdlib.h>

/* Without memory an element is left out, which its owner sees. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

struct known_text {
	UT_hash_handle hh;
	bool left_out;
	size_t n;
	uint8_t text[];
};

bool
known_has(const struct known *k, struct slice text)
{
	struct known_text *t;

	HASH_FIND(hh, k->table, text.p, text.n, t);
	return t != NULL;
}

int
known_add(struct known *k, struct slice text)
{
	struct known_text *t;

	if (known_has(k, text))
		return 0;
	t = calloc(1, sizeof(*t) + text.n);
	if (t == NULL)
		return ERR_NOMEM;
	t->n = text.n;
	if (text.n > 0)
		memcpy(t->text, text.p, text.n);
	HASH_ADD(hh, k->table, text, t->n, t);
	if (t->left_out) {
		free(t);
		return ERR_NOMEM;
	}
	return 0;
}

void
known_free(struct known *k)
{
	struct known_text *t, *next;

	HASH_ITER(hh, k->table, t, next)
	{
		HASH_DEL(k->table, t);
		free(t);
	}
}
