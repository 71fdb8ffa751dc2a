/* The cut written: kept events with new numbers, ids and times, and what is known of them. */
#include "config.h"

#include "ir/cut.h"
#include "ir/timings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf16.h"
#include "ir/cut_ids.h"
#include "ir/ir_index.h"
#include "ir/ir_files.h"

#define CLASS_NAME(name, text) text,
const char *const cut_class_names[CUT_N_CLASSES] = {CUT_CLASSES(CLASS_NAME)};
#undef CLASS_NAME

#define MAX_EDITS ((size_t)4096) /* of one message; a chain of PDUs is a hundredth of that */
#define MAX_OPTIONS 1024         /* bytes of the old workload's `options` that go along */

/* A pause in which something was left out is as long as this at most. */
#define MAX_PAUSE ((uint64_t)IR_NS_PER_S)

/* A number as an edit has it. */
struct set_text {
	char t[24];
};

struct cutter {
	const struct ir *ir;
	const struct cut_options *opt;
	struct cut_result *result;
	struct ir_writer *w;
	struct err *e;
	struct cut_keep keep;
	struct cut_ids ids;
	uint32_t *numbers; /* of each kept event: its new one */
	uint32_t *conns;   /* of each connection: its new one */
	uint8_t *shares;   /* of each share: it is connected to */
	size_t next_edit;
	uint64_t shift;     /* by which times are earlier */
	uint64_t last_time; /* recorded, of the kept event before */
	uint64_t first_time;
	bool left_out;      /* something since then */
	uint64_t n;         /* events written */
	struct arena arena; /* of what is made anew */
	struct buf scratch;
	/* Of the event at hand. */
	struct ir_set *sets;
	struct set_text *texts; /* of the cut's own */
	size_t cap_sets;
	uint32_t *after;
	size_t cap_after;
	struct timings timings;
	uint32_t *together; /* of each group: members of its barrier that are kept */
	struct ir_timing timing;
	struct ir_pause pauses[IR_MAX_PAUSES];
};

static enum cut_class
class_of(unsigned command)
{
	switch (command) {
	case SMB2_CMD_NEGOTIATE:
		return CUT_NEGOTIATE;
	case SMB2_CMD_SESSION_SETUP:
	case SMB2_CMD_LOGOFF:
		return CUT_SESSION;
	case SMB2_CMD_TREE_CONNECT:
	case SMB2_CMD_TREE_DISCONNECT:
		return CUT_TREE;
	case SMB2_CMD_CREATE:
	case SMB2_CMD_CLOSE:
		return CUT_OPEN;
	case SMB2_CMD_OPLOCK_BREAK:
		return CUT_BREAK;
	default:
		return CUT_OTHER;
	}
}

static void
count(struct cutter *c, size_t n)
{
	const struct ir_event *ev = &c->ir->events[n];
	struct credit_heads i = {.ir = c->ir, .ev = ev, .scratch = &c->scratch};
	struct cut_result *r = c->result;
	struct credit_head h;

	if (ev->kind != IR_SEND && ev->kind != IR_RECV)
		return;
	r->messages++;
	r->kept += cut_is_kept(&c->keep, n);
	r->asked += c->keep.marks[n] == CUT_ASKED;
	if (c->keep.marks[n] != CUT_NEEDED)
		return;
	if (credit_heads_next(&i, &h))
		r->needed[class_of(h.command)]++;
	else
		r->needed[i.next == 0 ? CUT_NEGOTIATE : CUT_OTHER]++;
}

/* New numbers of what is kept. */
static int
number(struct cutter *c)
{
	uint32_t next = 0, conn = 0;

	c->numbers = calloc(c->ir->n_events + 1, sizeof(*c->numbers));
	c->conns = calloc(c->ir->meta.n_conns + 1, sizeof(*c->conns));
	c->shares = calloc(c->ir->meta.n_shares + 1, sizeof(*c->shares));
	if (c->numbers == NULL || c->conns == NULL || c->shares == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < c->ir->meta.n_conns; i++)
		if (c->keep.conns[i])
			c->conns[i] = conn++;
	c->result->connections = conn;
	for (size_t n = 0; n < c->ir->n_events; n++) {
		count(c, n);
		if (cut_is_kept(&c->keep, n))
			c->numbers[n] = next++;
	}
	return c->scratch.err;
}

/* --- one event --- */

/* Does an edit that was there set a MessageId of that PDU? The cut's own has that in it. */
static bool
is_replaced(const struct cutter *c, size_t n, const struct ir_set *s)
{
	for (size_t i = c->next_edit; i < c->ids.n_edits && c->ids.edits[i].event == n; i++)
		if (c->ids.edits[i].pdu == s->pdu &&
		    strcmp(s->path, c->ids.edits[i].credits ? "credits" : "message_id") == 0)
			return true;
	return false;
}

