/*
 * The workload: events with their bytes, what is patched in them, and what defines the values that
 * patches need.
 *
 * On disk (see smbench-ir(5)) a directory: workload.json (what it is), messages.jsonl (an event a
 * line), data.bin (bytes). A run, which is what a live server did with a workload, has the same
 * form. In memory events are an array, their bytes stay in the mapped data.bin.
 */
#ifndef SMB_IR_IR_H
#define SMB_IR_IR_H

#include "base/arena.h"
#include "base/buf.h"

#define IR_VERSION 1
#define IR_MAX_EVENTS ((size_t)64 << 20)      /* what a workload may hold at most */
#define IR_MAX_SYMBOL ((uint32_t)64 << 20)    /* the highest number of a symbol */
#define IR_MAX_CUTS ((uint32_t)256 << 10)     /* in one message */
#define IR_MAX_BYTES ((uint32_t)0xffffff + 4) /* of one event: a frame and its header */
#define IR_MAX_LABEL 64                       /* bytes of a label */
#define IR_MAX_GAP ((uint64_t)1 << 53)        /* ns between two events that a gap ties */
#define IR_MAX_TIMES ((uint32_t)64 << 10)     /* how often a fault may repeat a message */
#define IR_MAX_PAUSES 64u                     /* in one message */
#define IR_NO_EVENT UINT32_MAX                /* where an event's number could stand */
#define IR_SEAL_HEADER 52u                    /* bytes of a transform header, MS-SMB2 2.2.41 */

/* What an event is: name in messages.jsonl. */
#define IR_KINDS(X)                                                                                \
	X(SEND, "send") /* the client sent a message */                                            \
	X(RECV, "recv") /* the client received one */                                              \
	X(CONNECT, "connect")                                                                      \
	X(FIN, "fin") /* one side closed its direction: `server` says whose */                     \
	X(RST, "rst")                                                                              \
	X(GAP, "gap")   /* bytes that the capture lost; its data: what is known */                 \
	X(JUNK, "junk") /* bytes in a stream that are no frame */
#define IR_KIND_ENUM(name, text) IR_##name,
enum ir_kind { IR_KINDS(IR_KIND_ENUM) IR_N_KINDS };
#undef IR_KIND_ENUM
extern const char *const ir_kind_names[IR_N_KINDS];

/*
 * What stands for live bytes in a patch. The first ones are symbols: a response defines them
 * (prefix "open" and number 17 make "open.17" in messages.jsonl). The others are computed when the
 * message is sent.
 */
#define IR_WHATS(X)                                                                                \
	X(SESSION, "session", 8)                                                                   \
	X(TREE, "tree", 4)                                                                         \
	X(ASYNC, "async", 8)                                                                       \
	X(OPEN, "open", 16)                                                                        \
	X(RESUME, "resume", 24)                                                                    \
	X(VALUE, "value", 0) /* found by value flow; of the width that its definition has */       \
	X(SIGNATURE, "signature", 16) /* MS-SMB2 3.1.4.1, with the live key */                     \
	X(TOKEN, "token", 0)          /* a security token, may change its length */                \
	X(SERVER, "server", 0)        /* server and share of a UNC path, may change length */      \
	X(LAYOUT, "layout", 0)        /* a length or offset that follows such a change */
#define IR_WHAT_ENUM(name, text, width) IR_##name,
enum ir_what { IR_WHATS(IR_WHAT_ENUM) IR_N_WHATS };
#undef IR_WHAT_ENUM
#define IR_N_SYMBOL_KINDS (IR_VALUE + 1)
#define IR_MAX_SYMBOL_WIDTH 24 /* of all but IR_VALUE */
#define IR_MAX_VALUE 16384     /* bytes of an IR_VALUE */
extern const char *const ir_what_names[IR_N_WHATS];
extern const uint8_t
	ir_what_widths[IR_N_WHATS]; /* of symbols: bytes of the whole value; 0: it varies */

