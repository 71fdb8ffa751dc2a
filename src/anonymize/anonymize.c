/*
 * A workload anonymized: gone through once to learn its files and names, once to write it. Lengths
 * stay, so that patches, definitions and cuts stay true.
 */
#include "config.h"

#include "anonymize/anon_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "ir/state_feed.h"
#include "ir/state_out.h"
#include "proto/smb2_compress.h"

#define COUNT_NAME(name, text) text,
const char *const anon_count_names[ANON_N_COUNTS] = {ANON_COUNTS(COUNT_NAME)};
#undef COUNT_NAME

#define PROGRESS_EVERY 4096u /* events */
#define TRANSFORM_HEADER 52u
#define COMPRESSION_HEADER 16u
#define SMB1_NEGOTIATE 0x72u
#define SMB1_COMMAND_AT 8u /* behind the frame header and the ProtocolId */
#define NBSS_REQUEST 0x81u
#define NBSS_RETARGET 0x84u
#define NETBIOS_LEN 32u /* a name in first-level encoding (RFC 1001 14.1) */

struct run {
	struct anon a;
	const struct anon_options *opt;
	struct ir_writer *w;
	struct err *e;
	struct buf scratch, message, packed;
	struct state_feed *feed; /* owned; NULL: there is no state to write */
	uint32_t *cuts;          /* owned */
	size_t cap_cuts;
};

void
anon_unjudged(struct anon *a, const char *where, size_t bytes)
{
	struct anon_result *r = a->result;
	size_t i = 0;

	if (a->learning || bytes == 0)
		return;
	while (i < r->n_unjudged && strcmp(r->unjudged[i].where, where) != 0)
		i++;
	if (i == ANON_MAX_UNJUDGED)
		i--;
	if (i == r->n_unjudged) {
		(void)snprintf(r->unjudged[i].where, sizeof(r->unjudged[i].where), "%s", where);
		r->n_unjudged++;
	}
	r->unjudged[i].times++;
	r->unjudged[i].bytes += bytes;
}

static bool
address_text(void *ctx, uint16_t *u, size_t n)
{
	struct anon *a = ctx;

	return anon_address_text(&a->addresses, u, n);
}

static int
prepare(struct anon *a, const struct anon_key *key)
{
	struct anon_key names = {{0}}, data = {{0}};
	int r = anon_key_derive(key, "smbench names", &names);

	if (r == 0)
		r = anon_key_derive(key, "smbench data", &data);
	if (r == 0)
		r = prf_new(names.k, &a->prf);
	if (r == 0)
		r = anon_data_new(&data, &a->data);
	anon_key_wipe(&names);
	anon_key_wipe(&data);
	a->names = (struct anon_names){.prf = a->prf,
				       .address = address_text,
				       .see = anon_see,
				       .extension = anon_see_extension,
				       .ctx = a};
	a->addresses.prf = a->prf;
	a->track.files = &a->files;
	return r == 0 ? anon_files_init(&a->files, a->prf) : r;
}

static void
run_free(struct run *r)
{
	if (r->w != NULL)
		ir_writer_abandon(r->w);
	anon_index_free(&r->a.index);
	anon_seen_free(&r->a);
	anon_track_free(&r->a.track);
	anon_files_free(&r->a.files);
	anon_addresses_free(&r->a.addresses);
	anon_data_free(r->a.data);
	prf_free(r->a.prf);
	buf_free(&r->scratch);
	buf_free(&r->message);
	buf_free(&r->packed);
	arena_free(&r->a.texts);
	state_feed_free(r->feed);
	free(r->cuts);
}

/* --- messages --- */

/* Zeros from `from` on. */
static void
blank(struct anon *a, uint8_t *p, size_t n, size_t from)
{
	if (from >= n)
		return;
	memset(p + from, 0, n - from);
	if (!a->learning)
		a->result->counts[ANON_DAMAGED] += n - from;
}

/* A NetBIOS name: each half of a byte is a letter from A on; behind 15 characters its type. */
static int
netbios_name(struct anon *a, uint8_t *p)
{
	uint8_t text[NETBIOS_LEN / 2];
	size_t n = sizeof(text) - 1;
	int r;

	for (size_t i = 0; i < sizeof(text); i++) {
		if (p[2 * i] < 'A' || p[2 * i] > 'P' || p[2 * i + 1] < 'A' || p[2 * i + 1] > 'P')
			return 0;
		text[i] = (uint8_t)((p[2 * i] - 'A') << 4 | (p[2 * i + 1] - 'A'));
	}
	while (n > 0 && text[n - 1] == ' ')
		n--;
	r = anon_name_bytes(&a->names, ANON_HOST, text, n);
	for (size_t i = 0; i < sizeof(text); i++) {
		p[2 * i] = (uint8_t)('A' + (text[i] >> 4));
		p[2 * i + 1] = (uint8_t)('A' + (text[i] & 0xf));
	}
	return r;
}

