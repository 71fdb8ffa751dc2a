/* The busiest files of a capture: a Space-Saving sketch, its counters in a heap. */
#include "config.h"

#include "survey_top.h"

#include <stdlib.h>

#define PIECE_SHIFT 16 /* 64 KiB weigh as much as an operation */

/* Where a path's file is. */
struct place {
	uint64_t path;
	size_t file;
};

static void
put_at(struct survey_top *t, size_t at, size_t file)
{
	t->heap[at] = file;
	t->files[file].heap_at = at;
}

static uint64_t
weight_at(const struct survey_top *t, size_t at)
{
	return t->files[t->heap[at]].weight;
}

/* A file that grew heavier goes down. */
static void
sink(struct survey_top *t, size_t at)
{
	size_t file = t->heap[at];

	for (;;) {
		size_t child = at * 2 + 1;

		if (child + 1 < t->n && weight_at(t, child + 1) < weight_at(t, child))
			child++;
		if (child >= t->n || weight_at(t, child) >= t->files[file].weight)
			break;
		put_at(t, at, t->heap[child]);
		at = child;
	}
	put_at(t, at, file);
}

/* A new file, which weighs nothing, goes up. */
static void
rise(struct survey_top *t, size_t at)
{
	size_t file = t->heap[at];

	while (at > 0 && weight_at(t, (at - 1) / 2) > t->files[file].weight) {
		put_at(t, at, t->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put_at(t, at, file);
}

struct survey_file *
survey_top_find(const struct survey_top *t, uint64_t path)
{
	const struct place *p = survey_table_find(&t->index, path);

	return p != NULL ? &t->files[p->file] : NULL;
}

static bool
begin(struct survey_top *t)
{
	if (t->files == NULL)
		t->files = calloc(SURVEY_TOP_MAX, sizeof(*t->files));
	if (t->heap == NULL)
		t->heap = calloc(SURVEY_TOP_MAX, sizeof(*t->heap));
	t->index.size = sizeof(struct place);
	t->index.max = SURVEY_TOP_MAX;
	return t->files != NULL && t->heap != NULL;
}

struct survey_file *
survey_top_open(struct survey_top *t, uint64_t path, void (*name)(void *ctx, struct buf *out),
		void *ctx)
{
	struct survey_file *f = survey_top_find(t, path);
	struct buf text = {0};
	struct place *place;
	uint64_t inherited = 0;
	size_t at;

	if (f != NULL)
		return f;
	name(ctx, &text);
	buf_zero(&text, 1);
	if (text.err != 0 || !begin(t)) {
		buf_free(&text);
		return NULL;
	}
	at = t->n < SURVEY_TOP_MAX ? t->n : t->heap[0];
	if (t->n == SURVEY_TOP_MAX) {
		inherited = t->files[at].weight;
		survey_table_remove(&t->index, t->files[at].path);
		free(t->files[at].name);
		t->evicted++;
	}
	t->files[at] =
		(struct survey_file){.path = path, .name = (char *)text.p, .weight = inherited};
	place = survey_table_add(&t->index, path);
	if (place != NULL)
		place->file = at;
	if (t->n < SURVEY_TOP_MAX) {
		t->heap[t->n] = at;
		rise(t, t->n++);
	} else {
		put_at(t, 0, at);
	}
	return &t->files[at];
}

void
survey_top_count(struct survey_top *t, struct survey_file *f, uint64_t operations, uint64_t read,
		 uint64_t written)
{
	f->operations += operations;
	f->read_bytes += read;
	f->written_bytes += written;
	f->weight += operations + ((read + written) >> PIECE_SHIFT);
	sink(t, f->heap_at);
}

static int
compare(const void *a, const void *b)
{
	const struct survey_file *x = a, *y = b;
	uint64_t m = x->read_bytes + x->written_bytes, n = y->read_bytes + y->written_bytes;

	if (x->operations != y->operations)
		return x->operations > y->operations ? -1 : 1;
	return m != n ? (m > n ? -1 : 1) : strcmp(x->name, y->name);
}

void
survey_top_sort(struct survey_top *t)
{
	if (t->n > 0)
		qsort(t->files, t->n, sizeof(*t->files), compare);
}

void
survey_top_free(struct survey_top *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->files[i].name);
	free(t->files);
	free(t->heap);
	survey_table_free(&t->index);
}
