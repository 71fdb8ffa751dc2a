/*
 * Threads that do nothing, and keep processors busy with it.
 *
 * Where server and client are on one machine, what the server's processes do in parallel hardly
 * ever interrupts them. Where they have to share a processor, a message for one of them interrupts
 * another wherever that is just then, and a step that others are not to see half done stands open
 * for milliseconds.
 */
#ifndef SMB_REPLAY_BUSY_H
#define SMB_REPLAY_BUSY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define BUSY_MAX 1024u /* threads that an option may ask for */

struct busy;

/* Start `n` threads; `*out` is NULL for none. Returns 0, ERR_NOMEM, or a negated errno where the
 * system gives no more of them. */
int busy_start(uint32_t n, struct busy **out) MUST_CHECK;

/* End them. May be NULL. */
void busy_stop(struct busy *b);

/* One less than the processors that this process may use. */
uint32_t busy_all_but_one(void);

/* Is that a name or an address of this machine? Asks the resolver. */
bool busy_is_here(const char *host);

#endif
