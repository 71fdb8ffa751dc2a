/* Addresses of this machine that connections come from. */
#include "config.h"

#include "replay/sources.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NO_SOURCE UINT32_MAX
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->source = NO_SOURCE)
#include <uthash.h>

static int
parse(const char *text, struct source *out, struct err *e)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;

	if (getaddrinfo(text, NULL, &hints, &list) != 0)
		return err_set(e, ERR_USAGE, "--bind-source: '%s' is no IP address", text);
	memcpy(&out->addr, list->ai_addr, list->ai_addrlen);
	out->len = list->ai_addrlen;
	freeaddrinfo(list);
	return 0;
}

static int
add(struct sources *s, const char *text, size_t n, struct err *e)
{
	struct source *list = s->list, *new = &list[s->n];
	int r;

	if (s->n == SOURCES_MAX)
		return err_set(e, ERR_USAGE, "--bind-source: more than %d addresses", SOURCES_MAX);
	*new = (struct source){.len = 0};
	if (n >= sizeof(new->text))
		return err_set(e, ERR_USAGE, "--bind-source: '%.*s' is no IP address", (int)n,
			       text);
	memcpy(new->text, text, n);
	r = parse(new->text, new, e);
	if (r == 0 && new->addr.ss_family != list[0].addr.ss_family)
		return err_set(e, ERR_USAGE,
			       "--bind-source: %s and %s are not of the same IP version",
			       list[0].text, new->text);
	s->n += r == 0;
	return r;
}

int
sources_add(struct sources *s, const char *list, struct err *e)
{
	int r = 0;

	for (;;) {
		size_t n = strcspn(list, ",");

		r = add(s, list, n, e);
		if (r != 0 || list[n] == '\0')
			return r;
		list += n + 1;
	}
}

int
sources_check(const struct sources *s, struct err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct source *x = &s->list[i];
		int fd = socket(x->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), error = 0;

		if (fd < 0 || bind(fd, (const struct sockaddr *)&x->addr, x->len) != 0)
			error = errno;
		if (fd >= 0)
			(void)close(fd);
		if (error == EADDRNOTAVAIL)
			return err_set(e, ERR_NET, "--bind-source %s: no address of this machine",
				       x->text);
		if (error != 0)
			return err_set(e, ERR_NET, "--bind-source %s: %s", x->text,
				       strerror(error));
	}
	return 0;
}

/* A recorded client address, without its port. */
struct client {
	uint32_t source;
	UT_hash_handle hh;
};

static int
source_of(struct client **clients, const struct sources *s, const char *address, uint32_t *out)
{
	const char *port = strrchr(address, ':');
	size_t n = port != NULL ? (size_t)(port - address) : strlen(address);
	struct client *c;

	HASH_FIND(hh, *clients, address, n, c);
	if (c == NULL) {
		c = calloc(1, sizeof(*c));
		if (c == NULL)
			return ERR_NOMEM;
		c->source = (uint32_t)(HASH_COUNT(*clients) % s->n);
		HASH_ADD_KEYPTR(hh, *clients, address, n, c);
		if (c->source == NO_SOURCE) { /* out of memory inside the table */
			free(c);
			return ERR_NOMEM;
		}
	}
	*out = c->source;
	return 0;
}

int
sources_assign(const struct sources *s, const struct ir_meta *meta, uint32_t **out)
{
	struct client *clients = NULL, *c, *next;
	int r = 0;

	*out = calloc(meta->n_conns + 1, sizeof(**out));
	if (*out == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; r == 0 && s->n > 0 && i < meta->n_conns; i++)
		r = source_of(&clients, s, meta->conns[i].client, &(*out)[i]);
	HASH_ITER(hh, clients, c, next)
	{
		HASH_DEL(clients, c);
		free(c);
	}
	return r;
}
