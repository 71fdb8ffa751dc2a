/* What a map makes of requests: which names it finds, and what stands for them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/utf16.h"
#include "ir/mapper.h"
#include "tests/ir_build.h"
#include "tests/smb2_build.h"

#define DFS 0x10000000u
#define NO_FILE UINT64_MAX
#define SET_REPARSE_POINT 0x900a4
#define GET_REFERRALS 0x60194

static const char rules[] =
	"{\"servers\": {\"OLD\": \"NEW\"}, \"shares\": {\"sales\": \"lab\"},"
	"\"paths\": [{\"share\": \"sales\", \"from\": \"dir/in/(.*)\", \"to\": \"elsewhere/$1\"},"
	"{\"share\": \"sales\", \"from\": \"dir/(.*)\", \"to\": \"a/b/$1\"}]}";

/* One session with the share sales (tree 1) and IPC$ (tree 2), in which "dir" is open. */
struct tape {
	struct ir_build b;
	const char *const *shares;
	struct buf msg, body, seen;
	struct map *map;
};

static void
see(void *ctx, const struct mapper_value *v)
{
	struct tape *t = ctx;

	buf_printf(&t->seen, "%s %s", mapper_kind_names[v->kind], v->recorded);
	if (strcmp(v->recorded, v->live) != 0)
		buf_printf(&t->seen, " -> %s", v->live);
	buf_printf(&t->seen, "\n");
}

static void
record(struct tape *t, enum ir_kind kind, const struct build_hdr *h)
{
	build_one(&t->msg, h, &t->body);
	(void)ir_build_event(&t->b, kind, 0, buf_slice(&t->msg));
	ir_build_patch(&t->b, 44, 8, IR_SESSION, 1);
}

static void
connect_tree(struct tape *t, const char *path, uint32_t tree)
{
	body_tree_req(&t->body, path);
	record(t, IR_SEND, &(struct build_hdr){TREE_CONNECT, .mid = tree});
	body_tree_resp(&t->body, 1);
	build_one(&t->msg, &(struct build_hdr){TREE_CONNECT, F_RESPONSE, .mid = tree, .tid = tree},
		  &t->body);
	(void)ir_build_event(&t->b, IR_RECV, 0, buf_slice(&t->msg));
	ir_build_patch(&t->b, 40, 4, IR_TREE, tree);
}

static int
setup(void **state)
{
	static const char *const shares[] = {"\\\\OLD\\sales", "\\\\OLD\\IPC$"};
	struct tape *t = calloc(1, sizeof(*t));
	struct err e = {0};

	*state = t;
	if (t == NULL)
		return -1;
	ir_build_init(&t->b);
	t->b.ir.meta.shares = shares;
	t->b.ir.meta.n_shares = 2;
	connect_tree(t, "\\\\OLD\\sales", 1);
	connect_tree(t, "\\\\OLD\\IPC$", 2);
	body_create_req(&t->body, "dir");
	record(t, IR_SEND, &(struct build_hdr){CREATE, .mid = 5, .tid = 1});
	ir_build_patch(&t->b, 40, 4, IR_TREE, 1);
	body_create_resp(&t->body, 0, 7, 8);
	build_one(&t->msg, &(struct build_hdr){CREATE, F_RESPONSE, .mid = 5, .tid = 1}, &t->body);
	(void)ir_build_event(&t->b, IR_RECV, 0, buf_slice(&t->msg));
	ir_build_patch(&t->b, 132, 16, IR_OPEN, 1);
	return map_parse("m", slice_of(rules, strlen(rules)), &t->map, &e);
}

static int
teardown(void **state)
{
	struct tape *t = *state;

	t->b.ir.meta.shares = NULL;
	t->b.ir.meta.n_shares = 0;
	ir_build_free(&t->b);
	buf_free(&t->msg);
	buf_free(&t->body);
	buf_free(&t->seen);
	map_free(t->map);
	free(t);
	return 0;
}

/* What the map sees in the message that is built, a request in tree `tree` with the FileId at
 * `file` (0: none) being that of "dir". Returns the number of edits, which must fit. */
