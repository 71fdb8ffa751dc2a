/* What must hold in any order. */
#include "config.h"

#include "race/invariants.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/smb2_elems.h"
#include "proto/smb2_set.h"

#define MAX_OPENS 256u /* of a try that are looked at */
#define MAX_LOCKS 256u
#define NEVER UINT64_MAX

/* MS-SMB2 2.2.26.1 */
enum { LOCK_SHARED = 1, LOCK_EXCLUSIVE = 2, LOCK_UNLOCK = 4 };
/* MS-SMB2 2.2.14, 2.2.13.2.8 */
enum { OPLOCK_EXCLUSIVE = 8, OPLOCK_BATCH = 9, OPLOCK_LEASE = 0xff };
enum { LEASE_READ = 1, LEASE_HANDLE = 2, LEASE_WRITE = 4 };
enum { ACTION_CREATED = 2 };

struct held_open {
	size_t request;
	uint8_t id[16];
	struct slice name; /* of its CREATE */
	uint32_t tree;     /* and TreeId */
	uint32_t caches;   /* LEASE_*, an oplock likewise */
	uint8_t key[16];   /* of a lease; else the open's id */
	bool made;         /* it made the file */
	uint64_t from, to; /* held for sure: from its answer to where its end was asked for */
};

struct held_lock {
	size_t request;
	const struct held_open *open;
	uint64_t off, len;
	bool exclusive;
	uint64_t from, to;
};

struct state {
	const struct trial *t;
	struct held_open opens[MAX_OPENS];
	struct held_lock locks[MAX_LOCKS];
	size_t n_opens, n_locks;
};

static bool
request_pdu(const struct trial *t, size_t i, struct smb2_pdu *out)
{
	const struct trial_answer *a = &t->answers[i];

	return a->state != TRIAL_UNSENT &&
	       smb2_pdu_decode(slice_sub(buf_slice(&t->bytes), a->request, a->request_len), out) ==
		       0;
}

static bool
succeeded(const struct trial *t, size_t i)
{
	return t->answers[i].state == TRIAL_ANSWERED && t->answers[i].status == 0;
}

/* The lease that a CREATE response grants. */
static void
read_lease(const struct smb2_pdu *pdu, struct held_open *o)
{
	struct smb2_item state, key;
	char path[64];

	for (unsigned i = 0; i < 8; i++) {
		(void)snprintf(path, sizeof(path), "body.create_contexts[%u].data.lease_state", i);
		if (!smb2_find_field(pdu, path, &state))
			continue;
		(void)snprintf(path, sizeof(path), "body.create_contexts[%u].data.lease_key", i);
		if (!smb2_find_field(pdu, path, &key) || key.len != sizeof(o->key))
			continue;
		o->caches = (uint32_t)wire_le(pdu->bytes.p + state.off, 4);
		memcpy(o->key, pdu->bytes.p + key.off, sizeof(o->key));
	}
}

static void
see_create(struct state *s, size_t i)
{
	struct held_open *o = &s->opens[s->n_opens];
	struct smb2_pdu asked, pdu;
	uint8_t level;

	if (s->n_opens == MAX_OPENS || !succeeded(s->t, i) || !request_pdu(s->t, i, &asked) ||
	    !trial_pdu(s->t, i, &pdu) || asked.body_def == NULL ||
	    pdu.body_def != &smb2_defs[SMB2_DEF_smb2_create_resp])
		return;
	s->n_opens++;
	*o = (struct held_open){.request = i,
				.name = asked.body.smb2_create_req.name,
				.tree = asked.h.tree_id,
				.made = pdu.body.smb2_create_resp.create_action == ACTION_CREATED,
				.from = s->t->answers[i].done,
				.to = NEVER};
	memcpy(o->id, pdu.body.smb2_create_resp.file_id.b, sizeof(o->id));
	memcpy(o->key, o->id, sizeof(o->key));
	level = pdu.body.smb2_create_resp.oplock_level;
	if (level == OPLOCK_LEASE)
		read_lease(&pdu, o);
	else if (level == OPLOCK_EXCLUSIVE || level == OPLOCK_BATCH)
		o->caches = LEASE_READ | LEASE_WRITE;
}

