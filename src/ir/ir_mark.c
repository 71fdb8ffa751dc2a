/*
 * What a hand adds to an event: its label, what it waits for, what goes wrong when it is sent. Read
 * and written.
 */
#include "config.h"

#include "ir/ir_event.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ir/ir_files.h"
#include "ir/timings.h"

/* A label in "after" or "gap" whose event may stand further down. */
struct ir_pending {
	struct ir_pending *next;
	size_t line;
	const char *key;
	uint32_t index; /* in it */
	uint32_t *slot;
	const char *label; /* NULL: the event has a number */
	size_t number;
};

struct label {
	const char *text;
	size_t event;
};

static int
fail(const struct ir_loader *l, const struct json *v, const char *what)
{
	return json_fail(&l->doc, v, ERR_MALFORMED, "%s", what);
}

static bool
is_label(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"0123456789_-.");

	return n > 0 && n <= IR_MAX_LABEL && text[n] == '\0' &&
	       strchr("0123456789_-.", text[0]) == NULL;
}

static int
read_label(struct ir_loader *l, const struct json *v, struct ir_event *ev)
{
	const char *text = "";
	int r = json_text(&l->doc, v, &text);

	if (r != 0)
		return r;
	if (!is_label(text))
		return fail(l, v,
			    "a label has up to 64 letters, digits, '_', '-', '.' and begins with "
			    "a letter");
	ev->label = arena_text(&l->ir->arena, text, strlen(text));
	return ev->label != NULL ? 0 : ERR_NOMEM;
}

/* One event's number, or a label that is looked up when all lines are read. */
int
ir_read_reference(struct ir_loader *l, const struct json *v, const char *key, uint32_t index,
		  uint32_t *slot)
{
	struct ir_pending *p = arena_alloc(&l->ir->arena, sizeof(*p));
	const char *text = "";
	uint64_t n = 0;
	int r;

	if (p == NULL)
		return ERR_NOMEM;
	*p = (struct ir_pending){
		.next = l->pending, .line = l->doc.line, .key = key, .index = index, .slot = slot};
	l->pending = p;
	if (!json_is_text(v)) {
		r = json_uint(&l->doc, v, IR_MAX_EVENTS, &n);
		p->number = (size_t)n;
		return r == 0 && l->file ? fail(l, v, "in a file events are named by label") : r;
	}
	r = json_text(&l->doc, v, &text);
	if (r == 0)
		p->label = arena_text(&l->ir->arena, text, strlen(text));
	return r != 0 || p->label != NULL ? r : ERR_NOMEM;
}

