/*
 * The engine against a scripted server in memory (tests/peer.c): the project's own captures,
 * compiled, with other ids than recorded; and small literal workloads for orders, times and ends of
 * connections.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/ir_build.h"
#include "tests/load_capture.h"
#include "tests/peer.h"
#include "tests/smb2_build.h"

#define R F_RESPONSE
#define SECOND 1000000000u

static const char *const captures[] = {
	"smbclient-202",
	"smbclient-210-rename",
	"smbclient-302-get",
	"smbclient-311-signed",
	"smbtorture-compound.related1",
	"smbtorture-lease.upgrade2",
	"smbtorture-lock.async",
	"smbtorture-notify.close",
	"smbtorture-oplock.exclusive2",
	"smbtorture-session.reauth1",
};
#define N_CAPTURES (sizeof(captures) / sizeof(captures[0]))

static struct ir loaded[N_CAPTURES];

static int
load_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CAPTURES; i++)
		load_capture(captures[i], &loaded[i]);
	return 0;
}

static int
free_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CAPTURES; i++)
		ir_free(&loaded[i]);
	return 0;
}

static const struct ir *
capture(const char *name)
{
	for (size_t i = 0; i < N_CAPTURES; i++)
		if (strcmp(captures[i], name) == 0)
			return &loaded[i];
	fail_msg("no capture %s", name);
	return NULL;
}

static void
play(struct peer *p)
{
	assert_int_equal(peer_start(p), 0);
	assert_int_equal(peer_play(p), 0);
}

/* How many messages of the client there are. */
static uint64_t
count_sends(const struct ir *ir)
{
	uint64_t n = 0;

	for (size_t i = 0; i < ir->n_events; i++)
		n += ir->events[i].kind == IR_SEND;
	return n;
}

/* Every message went out, and equals the recording outside its declared patches. */
static void
check_all_sent(struct peer *p, const char *name)
{
	for (size_t i = 0; i < p->ir->n_events; i++) {
		const char *why;

		if (p->ir->events[i].kind != IR_SEND)
			continue;
		if (p->sent_at[i] == PEER_NEVER)
			fail_msg("%s: #%zu was not sent", name, i);
		why = peer_check_sent(p, i);
		if (why != NULL)
			fail_msg("%s: %s", name, why);
	}
	assert_int_equal(engine_totals(p->engine)->sent, count_sends(p->ir));
	assert_int_equal(engine_totals(p->engine)->not_sent, 0);
}

/* The recorded server's mechListMIC cannot hold under a fresh session key; all else must be equal.
 */
static void
check_only_logons(struct peer *p, const char *name)
{
	const struct judge_totals *t = judge_totals(p->judge);
	uint64_t logons = t->divergences[JUDGE_LOGON];

	if (logons == 0 || judge_divergences(p->judge) != logons ||
	    strstr(peer_said(p), "mechListMIC") == NULL)
		fail_msg("%s:\n%s", name, peer_said(p));
	assert_int_equal(t->met, t->expected);
	assert_int_equal(t->equal, t->expected);
	assert_int_equal(t->given_up, 0);
}

/* Recorded: total order sends in exactly the recorded order. */
static void
test_engine_every_capture_in_total_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CAPTURES; i++) {
		struct buf recorded = {0};
		struct peer p;

		peer_init(&p, &loaded[i]);
		play(&p);
		check_all_sent(&p, captures[i]);
		check_only_logons(&p, captures[i]);
		for (size_t n = 0; n < loaded[i].n_events; n++)
			if (loaded[i].events[n].kind == IR_SEND)
				buf_printf(&recorded, "%s%zu", recorded.n > 0 ? " " : "", n);
		assert_true(slice_eq(buf_slice(&recorded), buf_slice(&p.order)));
		buf_free(&recorded);
		peer_free(&p);
	}
}

