/* What is to be done on a new connection to have again what a lost one had. */
#ifndef SMB_REPLAY_RECLAIM_PLAN_H
#define SMB_REPLAY_RECLAIM_PLAN_H

#include "replay/engine_int.h"

enum task_kind { TASK_NEGOTIATE, TASK_SESSION, TASK_TREE, TASK_OPEN };

/* One request, or the legs of a logon. */
struct task {
	enum task_kind kind;
	uint32_t event;         /* the recorded request */
	uint32_t number;        /* of the symbol that its answer assigns anew */
	uint32_t session, tree; /* that it stands in */
	bool binds;             /* SESSION: the session is one of another connection */
	uint64_t previous;      /* SESSION: its live id until now */
	bool failed;
};

struct plan {
	struct task *tasks;
	size_t n;
	uint64_t n_opens; /* that the connection had, durable or not */
};

/* By the recording, and by what the replay has gone past. Returns 0 or ERR_NOMEM. */
int plan_make(struct engine *e, uint32_t conn, struct plan *out) MUST_CHECK;
/* The server wants another leg of a SESSION: the task goes on with the next one that was recorded.
 * False: there is none. */
bool plan_next_leg(struct engine *e, struct task *t);

void plan_free(struct plan *p);

#endif
