/* Hand-written lines: which keys they have, and which events they become. */
#include "config.h"

#include "ir/hand_int.h"

#include <stdlib.h>

#include "ir/ir_files.h"

#define MAX_CHAIN 256 /* requests in one message */

/* An event's keys; those of a logon stand in hand_logon.c. */
enum key {
	K_N,
	K_EV,
	K_C,
	K_T,
	K_FIELDS,
	K_EXPECT,
	K_ANSWERS,
	K_SIGNED,
	K_SEALED,
	K_PRINCIPAL,
	K_LABEL,
	K_AFTER,
	K_FAULT,
	K_BARRIER,
	K_GAP,
	K_PAUSE,
	N_KEYS
};

static const struct json_key keys[N_KEYS] = {
	[K_N] = {"n", false},
	[K_EV] = {"ev", true},
	[K_C] = {"c", true},
	[K_T] = {"t", false},
	[K_FIELDS] = {"fields", false},
	[K_EXPECT] = {"expect", false},
	[K_ANSWERS] = {"answers", false},
	[K_SIGNED] = {"signed", false},
	[K_SEALED] = {"sealed", false},
	[K_PRINCIPAL] = {"principal", false},
	[K_LABEL] = {"label", false},
	[K_AFTER] = {"after", false},
	[K_FAULT] = {"fault", false},
	[K_BARRIER] = {"barrier", false},
	[K_GAP] = {"gap", false},
	[K_PAUSE] = {"pause", false},
};

static const struct json *
member(const struct json *object, const char *name)
{
	const struct json *m = json_is_object(object) ? json_first(object) : NULL;

	while (m != NULL && strcmp(json_name(m), name) != 0)
		m = json_next(m);
	return m;
}

static bool
is_text(const struct json *v, const char *text)
{
	const struct json_doc nobody = {.file = ""};
	const char *s = "";

	return v != NULL && json_is_text(v) && json_text(&nobody, v, &s) == 0 &&
	       strcmp(s, text) == 0;
}

bool
hand_is_line(const struct json *root)
{
	if (!json_is_object(root) || member(root, "data") != NULL)
		return false;
	return member(root, "fields") != NULL || member(root, "expect") != NULL ||
	       member(root, "answers") != NULL || is_text(member(root, "ev"), "logon");
}

void
hand_free(struct hand *h)
{
	if (h == NULL)
		return;
	hand_free_names(h);
	for (size_t i = 0; i < h->n_conns; i++)
		free(h->conns[i].inserted);
	free(h->conns);
	buf_free(&h->message);
	buf_free(&h->patches);
	free(h);
}

/* The first hand-written line: what was recorded above counts, too. */
static int
begin(struct ir_loader *l)
{
	if (l->hand != NULL)
		return 0;
	l->hand = calloc(1, sizeof(*l->hand));
	if (l->hand == NULL)
		return ERR_NOMEM;
	l->hand->l = l;
	return hand_note_all(l->hand);
}

struct hand_conn *
hand_conn(struct hand *h, uint32_t conn)
{
	size_t n = h->n_conns * 2 + 16;
	struct hand_conn *more;

	if (conn < h->n_conns)
		return &h->conns[conn];
	n = n > conn ? n : (size_t)conn + 1;
	more = realloc(h->conns, n * sizeof(*more));
	if (more == NULL)
		return NULL;
	memset(more + h->n_conns, 0, (n - h->n_conns) * sizeof(*more));
	h->conns = more;
	h->n_conns = n;
	return &h->conns[conn];
}

static int
by_offset(const void *a, const void *b)
{
	const struct ir_patch *x = a, *y = b;

	return (x->off > y->off) - (x->off < y->off);
}

/* Bytes and patches of an event, copied. */
static int
keep(struct hand *h, struct ir_event *ev)
{
	size_t n = h->patches.n / sizeof(struct ir_patch);
	struct arena *arena = &h->l->ir->arena;
	struct ir_patch *patches = arena_alloc(arena, n * sizeof(*patches));
	uint8_t *p = arena_alloc(arena, h->message.n);

	if (patches == NULL || p == NULL || h->message.err != 0)
		return h->message.err != 0 ? h->message.err : ERR_NOMEM;
	if (h->message.n > IR_MAX_BYTES)
		return json_fail(&h->l->doc, NULL, ERR_MALFORMED, "the message gets too long");
	memcpy(p, h->message.p, h->message.n);
	wire_put_be(p + 1, 3, h->message.n - NBSS_HEADER);
	if (n > 0) {
		memcpy(patches, h->patches.p, n * sizeof(*patches));
		qsort(patches, n, sizeof(*patches), by_offset);
	}
	ev->own = p;
	ev->size = (uint32_t)h->message.n;
	ev->patches = patches;
	ev->n_patches = (uint32_t)n;
	return 0;
}