static void
test_engine_every_capture_in_the_other_orders(void **state)
{
	static const enum engine_order orders[] = {ORDER_CONNECTION, ORDER_NONE};

	(void)state;
	for (size_t i = 0; i < 2 * N_CAPTURES; i++) {
		const struct ir *ir = &loaded[i / 2];
		uint64_t last[PEER_CONNS] = {0};
		struct peer p;
		char *next;

		peer_init(&p, ir);
		p.opt.order = orders[i % 2];
		play(&p);
		check_all_sent(&p, captures[i / 2]);
		check_only_logons(&p, captures[i / 2]);
		/* On each connection the order is the recorded one. */
		buf_add(&p.order, "", 1);
		next = (char *)p.order.p;
		while (*next != '\0') {
			uint64_t n = strtoull(next, &next, 10);

			assert_true(n > last[ir->events[n].conn]);
			last[ir->events[n].conn] = n;
		}
		peer_free(&p);
	}
}

/* With the server's recorded name the UNC paths are the recorded bytes too. */
static void
test_engine_the_same_server_name_changes_nothing(void **state)
{
	const struct ir *ir = capture("smbclient-202");
	struct buf scratch = {0};
	struct peer p;
	unsigned trees = 0;

	(void)state;
	peer_init(&p, ir);
	p.keep_ids = true;
	p.opt.server = "127.0.0.77";
	play(&p);
	for (size_t n = 0; n < ir->n_events; n++)
		for (uint32_t k = 0; k < ir->events[n].n_patches; k++)
			if (ir->events[n].kind == IR_SEND &&
			    ir->events[n].patches[k].what == IR_SERVER) {
				assert_true(slice_eq(buf_slice(&p.sent[n]),
						     ir_bytes(ir, &ir->events[n], &scratch)));
				trees++;
			}
	assert_true(trees > 0);
	buf_free(&scratch);
	peer_free(&p);
}

/* Does a text occur in what was sent of an event, as UTF-16? */
static bool
sends_text(const struct peer *p, uint64_t n, const char *text)
{
	struct buf wide = {0};
	bool found;

	for (const char *c = text; *c != '\0'; c++)
		buf_le(&wide, 2, (uint8_t)*c);
	found = p->sent[n].n > 0 && memmem(p->sent[n].p, p->sent[n].n, wide.p, wide.n) != NULL;
	buf_free(&wide);
	return found;
}

static void
test_engine_another_server_and_share(void **state)
{
	const struct ir *ir = capture("smbclient-202");
	struct peer p;
	unsigned seen[2] = {0};

	(void)state;
	peer_init(&p, ir);
	p.opt.server = "a.rather.long.name.example";
	p.opt.share = "other";
	play(&p);
	check_all_sent(&p, "smbclient-202");
	for (size_t n = 0; n < ir->n_events; n++) {
		seen[0] += sends_text(&p, n, "\\\\a.rather.long.name.example\\other");
		seen[1] += sends_text(&p, n, "\\\\a.rather.long.name.example\\IPC$");
		assert_false(sends_text(&p, n, "\\\\127.0.0.77"));
	}
	assert_int_equal(seen[0], 1);
	assert_int_equal(seen[1], 1);
	peer_free(&p);
}

/* What a run came to, as far as it must not depend on how the input was cut. */
static void
sum_up(struct peer *p, struct buf *out)
{
	buf_reset(out);
	for (size_t n = 0; n < p->ir->n_events; n++)
		buf_add(out, p->sent[n].p, p->sent[n].n);
	buf_add(out, p->order.p, p->order.n);
	buf_add(out, p->divergences.p, p->divergences.n);
}

static void
test_engine_input_in_pieces(void **state)
{
	const struct ir *ir = capture("smbtorture-compound.related1");
	struct buf whole = {0}, cut = {0};
	uint32_t longest = 0;
	struct peer p;

	(void)state;
	for (size_t n = 0; n < ir->n_events; n++)
		if (ir->events[n].kind == IR_RECV && ir->events[n].size > longest)
			longest = ir->events[n].size;
	peer_init(&p, ir);
	play(&p);
	sum_up(&p, &whole);
	peer_free(&p);
	for (size_t at = 1; at <= longest + 2; at++) {
		peer_init(&p, ir);
		/* Each byte boundary of each message, then pieces of one byte, of two. */
		p.cut = at < longest ? at : 0;
		p.piece = at > longest ? at - longest : 0;
		play(&p);
		sum_up(&p, &cut);
		assert_true(slice_eq(buf_slice(&whole), buf_slice(&cut)));
		peer_free(&p);
	}
	buf_free(&whole);
	buf_free(&cut);
}

