/* --map FILE: which principal, server and share stands for a recorded one, and what is refused. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "ir/map.h"
#include "proto/sid.h"

static struct map *
parsed(const char *text)
{
	struct map *m = NULL;
	struct err e = {0};

	assert_int_equal(map_parse("dir/map.json", slice_of(text, strlen(text)), &m, &e), 0);
	return m;
}

static void
refused(const char *text, int code, const char *want)
{
	struct map *m = NULL;
	struct err e = {0};

	assert_int_equal(map_parse("m", slice_of(text, strlen(text)), &m, &e), code);
	assert_string_equal(e.text, want);
	assert_null(m);
}

static void
test_principals_are_found_from_the_nearest_name_on(void **state)
{
	struct map *m =
		parsed("{\"principals\": {\"*\": {\"user\": \"all\", \"password\": \"1\"},"
		       "\"Bob\": {\"user\": \"LAB\\\\robert\", \"password\": \"2\"},"
		       "\"sales/bob\": {\"nt_hash\": \"000102030405060708090A0b0c0d0e0f\"},"
		       "\"hr\\\\bob\": {\"user\": \"X/y\", \"keytab\": \"k/bob.keytab\"},"
		       "\"eve\": {\"keytab\": \"/abs\"}, \"zoe\": {\"ccache\": \"FILE:cc\"}}}");
	const struct map_principal *p;

	(void)state;
	p = map_principal(m, "carol", "SALES");
	assert_string_equal(p->user, "all");
	assert_string_equal(p->domain, "");
	assert_string_equal(p->password, "1");
	p = map_principal(m, "BOB", "");
	assert_string_equal(p->user, "robert");
	assert_string_equal(p->domain, "LAB");
	p = map_principal(m, "bob", "other");
	assert_string_equal(p->password, "2");
	p = map_principal(m, "bob", "Sales");
	assert_null(p->user);
	assert_null(p->domain);
	assert_null(p->password);
	assert_memory_equal(p->nt_hash,
			    "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 16);
	p = map_principal(m, "bob", "HR");
	assert_string_equal(p->user, "y");
	assert_string_equal(p->domain, "X");
	assert_string_equal(p->keytab, "dir/k/bob.keytab");
	assert_string_equal(map_principal(m, "eve", "")->keytab, "/abs");
	assert_string_equal(map_principal(m, "zoe", "")->ccache, "FILE:cc");
	assert_string_equal(map_principal(m, "", "")->password, "1");
	map_free(m);
}

static void
test_without_a_default_others_have_no_principal(void **state)
{
	struct map *m = parsed("{\"principals\": {\"bob\": {\"password\": \"\"}}}");

	(void)state;
	assert_null(map_principal(m, "alice", ""));
	assert_string_equal(map_principal(m, "bob", "D")->password, "");
	map_free(m);
	m = parsed("{}");
	assert_null(map_principal(m, "bob", ""));
	map_free(m);
}

static void
test_servers_and_shares(void **state)
{
	struct map *m = parsed("{\"servers\": {\"OLD\": \"new.lab.test\"},"
			       "\"shares\": {\"sales\": \"lab\", \"IPC$\": \"ipc\"}}");

	(void)state;
	assert_string_equal(map_server(m, "old"), "new.lab.test");
	assert_null(map_server(m, "older"));
	assert_string_equal(map_share(m, "Sales"), "lab");
	assert_string_equal(map_share(m, "ipc$"), "ipc");
	assert_null(map_share(m, "old"));
	map_free(m);
}

static void
test_domains(void **state)
{
	struct map *m = parsed("{\"domains\": {\"CORP\": \"LAB\"}}");

	(void)state;
	assert_string_equal(map_domain(m, "corp"), "LAB");
	assert_null(map_domain(m, "LAB"));
	map_free(m);
}

/* What stands for a path, "-" where no rule fits. */
static void
maps(const struct map *m, const char *share, const char *path, const char *want)
{
	struct buf out = {0};
	int r = map_path(m, share, path, &out);

	buf_zero(&out, 1);
	assert_string_equal(r == 0 ? "-" : (char *)out.p, want);
	assert_int_equal(r, strcmp(want, "-") != 0);
	buf_free(&out);
}