/* Session service packets (RFC 1002 4.3): names of both sides, an address. */
static int
session_service(struct anon *a, uint8_t *p, size_t n)
{
	const size_t name = 1 + NETBIOS_LEN + 1; /* length, name, end */
	int r = 0;

	if (n >= NBSS_HEADER + 4 && p[0] == NBSS_RETARGET)
		return anon_address(&a->addresses, p + NBSS_HEADER, 4);
	for (size_t at = NBSS_HEADER; r == 0 && p[0] == NBSS_REQUEST && at + name <= n; at += name)
		if (p[at] == NETBIOS_LEN)
			r = netbios_name(a, p + at + 1);
	return r;
}

static int
plain_message(struct anon *a, const struct ir_event *ev, struct slice was, uint8_t *p)
{
	struct smb2_chain chain = smb2_chain_init(was);
	struct slice bytes;
	uint32_t n = 0;
	int r = 0;

	anon_track_message(&a->track);
	for (; r == 0 && smb2_chain_next(&chain, &bytes); n++) {
		size_t off = (size_t)(bytes.p - was.p);
		struct smb2_pdu pdu;

		if (smb2_pdu_decode(bytes, &pdu) == 0)
			r = anon_pdu(a, ev, &pdu, off, p + off);
		else /* what is wrong with it may be its header */
			blank(a, p + off, bytes.n, SMB2_HDR_AT(signature));
		if (r == 0)
			r = anon_expects(a, n, n);
	}
	if (r == 0)
		r = anon_expects(a, n, UINT32_MAX);
	return r == 0 ? a->err : r;
}

static int
rewrite_message(struct anon *a, const struct ir_event *ev, struct slice was, uint8_t *p)
{
	if (ev->kind != IR_SEND && ev->kind != IR_RECV) {
		blank(a, p, was.n, 0);
		return 0;
	}
	switch (smb2_msg_kind(was)) {
	case SMB2_MSG_PLAIN:
		return plain_message(a, ev, was, p);
	case SMB2_MSG_SEALED:
		anon_unjudged(a, "sealed messages (zeros now)", was.n);
		blank(a, p, was.n, NBSS_HEADER + TRANSFORM_HEADER);
		return 0;
	case SMB2_MSG_COMPRESSED:
		anon_unjudged(a, "compressed messages (zeros now)", was.n);
		blank(a, p, was.n, NBSS_HEADER + COMPRESSION_HEADER);
		return 0;
	case SMB2_MSG_SMB1: /* of a negotiation there are only dialects in a request */
		if (ev->kind != IR_SEND || was.n <= SMB1_COMMAND_AT ||
		    p[SMB1_COMMAND_AT] != SMB1_NEGOTIATE)
			blank(a, p, was.n, SMB1_COMMAND_AT + 1);
		return 0;
	case SMB2_MSG_NBSS:
		return session_service(a, p, was.n);
	case SMB2_MSG_UNKNOWN:
		blank(a, p, was.n, NBSS_HEADER);
		return 0;
	}
	return 0;
}

/* The rewritten bytes of an event, in r->message. Its edits are in them. */
static int
rewrite_event(struct run *r, const struct ir_event *ev)
{
	struct slice was = ir_bytes(r->a.ir, ev, &r->scratch);

	buf_reset(&r->message);
	buf_add(&r->message, was.p, was.n);
	if (r->scratch.err != 0 || r->message.err != 0)
		return ERR_NOMEM;
	return was.n > 0 ? rewrite_message(&r->a, ev, was, r->message.p) : 0;
}

static int
learn(struct run *r)
{
	const struct ir *ir = r->a.ir;
	int err = 0;

	r->a.learning = true;
	for (size_t n = 0; err == 0 && n < ir->n_events; n++) {
		err = rewrite_event(r, &ir->events[n]);
		if (n % PROGRESS_EVERY == 0 && r->opt->progress != NULL)
			r->opt->progress(r->opt->ctx, n, 2 * ir->n_events);
	}
	r->a.learning = false;
	anon_track_free(&r->a.track);
	return err == 0 ? anon_index_new(&r->a) : err;
}

/* --- events --- */

