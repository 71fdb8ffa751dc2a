/* What is in a capture: gathered message by message, without making a workload. */
#ifndef SMB_SURVEY_H
#define SMB_SURVEY_H

#include "compile/unseal.h"
#include "ir/negotiated.h"
#include "ir/state_feed.h"
#include "plan.h"
#include "proto/smb2_pdu.h"
#include "survey_table.h"
#include "survey_top.h"
#include "tally.h"

#define SURVEY_MAX_LISTED 4096 /* hosts, sessions and shares that are listed; more are counted */
#define SURVEY_NONE UINT32_MAX
#define SURVEY_HOST_NAMES 4

/* An end of connections: an address, of a server with its port, and the names it goes by. */
struct survey_host {
	char address[64];
	char *names[SURVEY_HOST_NAMES]; /* owned; NULL behind the last */
	bool server;
	uint64_t connections;
};

struct survey_conn {
	char client[64], server[64];
	uint32_t client_host, server_host; /* in `hosts`, or SURVEY_NONE */
	uint64_t server_key;               /* tells servers apart */
	bool syn_seen;
	bool negotiated; /* a NEGOTIATE response was seen */
	bool signing_required;
	bool fin[2], rst[2];    /* by enum cap_dir */
	struct negotiated wire; /* of the last NEGOTIATE response; cipher 0: it seals nothing */
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
	uint64_t previous;   /* PreviousSessionId: the session that it takes the place of */
	char *domain, *user; /* owned; NULL: not said */
	char *service;       /* owned: of a Kerberos ticket, or NULL */
	const char *mechanism;
	uint32_t status;
	bool anonymous, guest, answered, binding;
	bool again; /* the session had logged on before: it may be somebody else now */
};

struct survey_share {
	char *path; /* owned, UNC */
	uint64_t connects, failed, operations;
	uint8_t type; /* share_type of MS-SMB2 2.2.10; 0: no response */
	bool sealed;  /* the server demands it */
};

/* Breaks, reclaims and whatever else a replay has to get right. */
struct survey_counts {
	uint64_t oplock_breaks, lease_breaks, break_acks, break_closes;
	uint64_t oplocks, leases, lease_requests;
	uint64_t durable_requests, durable, persistent;
	uint64_t reclaims, reclaimed;
	uint64_t compounds, related;        /* messages of several PDUs; with related ones */
	uint64_t interim, cancels, replays; /* STATUS_PENDING; replays: with the replay flag */
	uint64_t read_bytes, written_bytes;
	uint64_t unknown_handles; /* good uses of handles whose CREATE was not seen */
};

/* What was on the shares before. */
struct survey_names {
	struct plan_totals totals; /* after survey_end */
	uint64_t listings;         /* directory listings with entries */
	bool at_least;             /* there was more than is followed */
};

struct survey {
	struct survey_conn *conns;
	size_t n_conns, cap_conns;
	struct survey_host *hosts;
	size_t n_hosts, cap_hosts;
	struct survey_session *sessions;
	size_t n_sessions, cap_sessions;
	struct survey_share *shares;
	size_t n_shares, cap_shares;
	struct tally tally;
	struct survey_top top;
	struct survey_counts counts;
	struct survey_names names;
	/* By key: hosts, trees, opens, requests in flight, breaks that await an answer. */
	struct survey_table host_index, trees, opens, flights, breaks;
	struct state_feed *state; /* owned */
	uint64_t messages, pdus, opaque, malformed, not_listed;
	uint64_t first, last;             /* ns since 1970 of the first and last SMB message */
	uint64_t second, in_second, peak; /* messages in the present second; in the fullest one */
	uint64_t kinds[SMB2_MSG_UNKNOWN + 1];
	struct cap_totals totals;
};

/* Make ready; survey_free in any case. */
void survey_init(struct survey *s);
/* The sink that fills `s`. */
struct cap_sink survey_sink(struct survey *s);
void survey_free(struct survey *s);

/* When all is seen: what it comes to. Returns 0 or ERR_NOMEM. */
int survey_end(struct survey *s) MUST_CHECK;

/* One more element at the end of a list, zeroed; NULL when memory is out or `max` is reached. */
void *survey_grow(void *list, size_t *n, size_t *cap, size_t size, size_t max);

