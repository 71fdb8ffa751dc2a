/*
 * What each event of a workload needs of others, so that a part of it can be played: the request of
 * an answer and its answers, the response that defines a symbol, logons, what ended an open before,
 * the break that an acknowledgment answers.
 */
#ifndef SMB_IR_CUT_LINKS_H
#define SMB_IR_CUT_LINKS_H

#include "ir/ir.h"

/* A break: it is sent only where its holder and its cause are there, and then it is. */
struct cut_break {
	uint32_t event;
	uint32_t holder, cause; /* events, plus 1; 0: not known */
};

struct cut_links {
	uint32_t *first;          /* of each event, and one more: where its links begin in `to` */
	uint32_t *to;             /* events */
	struct cut_break *breaks; /* in order of events */
	size_t n_breaks;
};

/*
 * Find all links. `history`: a request that uses a file or may change it also needs all before it
 * that changed the file or opened it. Links of connections (CONNECT, FIN) are the caller's. `out`
 * is to be freed with cut_links_free on success only. Returns 0 or ERR_NOMEM.
 */
int cut_links_new(const struct ir *ir, bool history, struct cut_links *out) MUST_CHECK;
void cut_links_free(struct cut_links *l);

#endif
