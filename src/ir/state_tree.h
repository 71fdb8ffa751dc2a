/*
 * The names of shares, twice at once: what each was when the capture began, and what it is now,
 * after what the capture did. A directory that is renamed takes along what is in it.
 */
#ifndef SMB_IR_STATE_TREE_H
#define SMB_IR_STATE_TREE_H

#include "ir/state.h"
#include "ir/state_spans.h"

#define STATE_MAX_STREAMS 1024 /* of one file */
#define STATE_MAX_EAS 4096
#define STATE_MAX_EXTRA ((size_t)64 << 10) /* bytes of its EAs, reparse data, security: of each */
#define STATE_MAX_SHARES 4096
#define STATE_MAX_PATH ((size_t)32767) /* bytes of a path, in UTF-8 */

/* What the capture changed in an object: later sights of it tell nothing of its first state. */
enum state_touched {
	STATE_TOUCHED_DATA = 1,
	STATE_TOUCHED_TIMES = 2,
	STATE_TOUCHED_ATTRIBUTES = 4,
	STATE_TOUCHED_STREAMS = 8,
	STATE_TOUCHED_EAS = 16,
	STATE_TOUCHED_SECURITY = 32,
	STATE_TOUCHED_REPARSE = 64,
	STATE_TOUCHED_ALL = 127,
};

/* The contents of a file or stream. */
struct state_stuff {
	struct spans spans;
	uint64_t size;
	bool sized;
	bool firm;    /* the size comes of the file itself; directory entries lag behind */
	bool touched; /* the capture wrote */
};

struct state_node_stream {
	struct state_node_stream *next;
	char *name; /* UTF-8; from the arena */
	struct state_stuff stuff;
	bool absent; /* it was not there, or is the capture's */
};

/* What few objects have. From the arena. */
struct state_extra {
	struct state_ea *eas;
	size_t n_eas, cap_eas, ea_bytes;
	struct slice reparse, security;
	uint32_t security_parts;
};

/* A file or directory. */
struct state_object {
	struct state_slot *home;   /* the name it had at the start; NULL: the capture made it */
	struct state_slot *place;  /* the name it has now, or had last; NULL: root of a share */
	struct state_object *next; /* of all, for freeing */
	const char *share;         /* of a root: its name; else NULL */
	uint8_t kind;              /* enum state_kind; STATE_N_KINDS: not known */
	bool maybe_directory;      /* with an unknown kind: as far as one can guess */
	bool dying;                /* it goes away when it is closed */
	bool doomed; /* some handle is to delete it, at the latest when its connection ends */
	bool has_eas, has_reparse; /* as directory entries say */
	uint8_t touched;           /* enum state_touched */
	uint32_t attributes, reparse_tag;
	uint64_t times[STATE_N_TIMES];
	struct state_stuff stuff;
	struct state_node_stream *streams;
	struct state_extra *extra; /* NULL: none */
};

/* What a name was at the start. */
enum state_first {
	STATE_FIRST_UNKNOWN,
	STATE_FIRST_ABSENT,
	STATE_FIRST_THERE,
	STATE_FIRST_HIDDEN, /* what stands there now keeps one from knowing */
};

/* A name in a directory. */
struct state_slot {
	struct state_slot *next;    /* in its bucket */
	struct state_object *dir;   /* that it is in */
	struct state_object *first; /* STATE_FIRST_THERE: what it was */
	struct state_object *now;   /* what it is; NULL: nothing, or not known */
	uint64_t event, against;
	uint32_t hash;
	uint16_t doubts;   /* enum state_doubt, as bits */
	uint16_t units;    /* of the name */
	uint8_t how;       /* enum state_first */
	bool given;        /* a line of state.jsonl is of it */
	bool no_directory; /* STATE_FIRST_ABSENT: as a directory; it may be a file */
	uint8_t reason;    /* enum state_reason */
	uint8_t name[];    /* UTF-16LE, as first spelled */
};

struct state_tree {
	struct arena arena;
	struct state_slot **buckets; /* owned */
	size_t n_buckets, n_slots;
	struct state_object *objects; /* all; from the arena, what they own is freed one by one */
	struct state_object *roots[STATE_MAX_SHARES];
	size_t n_roots;
	struct buf own; /* bytes that are not in data.bin; see SPAN_OWN */
	size_t spans_left;
	uint64_t left_out, contents_left_out;
};