static void
test_the_first_rule_that_fits_a_path_holds(void **state)
{
	struct map *m = parsed("{\"paths\": [{\"share\": \"sales\", \"from\": \"FY26/(.*)\","
			       "\"to\": \"copy/$1\"},"
			       "{\"from\": \"([^\\\\]*)\\\\\\\\(a|b)\", \"to\": \"$2$$\\\\$1\"},"
			       "{\"share\": \"sales\", \"from\": \"FY26/x\", \"to\": \"never\"},"
			       "{\"share\": \"IPC$\", \"from\": \"srvsvc\", \"to\": \"other\"}]}");

	(void)state;
	maps(m, "sales", "FY26\\x", "copy\\x");
	maps(m, "SALES", "fy26\\Deep\\x", "copy\\Deep\\x");
	maps(m, "sales", "FY26", "copy");
	maps(m, "sales", "FY26\\", "copy\\");
	maps(m, "sales", "FY26x", "-");
	maps(m, "sales", "old\\FY26\\x", "-");
	maps(m, "hr", "FY26\\x", "-");
	maps(m, NULL, "FY26\\x", "-");
	maps(m, "hr", "dir\\A", "A$\\dir");
	maps(m, NULL, "dir\\b", "b$\\dir");
	maps(m, "hr", "dir\\deep\\b", "-");
	maps(m, "ipc$", "dir\\b", "-");
	maps(m, "ipc$", "SRVSVC", "other");
	/* Separators before it and the name of a stream stay. */
	maps(m, "sales", "\\FY26\\x:y:$DATA", "\\copy\\x:y:$DATA");
	maps(m, "sales", ":y", "-");
	map_free(m);
}

static void
test_a_rule_for_all_holds_for_the_root(void **state)
{
	struct map *m = parsed("{\"paths\": [{\"from\": \"(.*)\", \"to\": \"a/b/$1\"}]}");

	(void)state;
	maps(m, "sales", "", "a\\b");
	maps(m, "sales", "x\\y", "a\\b\\x\\y");
	map_free(m);
	m = parsed("{\"paths\": [{\"from\": \"top/?(.*)\", \"to\": \"$1\"}]}");
	maps(m, "sales", "top", "");
	maps(m, "sales", "top\\x", "x");
	map_free(m);
}

static void
sid_maps(const struct map *m, const char *recorded, const char *want)
{
	struct buf sid = {0}, live = {0}, text = {0};
	int r;

	assert_int_equal(sid_parse(recorded, &sid), 0);
	r = map_sid(m, buf_slice(&sid), &live);
	assert_int_equal(r, want != NULL);
	if (want != NULL) {
		assert_true(sid_put_text(buf_slice(&live), &text));
		buf_zero(&text, 1);
		assert_string_equal((char *)text.p, want);
	}
	buf_free(&sid);
	buf_free(&live);
	buf_free(&text);
}

static void
test_the_longest_sid_holds(void **state)
{
	struct map *m = parsed("{\"sids\": {\"S-1-5-21-1-2-3\": \"S-1-5-21-9-8\","
			       "\"S-1-5-21-1-2-3-500\": \"S-1-5-32-544\"}}");

	(void)state;
	sid_maps(m, "S-1-5-21-1-2-3-1000", "S-1-5-21-9-8-1000");
	sid_maps(m, "S-1-5-21-1-2-3", "S-1-5-21-9-8");
	sid_maps(m, "S-1-5-21-1-2-3-500", "S-1-5-32-544");
	sid_maps(m, "S-1-5-21-1-2-30-1", NULL);
	sid_maps(m, "S-1-16-21-1-2-3-1", NULL);
	sid_maps(m, "S-1-1-0", NULL);
	map_free(m);
}

static void
test_a_password_file_gives_its_first_line(void **state)
{
	char path[] = "/tmp/test_map.XXXXXX", text[256];
	int fd = mkstemp(path);
	struct map *m;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "p\xc3\xa4ss word\r\nmore\n", 16), 16);
	(void)snprintf(text, sizeof(text), "{\"principals\": {\"*\": {\"password_file\": \"%s\"}}}",
		       path);
	m = parsed(text);
	assert_string_equal(map_principal(m, "x", "")->password, "p\xc3\xa4ss word");
	map_free(m);
	assert_int_equal(ftruncate(fd, 0), 0);
	(void)close(fd);
	char want[256];
	(void)snprintf(want, sizeof(want),
		       "m:1: principals.*.password_file: %s: no password in its first line", path);
	refused(text, ERR_MALFORMED, want);
	(void)unlink(path);
	(void)snprintf(want, sizeof(want),
		       "m:1: principals.*.password_file: %s: No such file or directory", path);
	refused(text, -2, want);
}