/* The compressed form anew; where nothing is won by it any more, the message is plain. */
static int
compress(struct run *r, struct ir_event *ev)
{
	struct slice was = ev->packed, plain = buf_slice(&r->message);
	int err;

	buf_reset(&r->packed);
	buf_zero(&r->packed, NBSS_HEADER);
	err = smb2_compress_like(slice_sub(was, NBSS_HEADER, was.n - NBSS_HEADER),
				 slice_sub(plain, NBSS_HEADER, plain.n - NBSS_HEADER), &r->packed);
	if (err != 0)
		return err;
	wire_put_be(r->packed.p + 1, 3, r->packed.n - NBSS_HEADER);
	ev->packed = buf_slice(&r->packed);
	if (smb2_msg_kind(ev->packed) != SMB2_MSG_COMPRESSED) {
		ev->layers &= (uint8_t)~IR_COMPRESSED;
		ev->packed = (struct slice){0};
	}
	return 0;
}

/* Segments begin, and pauses are made, where they were, as far as the message still reaches. */
static int
make_cuts(struct run *r, struct ir_event *ev)
{
	size_t n = 0;

	if (ev->n_cuts > r->cap_cuts) {
		uint32_t *more = realloc(r->cuts, ev->n_cuts * sizeof(*more));

		if (more == NULL)
			return ERR_NOMEM;
		r->cuts = more;
		r->cap_cuts = ev->n_cuts;
	}
	for (uint32_t i = 0; i < ev->n_cuts; i++)
		if (ev->cuts[i] < ir_wire_size(ev))
			r->cuts[n++] = ev->cuts[i];
	ev->cuts = r->cuts;
	ev->n_cuts = (uint32_t)n;
	while (ev->n_pauses > 0 && ev->pauses[ev->n_pauses - 1].off >= ir_wire_size(ev))
		ev->n_pauses--;
	return 0;
}

static const char *
anonymous_text(struct run *r, enum anon_text kind, const char *text)
{
	size_t n = text != NULL ? strlen(text) : 0;
	char *copy = text != NULL ? arena_text(&r->a.texts, text, n) : NULL;
	int err = 0;

	if (text == NULL)
		return NULL;
	if (copy != NULL && n > 0)
		err = anon_name_bytes(&r->a.names, kind, (uint8_t *)copy, n);
	if (copy == NULL || err != 0)
		r->a.err = err != 0 ? err : ERR_NOMEM;
	return copy;
}

/* What a hand expects, to be rewritten with the message. */
static int
copy_expects(struct run *r, struct ir_event *ev)
{
	struct ir_set *sets;

	r->a.n_expects = ev->n_expects;
	if (ev->n_expects == 0)
		return 0;
	sets = arena_alloc(&r->a.texts, ev->n_expects * sizeof(*sets));
	if (sets == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < ev->n_expects; i++)
		sets[i] = ev->expects[i];
	ev->expects = r->a.expects = sets;
	return 0;
}

/* What the rewritten message says of the shares as they were before. */
static int
feed_state(struct run *r, size_t n, const struct ir_event *ev)
{
	struct state_message m = {.event = n,
				  .conn = ev->conn,
				  .server = r->a.ir->meta.conns[ev->conn].server,
				  .response = ev->kind == IR_RECV,
				  .bytes = buf_slice(&r->message)};

	if (ev->kind != IR_SEND && ev->kind != IR_RECV)
		return 0;
	m.n_extents = ir_writer_last(r->w, &m.extents);
	return state_feed(r->feed, &m);
}

static int
write_state(struct run *r)
{
	struct state derived, is;
	int err = state_feed_end(r->feed, &derived);

	if (err != 0)
		return err;
	err = anon_state(&r->a, r->opt->state, &derived, &is);
	if (err == 0)
		err = ir_writer_state(r->w, &is, r->e);
	state_free(&derived);
	return err;
}

static int
write_event(struct run *r, size_t n)
{
	struct ir_event ev = r->a.ir->events[n];
	struct ir_timing timing;
	int err = copy_expects(r, &ev);

	if (err == 0)
		err = rewrite_event(r, &ev);
	r->a.result->messages += ev.kind == IR_SEND || ev.kind == IR_RECV;
	ev.n_sets = 0; /* they are in the bytes now */
	ev.label = anonymous_text(r, ANON_HOST, ev.label);
	if (ev.timing != NULL) {
		timing = *ev.timing;
		timing.barrier = anonymous_text(r, ANON_HOST, timing.barrier);
		ev.timing = &timing;
	}
	if (err == 0 && (ev.layers & IR_COMPRESSED) != 0) {
		err = compress(r, &ev);
		if (err == 0)
			err = make_cuts(r, &ev);
	}
	if (err == 0)
		err = r->a.err;
	if (err != 0)
		return err;
	err = ir_writer_event(r->w, &ev, buf_slice(&r->message),
			      ir_file_data(buf_slice(&r->message)), ev.commands, r->e);
	return err == 0 && r->feed != NULL ? feed_state(r, n, &ev) : err;
}

