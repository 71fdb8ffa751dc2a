/* What the parts of conflicts share: conflicts.c (the pass), conflicts_answers.c (requests with
 * their answers), conflicts_names.c (files), conflicts_touch.c (what a request touches),
 * conflicts_list.c (who touched it before), conflicts_clock.c (what is ordered anyway). */
#ifndef SMB_IR_CONFLICTS_INT_H
#define SMB_IR_CONFLICTS_INT_H

#include "ir/conflicts.h"
#include "ir/credit_scan.h"
#include "ir/cut_table.h"
#include "ir/ir_index.h"

#define CONFLICTS_NEVER UINT32_MAX
#define CONFLICTS_WHOLE UINT64_MAX

/* A request PDU with what was answered. */
struct asked {
	uint64_t message_id;
	uint32_t event, off, len;
	uint32_t interim, final; /* events, CONFLICTS_NEVER: none */
	uint32_t status;         /* of the final answer */
	uint32_t open;           /* place of the open that it made, 0: none */
	uint32_t next;           /* with the same final answer, place plus 1 */
	uint16_t command;
	uint8_t action; /* CREATE: create_action of the final answer */
	bool counts;    /* the interim answer tells something (ir/interim.h) */
};

/* How something is touched: two that only read, or only add, do not meet. */
enum touch_mode { TOUCH_READ, TOUCH_ADD, TOUCH_CHANGE };

/* What is touched. */
enum touch_what {
	TOUCH_CLIENT,
	TOUCH_SESSION,
	TOUCH_OPEN,
	TOUCH_GUID,
	TOUCH_APP,
	TOUCH_LEASE,
	TOUCH_NAME, /* that a name stands for something, and who may reach what is below it */
	TOUCH_FILE, /* share modes, oplocks and leases */
	TOUCH_DATA, /* by ranges */
	TOUCH_ATTRIBUTES,
	TOUCH_ENTRIES, /* of a directory */
	TOUCH_TREE,    /* all entries below a directory */
};

struct touch {
	enum touch_what what;
	enum touch_mode mode;
	uint64_t a, b;   /* which one */
	uint64_t lo, hi; /* TOUCH_DATA: from `lo` to below `hi` */
	uint32_t place;  /* the name that it goes by, plus 1; 0: none */
};

/* A touch that later ones may meet. */
struct access {
	uint64_t lo, hi;
	uint32_t event, asked; /* asked: its place plus 1; 0: a FIN or RST */
	uint32_t group;        /* of the event */
	uint32_t next;         /* place plus 1 */
	uint8_t mode;
};

struct object {
	uint32_t first, n; /* accesses, newest first; place plus 1 */
};

/* What a workload says of a name first. */
enum name_origin { NAME_UNKNOWN, NAME_WAS_THERE, NAME_MADE };

/* A path on a share, or with parent 0 the share's root. */
struct name {
	uint64_t hash;
	uint32_t parent;
	uint32_t file;  /* that it stands for; 0: none so far */
	uint8_t origin; /* enum name_origin */
};

struct opened {
	uint32_t name, file, conn;
	uint32_t before; /* of the same connection, place; 0: none */
	bool known;      /* its CREATE was seen */
	bool pipe;       /* on a share of pipes: nobody else has it */
	bool sharing;    /* reads, and lets others read: does not meet others like it */
	bool locked;
	bool closed;
};

/* What a connection knows of others: up to which event of each it comes behind. */
struct clock {
	struct clock_at {
		uint32_t conn, event;
	} * list; /* by conn */
	size_t n, cap;
};

struct conflicts {
	const struct ir *ir;
	/* requests, in order; those of event i are first_asked[i] to first_asked[i + 1] */
	struct asked *asked;
	size_t n_asked, cap_asked;
	uint32_t *first_asked;
	uint32_t *answers;         /* of each RECV: whose final answer it is, place plus 1, or... */
#define CONFLICTS_BREAK UINT32_MAX /* ...it is a break */
	/* symbols: places, and the events that define them, plus 1 */
	struct ir_index index[IR_N_SYMBOL_KINDS];
	uint32_t *defs[IR_N_SYMBOL_KINDS];
	/* of each event; what was received by each group */
	uint32_t *group_of;
	uint32_t *received, *first_received;
	uint32_t n_groups;
	/* the result, of event i edges[first[i]] to edges[first[i + 1]] */
	struct conflict *edges;
	size_t n_edges, cap_edges;
	size_t *first;
	/* names outlive the pass, for clones */
	struct name *names;
	size_t n_names, cap_names;
};