/* A host goes by this name, too; `i` may be SURVEY_NONE, the name empty or its address. */
void survey_name_host(struct survey *s, uint32_t i, const char *name, size_t n);

/* UTF-16LE as text; NULL when memory is out. The caller frees it. */
char *survey_text(struct slice utf16);

/* ---- survey_logon.c: SESSION_SETUP. Return 0 or ERR_NOMEM. ---- */
int survey_setup(struct survey *s, struct survey_conn *c, uint32_t conn,
		 const struct smb2_pdu *pdu) MUST_CHECK;
int survey_setup_response(struct survey *s, struct survey_conn *c, uint32_t conn,
			  const struct smb2_pdu *pdu) MUST_CHECK;

/* ---- survey_files.c: trees, opens, files, breaks. ---- */

/* What a related request takes over from the one before it. */
struct survey_chain {
	uint64_t session, path, open;
	uint32_t tree;
};
int survey_request(struct survey *s, struct survey_conn *c, uint32_t conn,
		   const struct smb2_pdu *pdu, struct survey_chain *chain) MUST_CHECK;
int survey_response(struct survey *s, struct survey_conn *c, uint32_t conn,
		    const struct smb2_pdu *pdu) MUST_CHECK;

/* ---- survey_create.c: what a CREATE and its answer tell. ---- */

struct survey_tree {
	uint64_t key;
	uint32_t share;
};

/* A break that waits for its acknowledgment: of an open or a lease. */
struct survey_break {
	uint64_t key;
};

/* A request that awaits its answer. */
struct survey_flight {
	uint64_t key, path, open;
	uint64_t lease; /* key of the lease that a CREATE asks for; 0: none */
	uint32_t share;
	bool reclaim;
	bool unknown; /* it names a handle whose CREATE was not seen */
};

struct survey_open {
	uint64_t key, path, lease;
	uint32_t share;
	uint8_t oplock;
};

/* What stands for a name: of share and name, without regard to ASCII case. */
uint64_t survey_path(uint32_t share, struct slice name);
/* The name that a CREATE opens, in its share: those of DFS have server and share in front. */
struct slice survey_create_name(const struct smb2_pdu *request);
void survey_create(struct survey *s, const struct survey_conn *c, const struct smb2_pdu *pdu,
		   struct survey_flight *f);
/* Its final answer. */
void survey_created(struct survey *s, const struct survey_conn *c, const struct smb2_pdu *pdu,
		    const struct survey_flight *f);

/* A key of 16 bytes of a server: a FileId or a lease. */
uint64_t survey_key(const struct survey_conn *c, const struct smb2_b16 *id);

/* ---- survey_judge.c: what all that means for a replay. ---- */
enum survey_verdict {
	SURVEY_REPLAYABLE,
	SURVEY_NEEDS_STATE,
	SURVEY_IN_PART,
	SURVEY_WITH_SECRET,
	SURVEY_NOT,
	SURVEY_N_VERDICTS
};
const char *survey_verdict_name(enum survey_verdict v);

/* What a secret would open. */
enum survey_secret { SURVEY_NO_SECRET, SURVEY_PASSWORD, SURVEY_KEYTAB, SURVEY_KEYS };

/* A secret that is wanted: of whom. Borrows from the survey. */
struct survey_want {
	enum survey_secret kind;
	const char *domain, *user; /* PASSWORD */
	const char *service;       /* KEYTAB; NULL: not said */
	const char *why; /* why no other secret helps, or what is wrong with the given one */
	uint64_t sessions, messages; /* that it would open */
};
#define SURVEY_MAX_WANTED ((size_t)16) /* more are counted */

struct survey_verdicts {
	enum survey_verdict verdict;
	struct buf why; /* a line for each reason; owned */
	struct survey_want wants[SURVEY_MAX_WANTED];
	size_t n_wants;
	uint64_t wants_more;
	uint64_t left_out; /* sealed messages that nothing opens, and that replay can do without */
};

/* Whether it can be replayed, and what is against it. The caller frees `why`. */
void survey_judge(const struct survey *s, const struct unseal *u, struct survey_verdicts *out);

#endif
