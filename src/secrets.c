/* The options with which captures are opened. */
#include "config.h"

#include "secrets.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/hash.h"

#define NT_HASH_LEN 16

/* A copy that lives as long as the secrets. */
static char *
keep(struct secrets *s, const char *text, size_t n)
{
	char **more = realloc(s->texts, (s->n_texts + 1) * sizeof(char *)), *copy;

	if (more == NULL)
		return NULL;
	s->texts = more;
	copy = calloc(1, n + 1);
	if (copy == NULL)
		return NULL;
	memcpy(copy, text, n);
	s->texts[s->n_texts++] = copy;
	return copy;
}

static int
append(struct secrets *s, const struct auth_secret *secret)
{
	struct auth_secret *more = realloc(s->list, (s->n_list + 1) * sizeof(*more));

	if (more == NULL)
		return ERR_NOMEM;
	s->list = more;
	more[s->n_list++] = *secret;
	return 0;
}

/* "[DOMAIN/]USER%PASSWORD" or "[DOMAIN/]USER%:HASH". */
static int
add_password(struct secrets *s, const char *text, struct err *e)
{
	struct auth_secret secret = {0};
	const char *percent = strchr(text, '%'), *user = text;
	size_t domain = strcspn(text, "/\\");
	uint8_t hash[NT_HASH_LEN];

	if (percent == NULL)
		return err_set(e, ERR_USAGE, "a password is given as [DOMAIN/]USER%%PASSWORD");
	if (domain < (size_t)(percent - text)) {
		secret.domain = keep(s, text, domain);
		user = text + domain + 1;
		if (secret.domain == NULL)
			return ERR_NOMEM;
	}
	secret.user = keep(s, user, (size_t)(percent - user));
	if (percent[1] == ':' && hex_read(percent + 2, hash, sizeof(hash)) == 0)
		secret.nt_hash = (const uint8_t *)keep(s, (const char *)hash, sizeof(hash));
	else
		secret.password = keep(s, percent + 1, strlen(percent + 1));
	hash_wipe(hash, sizeof(hash));
	if (secret.user == NULL || (secret.nt_hash == NULL && secret.password == NULL))
		return ERR_NOMEM;
	return append(s, &secret);
}

static int
add_password_file(struct secrets *s, const char *path, struct err *e)
{
	FILE *f = fopen(path, "r");
	char line[1024];
	int r = 0;

	if (f == NULL)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	for (int n = 1; r == 0 && fgets(line, sizeof(line), f) != NULL; n++) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		r = add_password(s, line, e);
		if (r != 0)
			(void)err_prefix(e, "%s:%d", path, n);
	}
	hash_wipe(line, sizeof(line));
	(void)fclose(f);
	return r;
}

/* libkrb5 would say so too, but only where a logon needs it. */
static int
add_keytab(struct secrets *s, const char *path, struct err *e)
{
	struct auth_secret secret = {.keytab = keep(s, path, strlen(path))};
	const char *file = strncmp(path, "FILE:", 5) == 0 ? path + 5 : path;
	FILE *f = fopen(file, "r");

	if (f == NULL)
		return err_set(e, -errno, "%s: %s", file, strerror(errno));
	(void)fclose(f);
	return secret.keytab != NULL ? append(s, &secret) : ERR_NOMEM;
}

int
secrets_option(struct secrets *s, int option, char *value, struct err *e)
{
	int r;

	switch (option) {
	case SECRETS_OPT_KEYS:
		return unseal_read_keys(value, &s->keys, &s->n_keys, e);
	case SECRETS_OPT_PASSWORD:
		r = add_password(s, value, e);
		memset(value, 'X', strlen(value)); /* so that ps does not show it */
		return r;
	case SECRETS_OPT_PASSWORD_FILE:
		return add_password_file(s, value, e);
	case SECRETS_OPT_KEYTAB:
		return add_keytab(s, value, e);
	default:
		return ERR_NOTFOUND;
	}
}

struct unseal_secrets
secrets_for_unseal(const struct secrets *s)
{
	return (struct unseal_secrets){
		.keys = s->keys, .n_keys = s->n_keys, .secrets = s->list, .n_secrets = s->n_list};
}

void
secrets_put_session(const struct unseal_session *s, struct buf *out)
{
	if (s->sealed == 0 && s->checked == 0)
		return;
	buf_printf(out, "  session 0x%016" PRIx64 "  ", s->session_id);
	if (s->sealed > 0)
		buf_printf(out, "sealed %" PRIu64 ", opened %" PRIu64 " of %" PRIu64, s->sealed,
			   s->opened, s->sealed);
	if (s->checked > 0)
		buf_printf(out, "%ssignatures valid %" PRIu64 " of %" PRIu64,
			   s->sealed > 0 ? ", " : "", s->valid, s->checked);
	buf_printf(out, "%s%s\n", s->why[0] != '\0' ? ": " : "", s->why);
}

void
secrets_free(struct secrets *s)
{
	for (size_t i = 0; i < s->n_texts; i++) {
		hash_wipe(s->texts[i], strlen(s->texts[i]));
		free(s->texts[i]);
	}
	if (s->keys != NULL)
		hash_wipe(s->keys, s->n_keys * sizeof(*s->keys));
	free(s->texts);
	free(s->list);
	free(s->keys);
	*s = (struct secrets){0};
}