int
hand_add_event(struct hand *h, struct ir_event *ev, struct ir_event **out)
{
	int r = ev->kind == IR_SEND || ev->kind == IR_RECV ? keep(h, ev) : 0;

	buf_reset(&h->patches);
	ev->t_first = ev->t_last = h->t;
	if (r == 0 && h->l->ir->arena.used > HAND_MAX_MEMORY)
		r = err_set(h->l->doc.e, ERR_LIMIT, "%s:%zu: over %zu bytes of messages",
			    h->l->doc.file, h->l->doc.line, HAND_MAX_MEMORY);
	if (r == 0)
		r = ir_add_event(h->l, out);
	if (r == 0)
		**out = *ev;
	return r;
}

/* A connection that nobody opened is opened before its first message. */
static int
open_conn(struct hand *h, uint32_t conn)
{
	struct ir_event ev = {.kind = IR_CONNECT, .conn = conn, .line = (uint32_t)h->l->doc.line};
	struct hand_conn *c = hand_conn(h, conn);
	struct ir_event *out;

	if (c == NULL)
		return ERR_NOMEM;
	if (c->up)
		return 0;
	c->up = true;
	return hand_add_event(h, &ev, &out);
}

static int
add_principal(struct hand *h, const struct json *v, uint32_t session)
{
	static const struct json_key names[] = {{"user", true}, {"domain", false}};
	struct json_doc *d = &h->l->doc;
	struct arena *arena = &h->l->ir->arena;
	struct ir_principal p = {.mechanism = "NTLMSSP", .session = session};
	const struct json *m[2] = {NULL, NULL};
	const char *user = "smbtest", *domain = "";
	int r = v != NULL ? json_object(d, v, names, 2, m) : 0;

	if (r == 0 && m[0] != NULL)
		r = json_text(d, m[0], &user);
	if (r == 0 && m[1] != NULL)
		r = json_text(d, m[1], &domain);
	if (r != 0)
		return r;
	if (h->n_principals == h->cap_principals) {
		size_t cap = h->cap_principals * 2 + 8;
		struct ir_principal *more = arena_alloc(arena, cap * sizeof(*more));

		if (more == NULL)
			return ERR_NOMEM;
		if (h->n_principals > 0)
			memcpy(more, h->principals, h->n_principals * sizeof(*more));
		h->principals = more;
		h->cap_principals = cap;
	}
	p.user = arena_text(arena, user, strlen(user));
	p.domain = arena_text(arena, domain, strlen(domain));
	h->principals[h->n_principals++] = p;
	return p.user != NULL && p.domain != NULL ? 0 : ERR_NOMEM;
}

/* A message whose lengths change when it is sent: they follow. */
static int
patch_layout(struct hand *h, const size_t *at, uint32_t n)
{
	const struct ir_patch *p = (const struct ir_patch *)(const void *)h->patches.p;
	size_t count = h->patches.n / sizeof(*p);
	bool varies = false;
	int r = 0;

	for (size_t i = 0; i < count; i++)
		varies |= p[i].what == IR_TOKEN || p[i].what == IR_SERVER;
	if (!varies)
		return 0;
	r = hand_add_patch(h, IR_LAYOUT, 0, 1, 3);
	for (uint32_t i = 0; r == 0 && i + 1 < n; i++)
		r = hand_add_patch(h, IR_LAYOUT, 0, at[i] + SMB2_HDR_AT(next_command), 4);
	return r;
}

/* Behind a request that another follows: aligned, and linked unless a hand says otherwise. */
static void
link_next(struct hand *h, const struct json *fields, size_t at)
{
	buf_zero(&h->message, (8 - ((h->message.n - at) & 7)) & 7);
	if (h->message.err == 0 && member(fields, "next_command") == NULL)
		wire_put_le(h->message.p + at + SMB2_HDR_AT(next_command), 4, h->message.n - at);
}

/* The requests of a message; `asked` has room for all. */
static int
put_chain(struct hand *h, const struct json *v, struct hand_request *q, struct hand_asked *asked,
	  uint32_t n)
{
	const struct json *item = json_is_array(v) ? json_first(v) : v;
	size_t at[MAX_CHAIN];
	int r = 0;

	buf_reset(&h->message);
	buf_zero(&h->message, NBSS_HEADER);
	for (uint32_t i = 0; r == 0 && i < n; i++, item = json_next(item)) {
		const struct hand_fields f = {.doc = &h->l->doc, .object = item, .prefix = ""};

		r = json_need_object(&h->l->doc, item);
		if (r != 0)
			return r;
		at[i] = h->message.n;
		q->given = &f;
		q->first = i == 0;
		q->before = i > 0 ? &asked[i - 1] : NULL;
		r = hand_put_request(h, q, &asked[i]);
		if (r == 0 && i + 1 < n)
			link_next(h, item, at[i]);
	}
	return r == 0 ? patch_layout(h, at, n) : r;
}

/* "signed" and "sealed". */
static int
read_protection(struct hand *h, const struct json *const *m, struct hand_request *q)
{
	int r = 0;

	q->sign_is_given = m[K_SIGNED] != NULL;
	if (m[K_SIGNED] != NULL)
		r = json_bool(&h->l->doc, m[K_SIGNED], &q->sign);
	if (r == 0 && m[K_SEALED] != NULL)
		r = json_bool(&h->l->doc, m[K_SEALED], &q->sealed);
	return r;
}

