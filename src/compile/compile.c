/* From captures to a workload on disk: ties what capture_read delivers to the tracker and the
 * writer. */
#include "config.h"

#include "base/list.h"
#include "compile/compile.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "compile/track.h"
#include "ir/state_feed.h"
#include "ir/state_out.h"

struct compile {
	struct unseal *unseal;
	struct track *track;
	struct ir_writer *writer;
	struct state_feed *state;
	struct compile_result *result;
	struct arena arena; /* connections' addresses */
	struct ir_conn *conns;
	size_t n_conns, cap_conns;
	uint64_t start; /* ns since 1970 of the first event */
	bool started;
	uint32_t *cuts; /* of the message at hand */
	size_t cap_cuts;
	uint32_t n_events; /* that are written */
	struct err *e;
};

static const char *
address_text(struct compile *c, const struct cap_addr *a)
{
	char ip[INET6_ADDRSTRLEN] = "?", text[INET6_ADDRSTRLEN + 16];
	int n;

	(void)inet_ntop(a->family, a->ip, ip, sizeof(ip));
	n = snprintf(text, sizeof(text), a->family == AF_INET6 ? "[%s]:%u" : "%s:%u", ip, a->port);
	return arena_text(&c->arena, text, (size_t)n);
}

static int
note_conn(struct compile *c, const struct cap_conn *conn)
{
	struct ir_conn *ic;

	if (conn->id < c->n_conns)
		return 0;
	if (list_room(&c->conns, c->n_conns, &c->cap_conns, sizeof(*c->conns)) != 0)
		return ERR_NOMEM;
	ic = &c->conns[c->n_conns++];
	ic->client = address_text(c, &conn->client);
	ic->server = address_text(c, &conn->server);
	ic->syn_seen = conn->syn_seen;
	return ic->client != NULL && ic->server != NULL ? 0 : ERR_NOMEM;
}

/* Times in a workload count from its first event; a packet with an earlier stamp than that counts
 * as simultaneous. */
static uint64_t
since_start(struct compile *c, uint64_t t)
{
	if (!c->started) {
		c->started = true;
		c->start = t;
	}
	return t > c->start ? t - c->start : 0;
}

static int
copy_cuts(struct compile *c, const struct cap_message *m, struct ir_event *ev)
{
	if (m->n_cuts > c->cap_cuts) {
		uint32_t *more = realloc(c->cuts, m->n_cuts * sizeof(*more));

		if (more == NULL)
			return ERR_NOMEM;
		c->cuts = more;
		c->cap_cuts = m->n_cuts;
	}
	for (size_t i = 0; i < m->n_cuts; i++)
		c->cuts[i] = m->cuts[i].offset;
	ev->cuts = c->cuts;
	ev->n_cuts = (uint32_t)m->n_cuts;
	return 0;
}

static void
count_message(struct compile_result *r, const struct track_message *tm)
{
	r->messages++;
	r->pdus += tm->n_pdus;
	r->opaque += tm->n_opaque;
	r->broken_chains += tm->n_broken;
	r->sealed += tm->kind == SMB2_MSG_SEALED;
	r->compressed += tm->kind == SMB2_MSG_COMPRESSED;
	r->smb1 += tm->kind == SMB2_MSG_SMB1;
	r->nbss += tm->kind == SMB2_MSG_NBSS;
	r->unknown += tm->kind == SMB2_MSG_UNKNOWN;
}

/* What the message says of the shares as they were before. */
static int
feed_state(struct compile *c, const struct ir_event *ev, struct slice bytes)
{
	struct state_message m = {.event = c->n_events - 1,
				  .conn = ev->conn,
				  .server = c->conns[ev->conn].server,
				  .response = ev->kind == IR_RECV,
				  .bytes = bytes};

	m.n_extents = ir_writer_last(c->writer, &m.extents);
	return state_feed(c->state, &m);
}

