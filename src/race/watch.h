/* What a try did to the server outside of the wire: its process, its log. */
#ifndef SMB_RACE_WATCH_H
#define SMB_RACE_WATCH_H

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/err.h"

struct watch {
	pid_t pid; /* 0: none */
	FILE *log; /* owned; NULL: none */
	regex_t line;
	char found[160]; /* what watch_look saw, for people */
};

/* Look for lines of a log file that match an extended regular expression, from its end on. Returns
 * 0, a negated errno, or ERR_USAGE, with a text in `e`. */
int watch_log(struct watch *w, const char *path, const char *line, struct err *e) MUST_CHECK;

/* Has anything happened since the last look? */
bool watch_look(struct watch *w);
void watch_free(struct watch *w);

#endif
