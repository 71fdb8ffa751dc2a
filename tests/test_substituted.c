/* What a run sent otherwise than recorded: literal messages, and what is counted of them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "substituted.h"
#include "tests/ir_build.h"
#include "tests/smb2_build.h"

#define SESSION_AT (4 + 40) /* in a message */
#define CLOSE_FILE_ID (4 + 64 + 8)
#define TREE_PATH_AT (4 + 64 + 8)

struct fixture {
	struct ir_build workload, run;
	struct buf message, body;
	struct substituted s;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (f == NULL)
		return -1;
	ir_build_init(&f->workload);
	ir_build_init(&f->run);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	ir_build_free(&f->workload);
	ir_build_free(&f->run);
	buf_free(&f->message);
	buf_free(&f->body);
	free(f);
	return 0;
}

/* The body at hand, recorded; its event's number. */
static uint32_t
record(struct fixture *f, unsigned command, uint64_t mid)
{
	build_one(&f->message, &(struct build_hdr){command, .mid = mid, .sid = 0x11}, &f->body);
	return ir_build_event(&f->workload, IR_SEND, 0, buf_slice(&f->message));
}

/* The body at hand, sent for it; `of` UINT32_MAX: for none. */
static void
sent(struct fixture *f, unsigned command, uint64_t mid, uint32_t of)
{
	uint32_t n;

	build_one(&f->message, &(struct build_hdr){command, .mid = mid, .sid = 0x22}, &f->body);
	n = ir_build_event(&f->run, IR_SEND, 0, buf_slice(&f->message));
	f->run.events[n].of = of + 1;
}

static void
gather(struct fixture *f)
{
	assert_int_equal(substituted_gather(&f->s, &f->workload.ir, &f->run.ir), 0);
}

static void
test_substituted_symbols_of_one_length(void **state)
{
	struct fixture *f = *state;

	for (uint64_t mid = 1; mid <= 2; mid++) {
		body_close_req(&f->body, 0x100, 0x100);
		(void)record(f, CLOSE, mid);
		ir_build_patch(&f->workload, SESSION_AT, 8, IR_SESSION, 1);
		ir_build_patch(&f->workload, CLOSE_FILE_ID, 16, IR_OPEN, 1);
	}
	body_close_req(&f->body, 0x900, 0x900);
	sent(f, CLOSE, 1, 0);
	body_close_req(&f->body, 0x100, 0x100);
	sent(f, CLOSE, 5, 1);
	body_close_req(&f->body, 0x100, 0x100);
	sent(f, CLOSE, 6, UINT32_MAX);
	gather(f);
	assert_int_equal(f->s.messages, 2);
	assert_int_equal(f->s.changed, 2);
	assert_int_equal(f->s.relaid, 0);
	assert_int_equal(f->s.own, 1);
	assert_int_equal(f->s.of[IR_SESSION].changed, 2);
	assert_int_equal(f->s.of[IR_OPEN].places, 2);
	assert_int_equal(f->s.of[IR_OPEN].changed, 1);
	assert_int_equal(f->s.of[IR_OPEN].recorded[1], 1);
	assert_int_equal(f->s.of[IR_OPEN].sent[1], 9);
	/* What no patch covers. */
	assert_int_equal(f->s.n_fields, 1);
	assert_string_equal(f->s.fields[0].name, "message_id");
	assert_int_equal(f->s.fields[0].n, 1);
}

/* A name that a map made longer: what lies behind it is what it was. */
static void
test_substituted_behind_a_longer_name(void **state)
{
	struct fixture *f = *state;
	struct buf contexts = {0};
	uint8_t key[16] = {7};

	build_context(&contexts, "RqLs", key, sizeof(key), false);
	body_create_contexts_req(&f->body, "file", &contexts);
	(void)record(f, CREATE, 1);
	/* The key of the lease, which is as recorded. */
	ir_build_patch(&f->workload, (uint32_t)f->workload.events[0].size - 16, 16, IR_VALUE, 1);
	body_create_contexts_req(&f->body, "a longer name", &contexts);
	sent(f, CREATE, 1, 0);
	gather(f);
	assert_int_equal(f->s.relaid, 1);
	assert_int_equal(f->s.of[IR_VALUE].places, 1);
	assert_int_equal(f->s.of[IR_VALUE].changed, 0);
	/* Beside the session: the name, and nothing that follows from its length. */
	assert_int_equal(f->s.n_fields, 2);
	assert_string_equal(f->s.fields[0].name, "name");
	assert_string_equal(f->s.fields[1].name, "session_id");
	assert_int_equal(f->s.other, 0);
	buf_free(&contexts);
}

static void
test_substituted_a_server_of_another_length(void **state)
{
	struct fixture *f = *state;

	body_tree_req(&f->body, "\\\\old\\share");
	(void)record(f, TREE_CONNECT, 1);
	ir_build_patch(&f->workload, SESSION_AT, 8, IR_SESSION, 1);
	ir_build_patch(&f->workload, TREE_PATH_AT + 4, 6, IR_SERVER, 0);
	body_tree_req(&f->body, "\\\\older\\share");
	sent(f, TREE_CONNECT, 1, 0);
	gather(f);
	assert_int_equal(f->s.relaid, 1);
	assert_int_equal(f->s.of[IR_SERVER].changed, 1);
	assert_int_equal(f->s.of[IR_SERVER].shown, 0);
	assert_int_equal(f->s.of[IR_SESSION].changed, 1);
	assert_int_equal(f->s.n_fields, 0);
	assert_int_equal(f->s.other, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_substituted_symbols_of_one_length, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_substituted_behind_a_longer_name, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_substituted_a_server_of_another_length, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
