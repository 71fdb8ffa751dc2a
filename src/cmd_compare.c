/* smbench compare: where a stored run differs from its workload. */
#include "config.h"

#include "cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "ir/judge.h"
#include "report.h"

static const char help[] =
	"usage: smbench compare [OPTION]... WORKLOAD RUN\n"
	"\n"
	"Say where a server's behaviour in a run (smbench replay --run) differs from the workload.\n"
	"\n"
	"  -j, --json  print one JSON object\n"
	"  -h, --help  print this help\n"
	"\n"
	"Exit status: 0 the same, 1 differences, 2 usage or unreadable input.\n";

struct compare {
	const struct ir *workload, *run;
	struct judge *judge;
	struct report_run totals;
	bool *closed; /* connections that the server has closed in the run */
};

static int
judge_message(struct compare *c, uint32_t conn, struct slice bytes)
{
	struct smb2_chain chain = smb2_chain_init(bytes);
	struct judge_match m;
	struct smb2_pdu live;
	struct slice pdu;
	int r = 0;

	if (smb2_msg_kind(bytes) != SMB2_MSG_PLAIN) {
		judge_raw(c->judge, conn, bytes);
		return 0;
	}
	while (r == 0 && smb2_chain_next(&chain, &pdu)) {
		if (smb2_pdu_decode(pdu, &live) != 0 || !live.response)
			judge_malformed(c->judge, conn, pdu);
		else
			r = judge_pdu(c->judge, conn, &live, &m);
	}
	return r;
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

			r = scratch.err != 0 ? scratch.err : judge_message(c, ev->conn, bytes);
		}
		if ((ev->kind == IR_FIN || ev->kind == IR_RST) && ev->server)
			c->closed[ev->conn] = true;
		c->totals.sent += ev->kind == IR_SEND;
	}
	buf_free(&scratch);
	return r;
}

/* What the run did not bring. A connection that the server closed is one divergence, whatever follows from it. */
static void
find_missing(struct compare *c)
{
	const struct ir *ir = c->workload;

	for (size_t i = 0; i < ir->n_events; i++) {
		uint32_t conn = ir->events[i].conn;

		if (ir->events[i].kind != IR_RECV || judge_satisfied(c->judge, i))
			continue;
		if (!c->closed[conn]) {
			judge_give_up(c->judge, i, "no answer");
			continue;
		}
		if (c->closed[conn])
			judge_report(c->judge, JUDGE_DISCONNECT, i, "connection", "an answer", "closed by the server");
		for (size_t k = i; k < ir->n_events; k++)
			if (ir->events[k].kind == IR_RECV && ir->events[k].conn == conn)
				judge_drop(c->judge, k);
	}
}

static int
compare(const char *workload, const char *run, bool json)
{
	struct ir w = {0}, r = {0};
	struct compare c = {.workload = &w, .run = &r, .totals = {.target = ""}};
	struct report *report = NULL;
	struct judge_sink sink;
	struct err e = {0};
	int ret = ir_load(workload, &w, &e), status = EXIT_SAME;

	if (ret == 0)
		ret = ir_load(run, &r, &e);
	if (ret == 0 && (!r.meta.run || w.meta.run))
		ret = err_set(&e, ERR_USAGE, "%s is no %s", r.meta.run ? workload : run, r.meta.run ? "workload" : "run");
	if (ret == 0 && r.meta.n_conns != w.meta.n_conns)
		ret = err_set(&e, ERR_MALFORMED, "%s is no run of %s: it has %zu connections, not %zu", run, workload, r.meta.n_conns,
			      w.meta.n_conns);
	if (ret == 0 && (c.closed = calloc(w.meta.n_conns + 1, sizeof(*c.closed))) == NULL)
		ret = ERR_NOMEM;
	if (ret == 0)
		ret = report_new(json, &report);
	if (ret == 0) {
		sink = report_sink(report);
		ret = judge_new(&w, &sink, &c.judge);
	}
	if (ret == 0)
		ret = feed(&c);
	if (ret == 0) {
		find_missing(&c);
		report_end(report, judge_totals(c.judge), &c.totals);
		status = judge_divergences(c.judge) > 0 ? EXIT_DIFFERENT : EXIT_SAME;
	} else {
		(void)err_set(&e, ret, "%s", err_str(ret));
		status = cmd_fail(&e);
	}
	judge_free(c.judge);
	report_free(report);
	free(c.closed);
	ir_free(&w);
	ir_free(&r);
	return status;
}

int
cmd_compare(int argc, char **argv)
{
	static const struct option longs[] = {
		{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "jh", longs, NULL)) != -1) {
		switch (c) {
		case 'j':
			json = true;
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
	return compare(argv[optind], argv[optind + 1], json);
}