static int
read_marks(struct hand *h, const struct json *const *m, struct ir_event *ev)
{
	const struct json *const marks[IR_N_MARKS] = {
		[IR_MARK_LABEL] = m[K_LABEL], [IR_MARK_AFTER] = m[K_AFTER],
		[IR_MARK_FAULT] = m[K_FAULT], [IR_MARK_BARRIER] = m[K_BARRIER],
		[IR_MARK_GAP] = m[K_GAP],     [IR_MARK_PAUSE] = m[K_PAUSE]};

	return ir_read_marks(h->l, marks, ev);
}

/* What has been written becomes an event, and its answers are awaited. */
static int
add_send(struct hand *h, const struct json *const *m, struct ir_event *ev,
	 const struct hand_later *a)
{
	struct ir_event *out;
	int r = read_marks(h, m, ev);

	if (r == 0 && a->asked[0].sealed) {
		ev->layers = IR_SEALED;
		ev->sealed_by = a->asked[0].symbols[IR_SESSION];
	}
	if (r == 0)
		r = hand_add_event(h, ev, &out);
	if (r == 0 && ev->label != NULL)
		r = hand_add_name(h, ev->label, a->asked, a->n);
	if (r == 0 && a->asked[0].defines[IR_SESSION])
		r = add_principal(h, m[K_PRINCIPAL], a->asked[0].symbols[IR_SESSION]);
	if (r != 0)
		return r;
	return hand_answers(h,
			    &(struct hand_later){.label = ev->label,
						 .conn = ev->conn,
						 .line = ev->line,
						 .asked = a->asked,
						 .n = a->n},
			    m[K_EXPECT]);
}

static int
read_send(struct hand *h, const struct json *const *m, struct ir_event *ev)
{
	const struct json *v = m[K_FIELDS];
	struct hand_request q = {.conn = ev->conn};
	struct hand_later a = {0};
	size_t n;
	int r;

	if (v == NULL || m[K_ANSWERS] != NULL)
		return json_fail(&h->l->doc, m[K_ANSWERS], ERR_MALFORMED,
				 v == NULL ? "a send needs \"fields\" or \"data\""
					   : "not in a send event");
	n = json_is_array(v) ? json_count(v) : 1;
	if (n == 0 || n > MAX_CHAIN)
		return hand_fail(&h->l->doc, v, "a message has 1 to %u requests", MAX_CHAIN);
	a.n = (uint32_t)n;
	a.asked = arena_alloc(&h->l->ir->arena, n * sizeof(*a.asked));
	r = a.asked != NULL ? open_conn(h, ev->conn) : ERR_NOMEM;
	if (r == 0)
		r = read_protection(h, m, &q);
	if (r == 0)
		r = put_chain(h, v, &q, a.asked, a.n);
	if (r == 0 && m[K_PRINCIPAL] != NULL && !a.asked[0].defines[IR_SESSION])
		return hand_fail(&h->l->doc, m[K_PRINCIPAL], "only where a session begins");
	return r == 0 ? add_send(h, m, ev, &a) : r;
}

static int
read_receive(struct hand *h, const struct json *const *m, const struct ir_event *ev)
{
	static const enum key others[] = {K_FIELDS, K_SIGNED, K_SEALED,  K_PRINCIPAL, K_LABEL,
					  K_AFTER,  K_FAULT,  K_BARRIER, K_GAP,       K_PAUSE};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (m[others[i]] != NULL)
			return hand_fail(&h->l->doc, m[others[i]], "not in a recv event");
	return hand_receive(h, m[K_ANSWERS], m[K_EXPECT], ev->conn);
}

static int
read_event(struct hand *h)
{
	struct ir_loader *l = h->l;
	const struct json *m[N_KEYS];
	struct ir_event ev = {.line = (uint32_t)l->doc.line};
	int r = json_object(&l->doc, l->doc.root, keys, N_KEYS, m);

	if (r == 0)
		r = ir_read_number(l, m[K_N], true);
	if (r == 0)
		r = ir_read_conn(l, m[K_C], &ev.conn);
	if (r == 0 && m[K_T] != NULL)
		r = json_uint(&l->doc, m[K_T], JSON_MAX_INT, &h->t);
	if (r != 0)
		return r;
	if (is_text(m[K_EV], "send")) {
		ev.kind = IR_SEND;
		return read_send(h, m, &ev);
	}
	if (is_text(m[K_EV], "recv"))
		return read_receive(h, m, &ev);
	return hand_fail(&l->doc, m[K_EV], "only a send, recv or logon is written by hand");
}

int
hand_read(struct ir_loader *l)
{
	int r = begin(l);

	if (r != 0)
		return r;
	return is_text(member(l->doc.root, "ev"), "logon") ? hand_read_logon(l->hand)
							   : read_event(l->hand);
}
