/*
 * The state of the shares that a capture began with, as far as its messages imply it: what must
 * have existed, with what is known of it, and what must not.
 *
 * On disk state.jsonl beside the other files of a workload, an entry a line (see smbench-ir(5)).
 */
#ifndef SMB_IR_STATE_H
#define SMB_IR_STATE_H

#include "ir/ir.h"

#define STATE_FILE_NAME "state.jsonl"

/* What stood under a name: name in state.jsonl. */
#define STATE_KINDS(X)                                                                             \
	X(DIRECTORY, "directory")                                                                  \
	X(FILE, "file")                                                                            \
	X(ABSENT, "absent") /* nothing: the capture makes it, or fails to find it */
#define STATE_KIND_ENUM(name, text) STATE_##name,
enum state_kind { STATE_KINDS(STATE_KIND_ENUM) STATE_N_KINDS };
#undef STATE_KIND_ENUM
extern const char *const state_kind_names[STATE_N_KINDS];

/* Why an entry is there: name in state.jsonl, and what --plan says. */
#define STATE_REASONS(X)                                                                           \
	X(HAND, "hand", "written by hand")                                                         \
	X(OPENED, "opened", "opened")                                                              \
	X(REPLACED, "replaced", "overwritten")    /* create_action SUPERSEDED, OVERWRITTEN */      \
	X(LISTED, "listed", "listed")             /* QUERY_DIRECTORY had it */                     \
	X(COLLIDED, "collided", "was in the way") /* a CREATE, rename or link failed on it */      \
	X(REFUSED, "refused", "refused")          /* a CREATE failed as only on an existing one */ \
	X(PARENT, "parent", "holds others")                                                        \
	X(ROOT, "root", "root of the share")                                                       \
	X(NOT_FOUND, "not_found", "not found")                                                     \
	X(CREATED, "created", "created by the capture")                                            \
	X(RENAMED, "renamed", "renamed to by the capture") /* the target of a rename or link */    \
	X(UNLISTED, "unlisted", "not in the listing")      /* STATUS_NO_SUCH_FILE to its name */
#define STATE_REASON_ENUM(name, text, plan) STATE_BY_##name,
enum state_reason { STATE_REASONS(STATE_REASON_ENUM) STATE_N_REASONS };
#undef STATE_REASON_ENUM
extern const char *const state_reason_names[STATE_N_REASONS];
extern const char *const state_reason_texts[STATE_N_REASONS];

/* What is not sure of an entry: name in state.jsonl, whether the capture contradicts itself (else
 * it is silent, and what the entry says is a guess), and what --plan says. */
#define STATE_DOUBTS(X)                                                                            \
	X(KIND, "kind", false, "file or directory: not said")                                      \
	X(SIZE, "size", false, "size not said: as far as was read")                                \
	X(EAS, "eas", false, "has extended attributes that nobody saw")                            \
	X(REPARSE, "reparse", false, "is a reparse point whose data nobody saw")                   \
	X(EXISTS, "existence", true, "found and not found")                                        \
	X(KINDS, "kinds", true, "a file and a directory")                                          \
	X(SIZES, "sizes", true, "two sizes")                                                       \
	X(BYTES, "contents", true, "two contents")
#define STATE_DOUBT_ENUM(name, text, conflict, plan) STATE_DOUBT_##name,
enum state_doubt { STATE_DOUBTS(STATE_DOUBT_ENUM) STATE_N_DOUBTS };
#undef STATE_DOUBT_ENUM
extern const char *const state_doubt_names[STATE_N_DOUBTS];
extern const char *const state_doubt_texts[STATE_N_DOUBTS];
extern const bool state_doubt_is_conflict[STATE_N_DOUBTS];

/* Bytes of a file that were seen. */
struct state_piece {
	uint64_t off;       /* in the file or stream */
	uint64_t at;        /* in data.bin, where `own` is NULL */
	uint32_t len;       /* not 0 */
	const uint8_t *own; /* `len` bytes that are not in data.bin (a hand wrote them), or NULL */
};