/* Bytes that do not go out as recorded (of a SEND), or that define a symbol (of a RECV). */
struct ir_patch {
	uint32_t off;    /* in the event's bytes, whose first 4 are the frame header */
	uint32_t width;  /* bytes */
	uint32_t number; /* of the symbol, from 1 in each kind; 0 for computed ones */
	uint8_t what;    /* enum ir_what */
	uint16_t from;   /* the patch takes the symbol's bytes from here on */
};

/* What was around an event's bytes on the wire; the bytes themselves are plain. */
enum ir_layer {
	IR_SEALED = 1,     /* a transform header, MS-SMB2 2.2.41 */
	IR_COMPRESSED = 2, /* a compression transform header, MS-SMB2 2.2.42; inside the seal where
			      both are */
};

/* A piece of an event's bytes in data.bin. */
struct ir_extent {
	uint64_t off;
	uint32_t len;
};

struct ir_event {
	uint8_t kind;   /* enum ir_kind */
	bool server;    /* FIN, RST, GAP, JUNK: it came from the server */
	bool joined;    /* its first byte did not begin a TCP segment */
	uint8_t layers; /* enum ir_layer, as a set */
	uint32_t conn;
	uint32_t sealed_by; /* IR_SEALED: number of the session whose key sealed it, 0: not known */
	struct slice packed; /* IR_COMPRESSED: its compressed form, frame header included; borrowed
				from the workload when loaded */
	uint64_t t_first, t_last;         /* ns since the workload's start */
	uint64_t frame_first, frame_last; /* of the capture, from 1; 0: none (hand-written, run) */
	uint64_t lost;                    /* GAP: missing bytes */
	uint64_t of;                      /* run, SEND: the workload's event plus 1; else 0 */
	uint32_t size;                    /* of its bytes */
	const uint8_t *own;               /* its bytes, where they are not in data.bin; else NULL */
	const struct ir_extent *extents;  /* when loaded: where they are */
	uint32_t n_extents;
	const struct ir_patch *patches; /* uses of a SEND, definitions of a RECV; by `off` */
	uint32_t n_patches;
	const uint32_t *cuts; /* offsets in its bytes on the wire (ir_wire_size), at which a new TCP
				 segment began */
	uint32_t n_cuts;
	const struct ir_set *sets; /* hand edits, see smb2_set.h */
	uint32_t n_sets;
	const char *commands;  /* when loaded: "CREATE+CLOSE" for readers, or NULL */
	const char *label;     /* unique in the workload, or NULL */
	const uint32_t *after; /* numbers of events that must have happened first, whatever the
				  order; without circles when loaded */
	uint32_t n_after;
	const struct ir_fault *fault;   /* SEND: what goes wrong on purpose; NULL: nothing */
	const struct ir_timing *timing; /* of a SEND, CONNECT, or client's FIN or RST: "barrier" or
					   "gap"; NULL: it goes by order and pace alone */
	const struct ir_pause *pauses;  /* SEND: where it goes out in pieces; by `off` */
	uint32_t n_pauses;
	bool expecting; /* RECV: of the answer only `expects` is compared; its bytes are a stand-in
			 */
	const struct ir_set *expects;
	uint32_t n_expects;
	uint32_t line; /* that a hand wrote it in, from 1; 0: that of its number */
};

/* "fault" of a send. What is 0 or false is not so. */
struct ir_fault {
	bool unsent;         /* left out; its answers are not expected */
	bool rst;            /* an RST right behind it */
	bool stop_reading;   /* from here on its connection reads nothing */
	bool resume_reading; /* from here on it reads again */
	uint32_t times;      /* sent so often; 0 and 1: once */
	uint32_t cut;        /* only its first so many bytes go out, frame header counted; 0: all */
	uint64_t delay;      /* ns beyond its time */
};

/* When an event goes out, by the time of others: "barrier" or "gap". */
struct ir_timing {
	const char *barrier; /* together with all that name the same; NULL: it has a gap */
	uint32_t of;         /* gap: the event that it counts from */
	bool answered;       /* from the first byte of the final answer to `of`, not from its
				sending */
	int64_t ns;          /* so much later, or earlier */
};

