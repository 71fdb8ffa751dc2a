/* Delta debugging. */
#include "config.h"

#include "race/ddmin.h"

#include <stdlib.h>
#include <string.h>

struct search {
	bool *kept, *next; /* owned: next */
	size_t n, most;
	ddmin_fn fn;
	void *ctx;
};

static size_t
count(const bool *kept, size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += kept[i];
	return sum;
}

/* Take what is in one of `parts` parts of the kept ones, or what is in all others. */
static void
choose(const struct search *s, size_t part, size_t parts, bool others)
{
	size_t all = count(s->kept, s->n), at = 0;

	for (size_t i = 0; i < s->n; i++) {
		bool in = at >= part * all / parts && at < (part + 1) * all / parts;

		s->next[i] = s->kept[i] && in != others;
		at += s->kept[i];
	}
}

static int
ask(struct search *s, bool *does)
{
	int r;

	*does = false;
	if (s->most == 0 || count(s->next, s->n) == 0)
		return 0;
	s->most--;
	r = s->fn(s->ctx, s->next, s->n, does);
	if (r == 0 && *does)
		memcpy(s->kept, s->next, s->n * sizeof(*s->kept));
	return r;
}

/* One part alone, or all but one, that does: `*parts` is what to go on with; 0: there is none. */
static int
reduce(struct search *s, size_t *parts)
{
	bool does = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < *parts; i++) {
		choose(s, i, *parts, false);
		r = ask(s, &does);
		if (r == 0 && does) {
			*parts = 2;
			return 0;
		}
	}
	/* Of two parts each is what the other leaves. */
	for (size_t i = 0; r == 0 && *parts > 2 && i < *parts; i++) {
		choose(s, i, *parts, true);
		r = ask(s, &does);
		if (r == 0 && does) {
			*parts -= 1;
			return 0;
		}
	}
	*parts = 0;
	return r;
}

int
ddmin(bool *kept, size_t n, size_t most, ddmin_fn fn, void *ctx)
{
	struct search s = {.kept = kept, .n = n, .most = most, .fn = fn, .ctx = ctx};
	size_t parts = 2, left = count(kept, n);
	int r = 0;

	s.next = calloc(n + 1, sizeof(*s.next));
	if (s.next == NULL)
		return ERR_NOMEM;
	while (r == 0 && s.most > 0 && left > 1) {
		size_t now = parts < left ? parts : left, next = now;

		r = reduce(&s, &next);
		left = count(kept, n);
		if (next == 0 && now == left)
			break;
		parts = next != 0 ? next : 2 * now;
	}
	free(s.next);
	return r;
}
