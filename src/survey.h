/* What is in a capture: gathered message by message, without making a workload. */
#ifndef SMB_SURVEY_H
#define SMB_SURVEY_H

#include "compile/capture.h"
#include "proto/smb2_pdu.h"
#include "tally.h"

#define SURVEY_MAX_LISTED 4096 /* sessions and shares that are listed; more are counted */

struct survey_conn {
	char client[64], server[64];
	bool syn_seen;
	bool negotiated; /* a NEGOTIATE response was seen */
	bool signing_required;
	uint16_t dialect; /* of the last NEGOTIATE response; 0 unknown */
	uint64_t plain, sealed, compressed, smb1,
		unknown; /* messages; sealed and compressed: those that stay so */
	uint64_t signed_pdus, pdus;
	uint64_t gaps, gap_bytes, junk_bytes;
	uint64_t first, last; /* ns since 1970 */
};

/* A logon: what its last token said, and how it ended. */
struct survey_session {
	uint32_t conn;
	uint64_t id;         /* SessionId; 0: none was assigned */
	uint64_t message_id; /* of the request that awaits its response */
	char *domain, *user; /* owned; NULL: not said */
	const char *mechanism;
	uint32_t status;
	bool anonymous, answered;
};

struct survey_share {
	char *path; /* owned */
	uint64_t connects, failed;
};

struct survey {
	struct survey_conn *conns;
	size_t n_conns, cap_conns;
	struct survey_session *sessions;
	size_t n_sessions, cap_sessions;
	struct survey_share *shares;
	size_t n_shares, cap_shares;
	struct tally tally;
	uint64_t messages, pdus, opaque, malformed, not_listed;
	uint64_t first, last; /* ns since 1970 of the first and last SMB message */
	uint64_t kinds[SMB2_MSG_UNKNOWN + 1];
	struct cap_totals totals;
};

/* The sink that fills `s`, which begins as all zero. */
struct cap_sink survey_sink(struct survey *s);
void survey_free(struct survey *s);

enum survey_verdict { SURVEY_REPLAYABLE, SURVEY_IN_PART, SURVEY_NOT };

/* Whether it can be replayed; each reason against it is a line appended to `why`. */
enum survey_verdict survey_judge(const struct survey *s, struct buf *why);

#endif
