/* Clones: which names a try has for itself, and how they look; its keys. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "ir/clone.h"
#include "ir/ir_files.h"

#define LOGON "{\"ev\":\"logon\",\"c\":0}\n"
/* A CREATE of that name and disposition; its status, and what it did (0: not said). */
#define CREATES(name, disposition, status, action)                                                 \
	"{\"ev\":\"send\",\"c\":0,\"fields\":{\"command\":\"CREATE\",\"body.name\":\"" name        \
	"\",\"body.create_disposition\":" #disposition "},\"expect\":{\"status\":\"" status        \
	"\"" action "}}\n"
#define MADE ",\"body.create_action\":2"
#define OPENED ",\"body.create_action\":1"
#define OK "STATUS_SUCCESS"
#define SHARE "share" /* of a logon by hand */

struct fixture {
	struct ir ir;
	struct clone *c;
	struct buf path;
};

static int
setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){.c = NULL};
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	clone_free(f->c);
	ir_free(&f->ir);
	buf_free(&f->path);
	return 0;
}

static void
load(struct fixture *f, const char *text)
{
	struct err e = {0};

	if (ir_parse_file("p.smb", slice_of((const uint8_t *)text, strlen(text)), &f->ir, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(clone_new(&f->ir, 1, &f->c), 0);
}

/* What stands for a path; NULL: it is the same. */
static const char *
fresh(struct fixture *f, const char *path)
{
	int r;

	buf_reset(&f->path);
	r = clone_path(f->c, SHARE, path, &f->path);
	assert_true(r == 0 || r == 1);
	buf_zero(&f->path, 1);
	return r == 1 ? (char *)f->path.p : NULL;
}

static void
expect_fresh(struct fixture *f, const char *path, const char *begins, const char *ends, size_t n)
{
	const char *s = fresh(f, path);

	assert_non_null(s);
	assert_string_not_equal(s, path);
	assert_int_equal(strlen(s), n);
	assert_memory_equal(s, begins, strlen(begins));
	assert_string_equal(s + n - strlen(ends), ends);
}

static void
test_what_is_made_has_a_fresh_name(void **state)
{
	struct fixture *f = *state;

	load(f, LOGON CREATES("made\\\\here", 1, "STATUS_OBJECT_PATH_NOT_FOUND",
			      "") CREATES("made", 2, OK, MADE) CREATES("made\\\\here", 3, OK, MADE)
			CREATES("was there", 1, OK, "") CREATES("either way", 3, OK, OPENED)
				CREATES("old\\\\new", 3, OK, MADE)
					CREATES("taken", 2, "STATUS_OBJECT_NAME_COLLISION", "")
						CREATES("taken", 2, OK, MADE));
	expect_fresh(f, "made", "made", "", 10);
	assert_null(fresh(f, "was there"));
	assert_null(fresh(f, "either way"));
	assert_null(fresh(f, "old"));
	expect_fresh(f, "old\\new", "old\\new", "", 13);
	/* It was there before somebody removed it. */
	assert_null(fresh(f, "taken"));
}

static void
test_names_keep_what_they_can(void **state)
{
	struct fixture *f = *state;

	load(f, LOGON CREATES("long-name.docx", 2, OK, MADE) CREATES("x.y", 2, OK, MADE)
			CREATES("sixsix", 2, OK, MADE) CREATES(".profile", 2, OK, MADE)
				CREATES("\303\244\303\244\303\244\303\244\303\244\303\244.txt", 2,
					OK, MADE));
	expect_fresh(f, "long-name.docx", "lon", ".docx", 14);
	expect_fresh(f, "x.y", "x", ".y", 9);
	expect_fresh(f, "sixsix", "", "", 6);
	expect_fresh(f, ".profile", ".p", "", 8);
	expect_fresh(f, "\303\244\303\244\303\244\303\244\303\244\303\244.txt",
		     "\303\244\303\244\303\244\303\244\303\244\303\244", ".txt", 22);
}

static void
test_what_lies_below_keeps_its_name(void **state)
{
	struct fixture *f = *state;
	char dir[32];

	load(f, LOGON CREATES("directory", 2, OK, MADE) CREATES("directory\\\\file", 2, OK, MADE));
	(void)snprintf(dir, sizeof(dir), "%s", fresh(f, "directory"));
	expect_fresh(f, "directory\\file", dir, "\\file", 14);
	/* Whatever the case of its letters, and with a stream. */
	expect_fresh(f, "DIRectory\\file:s", "DIR", "\\file:s", 16);
	assert_string_equal(fresh(f, "DIRectory\\x") + 3, fresh(f, "directory\\x") + 3);
	assert_null(fresh(f, "directory2"));
}

static void
test_where_a_rename_leads_is_fresh(void **state)
{
	struct fixture *f = *state;

	load(f, LOGON CREATES("from", 1, OK,
			      "") "{\"ev\":\"send\",\"c\":0,\"fields\":{\"command\":\"SET_INFO\","
				  "\"body.file_info_class\":10,"
				  "\"body.buffer\":\"0000000000000000000000000000000004000000"
				  "74006f00\"},"
				  "\"expect\":{\"status\":\"STATUS_SUCCESS\"}}\n");
	assert_null(fresh(f, "from"));
	expect_fresh(f, "to", "to", "", 8);
}

static void
test_no_two_tries_share_a_name(void **state)
{
	struct fixture *f = *state;
	char first[16];

	load(f, LOGON CREATES("a", 2, OK, MADE) CREATES("b", 2, OK, MADE));
	(void)snprintf(first, sizeof(first), "%s", fresh(f, "a"));
	assert_string_not_equal(first + 1, fresh(f, "b") + 1);
	for (uint64_t n = 2; n < 1000; n++) {
		clone_try(f->c, n);
		assert_string_not_equal(fresh(f, "a"), first);
	}
	clone_try(f->c, 1);
	assert_string_equal(fresh(f, "a"), first);
}

static void
test_keys_go_there_and_back(void **state)
{
	struct fixture *f = *state;
	uint8_t a[CLONE_KEY] = "fifteen letters", b[CLONE_KEY], zero[CLONE_KEY] = {0};

	load(f, LOGON);
	memcpy(b, a, sizeof(b));
	clone_key(f->c, b);
	assert_memory_not_equal(a, b, sizeof(a));
	clone_try(f->c, 2);
	clone_key(f->c, b);
	assert_memory_not_equal(a, b, sizeof(a));
	clone_key(f->c, b);
	clone_try(f->c, 1);
	clone_key(f->c, b);
	assert_memory_equal(a, b, sizeof(a));
	clone_key(f->c, zero);
	assert_memory_equal(zero, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", sizeof(zero));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_made_has_a_fresh_name),  TEST(test_names_keep_what_they_can),
		TEST(test_what_lies_below_keeps_its_name), TEST(test_where_a_rename_leads_is_fresh),
		TEST(test_no_two_tries_share_a_name),      TEST(test_keys_go_there_and_back),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