/* "pause": where a message that goes out is held back, and how long. */
struct ir_pause {
	uint32_t off;  /* in its bytes on the wire as recorded (ir_wire_size), not 0: what begins
			  there waits */
	uint32_t of;   /* the event that the time counts from; IR_NO_EVENT: the piece before */
	bool answered; /* from the first byte of the final answer to `of`, not from its sending */
	uint64_t ns;
};

/* "set" or "expect" of an event: pdu number, field path and value, as written. */
struct ir_set {
	uint32_t pdu;
	const char *path, *value;
};

struct ir_conn {
	const char *client, *server; /* "127.0.0.1:50312", "[::1]:445" */
	bool syn_seen;
};

struct ir_source {
	const char *name; /* without its folder */
	uint64_t bytes;
	const char *xxh128, *sha256; /* hex; NULL or "": not given. compile gives the first */
};

struct ir_principal {
	const char *domain, *user; /* "" and "" for anonymous */
	const char *mechanism;     /* "NTLMSSP", "Kerberos" */
	uint32_t session;          /* number of the session's symbol, 0 unknown */
};

/* A number with a name, for totals and losses. */
struct ir_total {
	const char *name;
	uint64_t value;
};

/* A definition that was found when its event was written already. */
struct ir_value {
	uint32_t event, off, width;
	uint32_t number; /* of the IR_VALUE symbol */
};

/* The options of a run that kept the recorded order: a request went out when all before it had come
 * or was given up. */
#define IR_RUN_TOTAL "replay --order=total"
/* Behind it, of a run that went by recorded times: how many times as fast; by gaps alone with
 * IR_RUN_THINK before it. */
#define IR_RUN_THINK " --pace=think"
#define IR_RUN_SPEED " --speed="
/* Behind these, of a run with names and keys of its own (ir/clone.h): its seed and its number. */
#define IR_RUN_SEED " --seed="
#define IR_RUN_TRY " --try="

/* What stands in workload.json. All texts UTF-8. */
struct ir_meta {
	bool run;            /* this is a run, not a workload */
	const char *tool;    /* "smbench 0.1.0" */
	uint64_t start;      /* ns since 1970 of the first event */
	const char *options; /* the command line that made it, without secrets; see IR_RUN_TOTAL */
	const struct ir_source *sources;
	size_t n_sources;
	const struct ir_conn *conns;
	size_t n_conns;
	const struct ir_principal *principals;
	size_t n_principals;
	const char *const *shares; /* UNC paths as recorded */
	size_t n_shares;
	const struct ir_total *totals, *lost;
	size_t n_totals, n_lost;
	const struct ir_value *values; /* for ir_writer_close; when loaded they are definitions of
					  their events like others, and this is empty */
	size_t n_values;
};

/* A workload (or run) in memory. */
struct ir {
	struct arena arena; /* owns all below */
	struct ir_meta meta;
	struct ir_event *events;
	size_t n_events;
	uint32_t n_symbols[IR_N_SYMBOL_KINDS]; /* highest number of each kind */
	const uint8_t *data;                   /* mapped data.bin */
	size_t data_len;
	size_t mapped;    /* bytes of the mapping; 0: `data` is somebody else's */
	const char *path; /* of the file with the events, for messages */
	const bool *mute; /* of each connection, see ir_is_mute; NULL: none is */
	size_t n_mute;
};

/* Has the connection messages of SMB1 or NetBIOS and none of SMB2? Then nothing of it is played. */
bool ir_is_mute(const struct ir *ir, uint32_t conn);

/* For ir_load: find these connections. Returns 0 or ERR_NOMEM. */
int ir_find_mute(struct ir *ir) MUST_CHECK;

/* The line that an event stands in, in ir->path; from 1. */
uint32_t ir_line(const struct ir *ir, uint64_t event);