static void
check_times(const struct peer *p, double speed)
{
	for (size_t n = 0; n < p->ir->n_events; n++) {
		uint64_t due = p->start + (uint64_t)((double)p->ir->events[n].t_first / speed);

		if (p->ir->events[n].kind == IR_SEND)
			assert_int_equal(p->sent_at[n], due);
	}
}

/* The server answers at once: nothing but the pace keeps a request back. */
static void
test_engine_recorded_times_and_speed(void **state)
{
	static const double speeds[] = {1, 4, 0.5};
	static const enum engine_order orders[] = {ORDER_TOTAL, ORDER_CONNECTION, ORDER_NONE};

	(void)state;
	for (size_t i = 0; i < 9; i++) {
		struct peer p;

		peer_init(&p, capture("smbtorture-oplock.exclusive2"));
		p.opt.pace = PACE_RECORDED;
		p.opt.speed = speeds[i % 3];
		p.opt.order = orders[i / 3];
		play(&p);
		check_all_sent(&p, "oplock.exclusive2");
		check_times(&p, speeds[i % 3]);
		peer_free(&p);
	}
}

static void
test_engine_a_speed_that_ends_all_time(void **state)
{
	struct peer p;

	(void)state;
	peer_init(&p, capture("smbtorture-compound.related1"));
	p.opt.pace = PACE_RECORDED;
	p.opt.speed = 1e-300;
	play(&p);
	check_all_sent(&p, "compound.related1");
	peer_free(&p);
}

/* The n-th message of the client on a connection. */
static uint64_t
nth_send(const struct ir *ir, uint32_t conn, unsigned n)
{
	for (size_t i = 0; i < ir->n_events; i++)
		if (ir->events[i].kind == IR_SEND && ir->events[i].conn == conn && n-- == 0)
			return i;
	fail_msg("no such message");
	return 0;
}

/* One DISCONNECT, whatever follows from it; the other connection plays on to its end. */
static void
check_one_loss(struct peer *p, uint32_t conn, const char *got)
{
	const struct judge_totals *t = judge_totals(p->judge);

	assert_int_equal(t->divergences[JUDGE_DISCONNECT], 1);
	assert_true(strstr(peer_said(p), got) != NULL);
	assert_int_equal(t->divergences[JUDGE_MISSING], 0);
	for (size_t n = 0; n < p->ir->n_events; n++)
		if (p->ir->events[n].kind == IR_SEND && p->ir->events[n].conn != conn)
			assert_int_not_equal(p->sent_at[n], PEER_NEVER);
	assert_true(engine_totals(p->engine)->not_sent > 0);
	assert_int_equal(engine_totals(p->engine)->not_sent + engine_totals(p->engine)->sent,
			 count_sends(p->ir));
}

static void
test_engine_a_connection_that_dies_fails_alone(void **state)
{
	static const enum engine_order orders[] = {ORDER_TOTAL, ORDER_CONNECTION, ORDER_NONE};
	const struct ir *ir = capture("smbtorture-oplock.exclusive2");

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct peer p;

		peer_init(&p, ir);
		p.opt.order = orders[i];
		p.die_at = nth_send(ir, 1, 3);
		play(&p);
		check_one_loss(&p, 1, ", closed by the server\n");
		assert_int_equal(p.conns[1].n_close, 1);
		peer_free(&p);
	}
}

