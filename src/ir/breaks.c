/* The recorded break notifications, found by what they break. */
#include "config.h"

#include "ir/breaks.h"

#include <stdio.h>
#include <stdlib.h>

#include "ir/fileids.h"

#include <xxhash.h>

#define HASH_FUNCTION(key, len, out) ((out) = (unsigned)XXH3_64bits((key), (len)))
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->first = BREAKS_NONE)
#include <uthash.h>

/* What is broken. Zeroed before it is filled, since all of its bytes are the key. */
struct target {
	uint32_t kind; /* bytes of the notification; 0: none that is described */
	uint32_t open;
	uint8_t lease[16], client[16];
};

struct chain {
	struct target target;
	uint32_t first, last; /* notes: the first that was not met yet; the last so far */
	UT_hash_handle hh;
};

struct ack {
	uint32_t event, note;
};

struct guid {
	uint8_t b[16];
};

struct breaks {
	const struct ir *ir;
	struct break_note *notes;
	struct target *targets; /* of each note; an open is put in by breaks_index */
	struct guid *file_ids;  /* of each note, recorded */
	size_t n_notes;
	struct chain *chains;
	struct ack *acks; /* by event */
	size_t n_acks;
	struct guid *clients; /* of each connection; NULL where nothing breaks */
	uint8_t *looked;      /* of each connection: how many requests a NEGOTIATE was sought in */
};

int
breaks_new(const struct ir *ir, struct breaks **out)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return ERR_NOMEM;
	(*out)->ir = ir;
	return 0;
}

void
breaks_free(struct breaks *b)
{
	struct chain *c, *next;

	if (b == NULL)
		return;
	HASH_ITER(hh, b->chains, c, next)
	{
		HASH_DEL(b->chains, c);
		free(c);
	}
	free(b->notes);
	free(b->targets);
	free(b->file_ids);
	free(b->acks);
	free(b->clients);
	free(b->looked);
	free(b);
}

/* Room for one more, in steps. */
static int
grow(void *array, size_t n, size_t size)
{
	void **p = array, *more;

	if (n % 64 != 0)
		return 0;
	more = realloc(*p, (n + 64) * size);
	if (more == NULL)
		return ERR_NOMEM;
	*p = more;
	return 0;
}

/* The lease, if it is one; an open is the caller's. */
static struct target
target_of(const struct breaks *b, uint32_t conn, const struct smb2_pdu *pdu, uint32_t open)
{
	struct target t;

	memset(&t, 0, sizeof(t));
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_lease_break_notify]) {
		t.kind = pdu->body_def->fixed;
		memcpy(t.lease, pdu->body.smb2_lease_break_notify.lease_key.b, sizeof(t.lease));
		if (b->clients != NULL)
			memcpy(t.client, b->clients[conn].b, sizeof(t.client));
	} else if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_oplock_break_notify]) {
		t.kind = pdu->body_def->fixed;
		t.open = open;
	}
	return t;
}

bool
breaks_may_come(unsigned command)
{
	return command == SMB2_CMD_CREATE || command == SMB2_CMD_WRITE ||
	       command == SMB2_CMD_SET_INFO || command == SMB2_CMD_LOCK ||
	       command == SMB2_CMD_IOCTL;
}

uint32_t
breaks_to(const struct smb2_pdu *pdu)
{
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_lease_break_notify])
		return pdu->body.smb2_lease_break_notify.new_lease_state;
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_oplock_break_notify])
		return pdu->body.smb2_oplock_break_notify.oplock_level;
	return 0;
}

/* MS-SMB2 2.2.13.2.8: "RWH", "none". */
static const char *
lease_state(uint32_t state, char text[16])
{
	if (state == 0)
		return "none";
	if (state > 7)
		(void)snprintf(text, 16, "0x%x", state);
	else
		(void)snprintf(text, 16, "%s%s%s", (state & 1) != 0 ? "R" : "",
			       (state & 4) != 0 ? "W" : "", (state & 2) != 0 ? "H" : "");
	return text;
}

/* MS-SMB2 2.2.14 */
static const char *
oplock_level(uint32_t level, char text[16])
{
	switch (level) {
	case 0x00:
		return "none";
	case 0x01:
		return "II";
	case 0x08:
		return "exclusive";
	case 0x09:
		return "batch";
	default:
		(void)snprintf(text, 16, "0x%x", level);
		return text;
	}
}

