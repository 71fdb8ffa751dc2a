/* A whole replay. */
#include "config.h"

#include "replay/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/hash.h"
#include "replay/after.h"
#include "replay/net.h"
#include "replay/pauses.h"

#define FILETIME_1970 116444736000000000u /* 100 ns units from 1601 to 1970 */

/* All parts of a run, to be freed together. */
struct run {
	const struct replay_options *opt;
	struct judge *judge;
	struct mapper *mapper;
	struct security *security;
	struct engine *engine;
	struct net *net;
	uint32_t *source_of; /* of each connection */
	struct record *record;
	char order[160]; /* how it is played, for the record */
	struct latency_watch latency;
	struct assemble assemble;
	struct auth_env env;
};

static int
random_bytes(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	return hash_random(out, n);
}

static uint64_t
wall_clock(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* What stayed sealed at compile time cannot be played: refused before anything is sent, unless it
 * is to be left out. */
static int
check_playable(const struct ir *ir, bool leave_out, struct err *e)
{
	struct buf scratch = {0};
	uint64_t sealed = 0, sends = 0, first = 0;

	if (ir->meta.run)
		return err_set(e, ERR_USAGE, "this is a run, not a workload");
	for (size_t i = 0; i < ir->n_events; i++) {
		enum smb2_msg_kind kind;

		if (ir->events[i].kind != IR_SEND || ir_is_mute(ir, ir->events[i].conn))
			continue;
		sends++;
		kind = smb2_msg_kind(ir_bytes(ir, &ir->events[i], &scratch));
		if ((kind == SMB2_MSG_SEALED || kind == SMB2_MSG_COMPRESSED) && sealed++ == 0)
			first = i;
	}
	buf_free(&scratch);
	if (sealed > 0 && !leave_out)
		return err_set(e, ERR_UNSUPPORTED,
			       "%" PRIu64 " of %" PRIu64
			       " requests were not opened, from event %" PRIu64
			       " on: compile with --keys, --password or --keytab, or replay with "
			       "--leave-sealed-out",
			       sealed, sends, first);
	return sends > 0 ? 0
			 : err_set(e, ERR_NOTFOUND, "the workload has no request to send%s",
				   ir->n_mute > 0 ? ": it speaks no SMB2" : "");
}

static int
set_up_net(struct run *r, const struct ir *ir, struct err *e)
{
	const struct replay_options *opt = r->opt;
	struct net_options net = {.host = opt->host,
				  .port = opt->port,
				  .n_conns = ir->meta.n_conns,
				  .spin = opt->engine.pace != PACE_NONE ? opt->engine.spin : 0,
				  .patience = opt->engine.timeout,
				  .pairs = engine_has_pairs(r->engine),
				  .apart = opt->engine.segments == SEGMENTS_RECORDED ||
					   pauses_are_there(ir),
				  .gate = opt->gate,
				  .sources = &opt->sources};
	int ret = sources_check(&opt->sources, e);

	if (ret == 0)
		ret = sources_assign(&opt->sources, &ir->meta, &r->source_of);
	net.source_of = r->source_of;
	return ret != 0 ? ret : net_new(&net, &r->net, e);
}

/* How it is played, for the run. */
static void
say_how(struct run *r)
{
	static const char *const orders[] = {IR_RUN_TOTAL, "replay --order=causal",
					     "replay --order=connection", "replay --order=none"};
	const struct engine_options *opt = &r->opt->engine;
	char speed[48] = "", clone[64] = "";

	if (opt->pace != PACE_NONE)
		(void)snprintf(speed, sizeof(speed), "%s" IR_RUN_SPEED "%.9g",
			       opt->pace == PACE_THINK ? IR_RUN_THINK : "", opt->speed);
	if (opt->clone != NULL)
		(void)snprintf(clone, sizeof(clone), IR_RUN_SEED "%" PRIu64 IR_RUN_TRY "%" PRIu64,
			       clone_seed(opt->clone), clone_number(opt->clone));
	(void)snprintf(r->order, sizeof(r->order), "%s%s%s", orders[opt->order], speed, clone);
}

static int
set_up(struct run *r, const struct ir *ir, struct err *e)
{
	const struct replay_options *opt = r->opt;
	struct record_options rec = {.run = opt->run,
				     .pcap = opt->pcap,
				     .port = opt->port,
				     .order = r->order,
				     .latency = opt->latency ? &r->latency : NULL};
	const struct mapper_options names = {.map = opt->engine.map,
					     .clone = opt->engine.clone,
					     .server = opt->engine.server,
					     .share = opt->engine.share};
	int ret = judge_new(ir, &opt->divergences, &r->judge);

	r->env = (struct auth_env){.random = random_bytes,
				   .filetime = wall_clock() / 100 + FILETIME_1970};
	if (ret == 0)
		ret = mapper_new(ir, &names, &r->mapper);
	if (ret == 0 && (names.map != NULL || names.clone != NULL))
		judge_map(r->judge, r->mapper);
	r->assemble = (struct assemble){.ir = ir,
					.judge = r->judge,
					.mapper = r->mapper,
					.seal = opt->engine.seal,
					.audit = opt->audit};
	if (ret == 0)
		ret = security_new(ir, &opt->creds, &r->env, &r->security);
	if (ret == 0)
		ret = engine_new(ir, r->judge, &r->assemble, r->security, &opt->engine, &r->engine);
	if (ret == 0)
		ret = set_up_net(r, ir, e);
	if (ret != 0)
		return ret;
	say_how(r);
	r->latency = (struct latency_watch){
		.workload = ir, .speed = opt->engine.pace == PACE_RECORDED ? opt->engine.speed : 0};
	rec.epoch = wall_clock();
	rec.zero = net_now();
	rec.server = net_target(r->net);
	return record_new(ir, &rec, &r->record, e);
}

/* A run in which nothing could be connected, or nobody logged on, says nothing about the server's
 * behaviour. */
static int
verdict(const struct replay_result *res, struct err *e)
{
	if (res->engine.other_negotiation)
		return err_set(e, ERR_UNSUPPORTED,
			       "%s negotiates otherwise than recorded (see the first divergence)",
			       res->target);
	if (res->engine.connects > 0 && res->engine.connects == res->engine.connects_failed)
		return err_set(e, ERR_NET, "cannot connect to %s", res->target);
	if (res->engine.logons_failed > 0 && res->engine.logons_failed >= res->engine.logons)
		return err_set(e, ERR_AUTH, "no logon to %s succeeded", res->target);
	return 0;
}

struct tick_ctx {
	const struct replay_options *opt;
	struct engine *engine;
};

static void
on_tick(void *ctx)
{
	struct tick_ctx *t = ctx;

	t->opt->tick(t->opt->tick_ctx, engine_totals(t->engine));
}

/* What the engine knows of the connections' credits outlives it. */
static int
keep_credits(const struct engine *e, size_t n_conns, struct replay_result *result)
{
	result->credits = calloc(n_conns + 1, sizeof(*result->credits));
	if (result->credits == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < n_conns; i++)
		result->credits[i] = *engine_credits(e, i);
	return 0;
}

static int
play(struct run *r, struct replay_result *result, struct err *e)
{
	struct tick_ctx tick = {.opt = r->opt, .engine = r->engine};
	const struct engine_io io = net_io(r->net);
	const struct engine_watch watch =
		r->opt->watch != NULL ? *r->opt->watch : record_watch(r->record);
	uint64_t begin = net_now();
	int ret;

	engine_set_io(r->engine, &io, &watch);
	engine_set_gate(r->engine, r->opt->gate);
	ret = net_run(r->net, r->engine, r->opt->tick != NULL ? on_tick : NULL, &tick, e);
	result->duration = net_now() - begin;
	result->engine = *engine_totals(r->engine);
	engine_lateness(r->engine, &result->lateness);
	result->judge = *judge_totals(r->judge);
	(void)snprintf(result->target, sizeof(result->target), "%s", net_target(r->net));
	return ret;
}

int
replay_run(const struct ir *ir, const struct replay_options *opt, struct replay_result *result,
	   struct err *e)
{
	struct run r = {.opt = opt};
	int ret = check_playable(ir, opt->engine.leave_sealed_out, e), closed = 0, timed;

	*result = (struct replay_result){0};
	if (ret == 0)
		ret = after_check(ir, opt->engine.order, e);
	if (ret == 0)
		ret = set_up(&r, ir, e);
	if (ret == 0)
		ret = play(&r, result, e);
	if (ret == 0)
		ret = keep_credits(r.engine, ir->meta.n_conns, result);
	if (ret == 0)
		ret = engine_skews(r.engine, &result->skews, &result->n_skews);
	result->has_due = r.latency.speed > 0;
	timed = latency_watch_end(&r.latency, &result->live, &result->due);
	if (ret == 0)
		ret = timed;
	if (ret == 0)
		ret = verdict(result, e);
	if (r.record != NULL)
		closed = record_close(r.record, &result->lateness, e);
	if (ret == 0)
		ret = closed;
	if (ret != 0)
		(void)err_set(e, ret, "%s", err_str(ret));
	engine_free(r.engine);
	net_free(r.net);
	free(r.source_of);
	security_free(r.security);
	judge_free(r.judge);
	assemble_free(&r.assemble);
	mapper_free(r.mapper);
	return ret;
}
