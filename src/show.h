/*
 * Printing workloads: one message after another, as a line, as a tree of fields, as bytes, as JSON,
 * or counted.
 */
#ifndef SMB_SHOW_H
#define SMB_SHOW_H

#include "ir/ir.h"
#include "ir/json_out.h"
#include "proto/smb2_pdu.h"
#include "proto/smb2_questions.h"

/* What all printers know of the event that is printed. */
struct show_event {
	const struct ir *ir;
	const struct ir_event *ev;
	uint64_t n;
	struct slice bytes;
	enum smb2_msg_kind kind;
	bool colour;
	const struct smb2_questions *asked; /* by the requests before it; NULL: not known */
};

/* Remember what the requests of an event ask for. Returns 0 or ERR_NOMEM. */
int show_note(const struct show_event *e, struct smb2_questions *asked) MUST_CHECK;

/* One PDU of it. */
struct show_pdu {
	const struct show_event *event;
	unsigned index;
	size_t at; /* in the event's bytes */
	struct slice bytes;
	const struct smb2_pdu *pdu; /* NULL: no header that could be decoded */
};

/* Walks the PDUs of a plain message; others have none. */
struct show_chain {
	const struct show_event *event;
	struct smb2_chain chain;
	struct smb2_pdu decoded;
	unsigned index;
	bool opened; /* look into the bodies of information classes and FSCTLs */
};
struct show_chain show_chain_init(const struct show_event *e);
bool show_chain_next(struct show_chain *c, struct show_pdu *out);

/* The patch or definition that touches these bytes of the event, or NULL. */
const struct ir_patch *show_patch_at(const struct ir_event *ev, size_t off, size_t len);

/* Append "open.17" or "signature". */
void show_put_symbol(struct buf *out, const struct ir_patch *p);

/* Append "unsent", "x2", "cut 40": what goes wrong on purpose, with commas between several. */
void show_put_fault(struct buf *out, const struct ir_fault *f);

/* By whose time it goes out. */
void show_put_timing(struct buf *out, const struct ir_timing *t);

/* Where it goes out in pieces. */
void show_put_pauses(struct buf *out, const struct ir_event *ev);

/* Append the names of the bits of a field that is a set of flags, a blank before each. */
void show_put_flags(const char *field, uint64_t value, struct buf *out);

/* Append the value of a field: "3 OPEN_IF", a quoted name, hexadecimal bytes. */
void show_put_value(const struct smb2_item *it, struct buf *out);

/* The event goes from the server to the client. */
bool show_from_server(const struct ir_event *ev);

/* The name that a number has in a field of that name ("create_disposition", 3: "OPEN_IF"), or NULL.
 */
const char *show_value_name(const char *field, uint64_t value);

/* The name of an information class (MS-FSCC 2.4, 2.5) of that InfoType, or NULL. */
const char *show_class_name(uint64_t info_type, uint64_t info_class);

/* ---- The printers. All append to a buffer whose error sticks. ---- */

/* One line a message. It remembers which name each open has. */
struct show_line;
struct show_line *show_line_new(const struct ir *ir);
void show_line_free(struct show_line *l);
void show_line_learn(struct show_line *l,
		     const struct show_event *e); /* of an event that is not printed */
void show_line_put(struct show_line *l, const struct show_event *e, struct buf *out);

/* What a line says of the message itself, without number, time, arrow and symbols. */
void show_line_message(struct show_line *l, const struct show_event *e, struct buf *out);

void show_tree_put(const struct show_event *e, struct buf *out);
void show_hex_put(const struct show_event *e, struct buf *out);
void show_json_put(const struct show_event *e, struct json_out *out);

struct show_stats;
struct show_stats *show_stats_new(const struct ir *ir);
void show_stats_free(struct show_stats *s);
void show_stats_add(struct show_stats *s, const struct show_event *e);
void show_stats_put(struct show_stats *s, struct buf *out);
void show_stats_put_json(struct show_stats *s, struct json_out *out);

#endif