static int
read_after(struct ir_loader *l, const struct json *v, struct ir_event *ev)
{
	const struct json *item;
	uint32_t *list;
	size_t n;
	int r = json_need_array(&l->doc, v);

	if (r != 0)
		return r;
	if (ev->server)
		return fail(l, v, "what the server does cannot be held back");
	n = json_count(v);
	list = arena_alloc(&l->ir->arena, n * sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	item = json_first(v);
	for (size_t i = 0; r == 0 && i < n; i++, item = json_next(item))
		r = ir_read_reference(l, item, "after", (uint32_t)i, &list[i]);
	ev->after = list;
	ev->n_after = (uint32_t)n;
	l->marked = true;
	return r;
}

enum fault_key {
	F_UNSENT,
	F_TIMES,
	F_CUT,
	F_DELAY,
	F_RST,
	F_STOP_READING,
	F_RESUME_READING,
	N_FAULT_KEYS
};

static const struct json_key fault_keys[N_FAULT_KEYS] = {
	[F_UNSENT] = {"unsent", false},
	[F_TIMES] = {"times", false},
	[F_CUT] = {"cut", false},
	[F_DELAY] = {"delay", false},
	[F_RST] = {"rst", false},
	[F_STOP_READING] = {"stop_reading", false},
	[F_RESUME_READING] = {"resume_reading", false},
};

static int
read_fault_uint(const struct ir_loader *l, const struct json *v, uint64_t max, uint64_t *out)
{
	return v != NULL ? json_uint(&l->doc, v, max, out) : 0;
}

static int
read_fault_bool(const struct ir_loader *l, const struct json *v, bool *out)
{
	return v != NULL ? json_bool(&l->doc, v, out) : 0;
}

static int
check_fault(const struct ir_loader *l, const struct json *v, const struct ir_fault *f)
{
	if (f->unsent && (f->times > 1 || f->cut > 0 || f->delay > 0 || f->rst || f->stop_reading ||
			  f->resume_reading))
		return fail(l, v, "what is not sent cannot go wrong in another way");
	if (f->stop_reading && f->resume_reading)
		return fail(l, v, "stop_reading and resume_reading contradict each other");
	return 0;
}

static int
read_fault(struct ir_loader *l, const struct json *v, struct ir_event *ev)
{
	const struct json *m[N_FAULT_KEYS];
	struct ir_fault *f = arena_alloc(&l->ir->arena, sizeof(*f));
	uint64_t times = 0, cut = 0;
	int r = f != NULL ? json_object(&l->doc, v, fault_keys, N_FAULT_KEYS, m) : ERR_NOMEM;

	if (r != 0)
		return r;
	ev->fault = f;
	r = read_fault_bool(l, m[F_UNSENT], &f->unsent);
	if (r == 0)
		r = read_fault_uint(l, m[F_TIMES], IR_MAX_TIMES, &times);
	if (r == 0)
		r = read_fault_uint(l, m[F_CUT], IR_MAX_BYTES, &cut);
	if (r == 0)
		r = read_fault_uint(l, m[F_DELAY], JSON_MAX_INT, &f->delay);
	if (r == 0)
		r = read_fault_bool(l, m[F_RST], &f->rst);
	if (r == 0)
		r = read_fault_bool(l, m[F_STOP_READING], &f->stop_reading);
	if (r == 0)
		r = read_fault_bool(l, m[F_RESUME_READING], &f->resume_reading);
	f->times = (uint32_t)times;
	f->cut = (uint32_t)cut;
	return r == 0 ? check_fault(l, v, f) : r;
}

static int
read_barrier(struct ir_loader *l, const struct json *v, struct ir_timing *t)
{
	const char *text = "";
	int r = json_text(&l->doc, v, &text);

	if (r != 0)
		return r;
	if (!is_label(text))
		return fail(l, v, "a barrier is named as labels are");
	t->barrier = arena_text(&l->ir->arena, text, strlen(text));
	return t->barrier != NULL ? 0 : ERR_NOMEM;
}

int
ir_read_since(const struct ir_loader *l, const struct json *v, bool *answered)
{
	const char *from = "sent";
	int r = v != NULL ? json_text(&l->doc, v, &from) : 0;

	*answered = strcmp(from, "answered") == 0;
	if (r == 0 && !*answered && strcmp(from, "sent") != 0)
		return fail(l, v, "must be \"sent\" or \"answered\"");
	return r;
}

/* [event, ns] or [event, ns, "sent" or "answered"]. */
static int
read_gap(struct ir_loader *l, const struct json *v, struct ir_timing *t)
{
	const struct json *item = json_first(v);
	int r = json_need_array(&l->doc, v);

	if (r != 0)
		return r;
	if (json_count(v) < 2 || json_count(v) > 3)
		return fail(l, v, "must be [event, nanoseconds, \"sent\" or \"answered\"]");
	r = ir_read_reference(l, item, "gap", 0, &t->of);
	item = json_next(item);
	if (r == 0)
		r = json_int(&l->doc, item, &t->ns);
	return r == 0 ? ir_read_since(l, json_next(item), &t->answered) : r;
}

static int
read_timing(struct ir_loader *l, const struct json *const marks[IR_N_MARKS], struct ir_event *ev)
{
	const struct json *barrier = marks[IR_MARK_BARRIER], *gap = marks[IR_MARK_GAP];
	struct ir_timing *t;

	if (barrier == NULL && gap == NULL)
		return 0;
	if (barrier != NULL && gap != NULL)
		return fail(l, gap, "it has a barrier already");
	if (ev->server)
		return fail(l, barrier != NULL ? barrier : gap,
			    "what the server does has its own time");
	t = arena_alloc(&l->ir->arena, sizeof(*t));
	if (t == NULL)
		return ERR_NOMEM;
	ev->timing = t;
	l->timed = true;
	if (ev->fault != NULL && (ev->fault->unsent || ev->fault->delay > 0))
		return fail(l, barrier != NULL ? barrier : gap,
			    "what is unsent or delayed has no such time");
	return barrier != NULL ? read_barrier(l, barrier, t) : read_gap(l, gap, t);
}

int
ir_read_marks(struct ir_loader *l, const struct json *const marks[IR_N_MARKS], struct ir_event *ev)
{
	int r = 0;

	if (marks[IR_MARK_LABEL] != NULL)
		r = read_label(l, marks[IR_MARK_LABEL], ev);
	l->n_labels += ev->label != NULL;
	if (r == 0 && marks[IR_MARK_AFTER] != NULL)
		r = read_after(l, marks[IR_MARK_AFTER], ev);
	if (r == 0 && marks[IR_MARK_FAULT] != NULL)
		r = read_fault(l, marks[IR_MARK_FAULT], ev);
	if (r == 0 && marks[IR_MARK_PAUSE] != NULL)
		r = ir_read_pauses(l, marks[IR_MARK_PAUSE], ev);
	return r == 0 ? read_timing(l, marks, ev) : r;
}

static int
by_text(const void *a, const void *b)
{
	const struct label *x = a, *y = b;
	int r = strcmp(x->text, y->text);

	return r != 0 ? r : (x->event > y->event) - (x->event < y->event);
}

/* All labels in order; the first that stands twice is an error. */
static int
gather_labels(const struct ir_loader *l, struct label *labels)
{
	size_t n = 0;

	for (size_t i = 0; i < l->ir->n_events; i++)
		if (l->ir->events[i].label != NULL)
			labels[n++] = (struct label){l->ir->events[i].label, i};
	qsort(labels, n, sizeof(*labels), by_text);
	for (size_t i = 1; i < n; i++)
		if (strcmp(labels[i - 1].text, labels[i].text) == 0)
			return err_set(l->doc.e, ERR_MALFORMED,
				       "%s:%u: label: event %zu has the label \"%s\" already",
				       l->doc.file, ir_line(l->ir, labels[i].event),
				       labels[i - 1].event, labels[i].text);
	return 0;
}

static int
compare_label(const void *key, const void *item)
{
	return strcmp(key, ((const struct label *)item)->text);
}

static int
find_event(const struct ir_loader *l, const struct label *labels, const struct ir_pending *p)
{
	const struct label *found = NULL;
	size_t event;

	if (p->label == NULL) {
		event = ir_event_at(l, p->number);
		if (event == l->ir->n_events)
			return err_set(l->doc.e, ERR_MALFORMED,
				       "%s:%zu: %s[%u]: there is no event %zu", l->doc.file,
				       p->line, p->key, p->index, p->number);
		*p->slot = (uint32_t)event;
		return 0;
	}
	if (l->n_labels > 0)
		found = bsearch(p->label, labels, l->n_labels, sizeof(*labels), compare_label);
	if (found == NULL)
		return err_set(l->doc.e, ERR_MALFORMED,
			       "%s:%zu: %s[%u]: no event has the label \"%.64s\"", l->doc.file,
			       p->line, p->key, p->index, p->label);
	*p->slot = (uint32_t)found->event;
	return 0;
}

static int
look_up(const struct ir_loader *l, const struct label *labels)
{
	int r = 0;

	for (const struct ir_pending *p = l->pending; r == 0 && p != NULL; p = p->next)
		r = find_event(l, labels, p);
	return r;
}

/* An event whose "after" is being followed. */
struct step {
	size_t event;
	uint32_t next;
};

enum { UNSEEN, ON_THE_WAY, DONE };

/* Follow "after" from one event on, to the end of all ways. */
static int
follow(const struct ir_loader *l, size_t from, struct step *way, uint8_t *seen)
{
	size_t depth = 1;

	way[0] = (struct step){.event = from};
	seen[from] = ON_THE_WAY;
	while (depth > 0) {
		struct step *s = &way[depth - 1];
		const struct ir_event *ev = &l->ir->events[s->event];
		size_t to;

		if (s->next == ev->n_after) {
			seen[s->event] = DONE;
			depth--;
			continue;
		}
		to = ev->after[s->next++];
		if (seen[to] == ON_THE_WAY)
			return err_set(l->doc.e, ERR_MALFORMED,
				       "%s:%u: after[%u]: in a circle: event %zu waits for this "
				       "one",
				       l->doc.file, ir_line(l->ir, s->event), s->next - 1, to);
		if (seen[to] == UNSEEN && l->ir->events[to].n_after > 0) {
			way[depth++] = (struct step){.event = to};
			seen[to] = ON_THE_WAY;
		}
	}
	return 0;
}

static int
check_circles(const struct ir_loader *l)
{
	size_t n = 0;
	struct step *way;
	uint8_t *seen;
	int r = 0;

	for (size_t i = 0; i < l->ir->n_events; i++)
		n += l->ir->events[i].n_after > 0;
	way = calloc(n + 1, sizeof(*way));
	seen = calloc(l->ir->n_events + 1, 1);
	if (way == NULL || seen == NULL)
		r = ERR_NOMEM;
	for (size_t i = 0; r == 0 && i < l->ir->n_events; i++)
		if (seen[i] == UNSEEN && l->ir->events[i].n_after > 0)
			r = follow(l, i, way, seen);
	free(way);
	free(seen);
	return r;
}

static int
check_timings(const struct ir_loader *l)
{
	struct timings t;
	int r = timings_new(l->ir, l->doc.file, &t, l->doc.e);

	timings_free(&t);
	return r;
}

int
ir_resolve_marks(struct ir_loader *l)
{
	struct label *labels = NULL;
	int r = 0;

	if (l->n_labels > 0) {
		labels = calloc(l->n_labels, sizeof(*labels));
		r = labels != NULL ? gather_labels(l, labels) : ERR_NOMEM;
	}
	if (r == 0)
		r = look_up(l, labels);
	free(labels);
	if (r == 0 && l->marked)
		r = check_circles(l);
	if (r == 0 && l->paused)
		r = ir_check_pauses(l);
	return r == 0 && l->timed ? check_timings(l) : r;
}

static void
put_flag(struct json_out *o, const char *key, bool v)
{
	if (!v)
		return;
	json_out_key_bool(o, key, true);
}

static void
put_uint(struct json_out *o, const char *key, uint64_t v)
{
	if (v == 0)
		return;
	json_out_key_uint(o, key, v);
}

static void
put_fault(struct json_out *o, const struct ir_fault *f)
{
	json_out_open(o, '{');
	put_flag(o, fault_keys[F_UNSENT].name, f->unsent);
	put_uint(o, fault_keys[F_TIMES].name, f->times);
	put_uint(o, fault_keys[F_CUT].name, f->cut);
	put_uint(o, fault_keys[F_DELAY].name, f->delay);
	put_flag(o, fault_keys[F_RST].name, f->rst);
	put_flag(o, fault_keys[F_STOP_READING].name, f->stop_reading);
	put_flag(o, fault_keys[F_RESUME_READING].name, f->resume_reading);
	json_out_close(o, '}');
}

static void
put_timing(struct json_out *o, const struct ir_timing *t)
{
	json_out_key(o, t->barrier != NULL ? "barrier" : "gap");
	if (t->barrier != NULL) {
		json_out_text(o, t->barrier);
		return;
	}
	json_out_open(o, '[');
	json_out_uint(o, t->of);
	json_out_raw(o, "%" PRId64, t->ns);
	if (t->answered)
		json_out_text(o, "answered");
	json_out_close(o, ']');
}

bool
ir_has_marks(const struct ir_event *ev)
{
	return ev->label != NULL || ev->n_after > 0 || ev->fault != NULL || ev->timing != NULL ||
	       ev->n_pauses > 0 || ev->expecting;
}

static void
put_marks(const struct ir_event *ev, struct json_out *o)
{
	if (ev->label != NULL)
		json_out_key_text(o, "label", ev->label);
	if (ev->n_after > 0) {
		json_out_key_open(o, "after", '[');
		for (uint32_t i = 0; i < ev->n_after; i++)
			json_out_uint(o, ev->after[i]);
		json_out_close(o, ']');
	}
	if (ev->fault != NULL) {
		json_out_key(o, "fault");
		put_fault(o, ev->fault);
	}
	if (ev->timing != NULL)
		put_timing(o, ev->timing);
	if (ev->n_pauses > 0)
		ir_put_pauses(o, ev);
}

void
ir_format_marks(const struct ir_event *ev, struct buf *out)
{
	struct json_out o = {.b = *out, .comma = true};

	put_marks(ev, &o);
	if (ev->expecting)
		ir_put_sets(&o, "expect", ev->expects, ev->n_expects);
	*out = o.b;
}
