/* The addresses that a target's name stands for. */
#include "config.h"

#include "replay/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
target_name(const struct target_addr *a, char out[TARGET_NAME])
{
	char name[NI_MAXHOST] = "", port[NI_MAXSERV] = "";

	(void)getnameinfo((const struct sockaddr *)&a->addr, a->len, name, sizeof(name), port,
			  sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	(void)snprintf(out, TARGET_NAME, a->addr.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", name,
		       port);
}

int
target_resolve(const char *host, uint16_t port, const struct sources *from,
	       struct target_addr **out, size_t *n, struct err *err)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list;
	bool bound = from != NULL && from->n > 0;
	size_t count = 0;
	char service[8];
	int r;

	*n = 0;
	*out = NULL;
	(void)snprintf(service, sizeof(service), "%u", port);
	r = getaddrinfo(host, service, &hints, &list);
	if (r != 0)
		return err_set(err, ERR_NET, "%s: %s", host, gai_strerror(r));
	for (struct addrinfo *a = list; a != NULL; a = a->ai_next)
		count++;
	*out = calloc(count, sizeof(**out));
	for (struct addrinfo *a = list; *out != NULL && a != NULL; a = a->ai_next) {
		if (bound && a->ai_family != from->list[0].addr.ss_family)
			continue;
		memcpy(&(*out)[*n].addr, a->ai_addr, a->ai_addrlen);
		(*out)[(*n)++].len = a->ai_addrlen;
	}
	freeaddrinfo(list);
	if (*out == NULL)
		return ERR_NOMEM;
	if (*n == 0)
		return err_set(err, ERR_NET,
			       "--bind-source %s: %s has no address of that IP version",
			       from->list[0].text, host);
	return 0;
}
