/* smbench compare: where a stored run differs from its workload. */
#include "config.h"

#include "cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "ir/judge.h"
#include "ir/legs.h"
#include "ir/mids.h"
#include "proto/ntstatus.h"
#include "report.h"
#include "report_html.h"

static const char help[] = "usage: smbench compare [OPTION]... WORKLOAD RUN\n"
			   "\n"
			   "Say where a server's behaviour in a run (smbench replay --run) differs "
			   "from the workload.\n"
			   "\n"
			   "  -j, --json       print one JSON object\n"
			   "      --html FILE  write a page for people: divergences by cause, "
			   "message by message,\n"
			   "                   latencies, load over time, what was substituted\n"
			   "      --map FILE   the map that the run was played with: answers are "
			   "expected with\n"
			   "                   the names that it gives, see smbench-map(5)\n"
			   "  -h, --help       print this help\n"
			   "\n"
			   "Exit status: 0 the same, 1 differences, 2 usage or unreadable input.\n";

/* What a run holds of one connection. */
struct side {
	bool connected;
	bool ended, reset; /* by the server, before the client did */
	bool was_reset;    /* by the client: what was on its way is lost */
	bool left;         /* by the client */
	bool finished;     /* by the client, as recorded */
	bool anew;         /* reconnected: no recorded request went out since */
	bool reported;     /* its loss is one divergence, whatever follows from it */
	struct mids mids;
};

struct compare {
	const struct ir *workload, *run;
	struct judge *judge;
	struct map *map;
	struct clone *clone;   /* of the run; NULL: its keys are as recorded */
	struct mapper *mapper; /* NULL: names are as recorded */
	struct findings findings;
	struct report_run totals;
	struct side *sides; /* of each connection */
	bool *sent;         /* of each event of the workload: the run sent it */
	bool total_order;   /* the run was played in recorded order */
	size_t settled;     /* events before it have come, or their lack was said */
};

/* Is the next request on the connection one that was sent before? Then it is a leg that was not
 * recorded. */
static bool
is_extra_leg_next(const struct compare *c, size_t at)
{
	for (size_t i = at + 1; i < c->run->n_events; i++) {
		const struct ir_event *ev = &c->run->events[i];

		if (ev->conn == c->run->events[at].conn && ev->kind == IR_SEND)
			return ev->of > 0 && ev->of <= c->workload->n_events && c->sent[ev->of - 1];
	}
	return false;
}

/* A logon that took other legs than recorded, as in the replay. `*judged`: there is nothing left to
 * judge. */
static int
judge_other_leg(struct compare *c, size_t at, struct smb2_pdu *live, bool *judged)
{
	uint32_t conn = c->run->events[at].conn;
	struct legs_end end;
	int r;

	if (!legs_differ(c->judge, conn, live))
		return 0;
	if (live->h.status != STATUS_SUCCESS) {
		*judged = is_extra_leg_next(c, at);
		return 0;
	}
	do {
		r = legs_end_early(c->judge, c->workload, conn, live, &end);
		*judged = !end.found;
		if (r == 0 && end.found) {
			c->sent[end.event] = true;
			r = mids_remove(&c->sides[conn].mids, end.message_id);
		}
	} while (r == 0 && end.found && legs_differ(c->judge, conn, live));
	return r;
}

static int
judge_answer(struct compare *c, size_t at, struct smb2_pdu *live)
{
	uint32_t conn = c->run->events[at].conn;
	struct judge_match m;
	bool judged = false;
	int r;

	if (live->h.message_id != SMB2_NO_MESSAGE_ID && c->sides[conn].anew)
		return 0;
	live->h.message_id = mids_recorded(&c->sides[conn].mids, live->h.message_id);
	if (live->h.message_id == MIDS_OWN)
		return 0;
	r = judge_other_leg(c, at, live, &judged);
	if (r != 0 || judged)
		return r;
	r = judge_pdu(c->judge, conn, live, &m);
	if (r == 0)
		findings_matched(&c->findings, &m);
	return r;
}