static struct held_open *
find_open(struct state *s, const uint8_t *id)
{
	for (size_t i = s->n_opens; i > 0; i--)
		if (memcmp(s->opens[i - 1].id, id, 16) == 0)
			return &s->opens[i - 1];
	return NULL;
}

/* From here on it may be over. */
static void
end_locks(struct state *s, const struct held_open *o, uint64_t off, uint64_t len, uint64_t at)
{
	for (size_t i = 0; i < s->n_locks; i++)
		if (s->locks[i].open == o && s->locks[i].off == off && s->locks[i].len == len &&
		    at < s->locks[i].to)
			s->locks[i].to = at;
}

static void
see_lock(struct state *s, size_t i)
{
	struct smb2_elems it;
	struct smb2_elem e;
	struct smb2_pdu pdu;
	struct held_open *o;

	if (!request_pdu(s->t, i, &pdu) || pdu.body_def != &smb2_defs[SMB2_DEF_smb2_lock_req])
		return;
	o = find_open(s, pdu.body.smb2_lock_req.file_id.b);
	if (o == NULL)
		return;
	it = smb2_elems_init(smb2_row_find(pdu.body_def, "locks"), &pdu.body, false);
	while (smb2_elems_next(&it, &e)) {
		const struct smb2_lock_element *l = &e.any.smb2_lock_element;

		if ((l->flags & LOCK_UNLOCK) != 0)
			end_locks(s, o, l->offset, l->length, s->t->answers[i].sent);
		else if (s->n_locks < MAX_LOCKS && succeeded(s->t, i))
			s->locks[s->n_locks++] =
				(struct held_lock){.request = i,
						   .open = o,
						   .off = l->offset,
						   .len = l->length,
						   .exclusive = (l->flags & LOCK_EXCLUSIVE) != 0,
						   .from = s->t->answers[i].done,
						   .to = NEVER};
	}
}

static void
see_close(struct state *s, size_t i)
{
	struct smb2_pdu pdu;
	struct held_open *o;

	if (!request_pdu(s->t, i, &pdu) || pdu.body_def != &smb2_defs[SMB2_DEF_smb2_close_req])
		return;
	o = find_open(s, pdu.body.smb2_close_req.file_id.b);
	if (o != NULL && s->t->answers[i].sent < o->to)
		o->to = s->t->answers[i].sent;
}

static bool
same_file(const struct held_open *a, const struct held_open *b)
{
	return a->name.n > 0 && slice_eq(a->name, b->name);
}

static bool
overlap(uint64_t off1, uint64_t len1, uint64_t off2, uint64_t len2)
{
	return len1 > 0 && len2 > 0 && (off1 < off2 ? off2 - off1 < len1 : off1 - off2 < len2);
}

