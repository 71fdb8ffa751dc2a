/*
 * A hostile server: any bytes in answer to a built-in workload (a 3.1.1 logon, a tree, an open, a
 * lock that pends, a resume key, a break, a second connection). Properties: the replay comes to an
 * end, sends no message twice (of a logon a few legs more, where the server wants them), counts
 * what it met, and keeps no more than it was given. The input:
 * a byte for order, pace and reactions, then steps: a byte (connection in bit 0; 2: it closes, 4:
 * it resets, 8: time passes), and for those without these bits a length in two bytes, most
 * significant first, and the bytes.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "replay/engine.h"
#include "tests/hex.h"
#include "tests/ir_build.h"
#include "tests/smb2_build.h"
#include "tests/vectors/lab.h"

#define CONNS 2
#define LAST_LEG 5 /* the event of the last SESSION_SETUP request */
#define MAX_LEGS 4
#define MAX_STEPS 1000 /* more than there are events to wait for */

struct play {
	struct engine *engine;
	uint64_t now;
	bool connecting[CONNS];
	unsigned sent[IR_BUILD_EVENTS], n_sent;
};

static int
not_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	memset(out, 0x55, n);
	return 0;
}

static const struct auth_creds *
find_creds(void *ctx, const char *user, const char *domain)
{
	static const struct auth_creds creds = {
		.user = "smbtest", .domain = "LAB", .password = "Passw0rd-auth"};

	(void)ctx;
	(void)user;
	(void)domain;
	return &creds;
}

static int
io_connect(void *ctx, uint32_t conn)
{
	struct play *p = ctx;

	p->connecting[conn] = true;
	return 0;
}

static int
io_send(void *ctx, uint32_t conn, struct slice bytes, struct engine_wrote *wrote)
{
	const struct play *p = ctx;

	(void)conn;
	(void)bytes;
	*wrote = (struct engine_wrote){.at = p->now};
	return 0;
}

static void
io_done(void *ctx, uint32_t conn)
{
	(void)ctx;
	(void)conn;
}

static void
io_read(void *ctx, uint32_t conn, bool on)
{
	(void)ctx;
	(void)conn;
	(void)on;
}

static void
on_sent(void *ctx, uint64_t event, uint32_t conn, const struct engine_message *m, uint64_t now)
{
	struct play *p = ctx;

	(void)conn;
	(void)now;
	if (event == ENGINE_OWN)
		return;
	p->n_sent++;
	if (++p->sent[event] > (event <= LAST_LEG ? MAX_LEGS : 1) || m->wire.n > 4096)
		abort();
}

/* ---- The workload ---- */

static void
add_hex(struct ir_build *b, enum ir_kind kind, const char *text)
{
	struct hex h = unhex(text);
	struct buf m = {0};

	buf_be(&m, 4, h.n);
	buf_add(&m, h.p, h.n);
	(void)ir_build_event(b, kind, 0, buf_slice(&m));
	buf_free(&m);
}

static void
add(struct ir_build *b, uint32_t conn, const struct build_hdr *h, struct buf *body)
{
	struct buf m = {0};

	build_one(&m, h, body);
	(void)ir_build_event(b, (h->flags & F_RESPONSE) != 0 ? IR_RECV : IR_SEND, conn,
			     buf_slice(&m));
	buf_free(&m);
}

/* The token is what is left of the message. */
static void
patch_token(struct ir_build *b, bool session)
{
	const struct ir_event *ev = &b->events[b->ir.n_events - 1];

	ir_build_patch(b, 1, 3, IR_LAYOUT, 0);
	if (session)
		ir_build_patch(b, 44, 8, IR_SESSION, 1);
	ir_build_patch(b, 4 + 64 + 14, 2, IR_LAYOUT, 0);
	ir_build_patch(b, 4 + 64 + 24, ev->size - 92, IR_TOKEN, 0);
}

