/* What info gathers: the bounded tables, the busiest files, names that were there before, breaks,
 * reclaims, and lines. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "src/info.h"
#include "src/page.h"
#include "tests/smb2_build.h"

#define FIRST_SID 7u
#define FIRST_TID 3u
#define NAME_NOT_FOUND 0xc0000034u

/* A conversation on one connection. */
struct talk {
	struct survey s;
	struct cap_conn conn;
	struct buf msg, body;
	uint64_t mid;
};

static void
say(struct talk *k, struct build_hdr h)
{
	const struct cap_sink sink = survey_sink(&k->s);
	struct cap_message m = {.conn = &k->conn, .t_first = 1, .t_last = 1};

	h.sid = FIRST_SID;
	h.tid = FIRST_TID;
	build_one(&k->msg, &h, &k->body);
	m.dir = (h.flags & F_RESPONSE) != 0 ? CAP_S2C : CAP_C2S;
	m.bytes = buf_slice(&k->msg);
	assert_int_equal(sink.message(sink.ctx, &m), 0);
}

#define REQUEST(k, c) say(k, (struct build_hdr){.command = (c), .mid = ++(k)->mid})
#define ANSWER(k, c, code)                                                                         \
	say(k, (struct build_hdr){                                                                 \
		       .command = (c), .flags = F_RESPONSE, .status = (code), .mid = (k)->mid})

static int
setup(void **state)
{
	struct talk *k = calloc(1, sizeof(*k));

	*state = k;
	if (k == NULL)
		return -1;
	survey_init(&k->s);
	k->conn = (struct cap_conn){.client = {.family = AF_INET, .port = 5000},
				    .server = {.family = AF_INET, .port = 445}};
	body_tree_req(&k->body, "\\\\host\\share");
	REQUEST(k, TREE_CONNECT);
	body_tree_resp(&k->body, 1);
	ANSWER(k, TREE_CONNECT, 0);
	return 0;
}

static int
teardown(void **state)
{
	struct talk *k = *state;

	survey_free(&k->s);
	buf_free(&k->msg);
	buf_free(&k->body);
	free(k);
	return 0;
}

#define OPENED 1
#define CREATED 2

static void
create(struct talk *k, const char *name, uint32_t status, uint8_t action, uint64_t id)
{
	body_create_req(&k->body, name);
	REQUEST(k, CREATE);
	if (status != 0) {
		body_error(&k->body);
	} else {
		body_create_resp(&k->body, 9, id, id);
		k->body.p[4] = action;
	}
	ANSWER(k, CREATE, status);
}

static void
close_file(struct talk *k, uint64_t id)
{
	body_close_req(&k->body, id, id);
	REQUEST(k, CLOSE);
	body_close_resp(&k->body);
	ANSWER(k, CLOSE, 0);
}

static void
what_was_there_is_counted(void **state)
{
	struct talk *k = *state;
	const struct plan_totals *t = &k->s.names.totals;

	create(k, "old", 0, OPENED, 2);
	create(k, "sub\\old", 0, OPENED, 3);
	create(k, "new", 0, CREATED, 4);
	create(k, "nowhere", NAME_NOT_FOUND, 0, 0);
	assert_int_equal(survey_end(&k->s), 0);
	assert_int_equal(t->shares, 1);
	assert_int_equal(t->files, 2);
	assert_int_equal(t->directories, 1);
	assert_int_equal(t->absent, 2);
	assert_int_equal(t->bytes, 10);
	assert_false(k->s.names.at_least);
}

static void
files_and_handles(void **state)
{
	struct talk *k = *state;

	create(k, "a", 0, OPENED, 1);
	close_file(k, 1);
	close_file(k, 99); /* opened before the capture */
	create(k, "b", 0, OPENED, 1);
	close_file(k, 1);
	create(k, "b", 0, OPENED, 1);
	survey_top_sort(&k->s.top);
	assert_int_equal(k->s.top.n, 2);
	assert_string_equal(k->s.top.files[0].name, "share\\b");
	assert_int_equal(k->s.top.files[0].operations, 3);
	assert_int_equal(k->s.top.files[0].opens, 2);
	assert_int_equal(k->s.counts.unknown_handles, 1);
	assert_int_equal(k->s.opens.n, 1);
	assert_int_equal(k->s.flights.n, 0);
}

static void
breaks(void **state)
{
	struct talk *k = *state;
	const struct build_hdr notify = {
		.command = OPLOCK_BREAK, .flags = F_RESPONSE, .mid = NO_MID};

	create(k, "a", 0, OPENED, 1);
	create(k, "b", 0, OPENED, 2);
	create(k, "c", 0, OPENED, 3);
	for (uint64_t id = 1; id <= 3; id++) {
		body_oplock_break(&k->body, 1, id, id);
		say(k, notify);
	}
	body_lease_break(&k->body, 'x', 7, 1);
	say(k, notify);
	assert_int_equal(k->s.breaks.n, 4);
	body_oplock_break(&k->body, 1, 1, 1);
	REQUEST(k, OPLOCK_BREAK);
	body_lease_ack(&k->body, 'x', 1);
	REQUEST(k, OPLOCK_BREAK);
	close_file(k, 2);
	assert_int_equal(k->s.counts.oplock_breaks, 3);
	assert_int_equal(k->s.counts.lease_breaks, 1);
	assert_int_equal(k->s.counts.break_acks, 2);
	assert_int_equal(k->s.counts.break_closes, 1);
	assert_int_equal(k->s.breaks.n, 1);
}

