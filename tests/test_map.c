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
	refused("{\"paths\": []}", ERR_UNSUPPORTED, "m:1: paths: paths cannot be mapped yet");
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
		cmocka_unit_test(test_a_password_file_gives_its_first_line),
		cmocka_unit_test(test_what_is_refused_names_its_place_and_no_secret),
		cmocka_unit_test(test_a_missing_file_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
