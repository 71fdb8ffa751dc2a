/* What `smbench info` prints: of one survey, for people or as JSON. */
#ifndef SMB_INFO_H
#define SMB_INFO_H

#include "ir/json_out.h"
#include "secrets.h"
#include "survey.h"

/* All that is to be printed. Borrowed. */
struct info {
	struct survey *survey; /* its lists are sorted */
	const struct unseal *unseal;
	const struct survey_verdicts *verdicts;
	const struct info_next *next;
};

/* The commands that come next, as they are typed. */
#define INFO_MAX_NEXT 3
struct info_next {
	struct buf commands[INFO_MAX_NEXT]; /* words, quoted for a shell, each ended by a newline */
	size_t n;
};

/* What was given, of which the next commands are made. */
struct info_given {
	char *const *paths;
	int n;
	const struct secrets *secrets;
};
void info_next(const struct survey *s, const struct survey_verdicts *v, const struct info_given *g,
	       struct info_next *out);
void info_next_free(struct info_next *n);

/* The user that most logons were of, "DOMAIN\user" in two; false where none is named. */
struct info_user {
	const char *domain, *user, *service, *mechanism; /* any may be NULL */
	bool anonymous;
	uint64_t logons, succeeded, failed, unanswered, reauthentications, bindings, guests;
	uint32_t status; /* of the last failure */
};
/* Logons by user and mechanism, most logons first; at most `max`. The total in `*all`. */
size_t info_users(const struct survey *s, const struct unseal *u, struct info_user *out, size_t max,
		  size_t *all);

/* Sessions that take the place of an earlier one. */
struct info_reconnects {
	uint64_t sessions, succeeded, known; /* known: the earlier one is in the capture, too */
};
struct info_reconnects info_reconnects(const struct survey *s);
uint64_t info_bindings(const struct survey *s, uint64_t *succeeded);

void info_put_text(const struct info *i, size_t width, bool colour, struct buf *out);
void info_put_json(const struct info *i, struct json_out *o);

#endif