static void
reclaims(void **state)
{
	struct talk *k = *state;
	static const uint8_t id[16];
	struct buf contexts = {0};

	for (int good = 0; good < 2; good++) {
		buf_reset(&contexts);
		build_context(&contexts, "DHnC", id, sizeof(id), false);
		body_create_contexts_req(&k->body, "a", &contexts);
		REQUEST(k, CREATE);
		if (good)
			body_create_resp(&k->body, 9, 1, 1);
		else
			body_error(&k->body);
		ANSWER(k, CREATE, good ? 0 : NAME_NOT_FOUND);
	}
	buf_free(&contexts);
	assert_int_equal(k->s.counts.reclaims, 2);
	assert_int_equal(k->s.counts.reclaimed, 1);
}

static void
table_is_bounded(void **state)
{
	struct survey_table t = {.size = 16, .max = 1000};
	size_t found = 0;

	(void)state;
	for (uint64_t i = 1; i <= 1500; i++)
		(void)survey_table_add(&t, survey_mix(i, 0));
	assert_int_equal(t.n, 1000);
	assert_int_equal(t.forgotten, 500);
	for (uint64_t i = 1; i <= 1000; i += 2)
		survey_table_remove(&t, survey_mix(i, 0));
	for (uint64_t i = 1; i <= 1500; i++)
		found += survey_table_find(&t, survey_mix(i, 0)) != NULL;
	assert_int_equal(found, 500);
	assert_int_equal(t.n, 500);
	assert_null(survey_table_find(&t, 0));
	survey_table_free(&t);
}

/* Keys made to collide take bounded time and lose nothing else. */
static void
table_of_colliding_keys(void **state)
{
	struct survey_table t = {.size = 8, .max = 10000};

	(void)state;
	for (uint64_t i = 1; i <= 5000; i++)
		(void)survey_table_add(&t, i << 32);
	assert_true(t.n <= 64);
	assert_int_equal(t.n + t.forgotten, 5000);
	survey_table_free(&t);
}

static void
put_number(void *ctx, struct buf *out)
{
	buf_printf(out, "%d", *(int *)ctx);
}

/* What is used often is found among ten times as many names as are followed. */
static void
busiest_files_survive(void **state)
{
	struct survey_top t = {0};

	(void)state;
	for (int i = 0; i < (int)SURVEY_TOP_MAX * 10; i++) {
		int often = -(i % 3) - 1;
		struct survey_file *f =
			survey_top_open(&t, survey_mix((uint64_t)i, 1), put_number, &i);

		assert_non_null(f);
		survey_top_count(&t, f, 1, 0, 0);
		f = survey_top_open(&t, survey_mix((uint64_t)-often, 2), put_number, &often);
		assert_non_null(f);
		survey_top_count(&t, f, 1, 100, 0);
	}
	survey_top_sort(&t);
	assert_int_equal(t.n, SURVEY_TOP_MAX);
	assert_true(t.evicted > 0);
	assert_string_equal(t.files[0].name, "-1");
	assert_int_equal(t.files[0].operations + t.files[1].operations + t.files[2].operations,
			 SURVEY_TOP_MAX * 10);
	assert_int_equal(t.files[0].read_bytes, t.files[0].operations * 100);
	survey_top_free(&t);
}

static void
check_fit(const char *text, size_t columns, const char *want)
{
	struct buf out = {0};

	page_fit(&out, text, columns, false);
	buf_zero(&out, 1);
	assert_string_equal((const char *)out.p, want);
	buf_free(&out);
}

static void
names_are_cut_in_their_middle(void **state)
{
	(void)state;
	check_fit("short", 10, "short");
	check_fit("share\\folder\\file.txt", 13, "share...e.txt");
	check_fit("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6", 7,
		  "\xc3\xa4\xc3\xb6...\xc3\xa4\xc3\xb6");
	check_fit("a\033[31mb\x7f\xc2\x9b\xff", 20, "a?[31mb???");
	check_fit("abcdefghij", 4, "abcd");
}

static void
commands_are_wrapped_for_a_shell(void **state)
{
	const struct page_wrap how = {.indent = 2, .further = 4, .part = '\n', .end = " \\"};
	static const char words[] = "smbench\ncompile\n'a name with spaces'\n-o x.smb";
	struct buf out = {0};
	struct page p = {.out = &out, .width = 34};

	(void)state;
	page_wrap(&p, &how, words, sizeof(words) - 1);
	buf_zero(&out, 1);
	assert_string_equal(
		(const char *)out.p,
		"  smbench compile \\\n      'a name with spaces' \\\n      -o x.smb\n");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_there_is_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(files_and_handles, setup, teardown),
		cmocka_unit_test_setup_teardown(breaks, setup, teardown),
		cmocka_unit_test_setup_teardown(reclaims, setup, teardown),
		cmocka_unit_test(table_is_bounded),
		cmocka_unit_test(table_of_colliding_keys),
		cmocka_unit_test(busiest_files_survive),
		cmocka_unit_test(names_are_cut_in_their_middle),
		cmocka_unit_test(commands_are_wrapped_for_a_shell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