static size_t
sees(struct tape *t, uint32_t tree, uint32_t file, const char *want)
{
	const struct mapper_options opt = {
		.map = t->map, .server = "live", .share = "", .see = see, .ctx = t};
	uint32_t n = ir_build_event(&t->b, IR_SEND, 0, buf_slice(&t->msg));
	struct mapper_edits edits = {.n = 0};
	struct buf out = {0};
	struct mapper *m;
	size_t found;

	ir_build_patch(&t->b, 40, 4, IR_TREE, tree);
	if (file > 0)
		ir_build_patch(&t->b, file, 16, IR_OPEN, 1);
	buf_reset(&t->seen);
	assert_int_equal(mapper_new(&t->b.ir, &opt, &m), 0);
	assert_int_equal(mapper_request(m, n, buf_slice(&t->msg), &edits), 0);
	buf_zero(&t->seen, 1);
	assert_string_equal((char *)t->seen.p, want);
	mapper_edits_sort(&edits);
	if (edits.n > 0)
		assert_int_equal(
			smb2_relay(buf_slice(&t->msg), edits.list, edits.n, &out, NULL, NULL), 0);
	found = edits.n;
	buf_free(&out);
	mapper_edits_free(&edits);
	mapper_free(m);
	return found;
}

static void
create(struct tape *t, const char *name, uint32_t flags)
{
	body_create_req(&t->body, name);
	build_one(&t->msg, &(struct build_hdr){CREATE, flags, .mid = 9, .tid = 1}, &t->body);
}

static void
test_paths_by_the_share_of_their_tree(void **state)
{
	struct tape *t = *state;

	create(t, "dir\\x", 0);
	assert_int_equal(sees(t, 1, 0, "path dir\\x -> a\\b\\x\n"), 1);
	create(t, "dir\\x", 0);
	assert_int_equal(sees(t, 2, 0, "path dir\\x\n"), 0);
	create(t, "DIR", 0);
	assert_int_equal(sees(t, 1, 0, "path DIR -> a\\b\n"), 1);
	create(t, "other", 0);
	assert_int_equal(sees(t, 1, 0, "path other\n"), 0);
}

static void
test_a_dfs_path_has_server_and_share_before_it(void **state)
{
	struct tape *t = *state;

	create(t, "old\\sales\\dir\\x", DFS);
	assert_int_equal(
		sees(t, 1, 0, "server old -> NEW\nshare sales -> lab\npath dir\\x -> a\\b\\x\n"),
		1);
	create(t, "old\\sales", DFS);
	assert_int_equal(sees(t, 1, 0, "server old -> NEW\nshare sales -> lab\n"), 1);
	create(t, "stranger\\sales\\y", DFS);
	assert_int_equal(sees(t, 1, 0, "server stranger\nshare sales -> lab\npath y\n"), 1);
}

static void
test_related_requests_are_in_the_tree_and_file_of_the_chain(void **state)
{
	struct tape *t = *state;

	build_start(&t->msg);
	body_create_req(&t->body, "dir");
	build_pdu(&t->msg, &(struct build_hdr){CREATE, .mid = 9, .tid = 1}, buf_slice(&t->body));
	buf_reset(&t->body);
	/* MS-SMB2 2.2.33 */
	buf_le(&t->body, 2, 33);
	buf_le(&t->body, 2, 37);
	buf_le(&t->body, 4, 0);
	buf_le(&t->body, 8, NO_FILE);
	buf_le(&t->body, 8, NO_FILE);
	buf_le(&t->body, 2, 96);
	buf_le(&t->body, 2, 6);
	buf_le(&t->body, 4, 4096);
	assert_int_equal(utf16_from_utf8("one", &t->body), 0);
	build_pdu(&t->msg, &(struct build_hdr){QUERY_DIRECTORY, F_RELATED, .mid = 10, .tid = 1},
		  buf_slice(&t->body));
	assert_int_equal(sees(t, 1, 0, "path dir -> a\\b\npattern one\n"), 1);
}

static void
pattern(struct tape *t, const char *text)
{
	struct buf name = {0};

	assert_int_equal(utf16_from_utf8(text, &name), 0);
	buf_le(&t->body, 2, 33);
	buf_le(&t->body, 2, 37);
	buf_le(&t->body, 4, 0);
	buf_le(&t->body, 8, 7);
	buf_le(&t->body, 8, 8);
	buf_le(&t->body, 2, 96);
	buf_le(&t->body, 2, name.n);
	buf_le(&t->body, 4, 4096);
	buf_add(&t->body, name.p, name.n);
	buf_free(&name);
	build_one(&t->msg, &(struct build_hdr){QUERY_DIRECTORY, .mid = 9, .tid = 1}, &t->body);
}

