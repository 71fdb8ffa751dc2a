/* The window of MessageIds: a lower end, an upper end, and the used ranges between them. */
#include "config.h"

#include "ir/credits.h"

#include <stdlib.h>

#include "proto/ntstatus.h"

#define DIALECT_210 0x0210
#define GLOBAL_CAP_LARGE_MTU 0x00000004 /* MS-SMB2 2.2.4 */

void
credits_begin(struct credits *c)
{
	credits_free(c);
	c->top = 1;
	c->known = true;
}

void
credits_free(struct credits *c)
{
	free(c->used);
	*c = (struct credits){.known = false};
}

void
credits_lose(struct credits *c)
{
	c->known = false;
}

bool
credits_head(struct slice pdu, struct credit_head *out)
{
	if (pdu.n < SMB2_HEADER || memcmp(pdu.p, "\xfeSMB", 4) != 0 ||
	    wire_le(pdu.p + SMB2_HDR_AT(structure_size), 2) != SMB2_HEADER)
		return false;
	out->message_id = wire_le(pdu.p + SMB2_HDR_AT(message_id), 8);
	out->flags = (uint32_t)wire_le(pdu.p + SMB2_HDR_AT(flags), 4);
	out->status = (uint32_t)wire_le(pdu.p + SMB2_HDR_AT(status), 4);
	out->next_command = (uint32_t)wire_le(pdu.p + SMB2_HDR_AT(next_command), 4);
	out->command = (uint16_t)wire_le(pdu.p + SMB2_HDR_AT(command), 2);
	out->charge = (uint16_t)wire_le(pdu.p + SMB2_HDR_AT(credit_charge), 2);
	out->credits = (uint16_t)wire_le(pdu.p + SMB2_HDR_AT(credits), 2);
	return true;
}

uint32_t
credits_charge(const struct credits *c, const struct credit_head *h)
{
	if (h->command == SMB2_CMD_CANCEL)
		return 0;
	return c->multi && h->charge > 1 ? h->charge : 1;
}

/* The first used range that ends behind `id`. */
static size_t
range_at(const struct credits *c, uint64_t id)
{
	size_t lo = 0, hi = c->n_used;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->used[mid].end <= id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool
credits_short_of(const struct credits *c, uint64_t id, uint32_t charge)
{
	return c->known && charge > 0 && (id >= c->top || charge > c->top - id);
}

bool
credits_cover(const struct credits *c, uint64_t id, uint32_t charge)
{
	size_t i;

	if (!c->known || charge == 0)
		return true;
	if (id < c->low || credits_short_of(c, id, charge))
		return false;
	i = range_at(c, id);
	return i == c->n_used || (c->used[i].first > id && c->used[i].first - id >= charge);
}

/* The lowest ranges that reach the lower end become part of what lies below it. */
static void
slide(struct credits *c)
{
	size_t n = 0;

	while (n < c->n_used && c->used[n].first <= c->low) {
		if (c->used[n].end > c->low)
			c->low = c->used[n].end;
		n++;
	}
	c->n_used -= n;
	if (n > 0)
		memmove(c->used, c->used + n, c->n_used * sizeof(*c->used));
}

/* Room for one more range: in new memory, or in that of the lowest hole, which is forgotten. */
static int
make_room(struct credits *c)
{
	size_t cap = c->cap > 0 ? c->cap * 2 : 4;
	struct credit_range *more;

	if (c->n_used < c->cap)
		return 0;
	if (c->cap >= CREDITS_MAX_RANGES) {
		c->low = c->used[0].first;
		slide(c);
		return 0;
	}
	more = realloc(c->used, cap * sizeof(*more));
	if (more == NULL)
		return ERR_NOMEM;
	c->used = more;
	c->cap = cap;
	return 0;
}

/* Put a range among the used ones and merge it with those that it meets. */
static int
add_range(struct credits *c, struct credit_range r)
{
	size_t i = range_at(c, r.first > 0 ? r.first - 1 : 0), k = i;

	while (k < c->n_used && c->used[k].first <= r.end) {
		if (c->used[k].first < r.first)
			r.first = c->used[k].first;
		if (c->used[k].end > r.end)
			r.end = c->used[k].end;
		k++;
	}
	if (k == i) {
		size_t before = c->n_used;

		if (make_room(c) != 0)
			return ERR_NOMEM;
		if (c->n_used != before)
			return r.end <= c->low ? 0 : add_range(c, r);
		k = i;
		c->n_used++;
		memmove(c->used + i + 1, c->used + i, (c->n_used - 1 - i) * sizeof(*c->used));
	} else {
		memmove(c->used + i + 1, c->used + k, (c->n_used - k) * sizeof(*c->used));
		c->n_used -= k - i - 1;
	}
	c->used[i] = r;
	return 0;
}

/* How many of a request's ids no request took before. */
static uint64_t
count_fresh(const struct credits *c, uint64_t id, uint64_t end)
{
	uint64_t fresh = 0;
	size_t i;

	if (id < c->low)
		id = c->low < end ? c->low : end;
	for (i = range_at(c, id); id < end; i++) {
		uint64_t stop = i < c->n_used && c->used[i].first < end ? c->used[i].first : end;

		fresh += stop > id ? stop - id : 0;
		id = i < c->n_used && c->used[i].end < end ? c->used[i].end : end;
	}
	return fresh;
}

int
credits_sent(struct credits *c, uint64_t id, uint32_t charge)
{
	uint64_t end = charge > UINT64_MAX - id ? UINT64_MAX : id + charge;
	int r = 0;

	if (charge == 0)
		return 0;
	c->requests++;
	if (c->requests - c->answers > c->most_outstanding)
		c->most_outstanding = c->requests - c->answers;
	c->taken += count_fresh(c, id, end);
	if (id <= c->low && c->n_used == 0) {
		c->low = end > c->low ? end : c->low;
		return 0;
	}
	if (end > c->low)
		r = add_range(c, (struct credit_range){id, end});
	slide(c);
	return r;
}

void
credits_answered(struct credits *c, const struct credit_head *h)
{
	bool interim =
		h->status == (uint32_t)STATUS_PENDING && (h->flags & SMB2_FLAGS_ASYNC_COMMAND) != 0;

	c->granted += h->credits;
	c->top += h->credits <= UINT64_MAX - c->top ? h->credits : 0;
	if (!interim && h->message_id != SMB2_NO_MESSAGE_ID && c->answers < c->requests)
		c->answers++;
}

void
credits_negotiated(struct credits *c, const struct smb2_pdu *response)
{
	uint32_t capabilities = 0;
	uint16_t dialect = 0;

	if (response->body_def == &smb2_defs[SMB2_DEF_smb2_negotiate_311_resp]) {
		dialect = response->body.smb2_negotiate_311_resp.dialect_revision;
		capabilities = response->body.smb2_negotiate_311_resp.capabilities;
	} else if (response->body_def == &smb2_defs[SMB2_DEF_smb2_negotiate_resp]) {
		dialect = response->body.smb2_negotiate_resp.dialect_revision;
		capabilities = response->body.smb2_negotiate_resp.capabilities;
	}
	if (dialect != 0)
		c->multi = dialect >= DIALECT_210 && (capabilities & GLOBAL_CAP_LARGE_MTU) != 0;
}