static int
judge_message(struct compare *c, size_t at, struct slice bytes)
{
	uint32_t conn = c->run->events[at].conn;
	struct smb2_chain chain = smb2_chain_init(bytes);
	struct smb2_pdu live;
	struct slice pdu;
	int r = 0;

	if (smb2_msg_kind(bytes) != SMB2_MSG_PLAIN) {
		findings_judging(&c->findings, at, bytes, bytes);
		judge_raw(c->judge, conn, bytes);
		return 0;
	}
	while (r == 0 && smb2_chain_next(&chain, &pdu)) {
		findings_judging(&c->findings, at, bytes, pdu);
		if (smb2_pdu_decode(pdu, &live) != 0 || !live.response)
			judge_malformed(c->judge, conn, pdu);
		else
			r = judge_answer(c, at, &live);
	}
	return r;
}

/* The PDUs of a message; none of one that is not SMB2, whose bytes are no ids. */
static struct smb2_chain
smb2_of(const struct ir *ir, const struct ir_event *ev, struct buf *scratch)
{
	struct slice bytes;

	buf_reset(scratch);
	bytes = ir_bytes(ir, ev, scratch);
	return smb2_chain_init(smb2_msg_kind(bytes) == SMB2_MSG_PLAIN ? bytes : (struct slice){0});
}

/* The first MessageId of a message; false: it has none. */
static bool
first_id(const struct ir *ir, const struct ir_event *ev, struct buf *scratch, uint64_t *id)
{
	struct smb2_chain chain = smb2_of(ir, ev, scratch);
	struct slice pdu;

	if (!smb2_chain_next(&chain, &pdu) || pdu.n < SMB2_HEADER ||
	    wire_le(pdu.p + SMB2_HDR_AT(command), 2) == SMB2_CMD_CANCEL)
		return false;
	*id = wire_le(pdu.p + SMB2_HDR_AT(message_id), 8);
	return true;
}

/* Ids move where the run left requests out, sent some of its own, or connected anew. */
static int
follow_moves(struct compare *c, const struct ir_event *ev, struct buf *scratch)
{
	struct side *s = &c->sides[ev->conn];
	uint64_t live, recorded;

	if (ev->of == 0)
		return s->anew ? 0 : mids_insert(&s->mids, MIDS_OWN, &live);
	if (c->sent[ev->of - 1] || !first_id(c->run, ev, scratch, &live) ||
	    !first_id(c->workload, &c->workload->events[ev->of - 1], scratch, &recorded))
		return scratch->err;
	if (!s->anew)
		return mids_follow(&s->mids, recorded, live);
	s->anew = false;
	return mids_restart(&s->mids, recorded, live);
}

/* The MessageIds that a request of the run took, by what it stands for; the second one for the same
 * event is a leg that was not recorded. */
static int
follow_ids(struct compare *c, const struct ir_event *ev, struct buf *scratch)
{
	struct mids *mids = &c->sides[ev->conn].mids;
	struct smb2_chain chain;
	struct slice pdu;
	uint64_t live;
	int r = 0;

	if (ev->kind != IR_SEND || ev->of > c->workload->n_events)
		return 0;
	r = follow_moves(c, ev, scratch);
	if (r != 0 || ev->of == 0)
		return r;
	chain = smb2_of(c->workload, &c->workload->events[ev->of - 1], scratch);
	while (r == 0 && smb2_chain_next(&chain, &pdu)) {
		uint64_t id, charge;

		if (pdu.n < SMB2_HEADER)
			continue;
		id = wire_le(pdu.p + SMB2_HDR_AT(message_id), 8);
		charge = wire_le(pdu.p + SMB2_HDR_AT(credit_charge), 2);
		if (c->sent[ev->of - 1])
			r = mids_insert(mids, id, &live);
		else if (id != SMB2_NO_MESSAGE_ID)
			mids_sent(mids, id, charge > 1 ? charge : 1);
	}
	return r != 0 ? r : scratch->err;
}

static void
report_loss(struct compare *c, size_t event, const char *expected)
{
	struct side *s = &c->sides[c->workload->events[event].conn];

	if (!s->reported)
		judge_report(c->judge, JUDGE_DISCONNECT, event, "connection", expected,
			     !s->connected ? "no connection"
			     : s->reset    ? "reset by the server"
					   : "closed by the server");
	s->reported = true;
}

