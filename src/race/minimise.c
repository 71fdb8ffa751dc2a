/* From a hit to the least that still hits. */
#include "config.h"

#include "race/minimise.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ir/cut.h"
#include "proto/smb2_pdu.h"

#define TRIES 30u       /* of what might do */
#define IN_ORDER 10u    /* tries in recorded order, of which none may hit */
#define TUNE 4          /* gaps on either side of the best one that are tried at the end */
#define TUNE_STEP 25000 /* ns between them */

struct mini {
	const struct minimise_options *opt;
	struct minimise_result *result;
	struct ir ir; /* what is left */
	bool loaded;
	uint32_t a, b;        /* in it */
	char *dirs[2];        /* owned: `ir` is in the first, the next one goes into the second */
	const char *names[2]; /* labels of the two */
	struct err *e;
};

static uint32_t
find_label(const struct ir *ir, const char *label)
{
	for (uint32_t i = 0; i < ir->n_events; i++)
		if (ir->events[i].label != NULL && strcmp(ir->events[i].label, label) == 0)
			return i;
	return UINT32_MAX;
}

/* A label that nothing has. */
static const char *
free_label(struct ir *ir, const char *word)
{
	char text[IR_MAX_LABEL];

	for (unsigned i = 1;; i++) {
		(void)snprintf(text, sizeof(text), i == 1 ? "%s" : "%s-%u", word, i);
		if (find_label(ir, text) == UINT32_MAX)
			return arena_text(&ir->arena, text, strlen(text));
	}
}

static void
remove_workload(const char *dir)
{
	static const char *const files[] = {"workload.json", "messages.jsonl", "data.bin"};
	char path[4096];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (snprintf(path, sizeof(path), "%s/%s", dir, files[i]) < (int)sizeof(path))
			(void)unlink(path);
	(void)rmdir(dir);
}

static int
write_part(const struct mini *m, const struct ir *ir, const struct cut_options *o, const char *dir,
	   bool replace)
{
	struct cut_result result;
	struct ir_writer *w;
	int r = ir_writer_open(dir, replace, &w, m->e);

	return r != 0 ? r : cut_workload(ir, o, w, &result, m->e);
}

/* Cut `ir`, and load what that gives. */
static int
take_part(struct mini *m, const struct ir *ir, const struct cut_options *o, struct ir *out)
{
	int r = write_part(m, ir, o, m->dirs[1], true);

	return r != 0 ? r : ir_load(m->dirs[1], out, m->e);
}

/* How often does a workload hit? */
static int
measure(const struct mini *m, const struct ir *ir, unsigned tries, struct race_rate *out)
{
	const struct schedule base = {.kind = SCHEDULE_BASE};
	struct race_options o = m->opt->race;
	struct race_result result;
	struct race *race;
	int r;

	o.until = m->result->until;
	o.tries = tries;
	o.time = UINT64_MAX;
	r = race_new(ir, &o, &race, m->e);
	if (r != 0)
		return r;
	r = race_repeat(race, &base, &result, m->e);
	*out = result.rate;
	race_result_free(&result);
	race_free(race);
	return r;
}

/* The same without barriers and gaps. */
static int
measure_in_order(const struct mini *m, struct ir *ir, uint32_t b, struct race_rate *out)
{
	const struct ir_timing *timing = ir->events[b].timing;
	int r;

	ir->events[b].timing = NULL;
	r = measure(m, ir, IN_ORDER, out);
	ir->events[b].timing = timing;
	return r;
}

static bool
is_enough(const struct mini *m, const struct race_rate *rate)
{
	return (double)rate->hits >= m->opt->race.least_rate * (double)rate->tries;
}

/* Does a part still hit, and only by its gap? */
static int
does(const struct mini *m, struct ir *ir, struct race_rate *rate, bool *good)
{
	struct race_rate in_order = {0};
	uint32_t b = find_label(ir, m->names[1]);
	int r;

	*good = false;
	if (b == UINT32_MAX || ir->events[b].timing == NULL)
		return 0;
	r = measure(m, ir, TRIES, rate);
	if (r == 0 && is_enough(m, rate))
		r = measure_in_order(m, ir, b, &in_order);
	*good = r == 0 && is_enough(m, rate) && in_order.hits == 0;
	if (*good)
		m->result->in_order = in_order;
	return r;
}

