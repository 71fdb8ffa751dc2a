/*
 * What the requests of a conversation ask for, so that the bodies of their answers can be read: an
 * answer to QUERY_INFO or QUERY_DIRECTORY does not say which information class it holds.
 */
#ifndef SMB_PROTO_SMB2_QUESTIONS_H
#define SMB_PROTO_SMB2_QUESTIONS_H

#include "proto/smb2_pdu.h"

/* By connection and MessageId; zero it first. */
struct smb2_question;
struct smb2_questions {
	struct smb2_question *all;
};

void smb2_questions_free(struct smb2_questions *q);

/* Remember what a request asks for; other PDUs are passed over. Returns 0 or ERR_NOMEM. */
int smb2_questions_note(struct smb2_questions *q, uint64_t conn,
			const struct smb2_pdu *pdu) MUST_CHECK;

/* smb2_pdu_open with what is known of a response's request. */
void smb2_questions_open(const struct smb2_questions *q, uint64_t conn, struct smb2_pdu *pdu);

/* The final answer has been seen: nothing more is asked by that MessageId. */
void smb2_questions_forget(struct smb2_questions *q, uint64_t conn,
			   const struct smb2_pdu *response);

#endif
