/* smbench keys: the session keys of a capture, in Wireshark's form. */
#include "config.h"

#include "cmd.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/log.h"
#include "secrets.h"

static const char help[] =
	"usage: smbench keys [OPTION]... CAPTURE...\n"
	"\n"
	"Derive the session keys of the logons in captures from passwords or keytabs, and print "
	"them as\n"
	"Wireshark's smb2_seskey_list has them, so that Wireshark and tshark open the same "
	"captures:\n"
	"SESSION_ID,SESSION_KEY,S2C_KEY,C2S_KEY. What has no key is named on stderr.\n"
	"\n" SECRETS_HELP "  -h, --help                  print this help\n"
	"\n"
	"Exit status: 0 keys were found, 1 none were, 2 usage or unreadable input.\n";

static int
ignore_message(void *ctx, const struct cap_message *m)
{
	(void)ctx;
	(void)m;
	return 0;
}

static int
ignore_event(void *ctx, const struct cap_event *e)
{
	(void)ctx;
	(void)e;
	return 0;
}

/* True where it has a key. */
static bool
print_session(const struct unseal_session *s)
{
	uint8_t id[8];

	if (!s->have_key && !s->have_cipher_keys) {
		log_warn("session 0x%016" PRIx64 ": %s", s->session_id, s->why);
		return false;
	}
	wire_put_le(id, sizeof(id), s->session_id);
	hex_print(stdout, id, sizeof(id));
	(void)putchar(',');
	hex_print(stdout, s->key, s->key_len);
	(void)putchar(',');
	hex_print(stdout, s->s2c, s->cipher_key_len);
	(void)putchar(',');
	hex_print(stdout, s->c2s, s->cipher_key_len);
	(void)putchar('\n');
	return true;
}

static int
print_keys(struct cap_input *inputs, size_t n, const struct secrets *secrets, struct err *e)
{
	const struct unseal_secrets use = secrets_for_unseal(secrets);
	const struct cap_sink ignore = {.message = ignore_message, .event = ignore_event};
	const struct cap_options opt = {0};
	struct unseal_tap tap = {.inner = &ignore};
	struct cap_totals totals;
	struct cap_sink sink;
	size_t found = 0;
	int r = unseal_new(&use, &tap.unseal);

	if (r != 0)
		return cmd_status(r);
	sink = unseal_tap_sink(&tap);
	r = capture_read(inputs, n, &opt, &sink, &totals, e);
	for (size_t i = 0; unseal_session(tap.unseal, i) != NULL; i++)
		found += print_session(unseal_session(tap.unseal, i));
	unseal_free(tap.unseal);
	if (r != 0)
		return cmd_fail(e);
	return found > 0 ? EXIT_SAME : EXIT_DIFFERENT;
}

static int
parse_and_run(int argc, char **argv, struct secrets *secrets)
{
	static const struct option longs[] = {
		SECRETS_OPTIONS, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct cap_input *inputs;
	struct err e = {0};
	int c, status;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h') {
			(void)fputs(help, stdout);
			return EXIT_SAME;
		}
		if (c == '?')
			return cmd_usage("keys", "bad option");
		if (secrets_option(secrets, c, optarg, &e) != 0)
			return cmd_fail(&e);
	}
	if (optind == argc)
		return cmd_usage("keys", "no capture named");
	inputs = calloc((size_t)(argc - optind), sizeof(*inputs));
	if (inputs == NULL)
		return EXIT_BUG;
	for (int i = optind; i < argc; i++)
		inputs[i - optind].path = argv[i];
	status = print_keys(inputs, (size_t)(argc - optind), secrets, &e);
	free(inputs);
	return status;
}

int
cmd_keys(int argc, char **argv)
{
	struct secrets secrets = {0};
	int status = parse_and_run(argc, argv, &secrets);

	secrets_free(&secrets);
	return status;
}