/* A part takes the place of what was left so far. */
static void
take_over(struct mini *m, struct ir *part, const struct race_rate *rate)
{
	char *dir = m->dirs[0];

	if (m->loaded)
		ir_free(&m->ir);
	m->ir = *part;
	m->loaded = true;
	*part = (struct ir){0};
	m->dirs[0] = m->dirs[1];
	m->dirs[1] = dir;
	m->a = find_label(&m->ir, m->names[0]);
	m->b = find_label(&m->ir, m->names[1]);
	m->result->rate = *rate;
}

/* A message without which nothing can be played, or that it is about. */
static bool
must_stay(const struct mini *m, uint32_t n)
{
	struct buf scratch = {0};
	struct slice bytes = ir_bytes(&m->ir, &m->ir.events[n], &scratch);
	struct smb2_chain chain = smb2_chain_init(bytes);
	struct slice pdu;
	uint16_t command = SMB2_CMD_NEGOTIATE;

	if (smb2_msg_kind(bytes) == SMB2_MSG_PLAIN && smb2_chain_next(&chain, &pdu) &&
	    pdu.n >= SMB2_HEADER)
		command = (uint16_t)wire_le(pdu.p + SMB2_HDR_AT(command), 2);
	buf_free(&scratch);
	return n == m->a || n == m->b || command == SMB2_CMD_NEGOTIATE ||
	       command == SMB2_CMD_SESSION_SETUP || command == SMB2_CMD_TREE_CONNECT;
}

/* Leave a message out, if what is left still hits. */
static int
leave_out(struct mini *m, uint32_t n, bool *gone)
{
	const struct cut_range all[2] = {{0, n > 0 ? n - 1 : 0}, {(uint64_t)n + 1, UINT64_MAX}};
	const struct cut_options o = {.numbers = {n > 0 ? all : all + 1, n > 0 ? 2 : 1},
				      .to = UINT64_MAX,
				      .command_line = m->opt->command_line};
	struct race_rate rate = {0};
	struct ir part = {0};
	int r = take_part(m, &m->ir, &o, &part);

	*gone = false;
	/* Its answer is cut with it; what needs it keeps it. */
	if (r == 0 && part.n_events < m->ir.n_events) {
		m->result->tried++;
		r = does(m, &part, &rate, gone);
	}
	if (r == 0 && *gone)
		take_over(m, &part, &rate);
	ir_free(&part);
	return r;
}

/* From the last message on: what comes later depends on what comes before. */
static int
leave_out_all(struct mini *m)
{
	int r = 0;

	for (uint32_t n = (uint32_t)m->ir.n_events; r == 0 && n > 0; n--) {
		bool gone;

		if (n - 1 >= m->ir.n_events || m->ir.events[n - 1].kind != IR_SEND ||
		    must_stay(m, n - 1))
			continue;
		r = leave_out(m, n - 1, &gone);
		m->result->left_out += gone;
	}
	return r;
}

/* The gap of the second, or a barrier of both. */
static int
set_timing(struct mini *m, int64_t ns, bool barrier)
{
	struct ir_timing *t = arena_alloc(&m->ir.arena, 2 * sizeof(*t));

	if (t == NULL)
		return ERR_NOMEM;
	t[0] = t[1] = (struct ir_timing){
		.barrier = barrier ? "race" : NULL, .of = m->a, .ns = barrier ? 0 : ns};
	m->ir.events[m->a].timing = barrier ? &t[0] : NULL;
	m->ir.events[m->b].timing = &t[1];
	return 0;
}

/* The best gap of what is left is another one than that of the whole. */
static int
tune(struct mini *m)
{
	struct race_rate best = {0};
	int64_t ns = m->result->ns;
	int r = 0;

	for (int k = -TUNE; r == 0 && k <= TUNE; k++) {
		struct race_rate rate = {0};
		int64_t at = ns + (int64_t)k * TUNE_STEP;

		r = set_timing(m, at, false);
		if (r == 0)
			r = measure(m, &m->ir, TRIES, &rate);
		if (r == 0 && rate.hits > best.hits) {
			best = rate;
			m->result->ns = at;
		}
	}
	if (r == 0)
		r = set_timing(m, m->result->ns, false);
	if (r == 0)
		r = measure(m, &m->ir, 2 * TRIES, &m->result->rate);
	return r;
}

