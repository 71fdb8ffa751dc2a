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

struct ir_loader {
	struct json_doc doc;
	struct ir *ir;
	size_t index; /* of the event that is being read */
	struct ir_numbers defined[IR_N_SYMBOL_KINDS];
	const char *
		commands[IR_COMMANDS_KEPT]; /* texts that were seen last, which most lines repeat */
};

bool ir_numbers_has(const struct ir_numbers *s, uint32_t n);

/* Read the line that is parsed in l->doc. Returns 0, ERR_MALFORMED with its place, or ERR_NOMEM. */
int ir_read_event(struct ir_loader *l, struct ir_event *ev) MUST_CHECK;

#endif
