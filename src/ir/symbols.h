/*
 * Symbols of a workload while it is played: which of them have a live value, and what it is. And
 * where in a live answer the bytes of a recorded definition stand.
 */
#ifndef SMB_IR_SYMBOLS_H
#define SMB_IR_SYMBOLS_H

#include "ir/ir_index.h"
#include "proto/smb2_pdu.h"

enum judge_symbol {
	JUDGE_UNDEFINED, /* its response is still to come */
	JUDGE_DEFINED,
	JUDGE_FAILED, /* its response came without it, or was given up */
};

struct symbol;

/* As much memory as the workload has definitions. */
struct symbols {
	struct ir_index index[IR_N_SYMBOL_KINDS];
	struct symbol *list[IR_N_SYMBOL_KINDS]; /* by place; place 0: what is defined nowhere */
	uint64_t changes; /* how often one that had a value got another, or none */
};

/* Returns 0 or ERR_NOMEM, and is to be freed in both cases. */
int symbols_new(const struct ir *ir, struct symbols *out) MUST_CHECK;
void symbols_free(struct symbols *s);

/* The state, and the value where it is defined: borrowed until that symbol is set again. */
enum judge_symbol symbols_get(const struct symbols *s, enum ir_what what, uint32_t number,
			      struct slice *value);

/* Returns 0, or ERR_NOMEM for a value over 24 bytes. */
int symbols_set(struct symbols *s, enum ir_what what, uint32_t number,
		struct slice value) MUST_CHECK;

/* It will not come. One that has a value keeps it, unless `anyway`. */
void symbols_fail(struct symbols *s, enum ir_what what, uint32_t number, bool anyway);

/*
 * The live bytes of a definition that structure lists know: the k-th symbol of that kind in the
 * answer; empty where there is none.
 */
struct slice symbols_in(const struct smb2_pdu *live, enum ir_what what, unsigned k);

/*
 * The live bytes of an IR_VALUE that is defined at `off` of the recorded PDU: as far inside the
 * same field, context or buffer, which may have moved. Empty where the answer has no such place.
 */
struct slice symbols_value_in(const struct smb2_pdu *live, const struct smb2_pdu *recorded,
			      size_t off, size_t width);

/*
 * A copy of `live` in which each IR_VALUE that `ev` defines in the recorded PDU, which begins at
 * `at` of the event, has its recorded bytes: what differs by nature is no difference. `*any` says
 * whether there are such; else `copy` is not touched. Returns 0 or ERR_NOMEM.
 */
int symbols_mask(const struct ir_event *ev, size_t at, const struct smb2_pdu *recorded,
		 const struct smb2_pdu *live, struct buf *copy, bool *any) MUST_CHECK;

#endif
