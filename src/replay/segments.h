/*
 * What goes out in one write (--segments=recorded): the bytes that went out in one TCP segment.
 *
 * A recorded message may begin in the segment in which the one before it ended (`joined`), and
 * others may begin inside it (`cuts`). The end of a message is held back for as long as the next
 * event of its lane is a send that begins in the same segment and waits for nothing but its time.
 */
#ifndef SMB_REPLAY_SEGMENTS_H
#define SMB_REPLAY_SEGMENTS_H

#include "replay/engine_int.h"

/* More than a segment of any network: what is held goes out before it grows beyond it. */
#define SEGMENTS_MAX ((size_t)512 * 1024)

/*
 * Put each joined send of a list of events right behind the send that it shares a segment with,
 * where only receipts that it does not depend on lie between: events stand where they were
 * complete, but the first bytes of a joined message were on their way before.
 */
void segments_order(const struct ir *ir, uint32_t *events, size_t n);

/*
 * Where the recorded message was cut, at `cut` of its bytes on the wire, in what goes out for it:
 * behind a token or name that changed its length the cut moves along. `recorded`: its plain bytes.
 * 0: nowhere, a seal's header that is not there.
 */
size_t segments_cut(const struct ir_event *ev, struct slice recorded,
		    const struct engine_message *m, size_t cut);

/* Write what stands for event `n`: whole, or, of an event of a lane (e->own), up to its first pause
 * or, with SEGMENTS_RECORDED, in its recorded pieces. An error is in e->fatal. */
void segments_write(struct engine *e, uint64_t n, const struct engine_message *m, uint64_t now);

/* Tell the watch of the message that is being written (e->untold), unless it was told before. */
void segments_tell(struct engine *e, uint64_t now);

/* Write a message that was not recorded, behind what is held. */
void segments_write_whole(struct engine *e, uint32_t conn, struct slice bytes, uint64_t now);

/* A step of a lane ended: write what is held unless its segment goes on with the lane's next event.
 * `waits`: the step is to be taken again. */
void segments_settle(struct engine *e, const struct lane *l, bool waits, uint64_t now);

#endif
