/* What the reader and the writer of a workload share: file names and limits of the format. */
#ifndef SMB_IR_IR_FILES_H
#define SMB_IR_IR_FILES_H

#include "ir/ir.h"

#define IR_META_FILE "workload.json"
#define IR_MESSAGES_FILE "messages.jsonl"
#define IR_DATA_FILE "data.bin"

#define IR_FORMAT "smbench"
#define IR_NS_PER_S 1000000000u

/* Values are many times the size of their text, so what is parsed at once is bounded. */
#define IR_MAX_META ((size_t)16 << 20) /* bytes of workload.json */
#define IR_MAX_LINE ((size_t)4 << 20)  /* bytes of a line in messages.jsonl */
#define IR_MAX_FILE ((size_t)16 << 20) /* bytes of a hand-written file */
#define IR_MAX_FILE_CONNS 65536

struct ir_loader;

/* The three files' contents; `dir` is for messages only. */
struct ir_text {
	const char *dir;
	struct slice meta, messages, data;
};

/*
 * ir_load on files that are in memory. `out->data` borrows `text->data`. Free `out` with ir_free on
 * success only.
 */
int ir_parse(const struct ir_text *text, struct ir *out, struct err *e) MUST_CHECK;

/*
 * A hand-written file in memory; `path` is for messages and must outlive the call only. As
 * ir_parse.
 */
int ir_parse_file(const char *path, struct slice text, struct ir *out, struct err *e) MUST_CHECK;

/* Split "1.body.flags" into the number of a PDU (0 where none stands there) and the path; NULL: it
 * is no such thing. */
const char *ir_set_path(const char *text, uint32_t *pdu);

/*
 * Write the event's edits over its bytes. Returns 0, or what smb2_set_field gives, with a text in
 * `e`.
 */
int ir_try_sets(const struct ir *ir, const struct ir_event *ev,
		struct err *e) MUST_CHECK; /* the same on a copy */
int ir_apply_sets(const struct ir_event *ev, uint8_t *bytes, size_t n, struct err *e) MUST_CHECK;

/*
 * Parse workload.json into `out`, all of it from `arena`. Returns 0, ERR_MALFORMED, ERR_UNSUPPORTED
 * or ERR_NOMEM.
 */
int ir_parse_meta(const char *file, struct slice text, struct arena *arena, struct ir_meta *out,
		  struct err *e) MUST_CHECK;

/* Make the values of the meta definitions of their events, which are read. Returns 0, ERR_MALFORMED
 * with its place, or ERR_NOMEM. */
int ir_merge_values(struct ir_loader *l, const char *file) MUST_CHECK;

/* Append workload.json to `out`, whose error sticks. */
void ir_format_meta(const struct ir_meta *meta, struct buf *out);

/* Where data.bin holds an event's bytes, and their compressed form. */
struct ir_stored {
	struct ir_extent data[3];
	size_t n;
	struct ir_extent packed;
};

/*
 * The event's line without "set", the closing brace and the newline, at `p`; returns its end.
 * ir_line_bound is the most bytes it takes. ir_format_sets appends "set" to `out`, ir_format_marks
 * "label", "after", "fault", "barrier", "gap", "pause" and "expect" (where ir_has_marks says that
 * there are any); its error sticks.
 */
size_t ir_line_bound(const struct ir_event *ev, const char *commands);
char *ir_format_line(uint64_t n, const struct ir_event *ev, const struct ir_stored *at,
		     const char *commands, char *p);
void ir_format_sets(const struct ir_event *ev, struct buf *out);
bool ir_has_marks(const struct ir_event *ev);
void ir_format_marks(const struct ir_event *ev, struct buf *out);

#endif
