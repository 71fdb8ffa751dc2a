/*
 * Events that go out by each other's time ("barrier" and "gap" in smbench-ir(5)).
 *
 * A member that its lane has reached is made ready (patched, signed, sealed) and waits. When all of
 * its group are ready the group is let go: each member has its time then, and what is due is
 * written back to back; what the recording and the judge are to know of it is told behind that. The
 * caller is asked to be awake before such a time (engine_is_sharp).
 */
#ifndef SMB_REPLAY_BARRIERS_H
#define SMB_REPLAY_BARRIERS_H

#include "ir/timings.h"
#include "replay/engine_int.h"

/*
 * The order of all events in which the members of a group stand side by side, where the last of
 * them stood, and what is behind them on their connections follows: n_events numbers to free(), or
 * NULL where there are no groups. Returns 0, ERR_USAGE with the line of a member that would wait
 * for ever, or ERR_NOMEM.
 */
int barriers_order(const struct ir *ir, const struct timings *t, uint32_t **out,
		   struct err *e) MUST_CHECK;

/* Returns 0 or ERR_NOMEM. The groups are moved into the engine. */
int barriers_new(struct engine *e, struct timings *t) MUST_CHECK;
void barriers_free(struct engine *e);

/* Is the event a member of a group? */
bool barriers_has(const struct engine *e, uint64_t n);

/* Of a member: was it made ready? Does it wait for what its bytes need, or credits? Until a
 * deadline, as engine_waited. */
bool barriers_is_ready(const struct engine *e, uint64_t n);
bool barriers_lacks(struct engine *e, struct lane *l, size_t i, uint64_t now);

/*
 * A member's turn has come in its lane, and all but its group lets it go out. True while the lane
 * is to wait; it must not do what the event says itself.
 */
bool barriers_hold(struct engine *e, struct lane *l, size_t i, uint64_t now);

/* The lane has passed an event: its group does not wait for it any more. */
void barriers_passed(struct engine *e, uint64_t n);

/* A final answer came, with its recorded MessageId; its first byte came at `since`. */
void barriers_answered(struct engine *e, uint32_t conn, const struct smb2_pdu *live,
		       uint64_t since);

/* Do what is due. True if something was done. */
bool barriers_run(struct engine *e);

/* When the next member, or piece of a message that pauses, is due; ENGINE_NEVER: not known. */
uint64_t barriers_wake(const struct engine *e);

/* When did a member go out, or the first byte of the final answer to it come? */
enum barriers_when { BARRIERS_THEN, BARRIERS_LATER, BARRIERS_NOT };
enum barriers_when barriers_when(const struct engine *e, uint32_t event, bool answered,
				 uint64_t *at);

/* Tell what was done and has not been told yet. */
void barriers_tell(struct engine *e);

#endif
