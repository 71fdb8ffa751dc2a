/* What check says of credits: each request outside the window, a line a connection. */
#include "config.h"

#include "check_credits.h"

#include <inttypes.h>

#include "ir/credit_scan.h"

#define MAX_SAID 50 /* requests, and connections, of which each is printed */

struct said {
	const char *path;
	FILE *out;
	size_t n;             /* the event at hand */
	uint64_t frame;       /* its frame, 0: none */
	uint64_t outside;     /* requests */
	uint64_t connections; /* printed */
};

static void
put_ids(FILE *out, uint64_t first, uint32_t charge)
{
	(void)fprintf(out, "message id%s %" PRIu64, charge > 1 ? "s" : "", first);
	if (charge > 1)
		(void)fprintf(out, " to %" PRIu64, first + (charge - 1));
}

static void
on_outside(void *ctx, const struct credit_outside *o)
{
	struct said *s = ctx;

	if (++s->outside > MAX_SAID)
		return;
	(void)fprintf(s->out, "%s/messages.jsonl:%zu: credits: %s request", s->path, s->n + 1,
		      smb2_command_name(o->head.command));
	if (s->frame != 0)
		(void)fprintf(s->out, " (frame %" PRIu64 ")", s->frame);
	(void)fprintf(s->out, " takes ");
	put_ids(s->out, o->head.message_id, o->charge);
	if (credits_short_of(o->window, o->head.message_id, o->charge))
		(void)fprintf(s->out, ", granted were those below %" PRIu64 "\n", o->window->top);
	else
		(void)fprintf(s->out, ", taken before\n");
}

static void
say_connection(struct said *s, size_t conn, const struct credits *c)
{
	if (c->requests == 0 || ++s->connections > MAX_SAID)
		return;
	(void)fprintf(s->out,
		      "%s: connection %zu: credits granted %" PRIu64 ", used %" PRIu64
		      ", requests outstanding at most %" PRIu64 "%s\n",
		      s->path, conn, c->granted, c->taken, c->most_outstanding,
		      c->known ? "" : "; the window is not known");
}

static int
say_all(struct said *s, struct credit_scan *scan)
{
	const struct ir *ir = scan->ir;
	int r = 0;

	for (s->n = 0; r == 0 && s->n < ir->n_events; s->n++) {
		bool covered;

		s->frame = ir->events[s->n].frame_last;
		r = credit_scan_event(scan, &ir->events[s->n], &covered, on_outside, s);
	}
	if (s->outside > MAX_SAID)
		(void)fprintf(s->out, "%s: %" PRIu64 " requests in all go out outside the window\n",
			      s->path, s->outside);
	for (size_t i = 0; r == 0 && i < ir->meta.n_conns; i++)
		say_connection(s, i, &scan->conns[i]);
	if (s->connections > MAX_SAID)
		(void)fprintf(s->out, "%s: and %" PRIu64 " more connections\n", s->path,
			      s->connections - MAX_SAID);
	return r;
}

int
check_credits(const char *path, const struct ir *ir, FILE *out)
{
	struct said s = {.path = path, .out = out};
	struct credit_scan scan;
	int r = credit_scan_new(ir, &scan);

	if (r == 0)
		r = say_all(&s, &scan);
	credit_scan_free(&scan);
	return r;
}
