/*
 * The engine against a scripted server in memory (tests/peer.c), with the project's own captures,
 * compiled, and other ids than recorded. See test_engine_steps.c for single steps.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/load_capture.h"
#include "tests/peer.h"

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

/*
 * The recorded server's mechListMIC cannot hold under a fresh session key; all else must be equal.
 *
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

static const struct {
	const char *name;
	uint16_t cipher;
	uint64_t requests; /* that were sealed */
} sealed_captures[] = {
	{"sealed-300-ccm", SEAL_AES_128_CCM, 13},     {"sealed-311-128-ccm", SEAL_AES_128_CCM, 11},
	{"sealed-311-128-gcm", SEAL_AES_128_GCM, 11}, {"sealed-311-256-ccm", SEAL_AES_256_CCM, 11},
	{"sealed-311-256-gcm", SEAL_AES_256_GCM, 11},
};

/* Sealed with the live keys, opened by the server's: the recorded bytes, and its answers open. */
static void
test_engine_sealed_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sealed_captures) / sizeof(*sealed_captures); i++) {
		const char *name = sealed_captures[i].name;
		struct peer p;
		struct ir ir;

		load_capture(name, &ir);
		peer_init(&p, &ir);
		p.cipher = sealed_captures[i].cipher;
		play(&p);
		check_all_sent(&p, name);
		assert_int_equal(p.opened, sealed_captures[i].requests);
		assert_int_equal(p.sealed, sealed_captures[i].requests);
		/* The peer does not sign the end of the logon. */
		assert_int_equal(judge_divergences(p.judge), 1);
		assert_non_null(strstr(peer_said(&p), "field #6 SESSION_SETUP response flags: "));
		peer_free(&p);
		ir_free(&ir);
	}
}

/* A tag of which one bit is wrong: that answer does not count, and is said. */
static void
test_engine_a_sealed_answer_that_was_altered(void **state)
{
	struct peer p;
	struct ir ir;

	(void)state;
	load_capture("sealed-311-256-gcm", &ir);
	peer_init(&p, &ir);
	p.cipher = SEAL_AES_256_GCM;
	for (p.alter = 0; ir.events[p.alter].kind != IR_RECV || ir.events[p.alter].layers == 0;
	     p.alter++)
		continue;
	p.alter_at = 8;
	play(&p);
	assert_non_null(strstr(peer_said(&p), "missing #8 TREE_CONNECT response"));
	peer_free(&p);
	ir_free(&ir);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engine_every_capture_in_total_order),
		cmocka_unit_test(test_engine_every_capture_in_the_other_orders),
		cmocka_unit_test(test_engine_sealed_both_ways),
		cmocka_unit_test(test_engine_a_sealed_answer_that_was_altered),
		cmocka_unit_test(test_engine_the_same_server_name_changes_nothing),
		cmocka_unit_test(test_engine_another_server_and_share),
		cmocka_unit_test(test_engine_input_in_pieces),
		cmocka_unit_test(test_engine_recorded_times_and_speed),
		cmocka_unit_test(test_engine_a_speed_that_ends_all_time),
		cmocka_unit_test(test_engine_a_connection_that_dies_fails_alone),
		cmocka_unit_test(test_engine_a_connection_that_breaks_while_sending),
		cmocka_unit_test(test_engine_a_connection_that_is_refused),
	};

	return cmocka_run_group_tests(tests, load_all, free_all);
}
