/*
 * NTLM: a recorded token and a server's, both hostile. What is built reads back as a logon of the
 * live user. The input is the length of the recorded token in two bytes, least significant first,
 * that token, and the server's.
 */
#include "config.h"

#include <stdlib.h>

#include "auth/auth.h"
#include "fuzz/fuzz.h"

static int
not_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	memset(out, 0x55, n);
	return 0;
}

/*
 * Nothing to say of what is played as it was: a logon without response, or a token that is not
 * understood.
 */
static void
check_built(struct slice recorded, struct slice built)
{
	struct auth_info old, new;

	if (auth_describe(recorded, &old) != 0 || auth_describe(built, &new) != 0)
		abort();
	if (new.ntlm_type != old.ntlm_type || new.spnego != old.spnego)
		abort();
	if (!slice_eq(recorded, built) && (new.user == NULL || (strcmp(new.user, "User") != 0 &&
								strcmp(new.user, old.user) != 0)))
		abort();
	auth_describe_free(&old);
	auth_describe_free(&new);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct auth_creds creds = {.user = "User",
						.domain = "Domain",
						.password = "Password",
						.kerberos = AUTH_KERBEROS_OFF};
	static const struct auth_env env = {.random = not_random};
	struct wire_rd r = wire_rd_init(slice_of(data, n));
	struct slice recorded = wire_get_slice(&r, wire_get_le16(&r)), server;
	struct buf out = {0};
	struct auth *a = NULL;

	server = wire_get_slice(&r, wire_rd_left(&r));
	if (auth_new(&creds, &env, &a) != 0)
		abort();
	if (auth_step(a, recorded, server, &out, NULL) == 0 && auth_departure(a) == NULL) {
		check_built(recorded, buf_slice(&out));
		if (auth_accept(a, server, NULL) == 0)
			check_built(server, server);
	}
	auth_free(a);
	buf_free(&out);
	return 0;
}
