/* Keeps what a replay did. */
#include "config.h"

#include "replay/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/smb2_pdu.h"
#include "packets/tcp_out.h"

struct record {
	const struct ir *ir;
	struct ir_writer *writer; /* or NULL */
	struct tcp_out *pcap;     /* or NULL */
	struct record_options opt;
	uint64_t messages;
	int failed; /* the first error of the writer */
	struct err err;
};

/* Client i of the capture is 127.1.x.y with a port of its own, the server 127.0.0.1. */
static int
open_capture(struct record *r, struct err *e)
{
	const struct tcp_out_options opt = {
		.path = r->opt.pcap, .format = CAPFILE_PCAP, .n_flows = r->ir->meta.n_conns};
	int ret = tcp_out_open(&opt, &r->pcap, e);

	for (uint32_t i = 0; ret == 0 && i < opt.n_flows; i++) {
		struct tcp_out_end client, server;

		tcp_out_make_up(i, r->opt.port, &client, &server);
		tcp_out_ends(r->pcap, i, &client, &server);
	}
	return ret;
}

int
record_new(const struct ir *ir, const struct record_options *opt, struct record **out,
	   struct err *e)
{
	struct record *r = calloc(1, sizeof(*r));
	int ret = 0;

	if (r == NULL)
		return ERR_NOMEM;
	r->ir = ir;
	r->opt = *opt;
	/* An old run may be replaced, a workload never: least of all the one that is being played.
	 */
	if (opt->run != NULL && ir_is_workload(opt->run))
		ret = err_set(e, -EEXIST, "%s: is a workload, not a run", opt->run);
	if (ret == 0 && opt->run != NULL)
		ret = ir_writer_open(opt->run, true, &r->writer, e);
	if (ret == 0 && opt->pcap != NULL)
		ret = open_capture(r, e);
	if (ret != 0) {
		ir_writer_abandon(r->writer);
		free(r);
		return ret;
	}
	*out = r;
	return 0;
}

static uint64_t
wall(const struct record *r, uint64_t now)
{
	return r->opt.epoch + (now - r->opt.zero);
}

/* The names of a message's commands, for readers. */
static const char *
commands_of(struct slice bytes, char *text, size_t size)
{
	struct smb2_chain chain = smb2_chain_init(bytes);
	struct smb2_pdu pdu;
	struct slice s;
	size_t n = 0;

	if (smb2_msg_kind(bytes) != SMB2_MSG_PLAIN)
		return smb2_msg_kind_name(smb2_msg_kind(bytes));
	text[0] = '\0';
	while (smb2_chain_next(&chain, &s) && n < size && smb2_pdu_decode(s, &pdu) == 0)
		n += (size_t)snprintf(text + n, size - n, "%s%s", n > 0 ? "+" : "",
				      smb2_command_name(pdu.h.command));
	return text;
}

static void
write_event(struct record *r, struct ir_event *ev, struct slice bytes, uint64_t now)
{
	char commands[120];
	int ret;

	if (r->writer == NULL || r->failed != 0)
		return;
	ev->t_first = ev->t_last = now - r->opt.zero;
	ret = ir_writer_event(r->writer, ev, bytes, (struct slice){0},
			      bytes.n > 0 ? commands_of(bytes, commands, sizeof(commands)) : NULL,
			      &r->err);
	if (ret != 0)
		r->failed = ret;
}

/* A message of the client, or the server's, is timed as the run would say it. */
static void
time_message(struct record *r, const struct exchange_message *m)
{
	int ret;

	if (r->opt.latency == NULL || r->failed != 0)
		return;
	ret = latency_watch_feed(r->opt.latency, m);
	if (ret != 0)
		r->failed = err_set(&r->err, ret, "%s", err_str(ret));
}

static void
on_connected(void *ctx, uint32_t conn, uint64_t now)
{
	struct record *r = ctx;

	if (r->pcap != NULL)
		tcp_out_connect(r->pcap, conn, wall(r, now), NULL);
	write_event(r, &(struct ir_event){.kind = IR_CONNECT, .conn = conn}, (struct slice){0},
		    now);
}