static void
test_engine_a_connection_that_breaks_while_sending(void **state)
{
	const struct ir *ir = capture("smbtorture-oplock.exclusive2");
	struct peer p;

	(void)state;
	peer_init(&p, ir);
	p.break_at = nth_send(ir, 1, 3);
	p.opt.pace = PACE_RECORDED; /* so that no two messages go out at once */
	play(&p);
	check_one_loss(&p, 1, ", the connection broke while sending\n");
	peer_free(&p);
}

static void
test_engine_a_connection_that_is_refused(void **state)
{
	const struct ir *ir = capture("smbtorture-oplock.exclusive2");
	struct peer p;

	(void)state;
	peer_init(&p, ir);
	p.refuse = 1;
	play(&p);
	check_one_loss(&p, 1, "a connection, refused\n");
	assert_int_equal(engine_totals(p.engine)->connects, 2);
	assert_int_equal(engine_totals(p.engine)->connects_failed, 1);
	peer_free(&p);
}

/* ---- Literal workloads ---- */

struct small {
	struct ir_build b;
	struct peer p;
	struct buf msg, body;
};

static int
setup_small(void **state)
{
	struct small *s = calloc(1, sizeof(*s));

	*state = s;
	if (s == NULL)
		return -1;
	ir_build_init(&s->b);
	peer_init(&s->p, &s->b.ir);
	return 0;
}

static int
teardown_small(void **state)
{
	struct small *s = *state;

	peer_free(&s->p);
	ir_build_free(&s->b);
	buf_free(&s->msg);
	buf_free(&s->body);
	free(s);
	return 0;
}

static uint32_t
connects(struct small *s, uint32_t conn)
{
	return ir_build_event(&s->b, IR_CONNECT, conn, (struct slice){0});
}

static uint32_t
ends(struct small *s, enum ir_kind kind, uint32_t conn, bool server)
{
	uint32_t n = ir_build_event(&s->b, kind, conn, (struct slice){0});

	s->b.events[n].server = server;
	return n;
}

static uint32_t
sends_echo(struct small *s, uint32_t conn, uint64_t mid)
{
	body_empty(&s->body);
	build_one(&s->msg, &(struct build_hdr){ECHO_, .mid = mid}, &s->body);
	return ir_build_event(&s->b, IR_SEND, conn, buf_slice(&s->msg));
}

static uint32_t
gets_echo(struct small *s, uint32_t conn, uint64_t mid, uint16_t credits)
{
	body_empty(&s->body);
	build_one(&s->msg, &(struct build_hdr){ECHO_, R, .mid = mid, .credits = credits}, &s->body);
	return ir_build_event(&s->b, IR_RECV, conn, buf_slice(&s->msg));
}

static void
test_engine_the_clients_fin_and_the_servers(void **state)
{
	struct small *s = *state;

	(void)connects(s, 0);
	(void)sends_echo(s, 0, 0);
	(void)gets_echo(s, 0, 0, 1);
	(void)ends(s, IR_FIN, 0, false);
	(void)ends(s, IR_FIN, 0, true);
	play(&s->p);
	assert_string_equal(peer_said(&s->p), "");
	assert_int_equal(s->p.conns[0].n_finish, 1);
	assert_int_equal(s->p.conns[0].n_reset, 0);
	assert_int_equal(s->p.conns[0].n_close, 1);
}

static void
test_engine_a_reset_by_the_client(void **state)
{
	struct small *s = *state;

	(void)connects(s, 0);
	(void)ends(s, IR_RST, 0, false);
	play(&s->p);
	assert_string_equal(peer_said(&s->p), "");
	assert_int_equal(s->p.conns[0].n_finish, 0);
	assert_int_equal(s->p.conns[0].n_reset, 1);
}

static void
test_engine_a_server_that_closes_as_recorded(void **state)
{
	struct small *s = *state;

	(void)connects(s, 0);
	(void)sends_echo(s, 0, 0);
	(void)ends(s, IR_RST, 0, true);
	play(&s->p);
	assert_string_equal(peer_said(&s->p), "");
}

