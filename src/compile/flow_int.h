/* Value flow, between its parts: what is looked at (flow.c), what goes over pipes (flow_rpc.c),
 * what the user named (flow_rules.c) and the search itself (flow_match.c). */
#ifndef SMB_COMPILE_FLOW_INT_H
#define SMB_COMPILE_FLOW_INT_H

#include "compile/flow.h"
#include "compile/flow_ring.h"

#define FLOW_PIPE_TREES 4096 /* of the last ones it is known that they are of pipes */
#define FLOW_PIPE_READS 1024 /* READs of pipes that wait for their data */
#define FLOW_GROUPS 64       /* association groups that are remembered */
#define FLOW_SNAPSHOTS 256   /* snapshot names that are remembered */
#define FLOW_SNAPSHOT                                                                              \
	((size_t)48) /* bytes of "@GMT-YYYY.MM.DD-HH.MM.SS" in UTF-16, MS-SMB2 2.2.32.2 */

/* Values of pipes and of files do not meet. */
enum flow_space { FLOW_PIPES, FLOW_FILES, FLOW_SPACES };

struct flow_read {
	uint64_t message_id;
	uint32_t conn;
	uint8_t of; /* enum flow_pipe */
};

/* What is known of the tree of a PDU. */
enum flow_pipe { FLOW_NO_PIPE, FLOW_MAYBE_PIPE, FLOW_PIPE };

struct flow_group {
	uint8_t id[4];
	uint32_t value; /* number */
};

struct flow_snapshot {
	uint8_t name[FLOW_SNAPSHOT];
	uint32_t event, off; /* 0, 0: a client sent it first */
	uint32_t value;      /* number; 0: not used yet */
};

struct flow {
	struct flow_rules rules;
	struct flow_ring said[FLOW_SPACES], sent[FLOW_SPACES]; /* by servers, by clients */
	uint64_t seq;
	struct ir_value *values; /* by number from 1 */
	uint32_t *next;          /* of each value: another one of the same region, or 0 */
	size_t n_values, cap_values;
	uint64_t left_out;                                       /* beyond FLOW_MAX_VALUES */
	uint32_t pipes[FLOW_PIPE_TREES], disks[FLOW_PIPE_TREES]; /* trees by number */
	struct flow_read reads[FLOW_PIPE_READS];
	struct flow_group groups[FLOW_GROUPS]; /* ring */
	size_t n_groups;
	struct flow_snapshot snapshots[FLOW_SNAPSHOTS]; /* ring */
	size_t n_snapshots;
	struct ir_value *named; /* of each rule in `add`: where a server said it last; number: its
				   symbol, 0 as long as it is not used; width 0: nowhere */
};

/* A part of a request in which values are sought. */
struct flow_place {
	struct flow *f;
	const struct flow_message *m;
	enum flow_space space;
	struct slice bytes;
	size_t off; /* in the message */
};

/* Append a use of value `number` to the message, unless that is full. */
bool flow_add_use(const struct flow_message *m, size_t off, size_t width, uint32_t number,
		  size_t from);

/* Is a byte of [off, off + n) of the message patched already? */
bool flow_is_taken(const struct flow_message *m, size_t off, size_t n);

/* A new value; its number goes to `*number`, 0 when there are too many. Returns 0 or ERR_NOMEM. */
int flow_define(struct flow *f, const struct ir_value *v, uint32_t *number) MUST_CHECK;

/* The `n` bytes at `at` are an identifier by their place: find where they came from. */
int flow_use_exact(const struct flow_place *p, size_t at, size_t n) MUST_CHECK;

/* Find what looks like identifiers. */
int flow_use_any(const struct flow_place *p) MUST_CHECK;

/* Remember what the client sent and what no server had introduced. */
int flow_note_sent(const struct flow_place *p) MUST_CHECK;

/* Remember what the server said. */
int flow_note_said(const struct flow_place *p) MUST_CHECK;

/* The RPC PDUs in the data of a pipe; `maybe`: unless it is no RPC at all. */
int flow_rpc_request(const struct flow_place *p, bool maybe) MUST_CHECK;
int flow_rpc_response(const struct flow_place *p, bool maybe) MUST_CHECK;

/* The values that the user named, in the body of a PDU. */
int flow_rules_request(struct flow *f, const struct flow_message *m,
		       const struct flow_pdu *p) MUST_CHECK;
void flow_rules_response(struct flow *f, const struct flow_message *m, const struct flow_pdu *p);

/* Do the rules forbid these bytes? */
bool flow_rules_forbid(const struct flow *f, struct slice value);

#endif