/* The bytes of a file or stream. What no piece says, nobody saw. */
struct state_data {
	bool sized; /* `size` was said; else it is where the last piece ends */
	uint64_t size;
	const struct state_piece *pieces; /* by `off`, none overlaps another or the size */
	size_t n_pieces;
};

/* An alternate stream. */
struct state_stream {
	const char *name; /* UTF-8; without colons and type: "Zone.Identifier" */
	struct state_data data;
};

/* An extended attribute, MS-FSCC 2.4.16. */
struct state_ea {
	uint8_t flags;
	struct slice name, value; /* the name without its zero byte */
};

/* Times of an entry, in the order of FileBasicInformation (MS-FSCC 2.4.7). */
enum state_time { STATE_CREATION, STATE_ACCESS, STATE_WRITE, STATE_CHANGE, STATE_N_TIMES };

struct state_entry {
	const char *share;    /* its name in the UNC path, as recorded: "projects" */
	const char *path;     /* UTF-8 with backslashes, none in front; "" is the share's root */
	uint8_t kind;         /* enum state_kind */
	uint8_t reason;       /* enum state_reason */
	uint16_t doubts;      /* enum state_doubt, as a set of bits: 1 << STATE_DOUBT_KIND */
	uint64_t event;       /* that showed it first; not with reason HAND */
	uint64_t against;     /* with a conflict: the first event that contradicts */
	uint32_t attributes;  /* MS-FSCC 2.6; 0: not known. */
	uint32_t reparse_tag; /* 0: none, or not known */
	uint64_t times[STATE_N_TIMES]; /* 100 ns since 1601; 0: not known */
	struct state_data data;        /* FILE: its main stream */
	const struct state_stream *streams;
	size_t n_streams;
	const struct state_ea *eas;
	size_t n_eas;
	struct slice reparse;    /* REPARSE_DATA_BUFFER, MS-FSCC 2.1.2; empty: not seen */
	struct slice security;   /* self-relative, MS-DTYP 2.4.6; empty: not seen */
	uint32_t security_parts; /* which parts of it: AdditionalInformation, MS-SMB2 2.2.37 */
};

struct state {
	struct arena arena; /* owns all below */
	/* By share and path without regard to case; directories before what is in them, everything
	 * below a directory right behind it. Parents are there. */
	struct state_entry *list;
	size_t n;
	uint64_t left_out;          /* names beyond STATE_MAX_ENTRIES and STATE_MAX_BYTES */
	uint64_t contents_left_out; /* reads and writes beyond STATE_MAX_PIECES */
	uint64_t requests_left_out; /* whose answers or files were no longer followed */
	bool derived;               /* there is no state.jsonl: it was derived from the messages */
	struct slice data;          /* data.bin; borrowed from the workload */
};

#define STATE_MAX_ENTRIES ((size_t)4 << 20) /* names that a state holds */
#define STATE_MAX_BYTES                                                                            \
	((size_t)1 << 30) /* about how much these names take while they are gathered */
#define STATE_MAX_PIECES ((size_t)16 << 20) /* pieces of all contents */

/*
 * The state of a workload, which is loaded and must outlive it: what its state.jsonl says, or,
 * where there is none, what its messages imply. Returns 0, ERR_MALFORMED, ERR_LIMIT, ERR_NOMEM or a
 * negated errno, with a text in `e`.
 */
int state_load(const char *workload, const struct ir *ir, struct state *out,
	       struct err *e) MUST_CHECK;

void state_free(struct state *s);

/* The bytes of a piece; borrowed from the workload or the state. */
struct slice state_bytes(const struct state *s, const struct state_piece *p);

/* The size of a file or stream, said or not. */
uint64_t state_size(const struct state_data *d);

#endif
