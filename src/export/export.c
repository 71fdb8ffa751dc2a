/* Writes what the plan says. */
#include "config.h"

#include "export/export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export/export_plan.h"

#define CACHED 16u /* messages at a time that are kept put together */

/* The bytes of an event that a packet needed. */
struct cached {
	size_t event; /* plus 1; 0: none */
	struct slice bytes;
	struct buf scratch;
};

struct exporter {
	const struct ir *ir;
	struct export_result *result;
	struct export_ends *ends;
	struct export_plan plan;
	struct tcp_out *tcp;
	struct buf segment, comment;
	struct cached cached[CACHED];
};

static bool
from_server(const struct ir_event *ev)
{
	return ev->kind == IR_RECV || (ev->kind != IR_SEND && ev->server);
}

static void
count(struct exporter *x)
{
	struct export_result *r = x->result;

	*r = (struct export_result){0};
	for (size_t i = 0; i < x->ir->n_events; i++) {
		const struct ir_event *ev = &x->ir->events[i];

		r->messages += ev->kind == IR_SEND || ev->kind == IR_RECV;
		r->sealed += (ev->layers & IR_SEALED) != 0;
		r->gaps += ev->kind == IR_GAP;
		r->lost_bytes += ev->lost;
		r->faults += ev->fault != NULL;
	}
	for (size_t i = 0; i < x->ir->meta.n_conns; i++) {
		const struct export_ends *e = &x->ends[i];

		if (e->first > e->last)
			continue;
		r->connections++;
		r->made_up += e->made_up;
		if (r->port == 0 && e->server.port != 445 && e->server.port != 139)
			r->port = e->server.port;
	}
}

/* What a reader of the capture should know of where it comes from. */
static void
describe(const struct exporter *x, struct buf *out)
{
	const struct ir_meta *m = &x->ir->meta;
	const struct export_result *r = x->result;

	buf_printf(out, "%s exported by %s", m->run ? "A run" : "A workload", PACKAGE_STRING);
	for (size_t i = 0; i < m->n_sources; i++)
		buf_printf(out, "%s %s",
			   i == 0 ? (m->run ? ", of a replay of" : ", compiled from") : ",",
			   m->sources[i].name != NULL ? m->sources[i].name : "?");
	buf_printf(out, ".");
	if (r->sealed > 0)
		buf_printf(out, "\nMessages that were sealed and stand plain: %" PRIu64 ".",
			   r->sealed);
	if (r->made_up > 0)
		buf_printf(out, "\nConnections with made-up addresses: %" PRIu64 ".", r->made_up);
	if (r->port != 0)
		buf_printf(out, "\nTCP port %u is to be decoded as NBSS.", r->port);
	buf_add(out, "", 1);
}

/* The name of an event that has one, and what a replay does to it. */
static const char *
comment_on(struct exporter *x, const struct ir_event *ev)
{
	struct buf *b = &x->comment;

	if (ev->label == NULL && ev->fault == NULL && ev->timing == NULL && ev->n_pauses == 0)
		return NULL;
	buf_reset(b);
	if (ev->label != NULL)
		buf_printf(b, "label %s", ev->label);
	if (ev->fault != NULL)
		buf_printf(b, "%sa replay sends it with a fault", b->n > 0 ? "; " : "");
	if (ev->timing != NULL)
		buf_printf(b, "%sa replay sends it by a barrier or gap", b->n > 0 ? "; " : "");
	if (ev->n_pauses > 0)
		buf_printf(b, "%sa replay pauses in it", b->n > 0 ? "; " : "");
	buf_add(b, "", 1);
	return b->err == 0 ? (const char *)b->p : NULL;
}

/* The bytes of an item's event; what is being put together on several connections is kept. */
static struct slice
bytes_of(struct exporter *x, const struct export_item *item, int *err)
{
	const struct ir_event *ev = &x->ir->events[item->event];
	struct cached *c = &x->cached[(ev->conn * 2 + from_server(ev)) % CACHED];

	if (c->event != (size_t)item->event + 1) {
		c->bytes = export_plan_bytes(x->ir, ev, &c->scratch);
		c->event = c->scratch.err == 0 ? (size_t)item->event + 1 : 0;
		*err = c->scratch.err;
	}
	return slice_sub(c->bytes, item->off, item->n);
}

