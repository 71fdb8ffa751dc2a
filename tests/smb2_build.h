/* Builds SMB2 messages for tests, field by field as MS-SMB2 lists them: independent of src/proto.
 */
#ifndef SMB_TESTS_SMB2_BUILD_H
#define SMB_TESTS_SMB2_BUILD_H

#include "base/buf.h"

/* MS-SMB2 2.2.1.2 Command */
enum build_command {
	NEGOTIATE,
	SESSION_SETUP,
	LOGOFF,
	TREE_CONNECT,
	TREE_DISCONNECT,
	CREATE,
	CLOSE,
	FLUSH,
	READ,
	WRITE,
	LOCK,
	IOCTL,
	CANCEL,
	ECHO_,
	QUERY_DIRECTORY,
	CHANGE_NOTIFY,
	QUERY_INFO,
	SET_INFO,
	OPLOCK_BREAK,
};

/* MS-SMB2 2.2.1.2 Flags */
#define F_RESPONSE 1u
#define F_ASYNC 2u
#define F_RELATED 4u
#define F_SIGNED 8u

#define NO_MID UINT64_MAX
#define PENDING 0x103u
#define MORE_PROCESSING 0xc0000016u
#define ACCESS_DENIED 0xc0000022u
#define FILE_CLOSED 0xc0000128u

struct build_hdr {
	unsigned command;
	uint32_t flags, status;
	uint64_t mid, sid;
	uint64_t async; /* with F_ASYNC */
	uint32_t tid;   /* without */
	uint16_t credits;
	uint16_t charge; /* 0: 1 */
	uint8_t sign;    /* what the Signature's 16 bytes are */
};

/* Start a message: its frame header. */
void build_start(struct buf *b);

/*
 * Append a PDU. Where the message holds one already, that is padded to 8 and its NextCommand set.
 * The frame's length is right after every call.
 */
void build_pdu(struct buf *b, const struct build_hdr *h, struct slice body);

/* Append a create context (MS-SMB2 2.2.13.2); `more`: another one follows. */
void build_context(struct buf *b, const char *name, const void *data, size_t n, bool more);

/* A message of one PDU; `body` is emptied. */
void build_one(struct buf *b, const struct build_hdr *h, struct buf *body);

/* Bodies, appended. FileIds are two numbers, texts ASCII. */
void body_empty(struct buf *b); /* LOGOFF, TREE_DISCONNECT, ECHO, CANCEL, LOCK response, ... */
void body_error(struct buf *b);
void body_setup_req(struct buf *b, uint64_t previous, const char *token);
void body_setup_resp(struct buf *b, const char *token);
void body_tree_req(struct buf *b, const char *path);
void body_tree_resp(struct buf *b, uint8_t share_type);
void body_create_req(struct buf *b, const char *name);
void body_create_contexts_req(struct buf *b, const char *name, const struct buf *contexts);
void body_create_lease_req(struct buf *b, const char *name, uint8_t key); /* RqLs, of one letter */
void body_create_resp(struct buf *b, uint8_t oplock, uint64_t persistent, uint64_t vol);
void body_close_req(struct buf *b, uint64_t persistent, uint64_t vol);
void body_close_resp(struct buf *b);
void body_read_resp(struct buf *b, const char *data);
void body_output_resp(struct buf *b, const char *data); /* QUERY_INFO, QUERY_DIRECTORY */
void body_notify_req(struct buf *b, uint64_t persistent, uint64_t vol);
void body_resume_req(struct buf *b, uint64_t persistent, uint64_t vol);
void body_resume_resp(struct buf *b, uint64_t persistent, uint64_t vol, uint8_t key);
void body_copychunk_req(struct buf *b, uint64_t persistent, uint64_t vol, uint8_t key);
void body_oplock_break(struct buf *b, uint8_t level, uint64_t persistent, uint64_t vol);
void body_lease_break(struct buf *b, uint8_t key, uint32_t current, uint32_t next);
void body_lease_ack(struct buf *b, uint8_t key, uint32_t lease_state); /* and its response */
void body_negotiate_req(struct buf *b, uint8_t client);                /* of dialect 2.1 */

#endif