/* What was asked on a connection that is made again now will not be answered. */
static void
give_up_answers(struct compare *c, const struct ir_event *ev)
{
	struct buf scratch = {0};
	struct smb2_chain chain = smb2_chain_init(ir_bytes(c->workload, ev, &scratch));
	struct slice pdu;

	while (smb2_chain_next(&chain, &pdu) && pdu.n >= SMB2_HEADER)
		judge_give_up_answers(c->judge, ev->conn,
				      wire_le(pdu.p + SMB2_HDR_AT(message_id), 8), JUDGE_LOST);
	buf_free(&scratch);
}

/* The replay has connected again: where it found the connection lost, and what that cost. */
static void
begin_anew(struct compare *c, uint32_t conn)
{
	struct side *s = &c->sides[conn];

	for (size_t i = 0; i < c->workload->n_events && !s->reported; i++) {
		const struct ir_event *ev = &c->workload->events[i];

		if (ev->conn == conn && ev->kind == IR_SEND && !c->sent[i])
			report_loss(c, i, "a request could be sent");
		else if (ev->conn == conn && ev->kind == IR_RECV && !judge_satisfied(c->judge, i))
			report_loss(c, i, "an answer");
	}
	for (size_t i = 0; i < c->workload->n_events; i++)
		if (c->workload->events[i].conn == conn && c->workload->events[i].kind == IR_SEND &&
		    c->sent[i])
			give_up_answers(c, &c->workload->events[i]);
	s->ended = s->reported = s->was_reset = false;
	s->anew = true;
}

static void
check_answer(struct compare *c, size_t event)
{
	const struct side *s = &c->sides[c->workload->events[event].conn];

	if (judge_satisfied(c->judge, event))
		return;
	if (s->was_reset) {
		judge_drop(c->judge, event);
		return;
	}
	if (s->connected && !s->ended) {
		judge_give_up(c->judge, event, "no answer");
		return;
	}
	report_loss(c, event, "an answer");
	judge_drop(c->judge, event);
}

/* What was not sent though it could have been is not answered. */
static void
drop_answers(struct compare *c, const struct ir_event *ev)
{
	struct buf scratch = {0};
	struct smb2_chain chain = smb2_chain_init(ir_bytes(c->workload, ev, &scratch));
	struct slice pdu;

	while (smb2_chain_next(&chain, &pdu) && pdu.n >= SMB2_HEADER)
		judge_unsent(c->judge, ev->conn, wire_le(pdu.p + SMB2_HDR_AT(message_id), 8));
	buf_free(&scratch);
}

/* A request that the replay passed over: nobody can answer it. */
static void
check_unsent(struct compare *c, size_t event)
{
	const struct ir_event *ev = &c->workload->events[event];

	if (c->sides[ev->conn].ended)
		report_loss(c, event, "a request could be sent");
	drop_answers(c, ev);
}

/* In total order a request goes out when all before it has come, was given up or was passed over.
 */
static void
settle(struct compare *c, size_t event)
{
	for (; c->settled < event; c->settled++) {
		enum ir_kind kind = c->workload->events[c->settled].kind;

		if (kind == IR_RECV)
			check_answer(c, c->settled);
		else if (kind == IR_SEND && !c->sent[c->settled])
			check_unsent(c, c->settled);
	}
}

/* What an event of the run says of its connection. */
static void
note_event(struct compare *c, const struct ir_event *ev)
{
	struct side *s = &c->sides[ev->conn];

	if (ev->kind == IR_CONNECT && s->connected)
		begin_anew(c, ev->conn);
	if (ev->kind == IR_CONNECT)
		s->connected = true;
	if ((ev->kind == IR_FIN || ev->kind == IR_RST) && !ev->server) {
		s->left = true;
		s->was_reset = ev->kind == IR_RST;
	} else if (ev->kind == IR_FIN || ev->kind == IR_RST) {
		s->ended = !s->left;
		s->reset = ev->kind == IR_RST;
	}
	if (ev->of > 0 && ev->of <= c->workload->n_events) {
		c->sent[ev->of - 1] = true;
		findings_sent(&c->findings, (uint64_t)(ev - c->run->events), ev->of - 1);
	}
	c->totals.sent += ev->kind == IR_SEND;
	if (ev->kind == IR_SEND && ev->of > 0 && ev->of <= c->workload->n_events) {
		if (c->total_order)
			settle(c, ev->of - 1);
		judge_sent(c->judge, ev->of - 1);
	}
}

