/*
 * Lists in opened bodies whose elements have names: entries of a directory, streams, extended
 * attributes. In which order they come is the server's own, so they are compared by name.
 */
#ifndef SMB_IR_LISTING_H
#define SMB_IR_LISTING_H

#include "ir/differ.h"

struct listing_element {
	struct slice name, bytes; /* borrowed from the PDU */
};

struct listing {
	const struct smb2_def *def;   /* of an element; NULL: the body is no such list */
	const char *what;             /* "entry", "stream", "extended attribute"; static */
	struct listing_element *list; /* owned; in order of the body */
	size_t n, cap;
	bool broken; /* bytes behind the last one are no element */
};

/* The list that the body of an opened response is, as far as it can be read. Returns 0 or
 * ERR_NOMEM; listing_free in each case. */
int listing_read(const struct smb2_pdu *pdu, struct listing *out) MUST_CHECK;
void listing_free(struct listing *l);

/* What a comparison is told; an error (ERR_NOMEM) ends it. Either may be NULL of what the other
 * list does not have. */
typedef int (*listing_fn)(void *ctx, const struct listing_element *recorded,
			  const struct listing_element *live);

/* Puts elements of one name together: in order of their names, but for those in front that come in
 * one order. Sorts both lists. Returns 0 or what `fn` returned. */
int listing_match(struct listing *recorded, struct listing *live, listing_fn fn,
		  void *ctx) MUST_CHECK;

/* What a row holds elements of, "entry", where these are found by name; else NULL. Static. */
const char *listing_what(const struct smb2_row *row);

/* The name in an element, given decoded; borrowed from what it was decoded from. */
struct slice listing_name(const struct smb2_def *element, const union smb2_any *in);

/* Append `entry "x.txt"`: an element in a report. */
void listing_put_name(const char *what, const struct smb2_def *element, struct slice name,
		      struct buf *out);

/* Compare two elements of one name: paths are `entry "x.txt": end_of_file`. Returns 0 or ERR_NOMEM.
 */
int listing_differ(const struct listing *l, const struct listing_element *recorded,
		   const struct listing_element *live, differ_fn fn, void *ctx) MUST_CHECK;

/* As differ_pdus, for opened ones, with elements by their names: one that only one side has is
 * "present" there and "absent" on the other. Returns 0 or ERR_NOMEM. */
int listing_differ_pdus(const struct smb2_pdu *recorded, const struct smb2_pdu *live, differ_fn fn,
			void *ctx) MUST_CHECK;

#endif
