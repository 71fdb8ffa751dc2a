/*
 * Which values in a message are symbols: follows sessions, trees, opens, async ids and resume keys
 * through a capture, so that each use of a value that the server assigned is tied to the very
 * response that assigned it, recycled values included.
 */
#ifndef SMB_COMPILE_TRACK_H
#define SMB_COMPILE_TRACK_H

#include "compile/capture.h"
#include "compile/flow.h"
#include "ir/ir.h"
#include "proto/smb2_pdu.h"

#define TRACK_MAX_PATCHES                                                                          \
	4096 /* in one message; a chain that has more keeps the rest as recorded */

struct track;

/* What one message holds beside its bytes. Borrowed until the next call of track_message. */
struct track_message {
	const struct ir_patch
		*patches; /* requests: uses and computed; responses: definitions; ascending `off` */
	size_t n_patches;
	struct slice payload; /* the largest file data in it (READ, WRITE), or empty */
	char commands[120];   /* "CREATE+QUERY_INFO+CLOSE" */
	enum smb2_msg_kind kind;
	size_t n_pdus, n_opaque, n_broken; /* broken: NextCommand pointed nowhere */
};

/* `flow`: also find symbols by value flow, by these rules (flow.h, borrowed for the track's life);
 * NULL: do not. Returns 0 or ERR_NOMEM. */
int track_new(const struct flow_rules *flow, struct track **out) MUST_CHECK;
void track_free(struct track *t);

/*
 * Look at a message of a connection, in captured order. `bad_signatures` has a bit for each PDU
 * whose signature is known to be wrong: it goes out as recorded, since a wrong one is what was
 * tested. Returns 0 or ERR_NOMEM.
 */
int track_message(struct track *t, const struct cap_message *m, uint64_t bad_signatures,
		  struct track_message *out) MUST_CHECK;

/* The next message will be this event of the workload. */
void track_number(struct track *t, uint32_t event);

/* The number of the session that a live SessionId stands for; 0: not known. */
uint32_t track_session(struct track *t, const struct cap_conn *c, uint64_t session_id);

/* The connection will not be named again. */
void track_close(struct track *t, struct cap_conn *c);

/* Where the symbols that value flow found are defined, which their events do not say. */
const struct ir_value *track_values(const struct track *t, size_t *n);
uint64_t track_values_left_out(const struct track *t);

/* How many symbols of each kind were defined so far, but for those. */
const uint32_t *track_symbols(const struct track *t);

/* Who logged on and which shares were connected, in order of first sight. Owned by the track. */
const struct ir_principal *track_principals(const struct track *t, size_t *n);
const char *const *track_shares(const struct track *t, size_t *n);

#endif