int state_tree_new(struct state_tree **out) MUST_CHECK;
void state_tree_free(struct state_tree *t);

/* The root of a share, UTF-8, made where it is new; NULL when memory is out. Of shares beyond
 * STATE_MAX_SHARES `*out` is NULL. Returns 0 or ERR_NOMEM. */
int state_root(struct state_tree *t, const char *share, struct state_object **out) MUST_CHECK;

/* Can that be the name of a file or stream, and of a file elsewhere? UTF-16. */
bool state_is_name(struct slice name);

/* Where a name in a directory (not NULL) stands, made where it is new: NULL where the tree is full,
 * or it is no name. Returns 0 or ERR_NOMEM. */
int state_slot(struct state_tree *t, struct state_object *dir, struct slice name,
	       struct state_slot **out) MUST_CHECK;

/* How a path is looked up. */
enum state_walk {
	STATE_WALK_EXISTS, /* what is above it exists, whatever was thought of it */
	STATE_WALK_TRY,    /* the same, but what is known to be away stays so */
	STATE_WALK_KNOWN,  /* only along what is known to exist */
};

/*
 * The place of a path below `root`, UTF-16 with backslashes; NULL for the root itself (`*dir` is
 * `root` then, else the directory), for what the walk does not reach, and where the tree is
 * full (`*dir` is NULL then). Returns 0 or ERR_NOMEM.
 */
struct state_path {
	struct state_object *root;
	struct slice path;
	uint64_t event;
};
int state_walk(struct state_tree *t, const struct state_path *p, enum state_walk how,
	       struct state_object **dir, struct state_slot **out) MUST_CHECK;

/* A name is seen to exist: the object that it stands for. Returns 0 or ERR_NOMEM. */
int state_sight(struct state_tree *t, struct state_slot *s, enum state_reason why, uint64_t event,
		struct state_object **out) MUST_CHECK;

/* A name is seen not to exist; or not to be a directory (`no_directory` of the slot), which a file
 * may be. */
void state_absent(struct state_slot *s, enum state_reason why, uint64_t event);

/* The capture made something under a name. Returns 0 or ERR_NOMEM. */
int state_made(struct state_tree *t, struct state_slot *s, enum state_reason why, uint64_t event,
	       struct state_object **out) MUST_CHECK;

/* The capture took an object away. */
void state_gone(struct state_object *o);

/* The capture gave an object another name, or (`link`) one more. */
void state_moved(struct state_object *o, struct state_slot *to, bool link);

/* The object is of this kind. */
void state_is(struct state_object *o, enum state_kind kind, uint64_t event);

/* A conflict in what is said of an object. */
void state_conflict(struct state_object *o, enum state_doubt d, uint64_t event);

/* Its size. `firm`: from itself. */
void state_sized(struct state_object *o, struct state_stuff *f, uint64_t size, bool firm,
		 uint64_t event);

/* Bytes that were read or written; with ERR_LIMIT they are counted as left out. Returns 0 or
 * ERR_NOMEM. */
int state_span(struct state_tree *t, struct state_object *o, struct state_stuff *f,
	       const struct span *x, uint64_t event) MUST_CHECK;

/* The stream of that name, UTF-16, made where it is new; NULL where there are too many. */
int state_stream_of(struct state_tree *t, struct state_object *o, struct slice name,
		    struct state_node_stream **out) MUST_CHECK;

/* What few have; NULL when memory is out. */
struct state_extra *state_extra_of(struct state_tree *t, struct state_object *o);

/* Its value of an extended attribute; names without regard to case. Returns 0 or ERR_NOMEM. */
int state_set_ea(struct state_tree *t, struct state_object *o,
		 const struct state_ea *ea) MUST_CHECK;

/* A copy in the tree's arena. Returns 0 or ERR_NOMEM. */
int state_keep(struct state_tree *t, struct slice bytes, struct slice *out) MUST_CHECK;

/* The first state as a list, which owns what it needs. Returns 0 or ERR_NOMEM.
 */
int state_list(const struct state_tree *t, struct state *out) MUST_CHECK;

/* Do two names say the same, without regard to case? UTF-16. */
int state_compare_names(struct slice a, struct slice b);

#endif