/* A barrier says more than a gap of next to nothing. */
static int
try_barrier(struct mini *m)
{
	struct race_rate rate = {0};
	int r = set_timing(m, 0, true);

	if (r == 0)
		r = measure(m, &m->ir, 2 * TRIES, &rate);
	m->result->barrier = r == 0 && rate.hits >= m->result->rate.hits && is_enough(m, &rate);
	if (m->result->barrier)
		m->result->rate = rate;
	else if (r == 0)
		r = set_timing(m, m->result->ns, false);
	return r;
}

/* What the two depend on, and their own answers. */
static int
first_part(struct mini *m, const struct ir *marked, const struct race_finding *f)
{
	const struct cut_range both[2] = {{f->a, f->a}, {f->b, f->b}};
	const struct cut_options o = {.numbers = {both, 2},
				      .to = UINT64_MAX,
				      .history = true,
				      .command_line = m->opt->command_line};
	struct race_rate rate = {0};
	struct ir part = {0};
	bool good = false;
	int r = take_part(m, marked, &o, &part);

	if (r == 0)
		r = does(m, &part, &rate, &good);
	if (r == 0 && !good)
		r = err_set(m->e, ERR_NOTFOUND,
			    "what the two messages depend on hits in %" PRIu64 " of %" PRIu64
			    " tries by itself: not minimised",
			    rate.hits, rate.tries);
	if (r == 0)
		take_over(m, &part, &rate);
	ir_free(&part);
	return r;
}

static void
put_test(char *out, size_t size, const char *label, const char *status)
{
	if (status[0] != '\0')
		(void)snprintf(out, size, "%s.status == %s", label, status);
	else
		(void)snprintf(out, size, "%s.answered == 0", label);
}

/* The workload with labels for the two, and the gap. */
static int
mark(struct mini *m, const struct ir *ir, const struct race_finding *f, struct ir *out)
{
	static const char *const words[2] = {"first", "second"};
	const uint32_t events[2] = {f->a, f->b};
	char a[96], b[96];
	int r = schedule_apply(ir, NULL, &f->best, out, m->e);

	for (size_t i = 0; r == 0 && i < 2; i++) {
		if (out->events[events[i]].label == NULL)
			out->events[events[i]].label = free_label(out, words[i]);
		m->names[i] = out->events[events[i]].label;
		if (m->names[i] == NULL)
			r = ERR_NOMEM;
	}
	if (r != 0)
		return r;
	put_test(a, sizeof(a), m->names[0], f->status_a);
	put_test(b, sizeof(b), m->names[1], f->status_b);
	(void)snprintf(m->result->until, sizeof(m->result->until), "%s and %s", a, b);
	m->result->ns = f->best.ns;
	return 0;
}

static int
name_dirs(struct mini *m)
{
	for (unsigned i = 0; i < 2; i++) {
		size_t n = strlen(m->opt->out) + 3;

		m->dirs[i] = malloc(n);
		if (m->dirs[i] == NULL)
			return ERR_NOMEM;
		(void)snprintf(m->dirs[i], n, "%s.%u", m->opt->out, i + 1);
	}
	return 0;
}

static int
write_out(struct mini *m)
{
	const struct cut_options all = {.to = UINT64_MAX, .command_line = m->opt->command_line};

	for (size_t i = 0; i < m->ir.n_events; i++)
		m->result->messages += m->ir.events[i].kind == IR_SEND;
	m->result->connections = m->ir.meta.n_conns;
	return write_part(m, &m->ir, &all, m->opt->out, m->opt->force);
}

int
minimise(const struct ir *ir, const struct race_finding *f, const struct minimise_options *opt,
	 struct minimise_result *result, struct err *e)
{
	struct mini m = {.opt = opt, .result = result, .e = e};
	struct ir marked = {0};
	int r;

	*result = (struct minimise_result){0};
	if (f->best.kind != SCHEDULE_GAP)
		return err_set(e, ERR_NOTFOUND, "only pairs are minimised");
	r = name_dirs(&m);
	if (r == 0)
		r = mark(&m, ir, f, &marked);
	if (r == 0)
		r = first_part(&m, &marked, f);
	if (r == 0)
		r = leave_out_all(&m);
	if (r == 0)
		r = tune(&m);
	if (r == 0)
		r = try_barrier(&m);
	if (r == 0)
		r = write_out(&m);
	if (m.loaded)
		ir_free(&m.ir);
	schedule_free(&marked);
	for (unsigned i = 0; i < 2 && m.dirs[i] != NULL; i++) {
		remove_workload(m.dirs[i]);
		free(m.dirs[i]);
	}
	return r == 0 ? 0 : err_set(e, r, "%s", err_str(r));
}