struct conflicts_pass {
	struct conflicts *c;
	const struct ir *ir;
	struct cut_entry *table;
	struct object *objects;
	size_t n_objects, cap_objects;
	struct access *pool;
	size_t n_pool, cap_pool;
	uint32_t free_access;    /* place plus 1 */
	struct opened *opens;    /* by place of the symbol */
	uint32_t *last_open;     /* of each connection, place */
	struct share *shares;    /* of each tree, by place */
	uint64_t *clients;       /* of each connection: a hash of its ClientGuid */
	struct clock *clocks;    /* of each connection */
	uint32_t *last_received; /* of each group, plus 1 */
	uint32_t *pending;       /* requests that may break and have no final answer */
	size_t n_pending;
	uint32_t n_files;
	struct buf scratch, heads;
	/* at hand */
	uint32_t n, asked; /* the event; its request, place plus 1, 0: none */
	struct slice bytes;
	bool probing;    /* only look what the request met... */
	uint32_t probed; /* ...last, behind itself; plus 1 */
	int err;
};

struct share {
	uint64_t hash; /* of its name; 0: not known */
	bool pipes;
};

/* --- conflicts_answers.c --- */

/* Fill what does not need the pass. Returns 0 or ERR_NOMEM. */
int conflicts_answers(struct conflicts *c) MUST_CHECK;

/* The group of a session (its place), or of a connection outside of all. */
static inline uint32_t
conflicts_conn_group(const struct conflicts *c, uint32_t conn)
{
	return c->index[IR_SESSION].n + 1 + conn;
}

/* --- conflicts_names.c --- */

/* The name of a path (UTF-16), its place plus 1. 0: memory is out. */
uint32_t conflicts_name(struct conflicts_pass *p, const struct share *s, struct slice path);

/* The file that it stands for. */
uint32_t conflicts_file(struct conflicts_pass *p, uint32_t name);

/* It goes when its last open is closed, which any may be. */
void conflicts_doom(struct conflicts_pass *p, uint32_t file);
bool conflicts_doomed(const struct conflicts_pass *p, uint32_t file);

/* A lease key is of the file that has that name; of which one it is, 0: not known. */
void conflicts_lease(struct conflicts_pass *p, const struct touch *key, uint32_t name);
uint32_t conflicts_leased(const struct conflicts_pass *p, const struct touch *key);

/* The parts of a path, front to back. */
struct conflicts_parts {
	struct slice path;
	uint64_t hash; /* at first that of the share; then of the path up to the part */
	size_t next;   /* bytes */
	int n;
	struct slice part;
};
bool conflicts_next_part(struct conflicts_parts *i);

/* The share in a TREE_CONNECT's path. */
struct share conflicts_share(struct slice path);

/* Without the stream behind it. */
struct slice conflicts_file_part(struct slice name);

/* --- conflicts_touch.c --- */

/* The request at hand touches what it does. */
void conflicts_request(struct conflicts_pass *p);

/* The connection of the event at hand ends: so do its opens. */
void conflicts_disconnect(struct conflicts_pass *p);

/* --- conflicts_list.c --- */

/* The first error stays. */
void conflicts_error(struct conflicts_pass *p, int r);

/* What is at hand touches that: note with whom it meets. */
void conflicts_touch(struct conflicts_pass *p, const struct touch *t);

/* --- conflicts_clock.c --- */

/* What connection `conn` does next comes behind `event`, and what that one came behind. Returns 0
 * or ERR_NOMEM. */
int clock_join(struct clock *clocks, uint32_t conn, const struct ir *ir, uint32_t event) MUST_CHECK;

/* Does it come behind `event`? */
bool clock_behind(const struct clock *c, const struct ir *ir, uint32_t event);

#endif
