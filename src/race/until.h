/*
 * An expression over what became of requests:
 *
 *	expr  = and { "or" and }
 *	and   = not { "and" not }
 *	not   = [ "not" ] ( "(" expr ")" | test )
 *	test  = message [ "." field ] op value
 *	message = LABEL | COMMAND "#" N | "#" EVENT
 *	op    = "==" | "!=" | "<" | "<=" | ">" | ">="
 *
 * COMMAND#2 is the second request of that command. A field is named as in "expect"
 * ("body.oplock_level"), behind the number of a PDU where it is not the first of its message;
 *status where none is. Beside these there are "answered" (1 or 0) and "lost". A value is a number,
 *an NTSTATUS by name, or bytes in hexadecimal. Where there is no such field, no comparison holds.
 */
#ifndef SMB_RACE_UNTIL_H
#define SMB_RACE_UNTIL_H

#include "race/trial.h"

struct until;

/* Returns 0, ERR_USAGE with what is wrong and where in `e`, or ERR_NOMEM. The requests are borrowed
 * for the expression's life. */
int until_new(const char *text, const struct trial_requests *requests, struct until **out,
	      struct err *e) MUST_CHECK;
void until_free(struct until *u);

/* The events that it is about, each once: at most `max`. Returns how many. */
size_t until_events(const struct until *u, uint32_t *out, size_t max);

/* Append the text of the expression, with the labels that its events have in `names`, a workload
 * with the same events, in place of what it calls them. */
void until_rename(const struct until *u, const char *text, const struct ir *names, struct buf *out);

bool until_holds(const struct until *u, const struct trial *t);

#endif
