/* The live server that a command talks to, and who logs on there. */
#include "config.h"

#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "cmd.h"
#include "words.h"

static int
parse_kerberos(const char *value, struct auth_creds *c)
{
	static const char *const words[] = {"desired", "off", "required", NULL};
	int i = word_of(value, words);

	if (i < 0)
		return ERR_USAGE;
	c->kerberos = (enum auth_kerberos)i;
	return 0;
}

static void
put_hex(FILE *f, const uint8_t *p, size_t n, char end)
{
	hex_print(f, p, n);
	(void)fputc(end, f);
}

/* A line for Wireshark's smb2_seskey_list. */
static void
write_keys(void *ctx, uint64_t session_id, struct slice session_key, const struct seal_keys *keys)
{
	struct target *t = ctx;
	uint8_t id[8];

	wire_put_le(id, sizeof(id), session_id);
	put_hex(t->keylog, id, sizeof(id), ',');
	put_hex(t->keylog, session_key.p, session_key.n, ',');
	put_hex(t->keylog, keys->s2c, keys->n, ',');
	put_hex(t->keylog, keys->c2s, keys->n, '\n');
}

/* Keys are for the user alone. */
static int
open_keylog(struct target *t, const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	t->keylog = fd >= 0 ? fdopen(fd, "a") : NULL;
	if (t->keylog == NULL)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	return 0;
}

int
target_option(struct target *t, int option, char *value, struct err *e)
{
	switch (option) {
	case 'U':
		return creds_parse_user(&t->creds, value, e);
	case 'A':
		return creds_read_file(&t->creds, value, e);
	case 'p':
		return cmd_parse_port(value, &t->port);
	case TARGET_OPT_KERBEROS:
		return parse_kerberos(value, &t->creds.auth);
	case TARGET_OPT_SPN:
		t->creds.auth.spn = value;
		return 0;
	case TARGET_OPT_MAP:
		t->map_file = value;
		return 0;
	case TARGET_OPT_BIND_SOURCE:
		return sources_add(&t->sources, value, e);
	case TARGET_OPT_KEYLOG:
		return open_keylog(t, value, e);
	default:
		return ERR_USAGE;
	}
}

int
target_parse(struct target *t, const char *text)
{
	size_t host;

	if (strlen(text) < 3 || strchr("/\\", text[0]) == NULL || strchr("/\\", text[1]) == NULL)
		return ERR_USAGE;
	text += 2;
	host = strcspn(text, "/\\");
	if (host == 0 || host >= sizeof(t->host))
		return ERR_USAGE;
	memcpy(t->host, text, host);
	t->host[host] = '\0';
	if (text[host] != '\0' &&
	    snprintf(t->share, sizeof(t->share), "%s", text + host + 1) >= (int)sizeof(t->share))
		return ERR_USAGE;
	return strpbrk(t->share, "/\\") == NULL ? 0 : ERR_USAGE;
}

int
target_complete(struct target *t, bool talks, struct err *e)
{
	int r = talks ? creds_complete(&t->creds, e) : 0;

	return r == 0 && t->map_file != NULL ? map_load(t->map_file, &t->map, e) : r;
}

/* By the map; else -U is for everybody. */
static const struct auth_creds *
find_creds(void *ctx, const char *user, const char *domain)
{
	struct target *t = ctx;
	const struct map_principal *p = t->map != NULL ? map_principal(t->map, user, domain) : NULL;
	const char *live = t->map != NULL ? map_domain(t->map, domain) : NULL;

	if (p == NULL)
		return t->creds.given ? &t->creds.auth : NULL;
	if (live == NULL)
		live = domain;
	t->mapped = (struct auth_creds){.user = p->user != NULL ? p->user : user,
					.domain = p->domain != NULL ? p->domain : live,
					.password = p->password,
					.nt_hash = p->nt_hash,
					.keytab = p->keytab,
					.ccache = p->ccache,
					.kerberos = t->creds.auth.kerberos,
					.spn = t->creds.auth.spn};
	return &t->mapped;
}

void
target_fill(struct target *t, struct replay_options *out)
{
	(void)snprintf(t->spn, sizeof(t->spn), "cifs/%s", t->host);
	if (t->creds.auth.spn == NULL)
		t->creds.auth.spn = t->spn;
	out->host = out->engine.server = t->host;
	out->port = t->port != 0 ? t->port : 445;
	out->sources = t->sources;
	out->engine.share = t->share;
	out->engine.map = t->map;
	out->creds = (struct security_creds){
		.find = find_creds,
		.keylog = t->keylog != NULL ? write_keys : NULL,
		.ctx = t,
	};
}

int
target_free(struct target *t)
{
	creds_free(&t->creds);
	map_free(t->map);
	return t->keylog != NULL && fclose(t->keylog) != 0 ? -errno : 0;
}
