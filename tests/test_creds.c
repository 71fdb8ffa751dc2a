/* Credentials as Samba's own tools take them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "creds.h"

/* "USER|DOMAIN|PASSWORD" of -U's value. */
static const char *
parse(const char *value)
{
	static char text[800];
	char copy[600];
	struct creds c = {0};
	struct err e = {0};

	(void)snprintf(copy, sizeof(copy), "%s", value);
	if (creds_parse_user(&c, copy, &e) != 0)
		return err_text(&e);
	assert_true(c.given);
	(void)snprintf(text, sizeof(text), "%s|%s|%s", c.auth.user, c.auth.domain,
		       c.have_password ? c.auth.password : "none");
	creds_free(&c);
	assert_null(c.auth.user);
	return text;
}

static void
test_creds_user(void **state)
{
	(void)state;
	assert_string_equal(parse("user"), "user||none");
	assert_string_equal(parse("user%pass"), "user||pass");
	assert_string_equal(parse("user%"), "user||");
	assert_string_equal(parse("DOM/user%pass"), "user|DOM|pass");
	assert_string_equal(parse("DOM\\user%pass"), "user|DOM|pass");
	assert_string_equal(parse("user%p/a\\s%s"), "user||p/a\\s%s");
	assert_string_equal(parse(""), "||none");
}

static void
test_creds_password_is_wiped_from_the_command_line(void **state)
{
	char value[] = "user%secret";
	struct creds c = {0};

	(void)state;
	assert_int_equal(creds_parse_user(&c, value, NULL), 0);
	assert_string_equal(value, "user%XXXXXX");
	assert_string_equal(c.auth.password, "secret");
	creds_free(&c);
}

static void
test_creds_lengths(void **state)
{
	char value[600];
	struct creds c = {0};

	(void)state;
	memset(value, 'x', sizeof(value));
	value[255] = '\0';
	assert_int_equal(creds_parse_user(&c, value, NULL), 0);
	value[255] = 'x';
	value[256] = '\0';
	assert_int_equal(creds_parse_user(&c, value, NULL), ERR_USAGE);
}

/* What a file with that content gives; *e has the text of a failure. */
static int
read_file(const char *content, struct creds *c, struct err *e)
{
	char path[] = "/tmp/smbench-test-XXXXXX";
	int fd = mkstemp(path), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	(void)close(fd);
	*c = (struct creds){0};
	*e = (struct err){0};
	r = creds_read_file(c, path, e);
	(void)unlink(path);
	return r;
}

static void
test_creds_file(void **state)
{
	struct creds c;
	struct err e;

	(void)state;
	assert_int_equal(
		read_file("# c\n; d\n\n  username = u v\r\npassword=p=q\ndomain =\tD\n", &c, &e),
		0);
	assert_string_equal(c.auth.user, "u v");
	assert_string_equal(c.auth.password, "p=q");
	assert_string_equal(c.auth.domain, "D");
	assert_int_equal(read_file("username = u\nuser = x\n", &c, &e), ERR_MALFORMED);
	assert_non_null(strstr(err_text(&e), ":2: unknown key 'user'"));
	assert_int_equal(read_file("username\n", &c, &e), ERR_MALFORMED);
	assert_non_null(strstr(err_text(&e), ":1: no '='"));
	assert_int_equal(read_file("=x\n", &c, &e), ERR_MALFORMED);
	assert_int_equal(creds_read_file(&c, "/nonexistent/file", &e), -2);
}

static void
test_creds_completion(void **state)
{
	struct creds c = {0};
	struct err e = {0};

	(void)state;
	/* Nobody is asked for nobody's password. */
	assert_int_equal(creds_complete(&c, &e), 0);
	c.given = true;
	assert_int_equal(setenv("PASSWD", "from the environment", 1), 0);
	assert_int_equal(creds_complete(&c, &e), 0);
	assert_string_equal(c.auth.password, "from the environment");
	assert_int_equal(setenv("PASSWD", "another", 1), 0);
	assert_int_equal(creds_complete(&c, &e), 0);
	assert_string_equal(c.auth.password, "from the environment");
	assert_int_equal(unsetenv("PASSWD"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_creds_user),
		cmocka_unit_test(test_creds_password_is_wiped_from_the_command_line),
		cmocka_unit_test(test_creds_lengths),
		cmocka_unit_test(test_creds_file),
		cmocka_unit_test(test_creds_completion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