static int
feed(struct compare *c)
{
	struct buf scratch = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->run->n_events; i++) {
		const struct ir_event *ev = &c->run->events[i];

		if (ev->kind == IR_RECV) {
			struct slice bytes = ir_bytes(c->run, ev, &scratch);

			r = scratch.err != 0 ? scratch.err : judge_message(c, i, bytes);
		}
		findings_judging_nothing(&c->findings);
		if (r == 0)
			r = follow_ids(c, ev, &scratch);
		note_event(c, ev);
	}
	buf_free(&scratch);
	return r;
}

/* The server was to end the connection: from here on it is recorded as ended. */
static void
check_end(struct compare *c, size_t event)
{
	struct side *s = &c->sides[c->workload->events[event].conn];

	if (s->connected && !s->ended && !s->finished)
		judge_report(c->judge, JUDGE_CONNECTED, event, "connection", "closed by the server",
			     "still open");
	s->reported = true;
}

/* What the run did not bring, as replay itself says it (engine.c). */
static void
find_missing(struct compare *c)
{
	for (size_t i = 0; i < c->workload->n_events; i++) {
		const struct ir_event *ev = &c->workload->events[i];
		struct side *s = &c->sides[ev->conn];
		bool ends = ev->kind == IR_FIN || ev->kind == IR_RST;

		if (ir_is_mute(c->workload, ev->conn))
			continue;
		if (ev->kind == IR_CONNECT && !s->connected)
			report_loss(c, i, "a connection");
		else if (ev->kind == IR_SEND && !c->sent[i] && s->ended)
			report_loss(c, i, "a request could be sent");
		else if (ev->kind == IR_SEND && !c->sent[i])
			drop_answers(c, ev);
		else if (ev->kind == IR_RECV)
			check_answer(c, i);
		else if (ends && ev->server)
			check_end(c, i);
		else if (ends)
			s->finished = true;
	}
}

/* Do the options begin with this one? */
static bool
is_option(const char *options, const char *option)
{
	size_t n = strlen(option);

	return strncmp(options, option, n) == 0 && (options[n] == '\0' || options[n] == ' ');
}

static int
load(struct compare *c, struct ir *w, struct ir *r, char **paths, struct err *e)
{
	int ret = ir_load(paths[0], w, e);

	if (ret == 0)
		ret = ir_load(paths[1], r, e);
	if (ret == 0 && (!r->meta.run || w->meta.run))
		ret = err_set(e, ERR_USAGE, "%s is no %s", r->meta.run ? paths[0] : paths[1],
			      r->meta.run ? "workload" : "run");
	if (ret == 0 && r->meta.n_conns != w->meta.n_conns)
		ret = err_set(e, ERR_MALFORMED,
			      "%s is no run of %s: it has %zu connections, not %zu", paths[1],
			      paths[0], r->meta.n_conns, w->meta.n_conns);
	if (ret != 0)
		return ret;
	c->total_order = r->meta.options != NULL && is_option(r->meta.options, IR_RUN_TOTAL);
	c->sides = calloc(w->meta.n_conns + 1, sizeof(*c->sides));
	c->sent = calloc(w->n_events + 1, sizeof(*c->sent));
	return c->sides != NULL && c->sent != NULL ? 0 : ERR_NOMEM;
}

/* The number behind that option of the run. */
static bool
run_number(const struct compare *c, const char *option, uint64_t *out)
{
	const char *options = c->run->meta.options,
		   *said = options != NULL ? strstr(options, option) : NULL;

	*out = said != NULL ? strtoull(said + strlen(option), NULL, 10) : 0;
	return said != NULL;
}

