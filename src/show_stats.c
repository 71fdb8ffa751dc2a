/* Counting a workload: messages and bytes by connection, PDUs by command and status, symbols by kind. */
#include "config.h"

#include "show.h"

#include <stdlib.h>

#include "proto/ntstatus.h"

#define MAX_ROWS ((size_t)4096) /* distinct commands with statuses; more are counted together */

struct row {
	unsigned command;
	bool response;
	uint32_t status;
	uint64_t n;
};

struct conn_count {
	uint64_t sent, received, sent_bytes, received_bytes, other;
};

struct show_stats {
	const struct ir *ir;
	struct conn_count *conns;
	struct row *rows;
	size_t n_rows;
	uint64_t uncounted, malformed;
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
	s->rows = calloc(MAX_ROWS, sizeof(*s->rows));
	if (s->conns == NULL || s->rows == NULL) {
		show_stats_free(s);
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
	free(s->rows);
	free(s);
}

static void
add_pdu(struct show_stats *s, const struct smb2_pdu *pdu)
{
	uint32_t status = pdu->response ? pdu->h.status : 0;
	size_t i = 0;

	while (i < s->n_rows && (s->rows[i].command != pdu->h.command || s->rows[i].response != pdu->response ||
				 s->rows[i].status != status))
		i++;
	if (i == MAX_ROWS) {
		s->uncounted++;
		return;
	}
	if (i == s->n_rows)
		s->rows[s->n_rows++] = (struct row){pdu->h.command, pdu->response, status, 0};
	s->rows[i].n++;
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
			add_pdu(s, p.pdu);
		else
			s->malformed++;
	}
}

static int
compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->command != y->command)
		return x->command < y->command ? -1 : 1;
	if (x->response != y->response)
		return x->response ? 1 : -1;
	return x->n > y->n ? -1 : x->n < y->n;
}

static void
put_rows(const struct show_stats *s, struct buf *out)
{
	buf_printf(out, "%-16s %9s  %s\n", "PDUs", "requests", "responses");
	for (size_t i = 0; i < s->n_rows;) {
		unsigned command = s->rows[i].command;
		uint64_t requests = 0;
		bool first = true;

		for (; i < s->n_rows && s->rows[i].command == command && !s->rows[i].response; i++)
			requests += s->rows[i].n;
		buf_printf(out, "  %-14s %9llu  ", smb2_command_name(command), (unsigned long long)requests);
		for (; i < s->n_rows && s->rows[i].command == command; i++) {
			buf_printf(out, "%s%llu %s", first ? "" : ", ", (unsigned long long)s->rows[i].n,
				   ntstatus_name(s->rows[i].status));
			first = false;
		}
		buf_printf(out, "%s\n", first ? "none" : "");
	}
	if (s->malformed + s->uncounted > 0)
		buf_printf(out, "  malformed %llu, with too many different statuses %llu\n",
			   (unsigned long long)s->malformed, (unsigned long long)s->uncounted);
}

void
show_stats_put(const struct show_stats *s, struct buf *out)
{
	const struct ir_meta *m = &s->ir->meta;

	qsort(s->rows, s->n_rows, sizeof(*s->rows), compare_rows);
	buf_printf(out, "events");
	for (int i = 0; i < IR_N_KINDS; i++)
		if (s->events[i] > 0)
			buf_printf(out, "  %s %llu", ir_kind_names[i], (unsigned long long)s->events[i]);
	buf_printf(out, "\nmessages");
	for (int i = 0; i <= SMB2_MSG_UNKNOWN; i++)
		if (s->kinds[i] > 0)
			buf_printf(out, "  %s %llu", smb2_msg_kind_name((enum smb2_msg_kind)i), (unsigned long long)s->kinds[i]);
	buf_printf(out, "\nsymbols");
	for (int i = 0; i < IR_N_SYMBOL_KINDS; i++)
		buf_printf(out, "  %s %u", ir_what_names[i], s->ir->n_symbols[i]);
	buf_printf(out, "\n\n");
	put_rows(s, out);
	buf_printf(out, "\n%-12s %9s %12s %9s %12s\n", "connections", "sent", "bytes", "received", "bytes");
	for (size_t i = 0; i < m->n_conns; i++)
		buf_printf(out, "  %-10zu %9llu %12llu %9llu %12llu  %s to %s\n", i, (unsigned long long)s->conns[i].sent,
			   (unsigned long long)s->conns[i].sent_bytes, (unsigned long long)s->conns[i].received,
			   (unsigned long long)s->conns[i].received_bytes, m->conns[i].client, m->conns[i].server);
}

static void
put_number(struct json_out *o, const char *key, uint64_t v)
{
	json_out_key(o, key);
	json_out_uint(o, v);
}

static void
put_json_rows(const struct show_stats *s, struct json_out *o)
{
	json_out_key(o, "pdus");
	json_out_open(o, '[');
	for (size_t i = 0; i < s->n_rows; i++) {
		json_out_open(o, '{');
		json_out_key(o, "command");
		json_out_text(o, smb2_command_name(s->rows[i].command));
		json_out_key(o, "direction");
		json_out_text(o, s->rows[i].response ? "response" : "request");
		if (s->rows[i].response) {
			json_out_key(o, "status");
			json_out_text(o, ntstatus_name(s->rows[i].status));
		}
		put_number(o, "count", s->rows[i].n);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

void
show_stats_put_json(const struct show_stats *s, struct json_out *o)
{
	qsort(s->rows, s->n_rows, sizeof(*s->rows), compare_rows);
	json_out_open(o, '{');
	json_out_key(o, "events");
	json_out_open(o, '{');
	for (int i = 0; i < IR_N_KINDS; i++)
		put_number(o, ir_kind_names[i], s->events[i]);
	json_out_close(o, '}');
	json_out_key(o, "messages");
	json_out_open(o, '{');
	for (int i = 0; i <= SMB2_MSG_UNKNOWN; i++)
		put_number(o, smb2_msg_kind_name((enum smb2_msg_kind)i), s->kinds[i]);
	json_out_close(o, '}');
	json_out_key(o, "symbols");
	json_out_open(o, '{');
	for (int i = 0; i < IR_N_SYMBOL_KINDS; i++)
		put_number(o, ir_what_names[i], s->ir->n_symbols[i]);
	json_out_close(o, '}');
	put_json_rows(s, o);
	json_out_key(o, "connections");
	json_out_open(o, '[');
	for (size_t i = 0; i < s->ir->meta.n_conns; i++) {
		json_out_open(o, '{');
		put_number(o, "sent", s->conns[i].sent);
		put_number(o, "sent_bytes", s->conns[i].sent_bytes);
		put_number(o, "received", s->conns[i].received);
		put_number(o, "received_bytes", s->conns[i].received_bytes);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
	json_out_close(o, '}');
	buf_add(&o->b, "\n", 1);
}
