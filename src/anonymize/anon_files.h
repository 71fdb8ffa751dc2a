/*
 * Which file a request is about, as far as its content goes: names as a tree, in which names that
 * were given to one file (renames, links, copies by the server) are one.
 */
#ifndef SMB_ANONYMIZE_ANON_FILES_H
#define SMB_ANONYMIZE_ANON_FILES_H

#include "crypto/prf.h"

struct anon_node;
struct anon_edge;

/* Files are numbers: 0 is the root of all. */
struct anon_files {
	struct prf *prf;
	struct anon_node *list; /* owned, as the next */
	size_t n, cap;
	struct anon_edge *edges;
};

/* Returns 0, ERR_NOMEM or ERR_CRYPTO; anon_files_free is right in any case. */
int anon_files_init(struct anon_files *f, struct prf *prf) MUST_CHECK;
void anon_files_free(struct anon_files *f);

/*
 * The file of a path (UTF-16LE, parts between backslashes) under another one: of the root, 0, a
 * share. In whatever case; "file::$DATA" is "file". Returns 0, ERR_NOMEM or ERR_CRYPTO.
 */
int anon_files_path(struct anon_files *f, uint32_t under, struct slice path,
		    uint32_t *out) MUST_CHECK;

/* Two names are of one file, and what is under them, too. Returns 0 or ERR_NOMEM. */
int anon_files_unite(struct anon_files *f, uint32_t a, uint32_t b) MUST_CHECK;

/*
 * The server copied a part of a file to a place that is `shift` bytes away, maybe in a file that is
 * united with it: from now on places that far apart have the same key.
 */
void anon_files_shift(struct anon_files *f, uint32_t file, uint64_t shift);

/* The key of a file's content, and after how many bytes places repeat (0: never). */
const uint8_t *anon_files_key(const struct anon_files *f, uint32_t file, uint64_t *period);

/* How many have places that repeat. */
size_t anon_files_repeating(const struct anon_files *f);

#endif