const char *
breaks_describe(const struct smb2_pdu *pdu, char text[BREAKS_TEXT])
{
	char a[16], b[16];

	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_lease_break_notify])
		(void)snprintf(
			text, BREAKS_TEXT, "lease from %s to %s",
			lease_state(pdu->body.smb2_lease_break_notify.current_lease_state, a),
			lease_state(breaks_to(pdu), b));
	else if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_oplock_break_notify])
		(void)snprintf(text, BREAKS_TEXT, "oplock to %s", oplock_level(breaks_to(pdu), a));
	else
		(void)snprintf(text, BREAKS_TEXT, "a notification");
	return text;
}

int
breaks_add(struct breaks *b, uint32_t event, uint32_t expect, const struct smb2_pdu *recorded)
{
	size_t n = b->n_notes;

	if (grow(&b->notes, n, sizeof(*b->notes)) != 0 ||
	    grow(&b->targets, n, sizeof(*b->targets)) != 0 ||
	    grow(&b->file_ids, n, sizeof(*b->file_ids)) != 0)
		return ERR_NOMEM;
	b->notes[n] = (struct break_note){.event = event,
					  .conn = b->ir->events[event].conn,
					  .expect = expect,
					  .next = BREAKS_NONE,
					  .ack = BREAKS_NONE,
					  .to = breaks_to(recorded)};
	b->targets[n] = target_of(b, 0, recorded, 0);
	if (recorded->body_def == &smb2_defs[SMB2_DEF_smb2_oplock_break_notify])
		memcpy(b->file_ids[n].b, recorded->body.smb2_oplock_break_notify.file_id.b, 16);
	b->n_notes++;
	return 0;
}

static struct chain *
find_chain(const struct breaks *b, const struct target *t)
{
	struct chain *c;

	HASH_FIND(hh, b->chains, t, sizeof(*t), c);
	return c;
}

/* Put a note behind the others of what it breaks. */
static int
link_note(struct breaks *b, uint32_t n)
{
	struct chain *c = find_chain(b, &b->targets[n]);

	if (c != NULL) {
		b->notes[c->last].next = n;
		c->last = n;
		return 0;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return ERR_NOMEM;
	c->target = b->targets[n];
	c->first = c->last = n;
	HASH_ADD(hh, b->chains, target, sizeof(c->target), c);
	if (c->first == n)
		return 0;
	free(c);
	return ERR_NOMEM;
}

static int
add_ack(struct breaks *b, uint32_t event, const struct target *t)
{
	const struct chain *c = find_chain(b, t);

	if (c == NULL)
		return 0;
	if (grow(&b->acks, b->n_acks, sizeof(*b->acks)) != 0)
		return ERR_NOMEM;
	b->acks[b->n_acks++] = (struct ack){.event = event, .note = c->last};
	if (b->notes[c->last].ack == BREAKS_NONE)
		b->notes[c->last].ack = event;
	return 0;
}

/* A request that acknowledges a break, alone in its message. */
static int
look_at_ack(struct breaks *b, uint32_t event, const struct smb2_pdu *pdu)
{
	const struct ir_event *ev = &b->ir->events[event];
	struct target t;

	memset(&t, 0, sizeof(t));
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_lease_break_ack]) {
		t.kind = smb2_defs[SMB2_DEF_smb2_lease_break_notify].fixed;
		memcpy(t.lease, pdu->body.smb2_lease_break_ack.lease_key.b, sizeof(t.lease));
		memcpy(t.client, b->clients[ev->conn].b, sizeof(t.client));
	} else if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_oplock_break_ack]) {
		t.kind = smb2_defs[SMB2_DEF_smb2_oplock_break_notify].fixed;
		t.open = ir_symbol_in(ev, IR_OPEN, 0, SIZE_MAX);
	} else {
		return 0;
	}
	return add_ack(b, event, &t);
}

/* The ClientGuid stands in the NEGOTIATE, which one in SMB1 may precede. */
static void
look_at_negotiate(struct breaks *b, uint32_t conn, const struct smb2_pdu *pdu)
{
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_negotiate_req])
		memcpy(b->clients[conn].b, pdu->body.smb2_negotiate_req.client_guid.b, 16);
	else if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_negotiate_311_req])
		memcpy(b->clients[conn].b, pdu->body.smb2_negotiate_311_req.client_guid.b, 16);
}