/* Room for the sets of an event and those of the cut. */
static int
reserve_sets(struct cutter *c, size_t n)
{
	struct ir_set *sets;
	struct set_text *texts;

	if (n <= c->cap_sets)
		return 0;
	sets = realloc(c->sets, n * sizeof(*sets));
	if (sets != NULL)
		c->sets = sets;
	texts = realloc(c->texts, n * sizeof(*texts));
	if (texts != NULL)
		c->texts = texts;
	if (sets == NULL || texts == NULL)
		return ERR_NOMEM;
	c->cap_sets = n;
	return 0;
}

/* The edits of an event: its own, and behind them the cut's. */
static int
make_sets(struct cutter *c, size_t n, struct ir_event *ev)
{
	const struct ir_event *old = &c->ir->events[n];
	size_t end = c->next_edit, kept = 0;

	while (end < c->ids.n_edits && c->ids.edits[end].event == n)
		end++;
	if (end == c->next_edit)
		return 0;
	if (end - c->next_edit > MAX_EDITS)
		return err_set(c->e, ERR_LIMIT, "event %zu: too many PDUs to renumber", n);
	if (reserve_sets(c, old->n_sets + (end - c->next_edit)) != 0)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < old->n_sets; i++)
		if (!is_replaced(c, n, &old->sets[i]))
			c->sets[kept++] = old->sets[i];
	for (size_t i = c->next_edit; i < end; i++, kept++) {
		const struct cut_edit *edit = &c->ids.edits[i];

		(void)snprintf(c->texts[kept].t, sizeof(c->texts[kept].t), "%" PRIu64, edit->value);
		c->sets[kept] = (struct ir_set){.pdu = edit->pdu,
						.path = edit->credits ? "credits" : "message_id",
						.value = c->texts[kept].t};
	}
	for (size_t i = c->next_edit; i < end; i++)
		if (!c->ids.edits[i].credits) {
			c->result->renumbered++;
			break;
		}
	c->next_edit = end;
	ev->sets = c->sets;
	ev->n_sets = (uint32_t)kept;
	return 0;
}

/* What it waits for, as far as that is kept. */
static int
make_after(struct cutter *c, struct ir_event *ev)
{
	uint32_t kept = 0;

	if (ev->n_after > c->cap_after) {
		uint32_t *more = realloc(c->after, ev->n_after * sizeof(*more));

		if (more == NULL)
			return ERR_NOMEM;
		c->after = more;
		c->cap_after = ev->n_after;
	}
	for (uint32_t i = 0; i < ev->n_after; i++) {
		if (cut_is_kept(&c->keep, ev->after[i]))
			c->after[kept++] = c->numbers[ev->after[i]];
		else
			c->result->after++;
	}
	ev->after = c->after;
	ev->n_after = kept;
	return 0;
}

static bool
in_barrier(const struct cutter *c, uint32_t member)
{
	return c->timings.members[member].barrier != NULL;
}

/* What goes out by the time of others: how many of a barrier are kept. */
static int
find_timings(struct cutter *c)
{
	int r = timings_new(c->ir, c->ir->path, &c->timings, NULL);

	if (r != 0 || c->timings.n == 0)
		return r;
	c->together = calloc(c->timings.n_groups, sizeof(*c->together));
	if (c->together == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < c->timings.n; i++)
		if (in_barrier(c, i) && cut_is_kept(&c->keep, c->timings.members[i].event))
			c->together[c->timings.members[i].group]++;
	return 0;
}

/* The barrier or gap of an event, as far as something is left of it. */
static void
make_timing(struct cutter *c, size_t n, struct ir_event *ev)
{
	const struct ir_timing *t = ev->timing;
	uint32_t member;

	if (t == NULL)
		return;
	c->timing = *t;
	ev->timing = &c->timing;
	if (t->barrier == NULL && cut_is_kept(&c->keep, t->of)) {
		c->timing.of = c->numbers[t->of];
		return;
	}
	member = timings_find(&c->timings, n);
	if (t->barrier != NULL && c->together[c->timings.members[member].group] > 1)
		return;
	ev->timing = NULL;
	c->result->timings++;
}

/* Its pauses, but for those that count from what is left out. */
static void
make_pauses(struct cutter *c, struct ir_event *ev)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ev->n_pauses; i++) {
		struct ir_pause p = ev->pauses[i];

		if (p.of != IR_NO_EVENT && !cut_is_kept(&c->keep, p.of)) {
			c->result->timings++;
			continue;
		}
		if (p.of != IR_NO_EVENT)
			p.of = c->numbers[p.of];
		c->pauses[kept++] = p;
	}
	ev->pauses = c->pauses;
	ev->n_pauses = kept;
}

