/*
 * A conversation of one client with one server, put together message by message, and the first
 * state of the shares that follows from it. All fail the test where something goes wrong.
 */
#ifndef SMB_TESTS_TALK_H
#define SMB_TESTS_TALK_H

#include "ir/state_feed.h"

#define TALK_SID 7u
#define TALK_TID 3u
/* CreateAction, MS-SMB2 2.2.14 */
#define TALK_OPENED 1u
#define TALK_CREATED 2u
#define TALK_OVERWRITTEN 3u
/* MS-FSCC 2.6 */
#define TALK_DIRECTORY 0x10u
#define TALK_ARCHIVE 0x20u

struct talk {
	struct state_feed *feed;
	struct state state;   /* after talk_find */
	struct buf msg, body; /* the message and the body at hand */
	uint64_t mid, event;  /* numbered message by message */
	uint32_t conn;
	const char *server;
};

/* A file in a listing, MS-FSCC 2.4.8. */
struct talk_listed {
	const char *name;
	uint64_t size;
	uint32_t attributes, ea_size;
};

/* For cmocka, which hands a `struct talk` on in the state, connected to a share. */
int talk_setup(void **state);
int talk_teardown(void **state);

/* TREE_CONNECT to a share of that type, MS-SMB2 2.2.10. */
void talk_connect(struct talk *k, const char *unc, uint8_t type);

/* A CREATE with those options; its answer with a FileId of `id` twice. */
void talk_ask(struct talk *k, const char *name, uint32_t options);
void talk_grant(struct talk *k, uint32_t action, uint64_t size, uint32_t attributes, uint64_t id);

/* The answer with the body at hand to the request said last; where it failed, without one. */
void talk_answer(struct talk *k, unsigned command, uint32_t status);

/* A request with its answer. The pattern of a listing is one that finds `n` files, or none. */
void talk_open(struct talk *k, const char *name, uint32_t action, uint64_t size, uint64_t id);
void talk_refuse(struct talk *k, const char *name, uint32_t status);
void talk_close(struct talk *k, uint64_t id);
void talk_read(struct talk *k, uint64_t id, uint64_t off, uint32_t length, const char *data);
void talk_write(struct talk *k, uint64_t id, uint64_t off, const char *data);
void talk_set_info(struct talk *k, uint64_t id, uint8_t class, const struct buf *info);
void talk_rename(struct talk *k, uint64_t id, const char *to, bool replace);
void talk_list(struct talk *k, uint64_t id, const char *pattern, const struct talk_listed *files,
	       size_t n);

/* The entry of a path in the state as it is now, valid until the next call; NULL: none. */
const struct state_entry *talk_find(struct talk *k, const char *path);

#define KIND_OF(k, path) (talk_find((k), (path)) != NULL ? (int)talk_find((k), (path))->kind : -1)
#define HAS_DOUBT(e, d) (((e)->doubts >> STATE_DOUBT_##d & 1) != 0)

#endif
