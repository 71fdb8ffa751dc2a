/* Replacements in a row of bytes. */
#include "config.h"

#include "base/list.h"
#include "proto/smb2_splice.h"

#include <stdlib.h>

static int
make_room(struct smb2_splices *s)
{
	size_t cap = s->cap;

	if (list_room(&s->moved, s->n, &cap, sizeof(*s->moved)) != 0)
		return ERR_NOMEM;
	return list_room(&s->list, s->n, &s->cap, sizeof(*s->list));
}

int
smb2_splices_add(struct smb2_splices *s, const struct smb2_splice *splice)
{
	size_t i = s->n;
	int err = make_room(s);

	if (err != 0)
		return err;
	for (; i > 0 && s->list[i - 1].start > splice->start; i--)
		s->list[i] = s->list[i - 1];
	s->list[i] = *splice;
	s->n++;
	for (; i < s->n; i++)
		s->moved[i] = (i > 0 ? s->moved[i - 1] : 0) + s->list[i].fresh.n +
			      s->list[i].zeros - (s->list[i].end - s->list[i].start);
	return 0;
}

void
smb2_splices_free(struct smb2_splices *s)
{
	free(s->list);
	free(s->moved);
	*s = (struct smb2_splices){.n = 0};
}

/* How many of them end at `pos` or before. */
static size_t
ended(const struct smb2_splices *s, size_t pos)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->list[mid].end <= pos)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t
smb2_splices_moved(const struct smb2_splices *s, size_t pos, bool begins)
{
	size_t n = ended(s, pos);

	while (!begins && n > 0 && s->list[n - 1].start >= pos)
		n--;
	return n > 0 ? s->moved[n - 1] : 0;
}

bool
smb2_splices_touch(const struct smb2_splices *s, size_t start, size_t end)
{
	size_t n = ended(s, start);

	if (n > 0 && s->list[n - 1].end == start && s->list[n - 1].start == start)
		return true;
	return n < s->n && s->list[n].start <= end;
}

bool
smb2_splices_cover(const struct smb2_splices *s, size_t start, size_t n)
{
	size_t i = ended(s, start);

	return i < s->n && s->list[i].start < start + n;
}