static void
test_engine_a_server_that_does_not_close(void **state)
{
	struct small *s = *state;

	(void)connects(s, 0);
	(void)sends_echo(s, 0, 0);
	(void)ends(s, IR_FIN, 0, true);
	s->p.deaf = true;
	play(&s->p);
	assert_string_equal(peer_said(&s->p),
			    "connected #2 connection: closed by the server, still open\n");
	assert_int_equal(s->p.now, s->p.start + SECOND + 1000000);
}

/* A server that does not answer: waited for as long as recorded and the timeout, then the run goes
 * on. */
static void
test_engine_an_answer_that_does_not_come(void **state)
{
	struct small *s = *state;
	uint32_t last;

	(void)connects(s, 0);
	(void)sends_echo(s, 0, 0);
	s->p.mute = gets_echo(s, 0, 0, 1);
	s->b.events[s->p.mute].t_last += 3 * (uint64_t)SECOND;
	last = sends_echo(s, 0, 1);
	(void)gets_echo(s, 0, 1, 1);
	s->p.opt.timeout = 2 * (uint64_t)SECOND;
	play(&s->p);
	assert_string_equal(peer_said(&s->p),
			    "missing #2 ECHO response: STATUS_SUCCESS, no answer within 5.0 s\n");
	assert_int_equal(s->p.sent_at[last], s->p.start + 5 * (uint64_t)SECOND + 1000000);
	assert_int_equal(judge_totals(s->p.judge)->met, 1);
}

static void
test_engine_stops_at_the_first_divergence(void **state)
{
	struct small *s = *state;
	uint32_t last;

	(void)connects(s, 0);
	(void)sends_echo(s, 0, 0);
	s->p.mute = gets_echo(s, 0, 0, 1);
	last = sends_echo(s, 0, 1);
	s->p.opt.stop = true;
	play(&s->p);
	assert_int_equal(judge_divergences(s->p.judge), 1);
	assert_int_equal(s->p.sent_at[last], PEER_NEVER);
}

/* Without an order sends wait for credits: NEGOTIATE's own, then what answers grant
 * (MS-SMB2 3.2.4.1.2). */
static void
test_engine_credits_hold_sends_without_an_order(void **state)
{
	struct small *s = *state;

	(void)connects(s, 0);
	for (uint64_t mid = 0; mid < 4; mid++)
		(void)sends_echo(s, 0, mid);
	(void)gets_echo(s, 0, 0, 2);
	(void)gets_echo(s, 0, 1, 0);
	(void)gets_echo(s, 0, 2, 1);
	(void)gets_echo(s, 0, 3, 1);
	s->p.opt.order = ORDER_NONE;
	s->p.mute = 5; /* the first credits never come */
	play(&s->p);
	assert_int_equal(s->p.sent_at[1], s->p.start);
	assert_int_equal(s->p.sent_at[2], s->p.start + SECOND + 1000000);
	assert_int_equal(judge_totals(s->p.judge)->divergences[JUDGE_MISSING], 1);
}

static void
test_engine_without_an_order_all_credits_are_used_at_once(void **state)
{
	struct small *s = *state;

	(void)connects(s, 0);
	for (uint64_t mid = 0; mid < 4; mid++) {
		(void)sends_echo(s, 0, mid);
		(void)gets_echo(s, 0, mid, 10);
	}
	s->p.opt.order = ORDER_NONE;
	s->p.mute = 4; /* nobody waits for this answer but the end */
	play(&s->p);
	for (uint32_t n = 1; n <= 7; n += 2)
		assert_int_equal(s->p.sent_at[n], s->p.start);
	assert_int_equal(s->p.now, s->p.start + SECOND + 1000000);
}