static void
build_logon(struct ir_build *b)
{
	(void)ir_build_event(b, IR_CONNECT, 0, (struct slice){0});
	add_hex(b, IR_SEND, lab311_negotiate_request_4);
	add_hex(b, IR_RECV, lab311_negotiate_response_6);
	add_hex(b, IR_SEND, lab311_setup1_request_8);
	patch_token(b, false);
	add_hex(b, IR_RECV, lab311_setup1_response_9);
	ir_build_patch(b, 44, 8, IR_SESSION, 1);
	add_hex(b, IR_SEND, lab311_setup2_request_10);
	patch_token(b, true);
	add_hex(b, IR_RECV, lab311_setup2_response_11);
	add_hex(b, IR_SEND, lab311_tree_request_12);
	ir_build_patch(b, 44, 8, IR_SESSION, 1);
	ir_build_patch(b, 52, 16, IR_SIGNATURE, 0);
	add_hex(b, IR_RECV, lab311_tree_response_13);
	ir_build_patch(b, 40, 4, IR_TREE, 1);
}

static void
build_files(struct ir_build *b, struct buf *body)
{
	body_create_req(body, "f");
	add(b, 0, &(struct build_hdr){CREATE, .mid = 4, .tid = 1, .sid = 1}, body);
	ir_build_patch(b, 40, 4, IR_TREE, 1);
	ir_build_patch(b, 44, 8, IR_SESSION, 1);
	body_create_resp(body, 9, 0x100, 0x101);
	add(b, 0, &(struct build_hdr){CREATE, F_RESPONSE, .mid = 4}, body);
	ir_build_patch(b, 132, 16, IR_OPEN, 1);
	body_notify_req(body, 0x100, 0x101);
	add(b, 0, &(struct build_hdr){CHANGE_NOTIFY, F_SIGNED, .mid = 5, .sid = 1}, body);
	ir_build_patch(b, 44, 8, IR_SESSION, 1);
	ir_build_patch(b, 52, 16, IR_SIGNATURE, 0);
	ir_build_patch(b, 76, 16, IR_OPEN, 1);
	body_error(body);
	add(b, 0,
	    &(struct build_hdr){CHANGE_NOTIFY, F_RESPONSE | F_ASYNC, PENDING, .mid = 5, .async = 9},
	    body);
	ir_build_patch(b, 36, 8, IR_ASYNC, 1);
	body_empty(body);
	add(b, 0, &(struct build_hdr){CANCEL, F_ASYNC, .mid = 5, .async = 9, .sid = 1}, body);
	ir_build_patch(b, 36, 8, IR_ASYNC, 1);
	body_error(body);
	add(b, 0,
	    &(struct build_hdr){CHANGE_NOTIFY, F_RESPONSE | F_ASYNC, 0xc0000120, .mid = 5,
				.async = 9},
	    body);
	body_resume_req(body, 0x100, 0x101);
	add(b, 0, &(struct build_hdr){IOCTL, .mid = 6}, body);
	ir_build_patch(b, 76, 8, IR_OPEN, 1);
	body_resume_resp(body, 0x100, 0x101, 0x5a);
	add(b, 0, &(struct build_hdr){IOCTL, F_RESPONSE, .mid = 6}, body);
	ir_build_patch(b, 116, 24, IR_RESUME, 1);
}

static void
build_second(struct ir_build *b, struct buf *body)
{
	(void)ir_build_event(b, IR_CONNECT, 1, (struct slice){0});
	body_copychunk_req(body, 0x100, 0x101, 0x5a);
	add(b, 1, &(struct build_hdr){IOCTL, .mid = 0}, body);
	ir_build_patch(b, 124, 24, IR_RESUME, 1);
	body_oplock_break(body, 1, 0x100, 0x101);
	add(b, 0, &(struct build_hdr){OPLOCK_BREAK, F_RESPONSE, .mid = NO_MID}, body);
	body_lease_break(body, 1, 7, 3);
	add(b, 0, &(struct build_hdr){OPLOCK_BREAK, F_RESPONSE, .mid = NO_MID}, body);
	body_read_resp(body, "data");
	add(b, 1, &(struct build_hdr){READ, F_RESPONSE, .mid = 0}, body);
	(void)ir_build_event(b, IR_RECV, 1, slice_of("\x85\0\0\0", 4));
	(void)ir_build_event(b, IR_FIN, 1, (struct slice){0});
	b->events[ir_build_event(b, IR_FIN, 0, (struct slice){0})].server = true;
	buf_free(body);
}

static const struct ir *
workload(void)
{
	static struct ir_build b;
	struct buf body = {0};

	if (b.ir.n_events == 0) {
		ir_build_init(&b);
		b.ir.meta.n_conns = CONNS;
		build_logon(&b);
		build_files(&b, &body);
		build_second(&b, &body);
	}
	return &b.ir;
}