/*
 * Load a workload directory. Everything is checked on the way: keys, types, ranges, extents inside
 * data.bin, patches inside their message, symbols defined by some event. Returns 0, ERR_MALFORMED,
 * ERR_UNSUPPORTED (version), ERR_NOMEM, or a negated errno, with file and line in `e`.
 */
int ir_load(const char *path, struct ir *out, struct err *e) MUST_CHECK;
void ir_free(struct ir *ir);

/* Does the directory hold a workload, not a run, as far as its workload.json says? */
bool ir_is_workload(const char *path);

/* The first of its patches at or behind `off`, by its place; n_patches: none. */
uint32_t ir_patch_from(const struct ir_event *ev, size_t off);

/* The first patch of a kind that begins in the `n` bytes at `off`, SIZE_MAX: in all behind it.
 * NULL: none. */
const struct ir_patch *ir_patch_in(const struct ir_event *ev, enum ir_what what, size_t off,
				   size_t n);

/* The number of the symbol in that patch; 0: none. */
uint32_t ir_symbol_in(const struct ir_event *ev, enum ir_what what, size_t off, size_t n);

/* How many bytes an event had on the wire: compressed and sealed as it was. */
size_t ir_wire_size(const struct ir_event *ev);

/* The bytes of an event as recorded: as ir_bytes without the edits. */
struct slice ir_recorded(const struct ir *ir, const struct ir_event *ev, struct buf *scratch);

/*
 * The bytes of an event, `set` edits applied. Borrowed from the workload where they are in one
 * piece and unedited, else put together in `scratch` (valid until that changes). An empty slice
 * with scratch->err set when memory is out.
 */
struct slice ir_bytes(const struct ir *ir, const struct ir_event *ev, struct buf *scratch);

/* Are the bytes of an event, from `off` on, these? Of an edited event that is not known: false. */
bool ir_bytes_are(const struct ir *ir, const struct ir_event *ev, size_t off, struct slice bytes);

/*
 * One more edit of an event, as in "set" of the format: "1.body.flags" and its value, which are
 * copied. Returns 0; ERR_NOTFOUND (no such field), ERR_USAGE (no value for it), or another error of
 * smb2_set_field, with a text in `e`, and the event as it was; or ERR_NOMEM.
 */
int ir_edit(struct ir *ir, uint64_t event, const char *path, const char *value,
	    struct err *e) MUST_CHECK;

/* Writes a workload or run, event after event, with little memory. */
struct ir_writer;

/*
 * Make the directory `path` (which must not exist or be an empty directory, or, with `replace`, a
 * workload). Returns 0, a negated errno or ERR_NOMEM with a text in `e`.
 */
int ir_writer_open(const char *path, bool replace, struct ir_writer **out,
		   struct err *e) MUST_CHECK;

/*
 * Append an event: `ev` as in memory (extents are ignored) with its bytes. `commands` is for
 * readers ("CREATE+CLOSE"; may be NULL). Times are absolute minus `start` of the meta that
 * ir_writer_close will get. Payloads of 4 KiB and more (`payload`: the part of `bytes` that holds
 * file data, may be empty) that were stored before are not stored again. Returns 0 or a negative
 * error with a text in `e`.
 */
int ir_writer_event(struct ir_writer *w, const struct ir_event *ev, struct slice bytes,
		    struct slice payload, const char *commands, struct err *e) MUST_CHECK;

/* The largest file data in a plain message: the `payload` of its event. Borrowed from `message`. */
struct slice ir_file_data(struct slice message);

/* Where data.bin holds the bytes of the event that was written last; borrowed until the next.
 * Returns how many pieces there are. */
size_t ir_writer_last(const struct ir_writer *w, const struct ir_extent **out);

/*
 * Write workload.json and close. The writer is freed whatever comes. Returns 0 or a negative error
 * with a text in `e`.
 */
int ir_writer_close(struct ir_writer *w, const struct ir_meta *meta, struct err *e) MUST_CHECK;

/* Give up: close and remove what was written. NULL is fine. */
void ir_writer_abandon(struct ir_writer *w);

#endif
