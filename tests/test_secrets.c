/* The options that hold secrets: what each form comes to, and what is refused. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "secrets.h"

static int
take(struct secrets *s, int option, const char *text, struct err *e)
{
	char value[256];

	(void)snprintf(value, sizeof(value), "%s", text);
	*e = (struct err){0};
	return secrets_option(s, option, value, e);
}

static void
test_password_names_user_and_domain(void **state)
{
	static const struct {
		const char *text, *domain, *user, *password;
	} all[] = {
		{"LAB/smbtest%Secret1x", "LAB", "smbtest", "Secret1x"},
		{"LAB\\smbtest%Secret1x", "LAB", "smbtest", "Secret1x"},
		{"smbtest%", NULL, "smbtest", ""},
		{"smbtest%a/b%c\\d", NULL, "smbtest",
		 "a/b%c\\d"}, /* all behind the first % is the password */
		{"user@LAB.TEST%x", NULL, "user@LAB.TEST", "x"},
		{"smbtest%:0011", NULL, "smbtest", ":0011"}, /* too short for a hash */
		{"smbtest%:00112233445566778899aabbccddeefg", NULL, "smbtest",
		 ":00112233445566778899aabbccddeefg"},
		{"smbtest%:00112233445566778899aabbccddeeff0", NULL, "smbtest",
		 ":00112233445566778899aabbccddeeff0"},
	};
	struct secrets s = {0};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const struct auth_secret *got;

		assert_int_equal(take(&s, SECRETS_OPT_PASSWORD, all[i].text, &e), 0);
		got = &secrets_for_unseal(&s).secrets[i];
		assert_string_equal(got->user, all[i].user);
		assert_string_equal(got->password, all[i].password);
		assert_null(got->nt_hash);
		if (all[i].domain == NULL)
			assert_null(got->domain);
		else
			assert_string_equal(got->domain, all[i].domain);
	}
	assert_int_equal(secrets_for_unseal(&s).n_secrets, sizeof(all) / sizeof(*all));
	secrets_free(&s);
	assert_int_equal(secrets_for_unseal(&s).n_secrets, 0);
}

static void
test_password_may_be_an_nt_hash(void **state)
{
	static const uint8_t hash[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
					 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	struct secrets s = {0};
	struct err e;

	(void)state;
	assert_int_equal(
		take(&s, SECRETS_OPT_PASSWORD, "LAB/u%:00112233445566778899AABBccddeeff", &e), 0);
	assert_null(s.list[0].password);
	assert_memory_equal(s.list[0].nt_hash, hash, sizeof(hash));
	secrets_free(&s);
}

static void
test_password_is_hidden_from_ps(void **state)
{
	struct secrets s = {0};
	struct err e = {0};
	char value[] = "u%Secret1x";

	(void)state;
	assert_int_equal(secrets_option(&s, SECRETS_OPT_PASSWORD, value, &e), 0);
	assert_string_equal(value, "XXXXXXXXXX");
	secrets_free(&s);
}

static void
test_password_without_user_is_refused(void **state)
{
	struct secrets s = {0};
	struct err e;

	(void)state;
	assert_int_equal(take(&s, SECRETS_OPT_PASSWORD, "smbtest", &e), ERR_USAGE);
	assert_string_equal(err_text(&e), "a password is given as [DOMAIN/]USER%PASSWORD");
	secrets_free(&s);
}

/* A temporary file with that text. */
static const char *
file_of(const char *text)
{
	static char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/tmp/smbench-test-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
	return path;
}

static void
test_password_file_has_a_user_a_line(void **state)
{
	const char *path = file_of("# the lab\n\nLAB/a%one\r\nb%two two\n");
	struct secrets s = {0};
	struct err e;

	(void)state;
	assert_int_equal(take(&s, SECRETS_OPT_PASSWORD_FILE, path, &e), 0);
	(void)unlink(path);
	assert_int_equal(s.n_list, 2);
	assert_string_equal(s.list[0].password, "one");
	assert_string_equal(s.list[1].user, "b");
	assert_string_equal(s.list[1].password, "two two");
	secrets_free(&s);
}

static void
test_password_file_names_its_bad_line(void **state)
{
	const char *path = file_of("LAB/a%one\n\nSecretWithoutUser\n");
	struct secrets s = {0};
	struct err e;

	(void)state;
	assert_int_equal(take(&s, SECRETS_OPT_PASSWORD_FILE, path, &e), ERR_USAGE);
	(void)unlink(path);
	assert_non_null(strstr(err_text(&e), ":3: "));
	assert_null(strstr(err_text(&e), "SecretWithoutUser"));
	secrets_free(&s);
}

static void
test_files_that_are_missing_are_named(void **state)
{
	static const int options[] = {SECRETS_OPT_KEYS, SECRETS_OPT_PASSWORD_FILE,
				      SECRETS_OPT_KEYTAB};
	struct secrets s = {0};
	struct err e;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(take(&s, options[i], "/nowhere/file", &e), -ENOENT);
		assert_string_equal(err_text(&e), "/nowhere/file: No such file or directory");
	}
	assert_int_equal(take(&s, SECRETS_OPT_KEYTAB, "FILE:/nowhere/file", &e), -ENOENT);
	assert_int_equal(take(&s, 'x', "", &e), ERR_NOTFOUND);
	secrets_free(&s);
}

static void
test_keys_and_keytabs_are_kept(void **state)
{
	const char *path = file_of("0100000000000080,000102030405060708090a0b0c0d0e0f,,\n");
	struct secrets s = {0};
	struct unseal_secrets u;
	struct err e;

	(void)state;
	assert_int_equal(take(&s, SECRETS_OPT_KEYS, path, &e), 0);
	assert_int_equal(take(&s, SECRETS_OPT_KEYTAB, path, &e), 0);
	u = secrets_for_unseal(&s);
	assert_int_equal(u.n_keys, 1);
	assert_int_equal(u.n_secrets, 1);
	assert_string_equal(u.secrets[0].keytab, path);
	(void)unlink(path);
	secrets_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_password_names_user_and_domain),
		cmocka_unit_test(test_password_may_be_an_nt_hash),
		cmocka_unit_test(test_password_is_hidden_from_ps),
		cmocka_unit_test(test_password_without_user_is_refused),
		cmocka_unit_test(test_password_file_has_a_user_a_line),
		cmocka_unit_test(test_password_file_names_its_bad_line),
		cmocka_unit_test(test_files_that_are_missing_are_named),
		cmocka_unit_test(test_keys_and_keytabs_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