static void
make_times(struct cutter *c, struct ir_event *ev)
{
	uint64_t t = ev->t_first;

	if (c->opt->keep_times)
		return;
	if (c->n == 0)
		c->shift = c->first_time = t;
	else if (c->left_out && t > c->last_time && t - c->last_time > MAX_PAUSE) {
		c->result->pauses++;
		c->result->shortened_ns += t - c->last_time - MAX_PAUSE;
		c->shift += t - c->last_time - MAX_PAUSE;
	}
	if (ev->t_last > c->last_time)
		c->last_time = ev->t_last;
	ev->t_first = t > c->shift ? t - c->shift : 0;
	ev->t_last = ev->t_last > c->shift ? ev->t_last - c->shift : 0;
}

/* UNC paths that kept requests connect to stay in the list. */
static int
note_shares(struct cutter *c, struct slice message)
{
	struct smb2_chain chain = smb2_chain_init(message);
	struct smb2_pdu pdu;
	struct slice bytes;
	struct buf text = {0};

	while (smb2_chain_next(&chain, &bytes)) {
		if (smb2_pdu_decode(bytes, &pdu) != 0 ||
		    pdu.body_def != &smb2_defs[SMB2_DEF_smb2_tree_connect_req])
			continue;
		buf_reset(&text);
		utf16_to_utf8(pdu.body.smb2_tree_connect_req.path, &text);
		buf_add(&text, "", 1);
		for (size_t i = 0; text.err == 0 && i < c->ir->meta.n_shares; i++)
			if (strcmp(c->ir->meta.shares[i], (char *)text.p) == 0)
				c->shares[i] = 1;
	}
	buf_free(&text);
	return text.err;
}

static int
write_event(struct cutter *c, size_t n)
{
	struct ir_event ev = c->ir->events[n];
	struct credit_heads i = {.ir = c->ir, .ev = &c->ir->events[n], .scratch = &c->scratch};
	bool connects = false, has_data = false;
	struct credit_head h;
	struct slice bytes;
	int r = make_sets(c, n, &ev);

	if (r == 0)
		r = make_after(c, &ev);
	if (r == 0)
		make_timing(c, n, &ev);
	if (r == 0)
		make_pauses(c, &ev);
	if (r != 0)
		return r;
	make_times(c, &ev);
	ev.conn = c->conns[ev.conn];
	while (credit_heads_next(&i, &h)) {
		connects |= h.command == SMB2_CMD_TREE_CONNECT;
		has_data |= h.command == SMB2_CMD_READ || h.command == SMB2_CMD_WRITE;
	}
	bytes = ir_recorded(c->ir, &ev, &c->scratch);
	if (c->scratch.err == 0 && ev.kind == IR_SEND && connects)
		r = note_shares(c, bytes);
	if (r == 0)
		r = c->scratch.err;
	if (r == 0)
		r = ir_writer_event(c->w, &ev, bytes,
				    has_data ? ir_file_data(bytes) : (struct slice){0}, ev.commands,
				    c->e);
	c->n++;
	return r;
}

static int
write_events(struct cutter *c)
{
	int r = 0;

	for (size_t n = 0; r == 0 && n < c->ir->n_events; n++) {
		const struct ir_event *ev = &c->ir->events[n];

		if (cut_is_kept(&c->keep, n)) {
			r = write_event(c, n);
			c->left_out = false;
		} else {
			c->left_out |= ev->kind == IR_SEND || ev->kind == IR_RECV;
		}
	}
	return r;
}

/* --- workload.json --- */

/* Sessions that are still defined, by place. */
static int
find_sessions(struct cutter *c, struct ir_index *index, uint8_t **out)
{
	int r = ir_index_new(c->ir, IR_SESSION, index);

	*out = r == 0 ? calloc((size_t)index->n + 1, 1) : NULL;
	if (*out == NULL)
		return ERR_NOMEM;
	for (size_t n = 0; n < c->ir->n_events; n++) {
		const struct ir_event *ev = &c->ir->events[n];

		if (ev->kind != IR_RECV || !cut_is_kept(&c->keep, n))
			continue;
		for (uint32_t i = 0; i < ev->n_patches; i++)
			if (ev->patches[i].what == IR_SESSION)
				(*out)[ir_index_at(index, ev->patches[i].number)] = 1;
	}
	return 0;
}

