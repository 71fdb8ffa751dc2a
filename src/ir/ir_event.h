/*
 * Reading a workload, between its two parts: lines and files (ir_load.c), and one line
 * (ir_event.c).
 */
#ifndef SMB_IR_IR_EVENT_H
#define SMB_IR_IR_EVENT_H

#include "ir/ir.h"
#include "ir/json.h"
#include "ir/json_out.h"

#define IR_COMMANDS_KEPT 64 /* a power of two */

/* A set of symbol numbers. */
struct ir_numbers {
	uint8_t *bits; /* owned */
	size_t bytes;
};

/* The keys that ir_read_marks reads. */
enum ir_mark {
	IR_MARK_LABEL,
	IR_MARK_AFTER,
	IR_MARK_FAULT,
	IR_MARK_BARRIER,
	IR_MARK_GAP,
	IR_MARK_PAUSE,
	IR_N_MARKS
};

struct ir_pending;

struct hand;

struct ir_loader {
	struct json_doc doc;
	struct ir *ir;
	size_t cap;        /* events that ir->events has room for */
	bool file;         /* a hand-written file: no numbers, no list of connections */
	uint32_t n_conns;  /* of a file: the highest connection and one */
	struct hand *hand; /* NULL: nothing hand-written yet */
	struct ir_numbers defined[IR_N_SYMBOL_KINDS];
	size_t n_labels;
	size_t n_numbers;           /* lines with a number */
	struct buf numbers;         /* the event of each, where that is not the number itself */
	bool marked;                /* some event has an "after" */
	bool timed;                 /* some event has a "barrier" or "gap", or a "pause" that
				       names another one */
	bool paused;                /* some event has a "pause" */
	struct ir_pending *pending; /* labels in "after", to be looked up; from the arena */
	const char *
		commands[IR_COMMANDS_KEPT]; /* texts that were seen last, which most lines repeat */
};

/* Note a definition, which must be the first of its symbol. Returns 0, ERR_MALFORMED without a
 * text, or ERR_NOMEM. */
int ir_define(struct ir_loader *l, const struct ir_patch *p) MUST_CHECK;

bool ir_numbers_has(const struct ir_numbers *s, uint32_t n);

/* The event that has a number in the directory; n_events where there is none. */
size_t ir_event_at(const struct ir_loader *l, size_t number);

/* Append an event that is all zero, and give it. Returns 0, ERR_LIMIT or ERR_NOMEM. */
int ir_add_event(struct ir_loader *l, struct ir_event **out) MUST_CHECK;

/* Read the line that is parsed in l->doc, of a recorded event. Returns 0, ERR_MALFORMED with its
 * place, or ERR_NOMEM. */
int ir_read_event(struct ir_loader *l, struct ir_event *ev) MUST_CHECK;

/* In a directory each line has its number, "n", but those that a hand wrote. As ir_read_event. */
int ir_read_number(struct ir_loader *l, const struct json *v, bool by_hand) MUST_CHECK;

/* A connection's number, which a file may use as it likes. As ir_read_event. */
int ir_read_conn(struct ir_loader *l, const struct json *v, uint32_t *out) MUST_CHECK;

/* The values of its keys "label", "after", "fault", "barrier", "gap" and "pause"; NULL where
 * absent. As ir_read_event. */
int ir_read_marks(struct ir_loader *l, const struct json *const marks[IR_N_MARKS],
		  struct ir_event *ev) MUST_CHECK;

/* A number or label of an event, `index` of what a key holds: `*slot` gets the event when all lines
 * are read. It is not to move. As ir_read_event. */
int ir_read_reference(struct ir_loader *l, const struct json *v, const char *key, uint32_t index,
		      uint32_t *slot) MUST_CHECK;

/* "sent" or "answered": what a time counts from. As ir_read_event. */
int ir_read_since(const struct ir_loader *l, const struct json *v, bool *answered) MUST_CHECK;

/* "pause" of an event. As ir_read_event. */
int ir_read_pauses(struct ir_loader *l, const struct json *v, struct ir_event *ev) MUST_CHECK;

/* When all lines are read: each pause lies in its message. As ir_read_event. */
int ir_check_pauses(const struct ir_loader *l) MUST_CHECK;

/* The key and what it holds. */
void ir_put_pauses(struct json_out *o, const struct ir_event *ev);

/*
 * When all lines are read: labels are unique, "after" and "gap" name events and have no circles,
 * barriers have several members. Returns 0, ERR_MALFORMED with its place, or ERR_NOMEM.
 */
int ir_resolve_marks(struct ir_loader *l) MUST_CHECK;

/* The key and the object of such a list. */
void ir_put_sets(struct json_out *o, const char *key, const struct ir_set *sets, uint32_t n);

#endif