/* "dir\in" leaves the directory, so nothing in what stands for "dir" can be it. */
static void
test_a_pattern_is_mapped_within_its_directory(void **state)
{
	struct tape *t = *state;

	pattern(t, "in");
	assert_int_equal(sees(t, 1, 76, "pattern in\n"), 0);
	pattern(t, "i*");
	assert_int_equal(sees(t, 1, 76, "pattern i*\n"), 0);
}

/* MS-FSCC 2.1.2.4 in FSCTL_SET_REPARSE_POINT (MS-SMB2 2.2.31). */
static void
reparse(struct tape *t, const char *target, bool relative)
{
	struct buf name = {0};

	assert_int_equal(utf16_from_utf8(target, &name), 0);
	buf_le(&t->body, 4, 57);
	buf_le(&t->body, 4, SET_REPARSE_POINT);
	buf_le(&t->body, 8, 7);
	buf_le(&t->body, 8, 8);
	buf_le(&t->body, 4, 120);
	buf_le(&t->body, 4, 20 + name.n);
	for (int i = 0; i < 4; i++)
		buf_le(&t->body, 4, 0);
	buf_le(&t->body, 8, 1);
	buf_le(&t->body, 4, 0xa000000c);
	buf_le(&t->body, 4, 12 + name.n);
	buf_le(&t->body, 2, 0);
	buf_le(&t->body, 2, name.n);
	buf_le(&t->body, 4, 0);
	buf_le(&t->body, 4, relative);
	buf_add(&t->body, name.p, name.n);
	buf_free(&name);
	build_one(&t->msg, &(struct build_hdr){IOCTL, .mid = 9, .tid = 1}, &t->body);
}

static void
test_targets_of_links(void **state)
{
	struct tape *t = *state;

	/* The link is "dir", in the root, and becomes "b" in "a". */
	reparse(t, "dir\\x", true);
	assert_int_equal(sees(t, 1, 72, "target dir\\x -> b\\x\n"), 1);
	reparse(t, "dir\\in\\.\\x", true);
	assert_int_equal(sees(t, 1, 72, "target dir\\in\\.\\x -> ..\\elsewhere\\x\n"), 1);
	reparse(t, "..\\dir\\x", true);
	assert_int_equal(sees(t, 1, 72, "target ..\\dir\\x\n"), 0);
	reparse(t, "\\??\\UNC\\OLD\\sales\\dir\\x", false);
	assert_int_equal(sees(t, 1, 72,
			      "server OLD -> NEW\nshare sales -> lab\npath dir\\x -> a\\b\\x\n"
			      "target \\??\\UNC\\OLD\\sales\\dir\\x -> "
			      "\\??\\UNC\\NEW\\lab\\a\\b\\x\n"),
			 1);
	reparse(t, "\\??\\C:\\dir\\x", false);
	assert_int_equal(sees(t, 1, 72, "target \\??\\C:\\dir\\x\n"), 0);
}

static void
test_paths_of_referrals(void **state)
{
	struct tape *t = *state;
	struct buf name = {0};

	assert_int_equal(utf16_from_utf8("\\old\\sales\\dir", &name), 0);
	buf_le(&t->body, 4, 57);
	buf_le(&t->body, 4, GET_REFERRALS);
	buf_le(&t->body, 8, NO_FILE);
	buf_le(&t->body, 8, NO_FILE);
	buf_le(&t->body, 4, 120);
	buf_le(&t->body, 4, 2 + name.n);
	for (int i = 0; i < 4; i++)
		buf_le(&t->body, 4, 0);
	buf_le(&t->body, 8, 1);
	buf_le(&t->body, 2, 4);
	buf_add(&t->body, name.p, name.n);
	buf_free(&name);
	build_one(&t->msg, &(struct build_hdr){IOCTL, .mid = 9, .tid = 2}, &t->body);
	assert_int_equal(sees(t, 2, 0, "server old -> NEW\nshare sales -> lab\npath dir -> a\\b\n"),
			 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(test_paths_by_the_share_of_their_tree),
		TEST(test_a_dfs_path_has_server_and_share_before_it),
		TEST(test_related_requests_are_in_the_tree_and_file_of_the_chain),
		TEST(test_a_pattern_is_mapped_within_its_directory),
		TEST(test_targets_of_links),
		TEST(test_paths_of_referrals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
