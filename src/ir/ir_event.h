/*
 * Reading a workload, between its two parts: lines and files (ir_load.c), and one line
 * (ir_event.c).
 */
#ifndef SMB_IR_IR_EVENT_H
#define SMB_IR_IR_EVENT_H

#include "ir/ir.h"
#include "ir/json.h"

#define IR_COMMANDS_KEPT 64 /* a power of two */

/* A set of symbol numbers. */
struct ir_numbers {
	uint8_t *bits; /* owned */
	size_t bytes;
};

/* The keys that ir_read_marks reads. */
enum ir_mark { IR_MARK_LABEL, IR_MARK_AFTER, IR_MARK_FAULT, IR_N_MARKS };

struct ir_pending;

struct ir_loader {
	struct json_doc doc;
	struct ir *ir;
	size_t index; /* of the event that is being read */
	struct ir_numbers defined[IR_N_SYMBOL_KINDS];
	size_t n_labels;
	bool marked;                /* some event has an "after" */
	struct ir_pending *pending; /* labels in "after", to be looked up; from the arena */
	const char *
		commands[IR_COMMANDS_KEPT]; /* texts that were seen last, which most lines repeat */
};

/* Note a definition, which must be the first of its symbol. Returns 0, ERR_MALFORMED without a text,
 * or ERR_NOMEM. */
int ir_define(struct ir_loader *l, const struct ir_patch *p) MUST_CHECK;

bool ir_numbers_has(const struct ir_numbers *s, uint32_t n);

/* Read the line that is parsed in l->doc. Returns 0, ERR_MALFORMED with its place, or ERR_NOMEM. */
int ir_read_event(struct ir_loader *l, struct ir_event *ev) MUST_CHECK;

/* The values of its keys "label", "after" and "fault"; NULL where absent. As ir_read_event. */
int ir_read_marks(struct ir_loader *l, const struct json *const marks[IR_N_MARKS],
		  struct ir_event *ev) MUST_CHECK;

/*
 * When all lines are read: labels are unique, "after" names events and has no circles. Returns 0,
 * ERR_MALFORMED with its place, or ERR_NOMEM.
 */
int ir_resolve_marks(struct ir_loader *l) MUST_CHECK;

#endif