static int
write_events(struct run *r)
{
	size_t total = r->a.ir->n_events;
	int err = 0;

	for (size_t n = 0; err == 0 && n < total; n++) {
		err = write_event(r, n);
		if (n % PROGRESS_EVERY == 0 && r->opt->progress != NULL)
			r->opt->progress(r->opt->ctx, total + n, 2 * total);
	}
	return err;
}

/* --- workload.json --- */

static const char *
endpoint(struct run *r, const char *text)
{
	struct buf b = {0};
	int err = anon_endpoint(&r->a.addresses, text != NULL ? text : "", &b);
	char *copy = err == 0 ? arena_text(&r->a.texts, (char *)b.p, b.n - 1) : NULL;

	if (copy == NULL)
		r->a.err = err != 0 ? err : ERR_NOMEM;
	else
		r->a.result->counts[ANON_ADDRESSES] += copy[0] != '\0';
	buf_free(&b);
	return copy;
}

static int
copy_lists(struct run *r, struct ir_meta *m)
{
	const struct ir_meta *old = &r->a.ir->meta;
	struct ir_conn *conns = arena_alloc(&r->a.texts, (old->n_conns + 1) * sizeof(*conns));
	struct ir_principal *who = arena_alloc(&r->a.texts, (old->n_principals + 1) * sizeof(*who));
	struct ir_source *sources =
		arena_alloc(&r->a.texts, (old->n_sources + 1) * sizeof(*sources));
	const char **shares = arena_alloc(&r->a.texts, (old->n_shares + 1) * sizeof(*shares));

	if (conns == NULL || who == NULL || sources == NULL || shares == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < old->n_conns; i++)
		conns[i] =
			(struct ir_conn){endpoint(r, old->conns[i].client),
					 endpoint(r, old->conns[i].server), old->conns[i].syn_seen};
	for (size_t i = 0; i < old->n_principals; i++) {
		who[i] = old->principals[i];
		who[i].domain = anonymous_text(r, ANON_HOST, who[i].domain);
		who[i].user = anonymous_text(r, ANON_HOST, who[i].user);
	}
	/* A digest would say which capture it was. */
	for (size_t i = 0; i < old->n_sources; i++)
		sources[i] = (struct ir_source){
			.name = anonymous_text(r, ANON_FILE, old->sources[i].name),
			.bytes = old->sources[i].bytes};
	for (size_t i = 0; i < old->n_shares; i++)
		shares[i] = anonymous_text(r, ANON_UNC, old->shares[i]);
	m->conns = conns;
	m->principals = who;
	m->sources = sources;
	m->shares = shares;
	return r->a.err;
}

static int
write_meta(struct run *r)
{
	struct ir_writer *w = r->w;
	struct ir_meta m = r->a.ir->meta;
	int err = copy_lists(r, &m);

	m.tool = PACKAGE_STRING;
	m.options = "smbench anonymize"; /* the old ones name files, hosts, shares */
	if (err != 0)
		return err;
	r->w = NULL;
	return ir_writer_close(w, &m, r->e);
}

int
anonymize_workload(const struct ir *ir, const struct anon_options *opt, struct ir_writer *w,
		   struct anon_result *result, struct err *e)
{
	struct run r = {.a = {.ir = ir, .result = result}, .opt = opt, .w = w, .e = e};
	int err = 0;

	*result = (struct anon_result){.messages = 0};
	if (ir->meta.run)
		err = err_set(e, ERR_USAGE, "this is a run, not a workload");
	if (err == 0)
		err = prepare(&r.a, opt->key);
	if (err == 0)
		err = learn(&r);
	if (err == 0 && opt->state != NULL)
		err = state_feed_new(&r.feed);
	if (err == 0)
		err = write_events(&r);
	if (err == 0 && r.feed != NULL)
		err = write_state(&r);
	if (err == 0)
		err = write_meta(&r);
	if (err == 0)
		err = anon_tell(&r.a, opt);
	result->strange = r.a.names.strange;
	result->repeating = anon_files_repeating(&r.a.files);
	run_free(&r);
	return err != 0 ? err_set(e, err, "%s", err_str(err)) : 0;
}
