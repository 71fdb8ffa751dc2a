/*
 * What a send of a workload really depends on, and what the recording orders only by chance.
 *
 * A send comes behind
 *  - what defines the values that it uses (conflicts_needs);
 *  - what its client had received before on its session (conflicts_received). The client is who
 *    speaks on a session, on all of its channels: one connection may carry the sessions of several
 *    users, who know nothing of each other, and connections of one ClientGuid (a machine, or one
 *    program with two sessions) may, too. What stands in no session (NEGOTIATE, most breaks) is
 *    received by all of its connection;
 *  - earlier requests of others that it conflicts with (conflicts_of): one of the two may see, or
 *    end otherwise, because of the other.
 * Only the first two are known to be reasons. A conflicting pair that they do not order is one that
 * could have come the other way round.
 */
#ifndef SMB_IR_CONFLICTS_H
#define SMB_IR_CONFLICTS_H

#include "ir/ir.h"

/* In what two requests meet: name for people. The first that fits is given. CLIENT is of
 * NEGOTIATEs, and always `ordered`: a client makes one connection after the other. */
#define CONFLICT_KINDS(X)                                                                          \
	X(CLIENT, "the same ClientGuid")                                                           \
	X(SESSION, "the same session")                                                             \
	X(OPEN, "the same open")                                                                   \
	X(GUID, "the same CreateGuid")                                                             \
	X(APP, "the same AppInstanceId")                                                           \
	X(LEASE, "the same lease key")                                                             \
	X(NAME, "a path that one of them makes, removes or protects")                              \
	X(FILE, "opens of the same file")                                                          \
	X(DATA, "the same bytes of a file")                                                        \
	X(ATTRIBUTES, "attributes of the same file")                                               \
	X(LISTING, "a directory that one of them changes")
#define CONFLICT_KIND_ENUM(name, text) CONFLICT_##name,
enum conflict_kind { CONFLICT_KINDS(CONFLICT_KIND_ENUM) CONFLICT_N_KINDS };
#undef CONFLICT_KIND_ENUM
extern const char *const conflict_kind_names[CONFLICT_N_KINDS];

/* An earlier event that an event conflicts with: a SEND, or the FIN or RST that ended its opens. */
struct conflict {
	uint32_t other;
	uint32_t after; /* what had come of it: a RECV, its last answer before; else `other` */
	uint32_t place; /* the name at which they meet, a number of its own; 0: none */
	uint8_t kind;   /* enum conflict_kind */
	bool overlaps;  /* its final answer had not come: both were at work at a time */
	bool ordered;   /* what was received, or needed, orders the two anyway */
};

struct conflicts;

/* Look through a workload, which is borrowed. Returns 0 or ERR_NOMEM. */
int conflicts_new(const struct ir *ir, struct conflicts **out) MUST_CHECK;
void conflicts_free(struct conflicts *c);

/*
 * The conflicts of an event with earlier ones of other connections, or other sessions on its own,
 * by `other`, each once. Those that others of the list imply may be left out, and the oldest of
 * over a thousand to one thing. Borrowed.
 */
const struct conflict *conflicts_of(const struct conflicts *c, uint32_t event, size_t *n);

/* RECV events and the server's FINs and RSTs, in order; all of them came before the event.
 * Borrowed.
 */
struct conflicts_history {
	uint32_t group; /* below conflicts_groups: equal ones are beginnings of one list */
	const uint32_t *events;
	size_t n;
};

/* What had been received before a SEND, FIN or RST: [0] on its session (that of the last request on
 * the connection that ends), [1] on its connection outside of all sessions; the latter alone where
 * it stands in no session ([0].n is 0). */
void conflicts_received(const struct conflicts *c, uint32_t event, struct conflicts_history out[2]);
uint32_t conflicts_groups(const struct conflicts *c);

/* The RECV events that define what a SEND uses, each once: at most `max` go into `out`. Returns how
 * many. */
#define CONFLICTS_NEEDS_MAX 64
size_t conflicts_needs(const struct conflicts *c, uint32_t event, uint32_t *out, size_t max);

/* Called for each pair of conflicting requests on different connections that nothing but chance
 * orders, `event` being the later one; a return other than 0 ends the enumeration with it. */
typedef int (*conflicts_fn)(void *ctx, uint32_t event, const struct conflict *pair);
int conflicts_pairs(const struct conflicts *c, conflicts_fn fn, void *ctx) MUST_CHECK;

#endif