/* A TREE_CONNECT on connection 0 whose answer a request on connection 1 needs. */
static void
record_dependency(struct small *s)
{
	(void)connects(s, 0);
	(void)connects(s, 1);
	body_tree_req(&s->body, "IPC$");
	build_one(&s->msg, &(struct build_hdr){TREE_CONNECT, .mid = 0}, &s->body);
	(void)ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg));
	body_tree_resp(&s->body, 2);
	build_one(&s->msg, &(struct build_hdr){TREE_CONNECT, R, .mid = 0, .tid = 7}, &s->body);
	(void)ir_build_event(&s->b, IR_RECV, 0, buf_slice(&s->msg));
	ir_build_patch(&s->b, 40, 4, IR_TREE, 1);
	body_empty(&s->body);
	build_one(&s->msg, &(struct build_hdr){TREE_DISCONNECT, .mid = 0, .tid = 7}, &s->body);
	(void)ir_build_event(&s->b, IR_SEND, 1, buf_slice(&s->msg));
	ir_build_patch(&s->b, 40, 4, IR_TREE, 1);
}

static void
test_engine_a_value_of_another_connection_is_waited_for(void **state)
{
	struct small *s = *state;

	record_dependency(s);
	s->p.opt.order = ORDER_CONNECTION;
	play(&s->p);
	assert_string_equal((char *)s->p.order.p, "2 4");
	assert_null(peer_check_sent(&s->p, 4));
	assert_string_equal(peer_said(&s->p), "");
}

/* It does not come: the recorded bytes go out. */
static void
test_engine_a_value_that_never_comes(void **state)
{
	struct small *s = *state;

	record_dependency(s);
	s->p.opt.order = ORDER_CONNECTION;
	s->p.mute = 3;
	play(&s->p);
	assert_true(s->p.sent_at[4] > s->p.start + SECOND / 2);
	s->p.keep_ids = true;
	assert_null(peer_check_sent(&s->p, 4));
	assert_int_equal(judge_totals(s->p.judge)->divergences[JUDGE_MISSING], 1);
}

/* Connections are made when they were made. */
static void
test_engine_recorded_times_of_connections(void **state)
{
	struct small *s = *state;
	uint64_t wake;
	struct err e = {0};

	(void)connects(s, 0);
	s->b.events[connects(s, 1)].t_first = 2 * (uint64_t)SECOND;
	s->p.opt.pace = PACE_RECORDED;
	s->p.opt.order = ORDER_CONNECTION;
	assert_int_equal(peer_start(&s->p), 0);
	assert_int_equal(engine_run(s->p.engine, s->p.now, &wake, &e), 0);
	assert_int_equal(s->p.conns[0].n_connect, 1);
	assert_int_equal(s->p.conns[1].n_connect, 0);
	assert_int_equal(peer_play(&s->p), 0);
	assert_int_equal(s->p.conns[1].n_connect, 1);
	assert_int_equal(s->p.now, s->p.start + 2 * (uint64_t)SECOND);
}

static void
test_engine_junk_goes_out_and_gaps_do_not(void **state)
{
	struct small *s = *state;

	(void)connects(s, 0);
	(void)ir_build_event(&s->b, IR_JUNK, 0, slice_of("abc", 3));
	(void)ir_build_event(&s->b, IR_GAP, 0, slice_of("def", 3));
	s->b.events[ir_build_event(&s->b, IR_JUNK, 0, slice_of("ghi", 3))].server = true;
	play(&s->p);
	assert_string_equal(peer_said(&s->p), "");
	assert_int_equal(s->p.sent[1].n, 3);
	assert_int_equal(s->p.sent_at[2], PEER_NEVER);
	assert_int_equal(s->p.sent_at[3], PEER_NEVER);
}

static void
test_engine_nothing_to_do(void **state)
{
	struct small *s = *state;

	s->p.opt.order = ORDER_NONE;
	play(&s->p);
	assert_true(engine_done(s->p.engine));
}