/* The items of a segment, which `at` is the first of. Gives how many they are. */
static size_t
put_segment(struct exporter *x, size_t at, int *err)
{
	const struct export_item *items = x->plan.items, *head = &items[at];
	const struct ir_event *ev = &x->ir->events[head->event];
	const char *comment = NULL;
	size_t i = at;

	buf_reset(&x->segment);
	for (; i < x->plan.n && items[i].group == head->group && *err == 0; i++) {
		struct slice s = bytes_of(x, &items[i], err);

		buf_add(&x->segment, s.p, s.n);
		if (comment == NULL && items[i].off == 0)
			comment = comment_on(x, &x->ir->events[items[i].event]);
	}
	if (*err == 0)
		*err = x->segment.err;
	x->result->split += x->segment.n > TCP_OUT_MAX;
	if (*err == 0)
		tcp_out_data(x->tcp, ev->conn, from_server(ev), buf_slice(&x->segment),
			     x->ir->meta.start + head->t, comment);
	return i - at;
}

static int
put_items(struct exporter *x)
{
	size_t n;
	int err = 0;

	for (size_t i = 0; i < x->plan.n && err == 0; i += n) {
		const struct export_item *item = &x->plan.items[i];
		const struct ir_event *ev = &x->ir->events[item->event];
		uint64_t ns = x->ir->meta.start + item->t;

		n = 1;
		switch ((enum export_kind)item->kind) {
		case PLAN_CONNECT:
			tcp_out_connect(x->tcp, ev->conn, ns, comment_on(x, ev));
			break;
		case PLAN_FIRST:
			tcp_out_ack(x->tcp, ev->conn, false, ns);
			break;
		case PLAN_DATA:
			n = put_segment(x, i, &err);
			break;
		case PLAN_HOLE:
			tcp_out_gap(x->tcp, ev->conn, ev->server, item->n);
			break;
		case PLAN_END:
			tcp_out_end(x->tcp, ev->conn, ev->server, ev->kind == IR_RST, ns,
				    comment_on(x, ev));
			break;
		}
	}
	return err;
}

/* Nobody is to take the beginning of a capture for all of it. */
static void
remove_file(const char *path)
{
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode))
		(void)unlink(path);
}

static int
write_file(struct exporter *x, const char *path, struct err *e)
{
	struct buf comment = {0};
	struct tcp_out_options opt = {
		.path = path, .format = CAPFILE_PCAPNG, .n_flows = x->ir->meta.n_conns};
	int r, closed;

	describe(x, &comment);
	opt.comment = (const char *)comment.p;
	r = comment.err != 0 ? comment.err : tcp_out_open(&opt, &x->tcp, e);
	buf_free(&comment);
	if (r != 0)
		return r;
	for (uint32_t i = 0; i < x->ir->meta.n_conns; i++)
		tcp_out_ends(x->tcp, i, &x->ends[i].client, &x->ends[i].server);
	r = put_items(x);
	x->result->packets = tcp_out_packets(x->tcp);
	closed = tcp_out_close(x->tcp);
	r = r != 0 ? r : closed;
	if (r != 0)
		remove_file(path);
	return r != 0 ? err_set(e, r, "%s: %s", path, err_str(r)) : 0;
}

int
export_workload(const struct ir *ir, const char *path, struct export_result *out, struct err *e)
{
	struct exporter x = {.ir = ir, .result = out};
	int r = export_ends_new(ir, &x.ends);

	if (r == 0)
		r = export_plan_new(ir, x.ends, &x.plan);
	if (r == 0) {
		count(&x);
		r = write_file(&x, path, e);
	}
	export_plan_free(&x.plan);
	free(x.ends);
	buf_free(&x.segment);
	buf_free(&x.comment);
	for (size_t i = 0; i < CACHED; i++)
		buf_free(&x.cached[i].scratch);
	return r != 0 ? err_set(e, r, "%s", err_str(r)) : 0;
}
