/*
 * Cutting a part out of a workload, with all that it depends on, so that the part can be played.
 *
 * What is kept goes over as it is: bytes, patches, symbols and their numbers, marks. Requests that
 * are left out would leave holes in the MessageIds, and their answers would lack their credits; so
 * kept messages get new ids, and here and there other credits, as `set` edits over their recorded
 * bytes.
 */
#ifndef SMB_IR_CUT_H
#define SMB_IR_CUT_H

#include "ir/ir.h"

struct cut_range {
	uint64_t first, last;
};

/* Ranges; none: all. */
struct cut_ranges {
	const struct cut_range *at;
	size_t n;
};

/* A message is asked for where all of this holds for it. */
struct cut_options {
	struct cut_ranges numbers, conns, sessions;
	struct cut_ranges without; /* and it is none of these; none: nothing is left out */
	uint64_t from, to;         /* ns since the workload's start, to UINT64_MAX */
	bool history;              /* what changed the files of kept opens before comes along */
	bool keep_times;           /* also pauses in which everything was left out */
	const char *command_line;  /* for the new workload's `options` */
};

/* What a kept message is, for the summary. */
#define CUT_CLASSES(X)                                                                             \
	X(NEGOTIATE, "negotiate")                                                                  \
	X(SESSION, "session") /* SESSION_SETUP, LOGOFF */                                          \
	X(TREE, "tree")       /* TREE_CONNECT, TREE_DISCONNECT */                                  \
	X(OPEN, "open")       /* CREATE, CLOSE */                                                  \
	X(BREAK, "break")                                                                          \
	X(OTHER, "other")
#define CUT_CLASS_ENUM(name, text) CUT_##name,
enum cut_class { CUT_CLASSES(CUT_CLASS_ENUM) CUT_N_CLASSES };
#undef CUT_CLASS_ENUM
extern const char *const cut_class_names[CUT_N_CLASSES];

struct cut_result {
	uint64_t messages, kept, asked; /* of the workload; kept; of these asked for */
	uint64_t needed[CUT_N_CLASSES]; /* of these not asked for */
	uint64_t connections;
	uint64_t renumbered;           /* messages with new ids */
	uint64_t raised, raised_by;    /* requests that ask for more credits; how many */
	uint64_t widened;              /* connections kept whole for want of credits */
	uint64_t inside;               /* requests no longer outside the window */
	uint64_t after;                /* `after` that named what was left out */
	uint64_t timings;              /* gaps, barriers, pauses of which nothing else is left */
	uint64_t pauses, shortened_ns; /* that were left out */
};

/*
 * Write to `w` what `opt` asks for and what that depends on. The writer is closed, or abandoned,
 * whatever comes. Returns 0; ERR_USAGE (a run), ERR_NOTFOUND (nothing is asked for), ERR_NOMEM, or
 * an error of the writer, with a text in `e`.
 */
int cut_workload(const struct ir *ir, const struct cut_options *opt, struct ir_writer *w,
		 struct cut_result *result, struct err *e) MUST_CHECK;

#endif
