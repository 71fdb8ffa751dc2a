/* Numbers by key: uthash, with a hash that input cannot aim at cheaply. */
#include "config.h"

#include "ir/cut_table.h"

#include <stdbool.h>
#include <stdlib.h>

#include <xxhash.h>

#define HASH_FUNCTION(key, len, out) ((out) = (unsigned)XXH3_64bits((key), (len)))
/* Without memory an element is left out, which its owner sees. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

struct cut_entry {
	struct cut_key key;
	uint32_t value;
	bool left_out;
	UT_hash_handle hh;
};

static struct cut_entry *
find(struct cut_entry *table, const struct cut_key *key)
{
	struct cut_entry *e = NULL;

	HASH_FIND(hh, table, key, sizeof(*key), e);
	return e;
}

uint32_t
cut_table_get(struct cut_entry *const *table, const struct cut_key *key)
{
	const struct cut_entry *e = find(*table, key);

	return e != NULL ? e->value : 0;
}

int
cut_table_put(struct cut_entry **table, const struct cut_key *key, uint32_t value)
{
	struct cut_entry *e = find(*table, key);

	if (e == NULL) {
		e = calloc(1, sizeof(*e));
		if (e == NULL)
			return ERR_NOMEM;
		e->key = *key;
		HASH_ADD(hh, *table, key, sizeof(e->key), e);
		if (e->left_out) {
			free(e);
			return ERR_NOMEM;
		}
	}
	e->value = value;
	return 0;
}

void
cut_table_free(struct cut_entry **table)
{
	struct cut_entry *e, *next;

	HASH_ITER(hh, *table, e, next)
	{
		HASH_DEL(*table, e);
		free(e);
	}
}