static int
look_at_request(struct breaks *b, uint32_t event, struct slice bytes)
{
	uint32_t conn = b->ir->events[event].conn;
	struct smb2_chain chain = smb2_chain_init(bytes);
	struct smb2_pdu pdu;
	struct slice s;
	bool first = b->looked[conn] < 2;
	unsigned command;

	b->looked[conn] = (uint8_t)(b->looked[conn] + first);
	if (smb2_msg_kind(bytes) != SMB2_MSG_PLAIN || !smb2_chain_next(&chain, &s) ||
	    s.n < SMB2_HEADER)
		return 0;
	command = (unsigned)wire_le(s.p + SMB2_HDR_AT(command), 2);
	if ((command != SMB2_CMD_OPLOCK_BREAK && !first) || smb2_pdu_decode(s, &pdu) != 0)
		return 0;
	look_at_negotiate(b, conn, &pdu);
	return look_at_ack(b, event, &pdu);
}

/* What a response defines, for the breaks behind it. */
static int
look_at_definitions(const struct breaks *b, uint32_t event, struct slice bytes,
		    struct fileid **recorded)
{
	const struct ir_event *ev = &b->ir->events[event];
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < ev->n_patches; i++) {
		const struct ir_patch *p = &ev->patches[i];
		struct slice id = slice_sub(bytes, p->off, 16);

		if (p->what == IR_OPEN && id.n == 16)
			r = fileids_set(recorded, id.p, p->number);
	}
	return r;
}

/* The notes of one event, with all that precedes it known. */
static int
index_notes(struct breaks *b, uint32_t event, size_t *next, struct fileid *recorded)
{
	int r = 0;

	for (; r == 0 && *next < b->n_notes && b->notes[*next].event == event; (*next)++) {
		struct target *t = &b->targets[*next];

		if (t->kind == smb2_defs[SMB2_DEF_smb2_oplock_break_notify].fixed)
			t->open = fileids_find(recorded, b->file_ids[*next].b);
		else if (t->kind != 0)
			memcpy(t->client, b->clients[b->notes[*next].conn].b, 16);
		r = link_note(b, (uint32_t)*next);
	}
	return r;
}

static int
index_event(struct breaks *b, uint32_t event, size_t *next, struct fileid **recorded)
{
	const struct ir_event *ev = &b->ir->events[event];
	struct buf scratch = {0};
	int r = 0;

	if (ev->kind != IR_SEND && ev->n_patches > 0)
		r = look_at_definitions(b, event, ir_bytes(b->ir, ev, &scratch), recorded);
	else if (ev->kind == IR_SEND)
		r = look_at_request(b, event, ir_bytes(b->ir, ev, &scratch));
	if (r == 0)
		r = scratch.err;
	buf_free(&scratch);
	return r != 0 ? r : index_notes(b, event, next, *recorded);
}

int
breaks_index(struct breaks *b)
{
	struct fileid *recorded = NULL;
	size_t next = 0;
	int r = 0;

	if (b->n_notes == 0)
		return 0;
	b->clients = calloc(b->ir->meta.n_conns + 1, sizeof(*b->clients));
	b->looked = calloc(b->ir->meta.n_conns + 1, sizeof(*b->looked));
	if (b->clients == NULL || b->looked == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; r == 0 && i < b->ir->n_events; i++)
		r = index_event(b, i, &next, &recorded);
	fileids_free(&recorded);
	return r;
}

struct break_note *
breaks_first(struct breaks *b, uint32_t conn, const struct smb2_pdu *live, uint32_t open)
{
	struct target t = target_of(b, conn, live, open);
	struct chain *c = b->n_notes > 0 ? find_chain(b, &t) : NULL;

	if (c == NULL)
		return NULL;
	while (c->first != BREAKS_NONE && b->notes[c->first].met)
		c->first = b->notes[c->first].next;
	return c->first != BREAKS_NONE ? &b->notes[c->first] : NULL;
}

struct break_note *
breaks_next(struct breaks *b, const struct break_note *note)
{
	uint32_t i = note->next;

	while (i != BREAKS_NONE && b->notes[i].met)
		i = b->notes[i].next;
	return i != BREAKS_NONE ? &b->notes[i] : NULL;
}

const struct break_note *
breaks_of_ack(const struct breaks *b, uint64_t event)
{
	size_t lo = 0, hi = b->n_acks;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (b->acks[mid].event < event)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < b->n_acks && b->acks[lo].event == event ? &b->notes[b->acks[lo].note] : NULL;
}