static int
on_message(void *ctx, const struct cap_message *captured)
{
	struct compile *c = ctx;
	struct track_message tm;
	struct unseal_message um;
	const struct cap_message *m = &um.m;
	struct ir_event ev = {
		.kind = captured->dir == CAP_C2S ? IR_SEND : IR_RECV,
		.joined = !captured->at_segment_start,
		.conn = captured->conn->id,
		.frame_first = captured->frame_first,
		.frame_last = captured->frame_last,
	};
	int r = note_conn(c, captured->conn);

	if (r == 0)
		r = unseal_message_next(c->unseal, captured, &um);
	track_number(c->track, c->n_events++);
	if (r == 0)
		r = track_message(c->track, m, um.bad_signatures, &tm);
	if (r == 0)
		r = copy_cuts(c, m, &ev);
	if (r != 0)
		return r;
	ev.t_first = since_start(c, m->t_first);
	ev.t_last = since_start(c, m->t_last);
	ev.patches = tm.patches;
	ev.n_patches = (uint32_t)tm.n_patches;
	ev.layers = um.layers;
	ev.packed = um.compressed;
	if ((um.layers & IR_SEALED) != 0)
		ev.sealed_by = track_session(c->track, m->conn, um.session_id);
	count_message(c->result, &tm);
	c->result->opened += (um.layers & IR_SEALED) != 0;
	c->result->unpacked += (um.layers & IR_COMPRESSED) != 0;
	r = ir_writer_event(c->writer, &ev, m->bytes, tm.payload,
			    tm.kind == SMB2_MSG_PLAIN ? tm.commands : smb2_msg_kind_name(tm.kind),
			    c->e);
	return r == 0 ? feed_state(c, &ev, m->bytes) : r;
}

static int
on_event(void *ctx, const struct cap_event *ce)
{
	static const uint8_t kinds[] = {
		[CAP_CONNECT] = IR_CONNECT, [CAP_FIN] = IR_FIN,   [CAP_RST] = IR_RST,
		[CAP_GAP] = IR_GAP,         [CAP_JUNK] = IR_JUNK,
	};
	struct compile *c = ctx;
	struct ir_event ev = {
		.kind = kinds[ce->kind],
		.server = ce->dir == CAP_S2C,
		.conn = ce->conn->id,
		.frame_first = ce->frame,
		.frame_last = ce->frame,
		.lost = ce->lost,
	};
	int r = note_conn(c, ce->conn);

	if (r != 0)
		return r;
	c->n_events++;
	ev.t_first = ev.t_last = since_start(c, ce->t);
	return ir_writer_event(c->writer, &ev, ce->bytes, (struct slice){0}, NULL, c->e);
}

static void
on_close(void *ctx, struct cap_conn *conn)
{
	struct compile *c = ctx;

	unseal_close(c->unseal, conn);
	track_close(c->track, conn);
}

static const char *
arena_hex(struct arena *a, const uint8_t *p, size_t n)
{
	char *text = arena_alloc(a, n * 2 + 1);

	if (text != NULL)
		hex_text(p, n, text);
	return text;
}

static const struct ir_source *
make_sources(struct compile *c, const struct cap_input *inputs, size_t n)
{
	struct ir_source *s = arena_alloc(&c->arena, (n + 1) * sizeof(*s));

	for (size_t i = 0; s != NULL && i < n; i++) {
		const char *slash = strrchr(inputs[i].path, '/');

		s[i].name = slash != NULL ? slash + 1 : inputs[i].path;
		s[i].bytes = inputs[i].bytes;
		s[i].xxh128 = arena_hex(&c->arena, inputs[i].xxh128, sizeof(inputs[i].xxh128));
		if (s[i].xxh128 == NULL)
			return NULL;
	}
	return s;
}

static void
count_values(struct compile *c)
{
	size_t n;

	(void)track_values(c->track, &n);
	c->result->values = n;
	c->result->values_left_out = track_values_left_out(c->track);
}

/* With what the tracker knows at the end. */
static int
close_writer(struct compile *c, struct ir_meta *meta)
{
	struct ir_writer *w = c->writer;

	meta->principals = track_principals(c->track, &meta->n_principals);
	meta->shares = track_shares(c->track, &meta->n_shares);
	meta->values = track_values(c->track, &meta->n_values);
	c->writer = NULL;
	return ir_writer_close(w, meta, c->e);
}

