/* Credentials as Samba's own tools take them. */
#include "config.h"

#include "creds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/hash.h"

enum { USER, DOMAIN, PASSWORD };

static void
point(struct creds *c)
{
	c->auth.user = c->text[USER];
	c->auth.domain = c->text[DOMAIN];
	c->auth.password = c->have_password ? c->text[PASSWORD] : NULL;
}

static int
keep(struct creds *c, int which, const char *text, size_t n, struct err *e)
{
	if (n >= sizeof(c->text[which]))
		return err_set(e, ERR_USAGE, "a user, domain or password is longer than %zu bytes",
			       sizeof(c->text[which]) - 1);
	memcpy(c->text[which], text, n);
	c->text[which][n] = '\0';
	if (which == USER)
		c->given = true;
	if (which == PASSWORD)
		c->have_password = true;
	point(c);
	return 0;
}

int
creds_parse_user(struct creds *c, char *value, struct err *e)
{
	char *percent = strchr(value, '%'), *user = value;
	size_t n = percent != NULL ? (size_t)(percent - value) : strlen(value),
	       domain = strcspn(value, "/\\");
	int r = 0;

	if (domain < n) {
		r = keep(c, DOMAIN, value, domain, e);
		user += domain + 1;
		n -= domain + 1;
	}
	if (r == 0)
		r = keep(c, USER, user, n, e);
	if (r == 0 && percent != NULL) {
		r = keep(c, PASSWORD, percent + 1, strlen(percent + 1), e);
		memset(percent + 1, 'X', strlen(percent + 1));
	}
	return r;
}

static int
take_line(struct creds *c, char *line, struct err *e)
{
	static const char *const keys[] = {
		[USER] = "username", [DOMAIN] = "domain", [PASSWORD] = "password"};
	char *equals = strchr(line, '='), *value;
	size_t n;

	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#' || *line == ';')
		return 0;
	if (equals == NULL)
		return err_set(e, ERR_MALFORMED, "no '='");
	value = equals + 1 + strspn(equals + 1, " \t");
	n = strcspn(line, " \t=");
	for (int i = 0; i < 3; i++)
		if (n == strlen(keys[i]) && strncmp(line, keys[i], n) == 0)
			return keep(c, i, value, strlen(value), e);
	return err_set(e, ERR_MALFORMED, "unknown key '%.*s'", (int)(n < 32 ? n : 32), line);
}

int
creds_read_file(struct creds *c, const char *path, struct err *e)
{
	FILE *f = fopen(path, "r");
	char line[512];
	int r = 0;

	if (f == NULL)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	for (int n = 1; r == 0 && fgets(line, sizeof(line), f) != NULL; n++) {
		line[strcspn(line, "\r\n")] = '\0';
		r = take_line(c, line, e);
		if (r != 0)
			(void)err_prefix(e, "%s:%d", path, n);
	}
	hash_wipe(line, sizeof(line));
	(void)fclose(f);
	return r;
}

/* Kerberos needs no password where a ticket cache is at hand, and no user then. */
static bool
use_ticket_cache(struct creds *c)
{
	const char *name = getenv("KRB5CCNAME");
	bool asked =
		c->auth.kerberos == AUTH_KERBEROS_REQUIRED && !(c->given && isatty(STDIN_FILENO));

	if (c->auth.kerberos == AUTH_KERBEROS_OFF || (name == NULL && !asked))
		return false;
	c->auth.ccache = name;
	c->given = true;
	point(c);
	return true;
}

int
creds_complete(struct creds *c, struct err *e)
{
	const char *from_env = getenv("PASSWD");
	char prompt[320], *typed;
	int r;

	if (c->have_password)
		return 0;
	if (c->given && from_env != NULL)
		return keep(c, PASSWORD, from_env, strlen(from_env), e);
	if (use_ticket_cache(c) || !c->given)
		return 0;
	(void)snprintf(prompt, sizeof(prompt), "Password for %s: ", c->text[USER]);
	typed = isatty(STDIN_FILENO) ? getpass(prompt) : NULL;
	if (typed == NULL)
		return err_set(e, ERR_AUTH,
			       "no password for %s: give -U USER%%PASSWORD, -A FILE or $PASSWD",
			       c->text[USER]);
	r = keep(c, PASSWORD, typed, strlen(typed), e);
	hash_wipe(typed, strlen(typed));
	return r;
}

void
creds_free(struct creds *c)
{
	hash_wipe(c, sizeof(*c));
}
