/* Parts of a workload: cut out, tried, and one message after the other left out. */
#include "config.h"

#include "race/minimise_int.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/list.h"
#include "ir/cut.h"
#include "proto/smb2_pdu.h"

#define TRIES 30u     /* of what might do */
#define DOUBT 6u      /* tries before it may be clear */
#define IN_ORDER 10u  /* tries in recorded order, of which none may hit */
#define MAX_KEYS 256u /* of a cut */

uint32_t
mini_find(const struct ir *ir, const char *label)
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
		if (mini_find(ir, text) == UINT32_MAX)
			return arena_text(&ir->arena, text, strlen(text));
	}
}

static bool
is_key(const struct mini *m, const char *label)
{
	for (size_t i = 0; label != NULL && i < m->n_keys; i++)
		if (strcmp(m->keys[i], label) == 0)
			return true;
	return false;
}

int
mini_mark(struct mini *m, uint32_t event, const char *word, const char **label)
{
	struct ir_event *ev = &m->marked.events[event];
	int r = list_room(&m->keys, m->n_keys, &m->cap_keys, sizeof(*m->keys));

	if (ev->label == NULL)
		ev->label = free_label(&m->marked, word);
	if (r != 0 || ev->label == NULL)
		return ERR_NOMEM;
	*label = ev->label;
	if (!is_key(m, ev->label))
		m->keys[m->n_keys++] = ev->label;
	return 0;
}

static uint16_t
command_of(const struct ir *ir, uint32_t event)
{
	struct buf scratch = {0};
	struct slice bytes = ir_bytes(ir, &ir->events[event], &scratch);
	struct smb2_chain chain = smb2_chain_init(bytes);
	struct slice pdu;
	uint16_t command = SMB2_CMD_NEGOTIATE;

	if (smb2_msg_kind(bytes) == SMB2_MSG_PLAIN && smb2_chain_next(&chain, &pdu) &&
	    pdu.n >= SMB2_HEADER)
		command = (uint16_t)wire_le(pdu.p + SMB2_HDR_AT(command), 2);
	buf_free(&scratch);
	return command;
}

void
mini_word(const struct ir *ir, uint32_t event, char *out, size_t size)
{
	uint8_t kind = ir->events[event].kind;

	(void)snprintf(out, size, "%s",
		       kind == IR_SEND || kind == IR_RECV ? smb2_command_name(command_of(ir, event))
							  : ir_kind_names[kind]);
	for (; *out != '\0'; out++)
		*out = (char)tolower((unsigned char)*out);
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

static int
measure_some(const struct mini *m, const struct ir *ir, unsigned tries, struct race_rate *out)
{
	const struct schedule base = {.kind = SCHEDULE_BASE};
	struct race_options o = m->opt->race;
	struct race_result result;
	struct race *race;
	int r;

	o.until = m->result->until[0] != '\0' ? m->result->until : NULL;
	o.grave = o.until == NULL;
	o.base_runs = 0;
	o.tries = tries;
	o.time = UINT64_MAX;
	r = race_new(ir, &o, &race, m->e);
	if (r != 0)
		return r;
	r = race_repeat(race, &base, &result, m->e);
	out->tries += result.rate.tries;
	out->hits += result.rate.hits;
	race_result_free(&result);
	race_free(race);
	return r;
}

int
mini_measure(const struct mini *m, const struct ir *ir, unsigned tries, bool doubt,
	     struct race_rate *out)
{
	double low = 0, high = 1, least = m->opt->race.least_rate;
	unsigned step = doubt ? DOUBT : tries;
	int r = 0;

	*out = (struct race_rate){0};
	for (unsigned n = 0; r == 0 && n < tries && low < least && high >= least; n += step) {
		r = measure_some(m, ir, step, out);
		if (doubt)
			race_wilson(out, &low, &high);
	}
	return r;
}

bool
mini_is_enough(const struct mini *m, const struct race_rate *rate)
{
	return (double)rate->hits >= m->opt->race.least_rate * (double)rate->tries;
}

int
mini_does(struct mini *m, const struct ir *part, struct race_rate *rate, bool *good)
{
	struct race_rate in_order = {0};
	struct ir armed = {0};
	int r = mini_arm(m, part, &armed);

	*good = false;
	if (r == ERR_NOTFOUND || r == ERR_USAGE) {
		*m->e = (struct err){0};
		return 0;
	}
	if (r == 0)
		r = mini_measure(m, &armed, TRIES, true, rate);
	if (r == 0 && mini_is_enough(m, rate))
		r = mini_measure(m, part, IN_ORDER, false, &in_order);
	*good = r == 0 && mini_is_enough(m, rate) && in_order.hits == 0;
	if (*good)
		m->result->in_order = in_order;
	schedule_free(&armed);
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
	m->result->rate = *rate;
}

int
mini_first_part(struct mini *m, bool all, bool *good, struct race_rate *rate)
{
	struct cut_range keys[MAX_KEYS];
	struct cut_options o = {
		.to = UINT64_MAX, .history = !all, .command_line = m->opt->command_line};
	struct ir part = {0};
	int r;

	*good = false;
	if (!all && m->n_keys > MAX_KEYS)
		return 0;
	for (size_t i = 0; !all && i < m->n_keys; i++)
		keys[i].first = keys[i].last = mini_find(&m->marked, m->keys[i]);
	o.numbers = (struct cut_ranges){keys, all ? 0 : m->n_keys};
	r = take_part(m, &m->marked, &o, &part);
	if (r == 0)
		r = mini_does(m, &part, rate, good);
	if (r == 0 && *good)
		take_over(m, &part, rate);
	ir_free(&part);
	return r;
}

/* A message without which nothing can be played, or that it is about. */
static bool
must_stay(const struct mini *m, uint32_t n)
{
	uint16_t command = command_of(&m->ir, n);

	return is_key(m, m->ir.events[n].label) || command == SMB2_CMD_NEGOTIATE ||
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
		r = mini_does(m, &part, &rate, gone);
	}
	if (r == 0 && *gone)
		take_over(m, &part, &rate);
	ir_free(&part);
	return r;
}

/* From the last message on: what comes later depends on what comes before. */
int
mini_leave_out(struct mini *m)
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

int
mini_name_dirs(struct mini *m)
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

int
mini_write(struct mini *m, const struct ir *played)
{
	const struct cut_options all = {.to = UINT64_MAX, .command_line = m->opt->command_line};

	for (size_t i = 0; i < played->n_events; i++)
		m->result->messages += played->events[i].kind == IR_SEND;
	m->result->connections = played->meta.n_conns;
	return write_part(m, played, &all, m->opt->out, m->opt->force);
}

void
mini_free(struct mini *m)
{
	if (m->loaded)
		ir_free(&m->ir);
	schedule_free(&m->marked);
	for (unsigned i = 0; i < 2 && m->dirs[i] != NULL; i++) {
		remove_workload(m->dirs[i]);
		free(m->dirs[i]);
	}
	free(m->keys);
	free(m->orders);
}