static int
finish(struct compile *c, const struct cap_input *inputs, size_t n,
       const struct compile_options *opt)
{
	const struct compile_result *r = c->result;
	const struct cap_totals *t = &r->capture;
	const uint32_t *symbols = track_symbols(c->track);
	const struct ir_total totals[] = {
		{"packets", t->packets},
		{"connections", t->connections},
		{"messages", r->messages},
		{"pdus", r->pdus},
		{"stream_bytes", t->stream_bytes},
		{"message_bytes", t->message_bytes},
		{"opened", r->opened},
		{"decompressed", r->unpacked},
		{"sealed", r->sealed},
		{"compressed", r->compressed},
		{"smb1", r->smb1},
		{"session_service", r->nbss},
		{"sessions", symbols[IR_SESSION]},
		{"trees", symbols[IR_TREE]},
		{"opens", symbols[IR_OPEN]},
		{"async_ids", symbols[IR_ASYNC]},
		{"resume_keys", symbols[IR_RESUME]},
		{"values", r->values},
		{"state_names", r->state_names},
	};
	const struct ir_total lost[] = {
		{"gap_bytes", t->gap_bytes},
		{"damaged_message_bytes", t->gap_known_bytes},
		{"junk_bytes", t->junk_bytes},
		{"opaque_pdus", r->opaque},
		{"broken_chains", r->broken_chains},
		{"unknown_messages", r->unknown},
		{"snaplen_cut_packets", t->snaplen_cut},
		{"lost_fragments", t->fragments_lost},
		{"bad_packets", t->bad_packets},
		{"conflicting_bytes", t->tcp_conflicting_bytes},
		{"values_left_out", r->values_left_out},
		{"state_left_out", r->state_left_out},
	};
	struct ir_meta meta = {
		.tool = PACKAGE_STRING,
		.start = c->start,
		.options = opt->command_line,
		.sources = make_sources(c, inputs, n),
		.n_sources = n,
		.conns = c->conns,
		.n_conns = c->n_conns,
		.totals = totals,
		.n_totals = sizeof(totals) / sizeof(totals[0]),
		.lost = lost,
		.n_lost = sizeof(lost) / sizeof(lost[0]),
	};

	return meta.sources != NULL ? close_writer(c, &meta) : ERR_NOMEM;
}

static int
write_state(struct compile *c)
{
	struct state s;
	int r = state_feed_end(c->state, &s);

	if (r != 0)
		return r;
	c->result->state_names = s.n;
	c->result->state_left_out = s.left_out + s.contents_left_out + s.requests_left_out;
	r = ir_writer_state(c->writer, &s, c->e);
	state_free(&s);
	return r;
}

static void
tell_sessions(const struct compile *c, const struct compile_options *opt)
{
	const struct unseal_session *s;

	for (size_t i = 0; (s = unseal_session(c->unseal, i)) != NULL; i++) {
		c->result->wrong_secrets +=
			s->wrong_secret || (s->have_cipher_keys && s->sealed > 0 && s->opened == 0);
		if (opt->session != NULL)
			opt->session(opt->session_ctx, s);
	}
}

int
compile_captures(struct cap_input *inputs, size_t n, const char *out,
		 const struct compile_options *opt, struct compile_result *result, struct err *e)
{
	struct compile c = {.result = result, .e = e};
	const struct cap_sink sink = {
		.ctx = &c, .message = on_message, .event = on_event, .close = on_close};
	int r, cut = 0;

	*result = (struct compile_result){0};
	r = unseal_new(&opt->secrets, &c.unseal);
	if (r == 0)
		r = track_new(opt->no_values ? NULL : &opt->rules, &c.track);
	if (r == 0)
		r = state_feed_new(&c.state);
	if (r == 0)
		r = ir_writer_open(out, opt->replace, &c.writer, e);
	if (r == 0)
		r = cut = capture_read(inputs, n, &opt->capture, &sink, &result->capture, e);
	if (cut == ERR_TRUNCATED && result->messages > 0)
		r = 0; /* what came before the end is worth keeping */
	else
		cut = 0;
	if (r == 0 && result->messages == 0)
		r = err_set(e, ERR_NOTFOUND,
			    "%s%s: 0 messages from %" PRIu64 " packets: no SMB2 traffic found",
			    inputs[0].path, n > 1 ? " and others" : "", result->capture.packets);
	if (r == 0)
		count_values(&c);
	if (r == 0)
		r = write_state(&c);
	if (r == 0)
		r = finish(&c, inputs, n, opt);
	if (r != 0)
		(void)err_set(e, r, "%s", err_str(r));
	if (r == 0)
		tell_sessions(&c, opt);
	ir_writer_abandon(c.writer);
	unseal_free(c.unseal);
	track_free(c.track);
	state_feed_free(c.state);
	arena_free(&c.arena);
	free(c.conns);
	free(c.cuts);
	return r != 0 ? r : cut;
}