static void
test_what_is_refused_names_its_place_and_no_secret(void **state)
{
	(void)state;
	refused("{\n\"principal\": {}}", ERR_MALFORMED, "m:2: unknown key \"principal\"");
	refused("{\"principals\": {\"a\":\n {\"pasword\": \"hush\"}}}", ERR_MALFORMED,
		"m:2: principals.a: unknown key \"pasword\"");
	refused("{\"principals\": {\"a\": {\"user\": \"b\"}}}", ERR_MALFORMED,
		"m:1: principals.a: must have one of \"password\", \"password_file\", \"nt_hash\","
		" \"keytab\", \"ccache\"");
	refused("{\"principals\": {\"a\": {\"password\": \"hush\", \"nt_hash\": \"hush\"}}}",
		ERR_MALFORMED,
		"m:1: principals.a: must have one of \"password\", \"password_file\", \"nt_hash\","
		" \"keytab\", \"ccache\"");
	refused("{\"principals\": {\"a\": {\"nt_hash\": \"hush\"}}}", ERR_MALFORMED,
		"m:1: principals.a.nt_hash: must be 32 hexadecimal digits");
	refused("{\"principals\": {\"a\": {\"nt_hash\": \"000102030405060708090a0b0c0d0e0f0\"}}}",
		ERR_MALFORMED, "m:1: principals.a.nt_hash: must be 32 hexadecimal digits");
	refused("{\"principals\": {\"a\": {\"password\": 7}}}", ERR_MALFORMED,
		"m:1: principals.a.password: must be a text");
	refused("{\"principals\": {\"a\": {\"password\": \"\"}, \"A\": {\"password\": \"\"}}}",
		ERR_MALFORMED, "m:1: principals.A: the same name as \"a\"");
	refused("{\"shares\": {\"a\": \"b/c\"}}", ERR_MALFORMED,
		"m:1: shares.a: must be a name without slashes");
	refused("{\"servers\": {\"a\": \"\"}}", ERR_MALFORMED,
		"m:1: servers.a: must be a name without slashes");
	refused("{\"paths\": {}}", ERR_MALFORMED, "m:1: paths: must be an array");
	refused("{\"paths\": [\n{\"from\": \"a\"}]}", ERR_MALFORMED,
		"m:2: paths[0]: key \"to\" is missing");
	refused("{\"paths\": [{\"from\": \"a(\", \"to\": \"b\"}]}", ERR_MALFORMED,
		"m:1: paths[0].from: no regular expression: Unmatched ( or \\(");
	refused("{\"paths\": [{\"from\": \"(a{1,9}){9}\", \"to\": \"b\"}]}", ERR_UNSUPPORTED,
		"m:1: paths[0].from: repetition counts are not supported; the character is written "
		"\\\\{");
	refused("{\"paths\": [{\"from\": \"(((((((a+)+)+)+)+)+)+)+\", \"to\": \"b\"}]}", ERR_LIMIT,
		"m:1: paths[0].from: \"+\" behind more than 6 groups");
	refused("{\"paths\": [{\"from\": \"(a)\\\\1\", \"to\": \"b\"}]}", ERR_UNSUPPORTED,
		"m:1: paths[0].from: references back are not supported");
	refused("{\"paths\": [{\"from\": \"(a)\", \"to\": \"$2\"}]}", ERR_MALFORMED,
		"m:1: paths[0].to: \"from\" has no group 2");
	refused("{\"paths\": [{\"from\": \"(a)\", \"to\": \"b$\"}]}", ERR_MALFORMED,
		"m:1: paths[0].to: \"$\" must be followed by 1 to 9 or \"$\"");
	refused("{\"sids\": {\"S-1-x\": \"S-1-5\"}}", ERR_MALFORMED, "m:1: sids.S-1-x: no SID: S-1-x");
	refused("{\"sids\": {\"S-1-5-1\": \"S-1-5-2\", \"S-1-5-01\": \"S-1-5-2\"}}", ERR_MALFORMED,
		"m:1: sids.S-1-5-01: a SID that stands there twice");
	refused("", ERR_MALFORMED, "m:1: not valid JSON");
}

static void
test_a_missing_file_is_told(void **state)
{
	struct map *m = NULL;
	struct err e = {0};

	(void)state;
	assert_int_equal(map_load("/nonexistent/map", &m, &e), -2);
	assert_string_equal(e.text, "/nonexistent/map: No such file or directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_principals_are_found_from_the_nearest_name_on),
		cmocka_unit_test(test_without_a_default_others_have_no_principal),
		cmocka_unit_test(test_servers_and_shares),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_the_first_rule_that_fits_a_path_holds),
		cmocka_unit_test(test_a_rule_for_all_holds_for_the_root),
		cmocka_unit_test(test_the_longest_sid_holds),
		cmocka_unit_test(test_a_password_file_gives_its_first_line),
		cmocka_unit_test(test_what_is_refused_names_its_place_and_no_secret),
		cmocka_unit_test(test_a_missing_file_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
