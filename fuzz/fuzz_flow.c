/*
 * Any conversation through value flow. Properties: a value is defined in an earlier answer, inside
 * its message, apart from all other definitions; its uses lie in it and apart from other patches; a
 * use has the bytes of its definition; there are never more values than the limit. The input is
 * messages: a byte (what it is, direction), a length in two bytes, most significant first, and
 * bytes: a whole message, or the body of an RPC call, an FSCTL or a CREATE's name.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "compile/track.h"
#include "tests/smb2_build.h"

#define MAX_EVENTS 512
#define PIPE_TREE 1

enum { RAW, CALL, FSCTL, BY_ID, N_KINDS };

struct event {
	struct buf bytes;
	struct ir_patch *patches; /* owned */
	size_t n_patches;
	bool response;
};

struct talk {
	struct track *t;
	struct cap_conn conn;
	struct event events[MAX_EVENTS];
	size_t n;
	struct buf body;
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
check_patch(const struct talk *k, const struct event *ev, const struct ir_patch *p)
{
	const struct ir_value *values, *v;
	const struct event *from;
	size_t n;

	values = track_values(k->t, &n);
	require(n <= FLOW_MAX_VALUES);
	if (p->what != IR_VALUE)
		return;
	require(!ev->response && p->number >= 1 && p->number <= n);
	v = &values[p->number - 1];
	require(v->event < k->n && v->width <= IR_MAX_VALUE);
	from = &k->events[v->event];
	require(from->response && from != ev);
	require(v->off <= from->bytes.n && v->width <= from->bytes.n - v->off);
	require(p->width > 0 && p->from < v->width && p->width <= v->width - p->from);
	require(memcmp(ev->bytes.p + p->off, from->bytes.p + v->off + p->from, p->width) == 0);
}

static void
track(struct talk *k)
{
	struct event *ev = &k->events[k->n];
	struct cap_message m = {.conn = &k->conn,
				.dir = ev->response ? CAP_S2C : CAP_C2S,
				.bytes = buf_slice(&ev->bytes)};
	struct track_message tm;
	size_t end = 0;

	track_number(k->t, (uint32_t)k->n++);
	require(track_message(k->t, &m, 0, &tm) == 0);
	for (size_t i = 0; i < tm.n_patches; i++) {
		const struct ir_patch *p = &tm.patches[i];

		require(p->off >= end && p->off <= m.bytes.n && p->width <= m.bytes.n - p->off);
		end = (size_t)p->off + p->width;
		check_patch(k, ev, p);
	}
	ev->n_patches = tm.n_patches;
	ev->patches = calloc(tm.n_patches + 1, sizeof(*ev->patches));
	require(ev->patches != NULL);
	memcpy(ev->patches, tm.patches, tm.n_patches * sizeof(*ev->patches));
}

/* Definitions of one answer do not meet: neither each other nor those that its line has. */
static void
check_values(const struct talk *k)
{
	size_t n;
	const struct ir_value *v = track_values(k->t, &n);

	for (size_t i = 0; i < n && n < 4096; i++) {
		const struct event *ev = &k->events[v[i].event];

		for (size_t j = 0; j < i; j++)
			require(v[j].event != v[i].event || v[j].off + v[j].width <= v[i].off ||
				v[i].off + v[i].width <= v[j].off);
		for (size_t j = 0; j < ev->n_patches; j++)
			require(ev->patches[j].off + ev->patches[j].width <= v[i].off ||
				v[i].off + v[i].width <= ev->patches[j].off);
	}
}

static void
build_ioctl(struct buf *b, bool response, uint32_t code, struct slice bytes)
{
	buf_le(b, 4, response ? 49 : 57);
	buf_le(b, 4, code);
	buf_zero(b, response ? 24 : 16);
	buf_le(b, 4, response ? 64 + 48 : 64 + 56);
	buf_le(b, 4, bytes.n);
	buf_zero(b, response ? 8 : 24);
	buf_add(b, bytes.p, bytes.n);
}

static void
build_call(struct buf *b, bool response, struct slice stub)
{
	struct buf rpc = {0};

	buf_le(&rpc, 2, 5);
	buf_le(&rpc, 2, response ? 0x302 : 0x300);
	buf_le(&rpc, 4, 0x10);
	buf_le(&rpc, 4, (16 + 8 + stub.n) & 0xffff);
	buf_le(&rpc, 4, 1);
	buf_zero(&rpc, 8);
	buf_add(&rpc, stub.p, stub.n);
	build_ioctl(b, response, 0x0011c017, buf_slice(&rpc));
	buf_free(&rpc);
}

static void
build_by_id(struct buf *b, struct slice id)
{
	buf_le(b, 2, 57);
	buf_zero(b, 38);
	buf_le(b, 4, 0x2000);
	buf_le(b, 2, 64 + 56);
	buf_le(b, 2, id.n & 0xffff);
	buf_zero(b, 8);
	buf_add(b, id.p, id.n);
}

static void
say(struct talk *k, uint8_t op, struct slice bytes)
{
	struct event *ev = &k->events[k->n];
	struct build_hdr h = {
		.command = IOCTL, .mid = k->n, .sid = 1, .tid = PIPE_TREE + op / 64 % 2};

	ev->response = op >= 128;
	h.flags = ev->response ? F_RESPONSE : 0;
	switch (op % N_KINDS) {
	case RAW:
		buf_add(&ev->bytes, bytes.p, bytes.n);
		break;
	case CALL:
		build_call(&k->body, ev->response, bytes);
		break;
	case FSCTL:
		if (bytes.n >= 4)
			build_ioctl(&k->body, ev->response, (uint32_t)wire_le(bytes.p, 4),
				    slice_sub(bytes, 4, bytes.n - 4));
		break;
	default:
		h.command = CREATE;
		build_by_id(&k->body, bytes);
		break;
	}
	if (k->body.n > 0)
		build_one(&ev->bytes, &h, &k->body);
	require(ev->bytes.err == 0 && k->body.err == 0);
	track(k);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct wire_rd rd = wire_rd_init(slice_of(data, n));
	const struct flow_rules rules = {0};
	struct talk *k = calloc(1, sizeof(*k));

	if (k == NULL || track_new(&rules, &k->t) != 0)
		abort();
	k->conn.server = (struct cap_addr){.family = AF_INET, .port = 445};
	while (wire_rd_left(&rd) > 3 && k->n < MAX_EVENTS) {
		uint8_t op = wire_get_u8(&rd);
		size_t want = wire_get_be16(&rd), left = wire_rd_left(&rd);

		say(k, op, wire_get_slice(&rd, want < left ? want : left));
	}
	check_values(k);
	track_close(k->t, &k->conn);
	track_free(k->t);
	for (size_t i = 0; i < k->n; i++) {
		buf_free(&k->events[i].bytes);
		free(k->events[i].patches);
	}
	buf_free(&k->body);
	free(k);
	return 0;
}
