/* The parts of the page that compare --html writes. Each appends to `out`, whose error sticks. */
#ifndef SMB_HTML_PAGE_H
#define SMB_HTML_PAGE_H

#include "findings.h"
#include "html.h"
#include "substituted.h"

#define HTML_DETAILED 20 /* messages of which everything is shown */
#define HTML_OPEN 3      /* of these are open at first */
#define HTML_LISTED 200  /* causes that have a line */
#define HTML_CAUSES 50   /* of one message that are marked in it */

extern const char *const html_style[]; /* CSS in pieces, NULL behind the last */

/* One PDU on each side; NULL: that side has none. */
struct html_pdus {
	const struct smb2_pdu *recorded, *live;
	const struct ir_event *event;                      /* recorded, or NULL */
	const struct judge_divergence *about[HTML_CAUSES]; /* found in it, the first one first */
	size_t n_about;
};

/* Tables of fields: what differs, and all. Returns 0 or ERR_NOMEM. */
int html_put_fields(const struct html_pdus *p, struct buf *out) MUST_CHECK;

/* The text of some of the workload's messages, as `show` prints them. */
struct captions {
	struct arena texts;
	struct caption {
		uint32_t event;
		const char *text;
	} * list; /* owned; by event */
	size_t n, cap;
};

/* First each event that is wanted, in any order; then all are made in one pass. Both return 0 or
 * ERR_NOMEM. */
int captions_want(struct captions *c, uint64_t event) MUST_CHECK;
int captions_make(struct captions *c, const struct ir *ir) MUST_CHECK;
const char *captions_of(const struct captions *c, uint64_t event); /* "" where it is not there */
void captions_free(struct captions *c);

/* A ladder: the events around one, at most LADDER_ROWS, a column for each connection. */
#define LADDER_BEFORE 6
#define LADDER_AFTER 4
#define LADDER_ROWS (LADDER_BEFORE + 1 + LADDER_AFTER)
struct ladder {
	uint64_t events[LADDER_ROWS];
	size_t n;
};

/* The events that are in the ladder around `event`. */
void ladder_choose(const struct ir *ir, uint64_t event, struct ladder *l);
void html_put_ladder(const struct findings *f, const struct captions *c, const struct ladder *l,
		     const struct group *about, struct buf *out);

void html_put_timeline(const struct findings *f, struct buf *out);
void html_put_substituted(const struct substituted *s, struct buf *out);

/* Latencies. Returns 0 or ERR_NOMEM. */
int html_put_latency(const struct findings *f, struct buf *out) MUST_CHECK;

/* The divergences. Returns 0 or ERR_NOMEM. */
int html_put_divergences(const struct findings *f, struct buf *out) MUST_CHECK;

#endif