/* The names and keys that the run was played with. */
static int
make_clone(struct compare *c)
{
	uint64_t seed, number;
	int r;

	if (!run_number(c, IR_RUN_SEED, &seed) || !run_number(c, IR_RUN_TRY, &number))
		return 0;
	r = clone_new(c->workload, seed, &c->clone);
	if (r == 0)
		clone_try(c->clone, number);
	return r;
}

/* The judge, and what names it is to expect. */
static int
make_judge(struct compare *c, const struct judge_sink *sink)
{
	struct mapper_options names = {.map = c->map, .share = ""};
	int r = judge_new(c->workload, sink, &c->judge);

	if (r == 0)
		r = make_clone(c);
	if (r != 0 || (c->map == NULL && c->clone == NULL))
		return r;
	names.clone = c->clone;
	r = mapper_new(c->workload, &names, &c->mapper);
	if (r == 0)
		judge_map(c->judge, c->mapper);
	return r;
}

/* Judge the run, and print. `*status`: the exit status. */
static int
judge_run(struct compare *c, struct report *report, const char *html, int *status, struct err *e)
{
	const struct judge_sink printer = report_sink(report);
	struct judge_sink sink;
	int r = findings_init(&c->findings, c->workload, c->run, &printer);

	sink = findings_sink(&c->findings);
	if (r == 0)
		r = make_judge(c, &sink);
	if (r == 0)
		r = feed(c);
	if (r != 0)
		return r;
	find_missing(c);
	r = findings_finish(&c->findings);
	c->totals.mute = c->workload->n_mute;
	lateness_get(c->run->meta.totals, c->run->meta.n_totals, &c->totals.lateness);
	c->totals.recorded = &c->findings.recorded;
	c->totals.live = &c->findings.live;
	c->totals.due = c->findings.has_due ? &c->findings.due : NULL;
	if (r == 0)
		r = report_end(report, judge_totals(c->judge), &c->totals);
	if (r == 0 && html != NULL)
		r = report_html_write(&c->findings, judge_totals(c->judge), html, e);
	*status = report_differs(judge_totals(c->judge)) ? EXIT_DIFFERENT : EXIT_SAME;
	return r;
}

static int
compare(char **paths, bool json, const char *html, const char *map)
{
	struct ir w = {0}, r = {0};
	struct compare c = {.workload = &w, .run = &r, .totals = {.target = ""}};
	struct report *report = NULL;
	struct err e = {0};
	int ret = load(&c, &w, &r, paths, &e), status = EXIT_SAME;

	if (ret == 0 && map != NULL)
		ret = map_load(map, &c.map, &e);
	c.findings.workload_path = paths[0];
	c.findings.run_path = paths[1];
	if (ret == 0)
		ret = report_new(json, &report);
	if (ret == 0)
		ret = judge_run(&c, report, html, &status, &e);
	if (ret != 0) {
		(void)err_set(&e, ret, "%s", err_str(ret));
		status = cmd_fail(&e);
	}
	judge_free(c.judge);
	mapper_free(c.mapper);
	clone_free(c.clone);
	map_free(c.map);
	findings_free(&c.findings);
	report_free(report);
	for (size_t i = 0; c.sides != NULL && i < w.meta.n_conns; i++)
		mids_free(&c.sides[i].mids);
	free(c.sides);
	free(c.sent);
	ir_free(&w);
	ir_free(&r);
	return status;
}

int
cmd_compare(int argc, char **argv)
{
	enum { OPT_HTML = 256, OPT_MAP };
	static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
					      {"html", required_argument, NULL, OPT_HTML},
					      {"map", required_argument, NULL, OPT_MAP},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};
	const char *html = NULL, *map = NULL;
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "jh", longs, NULL)) != -1) {
		switch (c) {
		case 'j':
			json = true;
			break;
		case OPT_HTML:
			html = optarg;
			break;
		case OPT_MAP:
			map = optarg;
			break;
		case 'h':
			(void)fputs(help, stdout);
			return EXIT_SAME;
		default:
			return cmd_usage("compare", "bad option");
		}
	}
	if (argc - optind != 2)
		return cmd_usage("compare", "a workload and a run are needed");
	return compare(argv + optind, json, html, map);
}
