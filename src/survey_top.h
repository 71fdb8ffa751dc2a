/*
 * The busiest files of a capture, in bounded memory: the Space-Saving sketch of Metwally, Agrawal
 * and El Abbadi (ICDT 2005) over the files' names.
 */
#ifndef SMB_SURVEY_TOP_H
#define SMB_SURVEY_TOP_H

#include "base/buf.h"
#include "survey_table.h"

#define SURVEY_TOP_MAX ((size_t)4096) /* files followed at once */
#define SURVEY_NAME_MAX                                                                            \
	((size_t)1024) /* bytes kept of a name; longer ones are told apart all the same */

struct survey_file {
	uint64_t path; /* what survey_top_open was given */
	char *name;    /* owned, UTF-8, share first */
	uint64_t opens, operations, read_bytes, written_bytes;
	uint64_t weight; /* operations and 64 KiB pieces; what the sketch goes by */
	size_t heap_at;
};

struct survey_top {
	struct survey_file *files; /* owned */
	size_t n;
	size_t *heap; /* owned: indices of `files`, the least weight first */
	struct survey_table index;
	uint64_t evicted; /* files that gave way: counts of others may be too low */
};

/* The file of that path hash, or NULL. Valid until the next survey_top_open. */
struct survey_file *survey_top_find(const struct survey_top *t, uint64_t path);

/*
 * The file, followed from now on. `name` is asked for its text only where it is new. Returns NULL
 * where memory is out.
 */
struct survey_file *survey_top_open(struct survey_top *t, uint64_t path,
				    void (*name)(void *ctx, struct buf *out), void *ctx);

/* Count operations and their payload. */
void survey_top_count(struct survey_top *t, struct survey_file *f, uint64_t operations,
		      uint64_t read, uint64_t written);

/* Sort `files` by operations, then bytes, then name. Ends the counting. */
void survey_top_sort(struct survey_top *t);
void survey_top_free(struct survey_top *t);

#endif