/* The lists of the old one, without what is left out. */
static int
copy_lists(struct cutter *c, struct ir_meta *m)
{
	const struct ir_meta *old = &c->ir->meta;
	struct ir_conn *conns = arena_alloc(&c->arena, (old->n_conns + 1) * sizeof(*conns));
	struct ir_principal *who = arena_alloc(&c->arena, (old->n_principals + 1) * sizeof(*who));
	const char **shares = arena_alloc(&c->arena, (old->n_shares + 1) * sizeof(*shares));
	struct ir_index index = {0};
	uint8_t *sessions = NULL;
	int r = find_sessions(c, &index, &sessions);

	if (conns == NULL || who == NULL || shares == NULL)
		r = ERR_NOMEM;
	if (r != 0)
		goto out;
	m->n_conns = m->n_principals = m->n_shares = 0;
	for (size_t i = 0; i < old->n_conns; i++)
		if (c->keep.conns[i])
			conns[m->n_conns++] = old->conns[i];
	for (size_t i = 0; i < old->n_principals; i++) {
		uint32_t s = old->principals[i].session;

		if (s == 0 || sessions[ir_index_at(&index, s)] != 0)
			who[m->n_principals++] = old->principals[i];
	}
	for (size_t i = 0; i < old->n_shares; i++)
		if (c->shares[i] != 0)
			shares[m->n_shares++] = old->shares[i];
	m->conns = conns;
	m->principals = who;
	m->shares = shares;
out:
	ir_index_free(&index);
	free(sessions);
	return r;
}

/* "smbench cut ... (of: smbench compile ...)" */
static const char *
make_options(struct cutter *c)
{
	struct buf text = {0};
	const char *old = c->ir->meta.options, *made;

	buf_printf(&text, "%s", c->opt->command_line);
	if (old != NULL && old[0] != '\0' && strlen(old) <= MAX_OPTIONS)
		buf_printf(&text, " (of: %s)", old);
	made = text.err == 0 ? arena_text(&c->arena, (char *)text.p, text.n) : NULL;
	buf_free(&text);
	return made;
}

static int
write_meta(struct cutter *c)
{
	const struct ir_total totals[] = {
		{"connections", c->result->connections},
		{"messages", c->result->kept},
		{"messages_left_out", c->result->messages - c->result->kept},
		{"renumbered_messages", c->result->renumbered},
		{"raised_credits", c->result->raised_by},
	};
	struct ir_writer *w = c->w;
	struct ir_meta m = c->ir->meta;
	int r = copy_lists(c, &m);

	m.tool = PACKAGE_STRING;
	m.start += c->first_time;
	m.totals = totals;
	m.n_totals = sizeof(totals) / sizeof(totals[0]);
	m.lost = NULL;
	m.n_lost = 0;
	m.options = r == 0 ? make_options(c) : NULL;
	if (m.options == NULL)
		return ERR_NOMEM;
	c->w = NULL;
	return ir_writer_close(w, &m, c->e);
}

static int
choose(struct cutter *c)
{
	int r;

	if (c->ir->meta.run)
		return err_set(c->e, ERR_USAGE, "this is a run, not a workload");
	r = cut_keep_new(c->ir, c->opt, &c->keep);
	if (r == 0)
		r = cut_ids_new(&c->keep, c->result, &c->ids);
	if (r == 0)
		r = cut_keep_ends(&c->keep);
	if (r == 0)
		r = number(c);
	if (r == 0)
		r = find_timings(c);
	if (r == 0 && c->result->asked == 0)
		r = err_set(c->e, ERR_NOTFOUND, "none of %" PRIu64 " messages is asked for",
			    c->result->messages);
	return r;
}

static void
cutter_free(struct cutter *c)
{
	if (c->w != NULL)
		ir_writer_abandon(c->w);
	if (c->ids.keep != NULL)
		cut_ids_free(&c->ids);
	if (c->keep.ir != NULL)
		cut_keep_free(&c->keep);
	free(c->numbers);
	free(c->conns);
	free(c->shares);
	free(c->sets);
	free(c->texts);
	free(c->after);
	free(c->together);
	timings_free(&c->timings);
	arena_free(&c->arena);
	buf_free(&c->scratch);
}

int
cut_workload(const struct ir *ir, const struct cut_options *opt, struct ir_writer *w,
	     struct cut_result *result, struct err *e)
{
	struct cutter c = {.ir = ir, .opt = opt, .result = result, .w = w, .e = e};
	int r;

	*result = (struct cut_result){0};
	r = choose(&c);
	if (r == 0)
		r = write_events(&c);
	if (r == 0)
		r = write_meta(&c);
	cutter_free(&c);
	return r != 0 ? err_set(e, r, "%s", err_str(r)) : 0;
}