static bool
at_once(uint64_t from1, uint64_t to1, uint64_t from2, uint64_t to2)
{
	return (from1 > from2 ? from1 : from2) < (to1 < to2 ? to1 : to2);
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool
two_locks(const struct state *s, char *why, size_t size)
{
	for (size_t i = 0; i < s->n_locks; i++)
		for (size_t k = 0; k < i; k++) {
			const struct held_lock *a = &s->locks[k], *b = &s->locks[i];

			if (a->open == b->open || !(a->exclusive || b->exclusive) ||
			    !same_file(a->open, b->open) ||
			    !overlap(a->off, a->len, b->off, b->len) ||
			    !at_once(a->from, earlier(a->to, a->open->to), b->from,
				     earlier(b->to, b->open->to)))
				continue;
			(void)snprintf(why, size,
				       "events %" PRIu32 " and %" PRIu32
				       " hold overlapping locks at a time",
				       s->t->requests->list[a->request].event,
				       s->t->requests->list[b->request].event);
			return true;
		}
	return false;
}

/* A break has been told of: what was granted is no more for sure. */
static uint64_t
broken_at(const struct state *s, const struct held_open *o)
{
	for (size_t i = 0; i < s->t->n_breaks; i++)
		if (memcmp(s->t->breaks[i].key, o->key, 16) == 0)
			return s->t->breaks[i].at;
	return NEVER;
}

static bool
two_holders(const struct state *s, char *why, size_t size)
{
	for (size_t i = 0; i < s->n_opens; i++)
		for (size_t k = 0; k < i; k++) {
			const struct held_open *a = &s->opens[k], *b = &s->opens[i];

			if (!same_file(a, b) || memcmp(a->key, b->key, 16) == 0 ||
			    ((a->caches | b->caches) & LEASE_WRITE) == 0 || a->caches == 0 ||
			    b->caches == 0 ||
			    !at_once(a->from, earlier(a->to, broken_at(s, a)), b->from,
				     earlier(b->to, broken_at(s, b))))
				continue;
			(void)snprintf(why, size,
				       "events %" PRIu32 " and %" PRIu32
				       " cache at a time, one of them writes",
				       s->t->requests->list[a->request].event,
				       s->t->requests->list[b->request].event);
			return true;
		}
	return false;
}

/* Could a byte have come there by the time that it was read? */
static bool
was_written(struct state *s, const struct held_open *file, uint64_t off, uint8_t byte, uint64_t by)
{
	struct smb2_pdu pdu;

	for (size_t i = 0; i < s->t->requests->n; i++) {
		const struct smb2_write_req *w = &pdu.body.smb2_write_req;
		const struct held_open *o;

		if (s->t->requests->list[i].command != SMB2_CMD_WRITE ||
		    !request_pdu(s->t, i, &pdu) ||
		    pdu.body_def != &smb2_defs[SMB2_DEF_smb2_write_req] ||
		    s->t->answers[i].sent > by || off < w->offset || off - w->offset >= w->data.n ||
		    w->data.p[off - w->offset] != byte)
			continue;
		o = find_open(s, w->file_id.b);
		if (o == NULL || same_file(o, file))
			return true;
	}
	return false;
}

/* Only of files that were made here: what was in others is not known. */
static bool
strange_bytes(struct state *s, size_t i, char *why, size_t size)
{
	const struct held_open *o;
	struct smb2_pdu asked, pdu;
	struct slice data;
	bool made = false;

	if (!succeeded(s->t, i) || !request_pdu(s->t, i, &asked) || !trial_pdu(s->t, i, &pdu) ||
	    asked.body_def != &smb2_defs[SMB2_DEF_smb2_read_req] ||
	    pdu.body_def != &smb2_defs[SMB2_DEF_smb2_read_resp])
		return false;
	o = find_open(s, asked.body.smb2_read_req.file_id.b);
	for (size_t k = 0; o != NULL && k < s->n_opens; k++)
		made |= s->opens[k].made && same_file(&s->opens[k], o);
	if (!made)
		return false;
	data = pdu.body.smb2_read_resp.data;
	for (size_t k = 0; k < data.n; k++) {
		uint64_t off = asked.body.smb2_read_req.offset + k;

		if (data.p[k] == 0 || was_written(s, o, off, data.p[k], s->t->answers[i].done))
			continue;
		(void)snprintf(why, size,
			       "event %" PRIu32 " reads 0x%02x at %" PRIu64 ", which nobody wrote",
			       s->t->requests->list[i].event, data.p[k], off);
		return true;
	}
	return false;
}

bool
invariants_broken(const struct trial *t, char *why, size_t size)
{
	static _Thread_local struct state s;
	bool broken;

	s.t = t;
	s.n_opens = s.n_locks = 0;
	for (size_t i = 0; i < t->requests->n; i++)
		if (t->requests->list[i].command == SMB2_CMD_CREATE)
			see_create(&s, i);
	for (size_t i = 0; i < t->requests->n; i++)
		if (t->requests->list[i].command == SMB2_CMD_LOCK)
			see_lock(&s, i);
		else if (t->requests->list[i].command == SMB2_CMD_CLOSE)
			see_close(&s, i);
	broken = two_locks(&s, why, size) || two_holders(&s, why, size);
	for (size_t i = 0; !broken && i < t->requests->n; i++)
		if (t->requests->list[i].command == SMB2_CMD_READ)
			broken = strange_bytes(&s, i, why, size);
	return broken;
}