static void
test_engine_answers_nobody_asked_for(void **state)
{
	struct small *s = *state;
	struct buf flood = {0};

	(void)connects(s, 0);
	(void)sends_echo(s, 0, 0);
	(void)gets_echo(s, 0, 0, 1);
	s->p.mute = 2;
	assert_int_equal(peer_start(&s->p), 0);
	for (int i = 0; i < 3; i++) {
		body_lease_break(&s->body, 1, 7, 3);
		build_one(&s->msg, &(struct build_hdr){OPLOCK_BREAK, R, .mid = NO_MID}, &s->body);
		buf_add(&flood, s->msg.p, s->msg.n);
	}
	assert_int_equal(engine_input(s->p.engine, 0, buf_slice(&flood), s->p.now), 0);
	assert_int_equal(engine_totals(s->p.engine)->received, 3);
	assert_int_equal(judge_totals(s->p.judge)->divergences[JUDGE_EXTRA], 3);
	buf_free(&flood);
}

/* Patches where they make no sense (a hostile workload): an error or the recorded bytes, never a
 * crash. */
static void
test_engine_patches_in_strange_places(void **state)
{
	static const enum ir_what whats[] = {IR_TOKEN, IR_SERVER, IR_SIGNATURE, IR_LAYOUT};
	struct small *s = *state;
	uint32_t size = 0;

	for (size_t i = 0; i < sizeof(whats) / sizeof(whats[0]); i++) {
		for (uint32_t off = 0; off <= 72; off += off < 48 ? 7 : 3) {
			uint32_t width = whats[i] == IR_SIGNATURE ? 16
					 : whats[i] == IR_LAYOUT  ? 2
								  : 0;

			memset(&s->b.events, 0, sizeof(s->b.events));
			s->b.ir.n_events = s->b.n_patches = 0;
			(void)connects(s, 0);
			size = s->b.events[sends_echo(s, 0, 0)].size;
			if (off > size - width)
				continue;
			ir_build_patch(&s->b, off, width, whats[i], 0);
			play(&s->p);
			if (whats[i] == IR_TOKEN || whats[i] == IR_SERVER)
				assert_int_equal(judge_totals(s->p.judge)->divergences[JUDGE_LOGON],
						 1);
			else
				assert_null(peer_check_sent(&s->p, 1));
			peer_free(&s->p);
			peer_init(&s->p, &s->b.ir);
		}
	}
}

/* Two TREE_CONNECTs in one message, the first with 2 bytes of padding behind its name. */
static void
record_chain(struct small *s)
{
	(void)connects(s, 0);
	build_start(&s->msg);
	for (uint64_t mid = 0; mid < 2; mid++) {
		body_tree_req(&s->body, "\\\\srv\\share");
		build_pdu(&s->msg, &(struct build_hdr){TREE_CONNECT, .mid = mid},
			  buf_slice(&s->body));
		buf_reset(&s->body);
	}
	(void)ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg));
	ir_build_patch(&s->b, 1, 3, IR_LAYOUT, 0);
	ir_build_patch(&s->b, 24, 4, IR_LAYOUT, 0);
	ir_build_patch(&s->b, 74, 2, IR_LAYOUT, 0);
	ir_build_patch(&s->b, 80, 18, IR_SERVER, 0);
	ir_build_patch(&s->b, 170, 2, IR_LAYOUT, 0);
	ir_build_patch(&s->b, 176, 18, IR_SERVER, 0);
}

/* What each of the names moves is told of each. */
static void
test_engine_the_audit_of_a_chain(void **state)
{
	struct small *s = *state;

	record_chain(s);
	s->p.opt.server = "a.long.name";
	play(&s->p);
	assert_string_equal(peer_audited(&s->p),
			    "1+1 layout\n1+24 layout\n1+74 layout\n1+80 server\n"
			    "1+186 layout\n1+192 server\n");
}

/* A name that takes the place of the padding moves nothing; one that is shorter does. */
static void
test_engine_the_audit_of_padding(void **state)
{
	struct small *s = *state;

	record_chain(s);
	s->p.opt.server = "srvr";
	play(&s->p);
	assert_string_equal(peer_audited(&s->p),
			    "1+1 layout\n1+74 layout\n1+80 server\n1+170 layout\n1+176 server\n");
	peer_free(&s->p);
	peer_init(&s->p, &s->b.ir);
	s->p.opt.share = "x";
	s->p.opt.server = "srv";
	play(&s->p);
	assert_string_equal(peer_audited(&s->p),
			    "1+1 layout\n1+24 layout\n1+74 layout\n1+80 server\n"
			    "1+162 layout\n1+168 server\n");
}

