/*
 * Captured logons: tokens of both sides and a keytab, all hostile. A key comes with a length, a
 * failure without one. The input is the length of the keytab in two bytes, least significant first,
 * the keytab, and for each token a byte (1: from the server), its length in two bytes, the token.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "auth/auth_open.h"
#include "fuzz/fuzz.h"

/* libkrb5 1.20 leaks the realm of an entry that is damaged behind it: not ours to find again and
 * again. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libkrb5.so\n";
}

static void
open_all(struct wire_rd *r, const struct auth_secret *secrets, size_t n)
{
	struct auth_open *o = NULL;
	struct auth_opened opened;
	struct err e = {0};

	if (auth_open_new(secrets, n, &o) != 0)
		abort();
	while (wire_rd_left(r) > 0) {
		bool from_server = wire_get_u8(r) == 1;
		struct slice token = wire_get_slice(r, wire_get_le16(r));

		if (auth_open_token(o, from_server, token) != 0)
			abort();
	}
	if (auth_open_key(o, &opened, &e) == 0) {
		if (opened.key_len == 0 || opened.key_len > AUTH_KEY_MAX)
			abort();
	} else if (opened.key_len != 0 || e.text[0] == '\0') {
		abort();
	}
	auth_open_free(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct wire_rd r = wire_rd_init(slice_of(data, n));
	struct slice keytab = wire_get_slice(&r, wire_get_le16(&r));
	int fd = memfd_create("keytab", MFD_CLOEXEC);
	char path[32];
	const struct auth_secret secrets[] = {{.user = "User", .password = "Password"},
					      {.user = "smbtest", .password = "Passw0rd-auth"},
					      {.keytab = path}};

	if (fd < 0 || write(fd, keytab.p, keytab.n) != (ssize_t)keytab.n)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	(void)setenv("KRB5_CONFIG", "/dev/null", 1);
	open_all(&r, secrets, sizeof(secrets) / sizeof(secrets[0]));
	(void)close(fd);
	return 0;
}
