/* The commands that come after info: typed as they are, with the user's own secrets and server put
 * in. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "info.h"

/* A word as a shell takes it: quoted where it must be. */
static void
put_quoted(struct buf *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "@%+=:,./_-";

	if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
		buf_printf(out, "%s", text);
		return;
	}
	buf_printf(out, "'");
	for (; *text != '\0'; text++)
		buf_printf(out, *text == '\'' ? "'\\''" : "%c", *text);
	buf_printf(out, "'");
}

static void
put_word(struct buf *out, const char *word)
{
	put_quoted(out, word);
	buf_printf(out, "\n");
}

/* An option and its value, which are not parted where a line is broken. */
static void
put_option(struct buf *out, const char *option, const char *value)
{
	buf_printf(out, "%s ", option);
	put_word(out, value);
}

static void
put_credentials(struct buf *out, const char *option, const char *domain, const char *user)
{
	char text[600];
	bool with = domain != NULL && domain[0] != '\0';

	(void)snprintf(text, sizeof(text), "%.250s%s%.250s%%PASSWORD", with ? domain : "",
		       with ? "/" : "", user);
	put_option(out, option, text);
}

/* What was given before is asked for again, but never printed. */
static void
put_given(struct buf *out, const struct secrets *x)
{
	if (x->n_keys > 0)
		put_option(out, "--keys", "FILE");
	for (size_t i = 0; i < x->n_list; i++) {
		if (x->list[i].keytab != NULL)
			put_option(out, "--keytab", x->list[i].keytab);
		else
			put_credentials(out, "--password", x->list[i].domain, x->list[i].user);
	}
}

static bool
was_given(const struct secrets *x, const struct survey_want *w)
{
	for (size_t i = 0; w->kind == SURVEY_PASSWORD && i < x->n_list; i++)
		if (x->list[i].user != NULL && strcmp(x->list[i].user, w->user) == 0)
			return true;
	return false;
}

static void
put_wants(struct buf *out, const struct survey_verdicts *v, const struct secrets *given)
{
	bool keytab = false, keys = given->n_keys > 0;

	for (size_t i = 0; i < given->n_list; i++)
		keytab = keytab || given->list[i].keytab != NULL;
	for (size_t i = 0; i < v->n_wants; i++) {
		const struct survey_want *w = &v->wants[i];

		if (w->kind == SURVEY_PASSWORD && !was_given(given, w)) {
			put_credentials(out, "--password", w->domain, w->user);
		} else if (w->kind == SURVEY_KEYTAB && !keytab) {
			put_option(out, "--keytab", "KEYTAB");
			keytab = true;
		} else if (w->kind == SURVEY_KEYS && !keys) {
			put_option(out, "--keys", "FILE");
			keys = true;
		}
	}
}

/* The workload's name: the first capture's, without folder and endings. */
static void
workload_name(const char *path, char out[256])
{
	static const char *const endings[] = {".gz", ".zst", ".pcapng", ".pcap", ".cap"};
	const char *slash = strrchr(path, '/');
	size_t n;

	(void)snprintf(out, 250, "%s", slash != NULL ? slash + 1 : path);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t k = strlen(endings[i]);

		n = strlen(out);
		if (n > k && strcmp(out + n - k, endings[i]) == 0)
			out[n - k] = '\0';
	}
	if (strcmp(out, "-") == 0 || out[0] == '\0')
		(void)snprintf(out, 250, "capture");
	n = strlen(out);
	(void)snprintf(out + n, 256 - n, ".smb");
}

static void
put_compile(const struct survey_verdicts *v, const struct info_given *g, const char *name,
	    struct buf *out)
{
	buf_printf(out, "smbench compile\n");
	put_given(out, g->secrets);
	put_wants(out, v, g->secrets);
	for (int i = 0; i < g->n; i++)
		put_word(out, g->paths[i]);
	put_option(out, "-o", name);
}

/* `command` is replay, or provision. */
static void
put_played(const struct survey *s, const char *command, const char *name, struct buf *out)
{
	struct info_user user;
	size_t all;

	buf_printf(out, "smbench %s\n", command);
	put_word(out, name);
	buf_printf(out, "//SERVER\n");
	if (info_users(s, NULL, &user, 1, &all) == 1 && user.user != NULL && user.user[0] != '\0')
		put_credentials(out, "-U", user.domain, user.user);
	else
		put_option(out, "-U", "USER%PASSWORD");
}

void
info_next(const struct survey *s, const struct survey_verdicts *v, const struct info_given *g,
	  struct info_next *out)
{
	char name[256];

	*out = (struct info_next){0};
	if (v->verdict == SURVEY_NOT) {
		buf_printf(&out->commands[out->n++],
			   "tcpdump\n-i any\n-s 0\n-w new.pcap\nport 445\n");
		return;
	}
	workload_name(g->paths[0], name);
	put_compile(v, g, name, &out->commands[out->n++]);
	if (s->names.totals.files + s->names.totals.directories > 0)
		put_played(s, "provision", name, &out->commands[out->n++]);
	put_played(s, "replay", name, &out->commands[out->n++]);
	if (v->left_out > 0)
		buf_printf(&out->commands[out->n - 1], "--leave-sealed-out\n");
}

void
info_next_free(struct info_next *n)
{
	for (size_t i = 0; i < n->n; i++)
		buf_free(&n->commands[i]);
}