/* Logons that are never finished do not stand in the way of those that follow. */
static void
test_engine_many_unfinished_logons(void **state)
{
	struct small *s = *state;

	(void)connects(s, 0);
	for (uint32_t i = 0; i < 80; i++) {
		body_setup_req(&s->body, 0, "?");
		build_one(&s->msg, &(struct build_hdr){SESSION_SETUP, .mid = i}, &s->body);
		(void)ir_build_event(&s->b, IR_SEND, 0, buf_slice(&s->msg));
		ir_build_patch(&s->b, 92, 1, IR_TOKEN, 0);
		body_setup_resp(&s->body, "!");
		build_one(&s->msg,
			  &(struct build_hdr){SESSION_SETUP, R, MORE_PROCESSING, .mid = i,
					      .sid = i + 1},
			  &s->body);
		(void)ir_build_event(&s->b, IR_RECV, 0, buf_slice(&s->msg));
		ir_build_patch(&s->b, 44, 8, IR_SESSION, i + 1);
	}
	play(&s->p);
	assert_string_equal(peer_said(&s->p), "");
	assert_int_equal(engine_totals(s->p.engine)->sent, 80);
}

static void
test_engine_a_connection_that_cannot_be_begun(void **state)
{
	struct small *s = *state;

	(void)connects(s, 0);
	(void)sends_echo(s, 0, 0);
	s->p.broken = true;
	play(&s->p);
	assert_string_equal(peer_said(&s->p),
			    "disconnect #0 connection: a connection, none could be made\n");
	assert_int_equal(engine_totals(s->p.engine)->connects_failed, 1);
}

#define SMALL(name) cmocka_unit_test_setup_teardown(name, setup_small, teardown_small)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engine_every_capture_in_total_order),
		cmocka_unit_test(test_engine_every_capture_in_the_other_orders),
		cmocka_unit_test(test_engine_the_same_server_name_changes_nothing),
		cmocka_unit_test(test_engine_another_server_and_share),
		cmocka_unit_test(test_engine_input_in_pieces),
		cmocka_unit_test(test_engine_recorded_times_and_speed),
		cmocka_unit_test(test_engine_a_speed_that_ends_all_time),
		cmocka_unit_test(test_engine_a_connection_that_dies_fails_alone),
		cmocka_unit_test(test_engine_a_connection_that_breaks_while_sending),
		cmocka_unit_test(test_engine_a_connection_that_is_refused),
		SMALL(test_engine_the_clients_fin_and_the_servers),
		SMALL(test_engine_a_reset_by_the_client),
		SMALL(test_engine_a_server_that_closes_as_recorded),
		SMALL(test_engine_a_server_that_does_not_close),
		SMALL(test_engine_an_answer_that_does_not_come),
		SMALL(test_engine_stops_at_the_first_divergence),
		SMALL(test_engine_credits_hold_sends_without_an_order),
		SMALL(test_engine_without_an_order_all_credits_are_used_at_once),
		SMALL(test_engine_a_value_of_another_connection_is_waited_for),
		SMALL(test_engine_a_value_that_never_comes),
		SMALL(test_engine_recorded_times_of_connections),
		SMALL(test_engine_junk_goes_out_and_gaps_do_not),
		SMALL(test_engine_nothing_to_do),
		SMALL(test_engine_answers_nobody_asked_for),
		SMALL(test_engine_the_audit_of_a_chain),
		SMALL(test_engine_the_audit_of_padding),
		SMALL(test_engine_many_unfinished_logons),
		SMALL(test_engine_a_connection_that_cannot_be_begun),
		SMALL(test_engine_patches_in_strange_places),
	};

	return cmocka_run_group_tests(tests, load_all, free_all);
}
