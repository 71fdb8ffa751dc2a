/* Logons that take more or fewer legs than recorded: how their answers are judged. */
#ifndef SMB_IR_LEGS_H
#define SMB_IR_LEGS_H

#include "ir/judge.h"

/*
 * Does only one of the live and the recorded answer to a SESSION_SETUP ask for another leg? `live`
 * has the recorded MessageId. Where it is the live one, that answer was not recorded.
 */
bool legs_differ(const struct judge *j, uint32_t conn, const struct smb2_pdu *live);

struct legs_end {
	struct judge_match first; /* the recorded answer that asked for another leg */
	uint32_t session;         /* that it belongs to, 0: none */
	bool found;
	uint64_t event, message_id; /* where found: the recorded request of the next leg, which is
				       not to be sent */
};

/*
 * The live logon ends here, the recorded one did not: judge the answer for the recorded one of this
 * leg. Where the recorded request of the next leg is found, its MessageId is put into `live`, which
 * then stands for the answer to that and is to be judged. Returns 0 or ERR_NOMEM.
 */
int legs_end_early(struct judge *j, const struct ir *ir, uint32_t conn, struct smb2_pdu *live,
		   struct legs_end *out) MUST_CHECK;

#endif
