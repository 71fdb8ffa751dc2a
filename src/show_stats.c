/*
 * Counting a workload: messages and bytes by connection, PDUs by command and status, symbols by
 * kind.
 */
#include "config.h"

#include "show.h"

#include <stdlib.h>

#include "tally.h"

struct conn_count {
	uint64_t sent, received, sent_bytes, received_bytes, other;
};

struct show_stats {
	const struct ir *ir;
	struct conn_count *conns;
	struct tally tally;
	uint64_t malformed;
	uint64_t kinds[SMB2_MSG_UNKNOWN + 1]; /* messages */
	uint64_t events[IR_N_KINDS];
};

struct show_stats *
show_stats_new(const struct ir *ir)
{
	struct show_stats *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->ir = ir;
	s->conns = calloc(ir->meta.n_conns + 1, sizeof(*s->conns));
	if (s->conns == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

void
show_stats_free(struct show_stats *s)
{
	if (s == NULL)
		return;
	free(s->conns);
	tally_free(&s->tally);
	free(s);
}

void
show_stats_add(struct show_stats *s, const struct show_event *e)
{
	struct conn_count *c = &s->conns[e->ev->conn];
	struct show_chain chain = show_chain_init(e);
	struct show_pdu p;

	s->events[e->ev->kind]++;
	if (e->ev->kind == IR_SEND) {
		c->sent++;
		c->sent_bytes += e->ev->size;
	} else if (e->ev->kind == IR_RECV) {
		c->received++;
		c->received_bytes += e->ev->size;
	} else {
		c->other++;
		return;
	}
	s->kinds[e->kind]++;
	while (show_chain_next(&chain, &p)) {
		if (p.pdu != NULL)
			tally_add(&s->tally, p.pdu);
		else
			s->malformed++;
	}
}

void
show_stats_put(struct show_stats *s, struct buf *out)
{
	const struct ir_meta *m = &s->ir->meta;

	buf_printf(out, "events");
	for (int i = 0; i < IR_N_KINDS; i++)
		if (s->events[i] > 0)
			buf_printf(out, "  %s %llu", ir_kind_names[i],
				   (unsigned long long)s->events[i]);
	buf_printf(out, "\nmessages");
	for (int i = 0; i <= SMB2_MSG_UNKNOWN; i++)
		if (s->kinds[i] > 0)
			buf_printf(out, "  %s %llu", smb2_msg_kind_name((enum smb2_msg_kind)i),
				   (unsigned long long)s->kinds[i]);
	buf_printf(out, "\nsymbols");
	for (int i = 0; i < IR_N_SYMBOL_KINDS; i++)
		buf_printf(out, "  %s %u", ir_what_names[i], s->ir->n_symbols[i]);
	buf_printf(out, "\n\n");
	buf_printf(out, "PDUs\n");
	tally_put(&s->tally, out);
	if (s->malformed > 0)
		buf_printf(out, "  %llu malformed\n", (unsigned long long)s->malformed);
	buf_printf(out, "\n%-12s %9s %12s %9s %12s\n", "connections", "sent", "bytes", "received",
		   "bytes");
	for (size_t i = 0; i < m->n_conns; i++)
		buf_printf(out, "  %-10zu %9llu %12llu %9llu %12llu  %s to %s\n", i,
			   (unsigned long long)s->conns[i].sent,
			   (unsigned long long)s->conns[i].sent_bytes,
			   (unsigned long long)s->conns[i].received,
			   (unsigned long long)s->conns[i].received_bytes, m->conns[i].client,
			   m->conns[i].server);
}

void
show_stats_put_json(struct show_stats *s, struct json_out *o)
{
	json_out_open(o, '{');
	json_out_key_open(o, "events", '{');
	for (int i = 0; i < IR_N_KINDS; i++)
		json_out_key_uint(o, ir_kind_names[i], s->events[i]);
	json_out_close(o, '}');
	json_out_key_open(o, "messages", '{');
	for (int i = 0; i <= SMB2_MSG_UNKNOWN; i++)
		json_out_key_uint(o, smb2_msg_kind_name((enum smb2_msg_kind)i), s->kinds[i]);
	json_out_close(o, '}');
	json_out_key_open(o, "symbols", '{');
	for (int i = 0; i < IR_N_SYMBOL_KINDS; i++)
		json_out_key_uint(o, ir_what_names[i], s->ir->n_symbols[i]);
	json_out_close(o, '}');
	json_out_key(o, "pdus");
	tally_put_json(&s->tally, o);
	json_out_key_uint(o, "malformed", s->malformed);
	json_out_key_open(o, "connections", '[');
	for (size_t i = 0; i < s->ir->meta.n_conns; i++) {
		json_out_open(o, '{');
		json_out_key_uint(o, "sent", s->conns[i].sent);
		json_out_key_uint(o, "sent_bytes", s->conns[i].sent_bytes);
		json_out_key_uint(o, "received", s->conns[i].received);
		json_out_key_uint(o, "received_bytes", s->conns[i].received_bytes);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
	json_out_close(o, '}');
	buf_add(&o->b, "\n", 1);
}
