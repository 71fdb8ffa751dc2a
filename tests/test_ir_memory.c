/*
 * Reading and writing a workload survive the failure of each single allocation: an error, no crash,
 * no leak.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ir/ir_files.h"

static unsigned long calls, fail_at; /* fail_at 0: never */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool
is_failing(void)
{
	return ++calls == fail_at;
}

void *
__wrap_malloc(size_t n)
{
	return is_failing() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return is_failing() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return is_failing() ? NULL : __real_realloc(p, n);
}

static const struct ir_conn conns[] = {{"127.0.0.1:1", "127.0.0.1:445", true}};
static const struct ir_principal principals[] = {{"LAB", "smbtest", "NTLMSSP", 1}};
static const char *const shares[] = {"\\\\server\\share"};
static const struct ir_meta meta = {.conns = conns,
				    .n_conns = 1,
				    .principals = principals,
				    .n_principals = 1,
				    .shares = shares,
				    .n_shares = 1};

/* Two requests and a response, a payload that comes twice. */
static int
write_workload(const char *dir, struct err *e)
{
	static const struct ir_patch def = {
		.off = 44, .width = 8, .number = 70000, .what = IR_SESSION};
	static const struct ir_patch use = {
		.off = 44, .width = 8, .number = 70000, .what = IR_SESSION};
	static const uint32_t cut = 99;
	static const uint8_t bytes[5000] = {0, 0, 0x13, 0x84, 0xfe, 'S', 'M', 'B', 64};
	static const struct ir_set set = {0, "flags", "1"};
	static const uint32_t after = 0;
	static const struct ir_fault fault = {.cut = 40};
	struct slice all = slice_of(bytes, sizeof(bytes)), payload = slice_of(bytes + 100, 4900);
	struct ir_event recv = {.kind = IR_RECV,
				.patches = &def,
				.n_patches = 1,
				.sets = &set,
				.n_sets = 1,
				.label = "setup"};
	struct ir_event send = {.kind = IR_SEND,
				.patches = &use,
				.n_patches = 1,
				.cuts = &cut,
				.n_cuts = 1,
				.after = &after,
				.n_after = 1,
				.fault = &fault};
	struct ir_writer *w;
	int r = ir_writer_open(dir, true, &w, e);

	if (r == 0)
		r = ir_writer_event(w, &recv, all, payload, "SESSION_SETUP", e);
	for (int i = 0; r == 0 && i < 2; i++)
		r = ir_writer_event(w, &send, all, payload, "WRITE", e);
	if (r == 0)
		return ir_writer_close(w, &meta, e);
	ir_writer_abandon(w);
	return r;
}

/* Run until no allocation is left to fail; returns how many there were. */
static unsigned long
fail_each(int (*run)(const char *dir, struct err *e), const char *dir)
{
	unsigned long i = 0;
	int r;

	do {
		struct err e = {0};

		fail_at = ++i;
		calls = 0;
		r = run(dir, &e);
		fail_at = 0;
		if (r != 0) {
			assert_int_equal(r, ERR_NOMEM);
			assert_int_equal(e.code, ERR_NOMEM);
		}
	} while (calls >= i);
	assert_int_equal(r, 0);
	return i - 1;
}

static int
load_workload(const char *dir, struct err *e)
{
	struct ir ir;
	int r = ir_load(dir, &ir, e);

	if (r == 0) {
		assert_int_equal(ir.n_events, 3);
		ir_free(&ir);
	}
	return r;
}

/* A hand-written file: a logon, a chain with contexts, an answer that comes later. */
static int
load_by_hand(const char *dir, struct err *e)
{
	static const char text[] =
		"{\"ev\":\"logon\",\"c\":0,\"label\":\"s\",\"principal\":{\"user\":\"u\"}}"
		"{\"ev\":\"send\",\"c\":0,\"label\":\"o\",\"after\":[\"s.answer\"],\"fields\":["
		"{\"command\":\"CREATE\",\"body.name\":\"x\",\"body.create_contexts\":["
		"{\"name\":\"MxAc\"},{\"name\":\"RqLs\",\"data\":{\"lease_state\":7}}]},"
		"{\"command\":\"WRITE\",\"body.data\":{\"text\":\"hello\"}}],"
		"\"expect\":[{\"status\":0},{\"body.count\":5}]}"
		"{\"ev\":\"send\",\"c\":1,\"label\":\"l\",\"fields\":{\"command\":\"LOCK\","
		"\"body.file_id\":\"@o.body.file_id\"},\"expect\":{\"interim\":true}}"
		"{\"ev\":\"recv\",\"c\":0,\"expect\":{\"command\":\"OPLOCK_BREAK\","
		"\"body.file_id\":\"@o.body.file_id\"}}";
	struct ir ir;
	int r;

	(void)dir;
	r = ir_parse_file("p", slice_of((const uint8_t *)text, sizeof(text) - 1), &ir, e);
	if (r == 0)
		ir_free(&ir);
	return r;
}

static void
test_each_allocation_may_fail(void **state)
{
	char dir[] = "/tmp/smbench-test-XXXXXX", command[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_true(fail_each(write_workload, dir) > 3);
	assert_true(fail_each(load_workload, dir) > 50);
	assert_true(fail_each(load_by_hand, dir) > 200);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation_may_fail)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
