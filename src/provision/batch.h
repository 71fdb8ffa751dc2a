/*
 * Requests that are made up, sent as fast as credits allow, and their answers: a workload in
 * memory, which the replay engine plays. A message is a chain of requests to one file; its first is
 * not related to anything, so that messages need no ids of others.
 */
#ifndef SMB_PROVISION_BATCH_H
#define SMB_PROVISION_BATCH_H

#include "replay/replay.h"

#define BATCH_MESSAGES 20000           /* that one batch holds at most */
#define BATCH_BYTES ((size_t)64 << 20) /* of all of them */
#define BATCH_NONE UINT32_MAX          /* instead of a message */
#define BATCH_CONNS 2                  /* over which many messages go */
#define BATCH_CHAIN 32                 /* requests in a message */

/* The answer to a request. */
struct batch_answer {
	uint64_t tag;               /* of its message */
	uint8_t part;               /* of batch_part */
	const struct smb2_pdu *pdu; /* NULL: none came */
};

struct batch_options {
	const struct replay_options *replay; /* target, credentials, timeout, map */
	const char *user, *domain;           /* by which the map finds who logs on */
	const char *const *shares;           /* as recorded: the map makes the live ones of them */
	size_t n_shares;
	bool plain_names; /* names of shares and files are live ones: the map is not asked */
	void (*answer)(void *ctx, const struct batch_answer *a);
	void (*tick)(void *ctx, uint64_t done); /* messages sent so far, of all batches; or NULL */
	void *ctx;
};

/* What the server said of itself, from batch_probe on. */
struct batch_server {
	uint16_t dialect;
	uint32_t max_read, max_write;
	bool signs;             /* it wants it to be signed; else nothing but the logon is */
	bool seals;             /* it wants what is sent to be sealed */
	uint32_t *share_status; /* of each TREE_CONNECT; owned by the batch */
};

struct batch;

/* All of `opt` is borrowed for its life. Returns 0 or ERR_NOMEM. */
int batch_new(const struct batch_options *opt, struct batch **out) MUST_CHECK;
void batch_free(struct batch *b);

/* Log on and connect to the shares: what batch_server says is known then. Returns 0 or an error of
 * replay_run with a text in `e`. */
int batch_probe(struct batch *b, struct err *e) MUST_CHECK;
const struct batch_server *batch_server(const struct batch *b);

/* Is it time for batch_run? */
bool batch_full(const struct batch *b);

/* How often batch_run was called: message numbers are of one batch only. */
uint32_t batch_number(const struct batch *b);

/*
 * A message to a share; those of the same `lane`, which may be any number, go over one connection,
 * in order. Then its requests with batch_put and, last, batch_end, which gives its
 * number in the batch. `after` is the number of a message whose answers it waits for, or
 * BATCH_NONE. What fails is kept and comes with batch_run.
 */
void batch_begin(struct batch *b, size_t share, uint32_t lane, uint64_t tag);
uint32_t batch_end(struct batch *b, uint32_t after);

/* What the requests from here on are for; 0 at first. It comes back with their answers. */
void batch_part(struct batch *b, uint8_t part);

/*
 * Append a request: `body` is the C struct of `def`, whose variable parts lie where its offsets
 * say, up to `size` bytes behind the header; `bytes` is the most that it sends or asks for (MS-SMB2
 * 3.1.5.2).
 */
void batch_put(struct batch *b, enum smb2_command command, const struct smb2_def *def,
	       const void *body, size_t size, size_t bytes);

/* A request could not be made: batch_run fails with that. */
void batch_fail(struct batch *b, int error);

/*
 * Play what was put in, tell the answers, and begin anew. Nothing to play is no error. Returns 0,
 * ERR_NOMEM, ERR_LIMIT, or an error of replay_run with a text in `e`.
 */
int batch_run(struct batch *b, struct err *e) MUST_CHECK;

#endif
