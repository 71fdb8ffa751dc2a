/* The values that servers assigned, each with the symbol that it last stood for. */
#ifndef SMB_COMPILE_SYMTAB_H
#define SMB_COMPILE_SYMTAB_H

#include "ir/ir.h"

#define SYMTAB_RETIRED                                                                             \
	65536 /* how many ended ones stay known, since clients do use closed handles on purpose */
#define SYMTAB_RECENT 1024 /* how many opens are searched for half a FileId */

struct symtab;

/* Where a value means something: on a server, in a session (0: none known), on a connection. */
struct sym_scope {
	uint32_t server, session, conn;
};

/* Returns 0 or ERR_NOMEM. */
int symtab_new(struct symtab **out) MUST_CHECK;
void symtab_free(struct symtab *t);

/* The value gets a new symbol of that kind, whose number goes to `*number`. Returns 0 or ERR_NOMEM.
 */
int symtab_define(struct symtab *t, enum ir_what what, struct sym_scope scope, struct slice value,
		  uint32_t *number) MUST_CHECK;

/*
 * The symbol that a value stands for: within its session first, then anywhere on the server (a
 * client may use another session's handle on purpose). For an open, 8 bytes are half a FileId, its
 * first or second by `from` (0 or 8). Returns the number, or 0.
 */
uint32_t symtab_find(struct symtab *t, enum ir_what what, struct sym_scope scope,
		     struct slice value, uint8_t from);

/* The value has ended (CLOSE, LOGOFF, ...). It stays known for a while, unless it is assigned anew.
 */
void symtab_retire(struct symtab *t, enum ir_what what, struct sym_scope scope, struct slice value);

/* Symbols defined so far, by kind. */
const uint32_t *symtab_counts(const struct symtab *t);

#endif
