/*
 * Symbols by value flow: bytes that a server's answer introduced and a later request carries, where
 * no structure list says so. RPC policy handles, security identifiers and association groups over
 * pipes; object ids, file ids, offload tokens, journal cursors and snapshot names of file systems.
 *
 * Looked for are 8 bytes and more that chance does not repeat: in what goes over pipes, in buffers
 * of FSCTLs, CREATE contexts and names that are ids; never in the data of files. What the client
 * had sent first, text, times, small numbers and long binary data are not taken.
 */
#ifndef SMB_COMPILE_FLOW_H
#define SMB_COMPILE_FLOW_H

#include "ir/ir.h"
#include "proto/smb2_pdu.h"

#define FLOW_MAX_VALUES                                                                            \
	((uint32_t)128 << 10) /* what one workload gets; later ones stay as recorded */
#define FLOW_MAX_WIDTH 72     /* of what is found by likeness alone; longer repetitions are data */

/* What the user says: bytes that are always or never a symbol. */
struct flow_rules {
	const struct slice *add, *forbid; /* borrowed for the flow's life */
	size_t n_add, n_forbid;
};

/* The message at hand, and where its uses go. */
struct flow_message {
	uint32_t event; /* its number in the workload */
	uint32_t conn;
	struct ir_patch *patches; /* what it has already, to which uses are appended */
	size_t *n_patches, max_patches;
	size_t first; /* of them the first that lies in the PDU at hand */
};

/* A PDU of it. */
struct flow_pdu {
	const struct smb2_pdu *pdu;
	size_t at;     /* in the message */
	uint32_t tree; /* number of its tree's symbol, 0: not known */
};

struct flow;

/* Returns 0 or ERR_NOMEM. */
int flow_new(const struct flow_rules *rules, struct flow **out) MUST_CHECK;
void flow_free(struct flow *f);

/* A tree was connected: of pipes or of files. */
void flow_tree(struct flow *f, uint32_t tree, bool pipes);

/*
 * Look at a PDU, whose other symbols are in `m` already: a request uses values, a response
 * introduces them. Patches of `m` need not ascend afterwards. Returns 0 or ERR_NOMEM.
 */
int flow_request(struct flow *f, const struct flow_message *m, const struct flow_pdu *p) MUST_CHECK;
int flow_response(struct flow *f, const struct flow_message *m,
		  const struct flow_pdu *p) MUST_CHECK;

/* Where the symbols are defined, by number from 1. Owned by the flow until the next call. */
const struct ir_value *flow_values(const struct flow *f, size_t *n);

/* How often there was no room for one more. */
uint64_t flow_left_out(const struct flow *f);

#endif
