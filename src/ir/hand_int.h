/* What the parts of the hand-written messages share. */
#ifndef SMB_IR_HAND_INT_H
#define SMB_IR_HAND_INT_H

#include "ir/hand.h"
#include "proto/smb2_pdu.h"
#include "proto/smb2_set.h"

/* A request that was written, and what is known of its answer: numbers of symbols, 0 for none. */
struct hand_asked {
	uint64_t message_id;
	uint16_t command, credits;
	uint32_t symbols[IR_N_SYMBOL_KINDS]; /* that it uses or that its answer defines */
	bool defines[IR_N_SYMBOL_KINDS];
	bool sealed;
};

/* A message with a label. */
struct hand_name; /* hand_names.c */

/* Ids that a hand-written message took from recorded ones, which move. */
struct hand_inserted {
	uint64_t from; /* recorded ids from here on... */
	uint64_t by;   /* ...are so much higher */
};

/* Where a connection stands. */
struct hand_conn {
	uint64_t next_id;               /* of the next message */
	uint64_t recorded;              /* the next id as recorded */
	struct hand_inserted *inserted; /* owned; both members ascend */
	size_t n_inserted, cap_inserted;
	uint32_t session, tree, open; /* the last ones, 0: none */
	bool up, negotiated;
	bool in_logon; /* its session is being set up: the next SESSION_SETUP goes on with it */
};

#define HAND_RESUME_KEY_CODE 0x00140078 /* MS-SMB2 2.2.31: FSCTL_SRV_REQUEST_RESUME_KEY */
#define HAND_NEW 0x80000000u            /* in a symbol's number: counted anew at the end */

/* Members of an object, those of a PDU's body behind "body.". */
struct hand_fields {
	const struct json_doc *doc;
	const struct json *object; /* NULL: none */
	const char *prefix;        /* "body." or "" */
	bool partial;              /* other members stand for something else */
};

/* A PDU that is being written. */
struct hand_build {
	struct hand *h;
	struct buf *out; /* the message */
	size_t pdu;      /* where the PDU begins in it */
	bool response;
	struct hand_asked *asked;
};

struct hand {
	struct ir_loader *l;
	struct hand_conn *conns; /* owned */
	size_t n_conns;
	struct hand_name *names; /* owned tables, see hand_names.c */
	struct hand_recorded *recorded;
	struct hand_later *later;        /* answers that stand nowhere yet; in the arena */
	struct buf message;              /* being written */
	struct buf patches;              /* of it: struct ir_patch, in any order */
	struct ir_principal *principals; /* in the arena */
	size_t n_principals, cap_principals;
	uint32_t n_symbols[IR_N_SYMBOL_KINDS]; /* new ones */
	uint64_t t;                            /* time of the event before */
};

/* ---- hand_value.c: one value ---- */

