/* Which open a FileId stands for. */
#include "config.h"

#include "ir/fileids.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define HASH_FUNCTION(key, len, out) ((out) = (unsigned)XXH3_64bits((key), (len)))
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->number = 0)
#include <uthash.h>

struct fileid {
	uint8_t id[16];
	uint32_t number;
	UT_hash_handle hh;
};

static struct fileid *
find(struct fileid *table, const uint8_t *id)
{
	struct fileid *f;

	HASH_FIND(hh, table, id, sizeof(f->id), f);
	return f;
}

int
fileids_set(struct fileid **table, const uint8_t *id, uint32_t number)
{
	struct fileid *f = find(*table, id);

	if (f != NULL) {
		f->number = number;
		return 0;
	}
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return ERR_NOMEM;
	memcpy(f->id, id, sizeof(f->id));
	f->number = number;
	HASH_ADD(hh, *table, id, sizeof(f->id), f);
	if (f->number != 0)
		return 0;
	free(f);
	return ERR_NOMEM;
}

uint32_t
fileids_find(struct fileid *table, const uint8_t *id)
{
	const struct fileid *f = find(table, id);

	return f != NULL ? f->number : 0;
}

void
fileids_free(struct fileid **table)
{
	struct fileid *f, *next;

	HASH_ITER(hh, *table, f, next)
	{
		HASH_DEL(*table, f);
		free(f);
	}
}
