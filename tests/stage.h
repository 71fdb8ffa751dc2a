/* A stage for tests of the engine: a workload put together in memory, and the scripted server that
 * it is played against. */
#ifndef SMB_TESTS_STAGE_H
#define SMB_TESTS_STAGE_H

#include "tests/ir_build.h"
#include "tests/peer.h"
#include "tests/smb2_build.h"

#define STAGE_SID 0x1122334455667788u
#define STAGE_TID 0x01020304u

/* Where ids lie in a message: MS-SMB2 2.2.1.2, 2.2.14, 2.2.15. */
#define STAGE_AT_MESSAGE_ID (4 + 24)
#define STAGE_AT_TREE (4 + 36)
#define STAGE_AT_SESSION (4 + 40)
#define STAGE_AT_CREATE_ID (4 + 64 + 64)
#define STAGE_AT_CLOSE_ID (4 + 64 + 8)

struct stage {
	struct ir_build b;
	struct peer p;
	struct buf msg, body;     /* the message and the body at hand */
	struct buf contexts, say; /* of the body; what the server says that was not recorded */
	uint32_t create, last;    /* events, the test's own */
};

/* For cmocka, which hands a `struct stage` on in the state; empty, or with connection 0 begun. */
int stage_setup(void **state);
int stage_setup_connected(void **state);
int stage_teardown(void **state);

/* Append events; their numbers. */
uint32_t stage_connect(struct stage *s, uint32_t conn);
uint32_t stage_end(struct stage *s, enum ir_kind kind, uint32_t conn, bool server); /* FIN, RST */

/* A message with that header and the body in s->body, which is emptied; an empty one is that of
 * ECHO and the like. */
uint32_t stage_put(struct stage *s, enum ir_kind kind, uint32_t conn, const struct build_hdr *h);

#define STAGE_SENDS(s, ...) stage_put(s, IR_SEND, 0, &(struct build_hdr){__VA_ARGS__})
#define STAGE_GETS(s, ...) stage_put(s, IR_RECV, 0, &(struct build_hdr){__VA_ARGS__, .credits = 8})

/* A connection, a session and a tree on it: connection 0, MessageIds 1 and 2. */
void stage_logon(struct stage *s);

/* The event appended last is of both. */
void stage_uses_tree(struct stage *s);

/* Play to the end; or with the server's ids being the recorded ones, so that what is built must
 * have them. */
void stage_play(struct stage *s);
void stage_play_ids(struct stage *s);

#endif