static void
on_sent(void *ctx, uint64_t event, uint32_t conn, const struct engine_message *m, uint64_t now)
{
	struct record *r = ctx;
	enum ir_kind kind = event != ENGINE_OWN ? r->ir->events[event].kind : IR_SEND;

	r->messages++;
	time_message(r, &(struct exchange_message){.of = event != ENGINE_OWN ? event + 1 : 0,
						   .time = now - r->opt.zero,
						   .conn = conn,
						   .sent = true,
						   .bytes = m->plain});
	write_event(r,
		    &(struct ir_event){.kind = (uint8_t)kind,
				       .layers = m->layers & IR_SEALED,
				       .conn = conn,
				       .of = event != ENGINE_OWN ? event + 1 : 0},
		    m->plain, now);
}

static void
on_wrote(void *ctx, uint32_t conn, struct slice bytes, uint64_t now)
{
	struct record *r = ctx;

	if (r->pcap != NULL)
		tcp_out_data(r->pcap, conn, false, bytes, wall(r, now), NULL);
}

static void
on_received(void *ctx, uint32_t conn, const struct engine_message *m, uint64_t now)
{
	struct record *r = ctx;

	r->messages++;
	if (r->pcap != NULL)
		tcp_out_data(r->pcap, conn, true, m->wire, wall(r, now), NULL);
	time_message(r, &(struct exchange_message){
				.time = now - r->opt.zero, .conn = conn, .bytes = m->plain});
	write_event(
		r,
		&(struct ir_event){.kind = IR_RECV, .layers = m->layers & IR_SEALED, .conn = conn},
		m->plain, now);
}

static void
on_ended(void *ctx, uint32_t conn, bool server, bool reset, uint64_t now)
{
	struct record *r = ctx;

	if (r->pcap != NULL)
		tcp_out_end(r->pcap, conn, server, reset, wall(r, now), NULL);
	write_event(
		r,
		&(struct ir_event){.kind = reset ? IR_RST : IR_FIN, .server = server, .conn = conn},
		(struct slice){0}, now);
}

struct engine_watch
record_watch(struct record *r)
{
	return (struct engine_watch){.ctx = r,
				     .connected = on_connected,
				     .sent = on_sent,
				     .wrote = on_wrote,
				     .received = on_received,
				     .ended = on_ended};
}

static int
close_run(struct record *r, const struct lateness *late, struct err *e)
{
	struct ir_conn *conns = calloc(r->ir->meta.n_conns + 1, sizeof(*conns));
	struct ir_total totals[1 + LATENESS_TOTALS] = {{"messages", r->messages}};
	struct ir_meta meta = {.run = true,
			       .tool = PACKAGE_STRING,
			       .start = r->opt.epoch,
			       .options = r->opt.order,
			       .sources = r->ir->meta.sources,
			       .n_sources = r->ir->meta.n_sources,
			       .conns = conns,
			       .n_conns = r->ir->meta.n_conns,
			       .totals = totals,
			       .n_totals = 1 + lateness_put(late, totals + 1)};
	int ret;

	if (conns == NULL) {
		ir_writer_abandon(r->writer);
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < meta.n_conns; i++)
		conns[i] = (struct ir_conn){.client = r->ir->meta.conns[i].client,
					    .server = r->opt.server,
					    .syn_seen = true};
	ret = ir_writer_close(r->writer, &meta, e);
	free(conns);
	return ret;
}

int
record_close(struct record *r, const struct lateness *late, struct err *e)
{
	int ret = r->failed;

	if (ret != 0)
		(void)err_set(e, ret, "%s: %s", r->opt.run != NULL ? r->opt.run : "latency",
			      err_text(&r->err));
	if (r->writer != NULL && ret != 0)
		ir_writer_abandon(r->writer);
	else if (r->writer != NULL)
		ret = close_run(r, late, e);
	if (r->pcap != NULL) {
		int p = tcp_out_close(r->pcap);

		if (p != 0 && ret == 0)
			ret = err_set(e, p, "%s: %s", r->opt.pcap, err_str(p));
	}
	free(r);
	return ret;
}