/* A failure at a value. Returns ERR_MALFORMED. */
int hand_fail(const struct json_doc *d, const struct json *v, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* A text, or a number as text (in `number`). Returns 0 or ERR_MALFORMED. */
#define HAND_NUMBER 24
int hand_text(const struct json_doc *d, const struct json *v, char number[HAND_NUMBER],
	      const char **out) MUST_CHECK;

/* The member for a row, or NULL. */
const struct json *hand_find(const struct hand_fields *f, const char *name);

/* Write a value into the F row at `pos` of the message. */
int hand_put_fixed(struct hand_build *b, const struct smb2_row *row, size_t pos,
		   const struct json_doc *d, const struct json *v) MUST_CHECK;

/* Append the bytes of a V row that holds no structures; `count` is that of its elements. */
int hand_put_plain(struct hand_build *b, const struct smb2_def *def, const struct smb2_row *row,
		   const struct json_doc *d, const struct json *v, size_t *count) MUST_CHECK;

/* Is it {"hex": ...}, {"text": ...} or {"zeros": ...}? */
bool hand_is_bytes(const struct json *v);

/* Append such bytes. */
int hand_put_bytes(struct hand_build *b, const struct json_doc *d, const struct json *v) MUST_CHECK;

/* ---- hand_struct.c: one structure ---- */

/*
 * Append the structure with the fields that are given, else their defaults (either may have no
 * object), else what follows from the rest. Returns 0 or an error as hand_read.
 */
int hand_put_struct(struct hand_build *b, const struct smb2_def *def,
		    const struct hand_fields *given, const struct hand_fields *defaults) MUST_CHECK;

/* Do all members stand for rows of it? Else `*odd` is one that does not. */
bool hand_fits(const struct smb2_def *def, const struct hand_fields *f, const struct json **odd);

/* ---- hand_body.c: which structure a PDU's body has ---- */

/* The body of a command that has all the fields, and its StructureSize; NULL: none, and `*odd` is a
 * member that has no place. */
const struct smb2_def *hand_request_body(unsigned command, const struct hand_fields *f,
					 const struct hand_fields *defaults, uint16_t *size,
					 const struct json **odd);

/* The same for an answer by the paths that are compared; a failed one has the ERROR body. */
const struct smb2_def *hand_response_body(unsigned command, uint32_t status, bool unsolicited,
					  const struct ir_set *paths, uint32_t n, uint16_t *size);

/* Does the path lead anywhere from the header or from that body? */
bool hand_path_is_known(const struct smb2_def *body, const char *path);

/* What a command's fields are unless they are given: JSON. */
const char *hand_defaults(unsigned command);

/* ---- hand_pdu.c: one request ---- */

struct hand_request {
	const struct hand_fields *given; /* prefix "" */
	uint32_t conn;
	bool first;                /* of its chain */
	bool sign, sealed;         /* as asked for */
	bool sign_is_given;        /* else by default */
	struct hand_asked *before; /* the one before it in the chain, NULL: first */
};
int hand_put_request(struct hand *h, const struct hand_request *q,
		     struct hand_asked *asked) MUST_CHECK;

/* A patch of the message, `off` from its start. */
int hand_add_patch(struct hand *h, enum ir_what what, uint32_t number, size_t off,
		   size_t width) MUST_CHECK;

/* Write the recorded value of a symbol, which stands for the live one, to its `width` bytes. */
void hand_put_symbol(uint8_t *p, enum ir_what what, uint32_t number, size_t width);

/* A new symbol; its number, which has HAND_NEW in it, is for the time being. Returns 0 or
 * ERR_LIMIT. */
int hand_new_symbol(struct hand *h, enum ir_what what, uint32_t *number) MUST_CHECK;

/* The symbol kind of a row's role, IR_N_SYMBOL_KINDS: none. */
enum ir_what hand_symbol_of(enum smb2_role role);

/* ---- hand_ids.c: message ids ---- */

/* A hand-written request takes `charge` ids. Returns 0 or ERR_NOMEM. */
int hand_take_ids(struct hand_conn *c, uint64_t charge) MUST_CHECK;

/* What a recorded id is now. */
uint64_t hand_moved_id(const struct hand_conn *c, uint64_t recorded);

/* Move the ids in a recorded message. Returns 0 or ERR_NOMEM. */
int hand_move_ids(struct hand *h, const struct hand_conn *c, struct ir_event *ev,
		  struct slice bytes) MUST_CHECK;

/* ---- hand.c: events ---- */

struct hand_conn *hand_conn(struct hand *h, uint32_t conn); /* NULL: out of memory */

/* Append an event of the line at hand; its bytes and patches are h->message and h->patches. */
int hand_add_event(struct hand *h, struct ir_event *ev, struct ir_event **out) MUST_CHECK;

/* ---- hand_note.c: recorded events ---- */

/* All events that there are. Returns 0 or ERR_NOMEM. */
int hand_note_all(struct hand *h) MUST_CHECK;

/* ---- hand_logon.c: "ev":"logon" ---- */

int hand_read_logon(struct hand *h) MUST_CHECK;

/* ---- hand_answer.c: what is waited for ---- */

/* What a message asked, kept until its answer is placed. */
struct hand_later {
	struct hand_later *next;
	const char *label; /* of the request, or NULL */
	uint32_t conn, line;
	struct hand_asked *asked;
	uint32_t n;
};

/*
 * The answers that are awaited behind a message that is written; `v` is "expect" of the line, NULL:
 * any answer.
 */
int hand_answers(struct hand *h, const struct hand_later *a, const struct json *v) MUST_CHECK;

/* A line of an answer: to a request named by "answers", or a notification. */
int hand_receive(struct hand *h, const struct json *answers, const struct json *expect,
		 uint32_t conn) MUST_CHECK;

/* Answers that no line placed come at the end. */
int hand_place_rest(struct hand *h) MUST_CHECK;

/* ---- hand_names.c ---- */

/* Remember what a label stands for; `asked` lives in the arena. */
int hand_add_name(struct hand *h, const char *label, const struct hand_asked *asked,
		  uint32_t n) MUST_CHECK;
void hand_free_names(struct hand *h);

/* The same of a recorded message, whose answers are still to come. */
int hand_add_recorded(struct hand *h, const char *label, uint32_t conn, struct hand_asked *asked,
		      uint32_t n) MUST_CHECK;

/* The request of such a message with that id, or NULL. */
struct hand_asked *hand_find_asked(const struct hand *h, uint32_t conn, uint64_t message_id);

/*
 * "LABEL.field" or "LABEL.PDU.field": the request, and what is behind its name. NULL: no message
 * above has that label.
 */
const struct hand_asked *hand_find_name(const struct hand *h, const char *text, const char **field);

#endif
