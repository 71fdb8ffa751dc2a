/* A state as text: lines of state.jsonl, and the same for who prints them. */
#ifndef SMB_IR_STATE_OUT_H
#define SMB_IR_STATE_OUT_H

#include "ir/json_out.h"
#include "ir/state.h"

#define STATE_LINE_PIECES ((size_t)1024) /* pieces of contents on one line */
#define STATE_STREAM_PIECES ((size_t)16) /* of a stream, on the line of its file */

/* What is beside an entry's own keys. */
struct state_shown {
	uint64_t frame; /* that `event` was, 0: none */
	bool pieces;    /* as many as one line has room for; else only how many bytes they are */
};

/* Its keys and values; the braces are the caller's. Errors stick in `o->b`. */
void state_put_entry(struct json_out *o, const struct state_entry *e,
		     const struct state_shown *how);

/* All lines of an entry, with their ends. */
void state_put_lines(struct json_out *o, const struct state_entry *e);

/* Write state.jsonl, once, before ir_writer_close. Returns 0 or a negative error with a text in
 * `e`.
 */
int ir_writer_state(struct ir_writer *w, const struct state *s, struct err *e) MUST_CHECK;

/* A FILETIME (MS-DTYP 2.3.3) of "2020-09-13T12:26:40.0000000Z", or in decimal where it is beyond
 * the year 9999. Returns 0 or ERR_MALFORMED. */
int state_parse_time(const char *text, uint64_t *out) MUST_CHECK;

#endif
