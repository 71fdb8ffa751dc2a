/* Reads addresses, and makes up those that are no use. */
#include "config.h"

#include "export/export_ends.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define SMB_PORT 445

/* "127.0.0.1:445" or "[::1]:445". */
static bool
read_end(const char *text, struct tcp_out_end *out)
{
	const char *colon = text != NULL ? strrchr(text, ':') : NULL;
	char ip[INET6_ADDRSTRLEN], *end;
	unsigned long port;
	size_t n;

	*out = (struct tcp_out_end){0};
	if (colon == NULL)
		return false;
	port = strtoul(colon + 1, &end, 10);
	if (end == colon + 1 || *end != '\0' || port == 0 || port > 65535)
		return false;
	out->port = (uint16_t)port;
	out->v6 = text[0] == '[' && colon > text && colon[-1] == ']';
	n = (size_t)(colon - text) - (out->v6 ? 2 : 0);
	if (n >= sizeof(ip))
		return false;
	memcpy(ip, text + out->v6, n);
	ip[n] = '\0';
	return inet_pton(out->v6 ? AF_INET6 : AF_INET, ip, out->ip) == 1;
}

static void
make_up(struct export_ends *e, uint32_t conn)
{
	tcp_out_make_up(conn, e->server.port != 0 ? e->server.port : SMB_PORT, &e->client,
			&e->server);
	e->made_up = true;
}

static void
read_ends(const struct ir *ir, struct export_ends *ends)
{
	for (uint32_t i = 0; i < ir->meta.n_conns; i++) {
		const struct ir_conn *c = &ir->meta.conns[i];
		struct export_ends *e = &ends[i];
		bool server = read_end(c->server, &e->server);

		e->first = UINT32_MAX;
		e->before = ENDS_NONE;
		if (!read_end(c->client, &e->client) || !server || e->client.v6 != e->server.v6)
			make_up(e, i);
	}
	for (size_t i = 0; i < ir->n_events; i++) {
		struct export_ends *e = &ends[ir->events[i].conn];

		if (e->first == UINT32_MAX)
			e->first = (uint32_t)i;
		e->last = (uint32_t)i;
	}
}

/* By addresses, then by first event. */
static int
compare(const void *a, const void *b)
{
	const struct export_ends *x = *(const struct export_ends *const *)a,
				 *y = *(const struct export_ends *const *)b;
	const struct tcp_out_end *pairs[2][2] = {{&x->client, &y->client},
						 {&x->server, &y->server}};

	for (size_t i = 0; i < 2; i++) {
		const struct tcp_out_end *p = pairs[i][0], *q = pairs[i][1];
		int r = memcmp(p->ip, q->ip, sizeof(p->ip));

		if (r != 0)
			return r;
		if (p->port != q->port)
			return p->port < q->port ? -1 : 1;
	}
	return x->first != y->first ? (x->first < y->first ? -1 : 1) : x < y ? -1 : x > y;
}

static bool
same_ends(const struct export_ends *x, const struct export_ends *y)
{
	return x->client.port == y->client.port && x->server.port == y->server.port &&
	       memcmp(x->client.ip, y->client.ip, sizeof(x->client.ip)) == 0 &&
	       memcmp(x->server.ip, y->server.ip, sizeof(x->server.ip)) == 0;
}

int
export_ends_new(const struct ir *ir, struct export_ends **out)
{
	size_t n = ir->meta.n_conns;
	struct export_ends *ends = calloc(n + 1, sizeof(*ends)), *last = NULL;
	struct export_ends **sorted = calloc(n + 1, sizeof(struct export_ends *));

	if (ends == NULL || sorted == NULL) {
		free(ends);
		free(sorted);
		return ERR_NOMEM;
	}
	read_ends(ir, ends);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &ends[i];
	qsort(sorted, n, sizeof(struct export_ends *), compare);
	for (size_t i = 0; i < n; i++) {
		struct export_ends *e = sorted[i];

		if (last != NULL && same_ends(last, e) && e->first < last->last) {
			make_up(e, (uint32_t)(e - ends));
			continue;
		}
		if (last != NULL && same_ends(last, e))
			e->before = (uint32_t)(last - ends);
		last = e;
	}
	free(sorted);
	*out = ends;
	return 0;
}