/* ---- The play ---- */

static int
run(struct play *p, uint64_t *wake)
{
	bool again = true;
	int r = 0;

	while (again && r == 0) {
		r = engine_run(p->engine, p->now, wake, NULL);
		again = false;
		for (uint32_t c = 0; r == 0 && c < CONNS; c++) {
			if (!p->connecting[c])
				continue;
			p->connecting[c] = false;
			engine_connected(p->engine, c, p->now);
			again = true;
		}
	}
	while (r == 0 && engine_make_ahead(p->engine, p->now))
		continue;
	return r;
}

static int
take_step(struct play *p, struct wire_rd *rd, uint64_t wake)
{
	uint8_t op = wire_get_u8(rd);
	size_t want, left;

	if ((op & 6) != 0) {
		if ((op & 4) != 0)
			engine_closed(p->engine, op & 1, true, "closed", p->now);
		else
			engine_finished(p->engine, op & 1, p->now);
		return 0;
	}
	if ((op & 8) != 0) {
		p->now = wake != ENGINE_NEVER ? wake : p->now;
		return 0;
	}
	want = wire_get_be16(rd);
	left = wire_rd_left(rd);
	return engine_input(p->engine, op & 1, wire_get_slice(rd, want < left ? want : left),
			    p->now);
}

/* Nothing here may fail for want of anything but sense in the server's tokens. */
static void
play(struct play *p, struct wire_rd *rd)
{
	uint64_t wake = 0;

	for (unsigned steps = 0; !engine_done(p->engine); steps += wire_rd_left(rd) == 0) {
		if (run(p, &wake) != 0 || steps > MAX_STEPS)
			abort();
		if (engine_done(p->engine))
			break;
		if (wire_rd_left(rd) > 0) {
			if (take_step(p, rd, wake) != 0)
				abort();
		} else if (wake == ENGINE_NEVER) {
			abort();
		} else {
			p->now = wake;
		}
	}
}

static void
check_totals(const struct ir *ir, const struct play *p, const struct judge *j)
{
	const struct judge_totals *jt = judge_totals(j);

	if (engine_totals(p->engine)->sent != p->n_sent)
		abort();
	if (jt->met > jt->expected || jt->equal > jt->expected)
		abort();
	for (size_t i = 0; i < ir->n_events; i++)
		if (ir->events[i].kind == IR_RECV && !judge_satisfied(j, i))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct auth_env env = {.random = not_random};
	static const struct judge_sink sink;
	static const struct security_creds creds = {.find = find_creds};
	struct wire_rd rd = wire_rd_init(slice_of(data, n));
	struct engine_options opt = {
		.speed = 1, .timeout = 1000, .server = "127.0.0.1", .share = ""};
	struct play p = {0};
	const struct engine_io io = {.ctx = &p,
				     .connect = io_connect,
				     .send = io_send,
				     .finish = io_done,
				     .reset = io_done,
				     .close = io_done,
				     .read = io_read};
	const struct engine_watch watch = {.ctx = &p, .sent = on_sent};
	const struct ir *ir = workload();
	static const struct mapper_options names = {.server = "127.0.0.1", .share = ""};
	struct assemble assemble = {.ir = ir};
	struct security *security;
	unsigned choice;

	choice = wire_get_u8(&rd);
	opt.order = choice % 4;
	opt.on_drop = choice / 4 % 2;
	opt.on_break = choice / 8 % 3;
	opt.pace = choice / 24 % 2 != 0 ? PACE_THINK : PACE_RECORDED;
	if (judge_new(ir, &sink, &assemble.judge) != 0 ||
	    mapper_new(ir, &names, &assemble.mapper) != 0 ||
	    security_new(ir, &creds, &env, &security) != 0 ||
	    engine_new(ir, assemble.judge, &assemble, security, &opt, &p.engine) != 0)
		abort();
	engine_set_io(p.engine, &io, &watch);
	play(&p, &rd);
	check_totals(ir, &p, assemble.judge);
	engine_free(p.engine);
	security_free(security);
	judge_free(assemble.judge);
	assemble_free(&assemble);
	mapper_free(assemble.mapper);
	return 0;
}
