/* What the parts of a rewrite share: the key's functions, what was learnt, what was done. */
#ifndef SMB_ANONYMIZE_ANON_INT_H
#define SMB_ANONYMIZE_ANON_INT_H

#include "anonymize/anon_data.h"
#include "anonymize/anon_ids.h"
#include "anonymize/anon_name.h"
#include "anonymize/anon_track.h"
#include "anonymize/anonymize.h"
#include "ir/state.h"

struct anon_seen;
struct anon_head;

#define NAME_HEAD 3u    /* characters that a name is looked up by */
#define SEARCHED_MIN 4u /* of the shortest and the longest name that is looked for */
#define SEARCHED_MAX 255u
#define WHOLE_WORD 6u /* shorter ones are names only between other characters */

struct anon_index {
	struct anon_seen **list; /* owned */
	size_t n;
	struct anon_head *heads; /* owned */
	struct anon_head *last;
};

struct anon {
	const struct ir *ir;
	struct anon_result *result;
	struct prf *prf; /* owned, as what follows */
	struct anon_data *data;
	struct anon_names names;
	struct anon_addresses addresses;
	struct anon_files files;
	struct anon_track track;
	struct anon_seen *seen; /* names that were rewritten, see anon_seen.c */
	struct anon_seen *sids, *extensions;
	struct anon_index index; /* of those to look for */
	bool learning; /* the first time through: nothing is written, files and names are learnt */
	struct arena texts;     /* owned: what is written instead of texts */
	struct ir_set *expects; /* of the event at hand, to be rewritten; from `texts` */
	uint32_t n_expects;
	int err; /* of the calls that cannot return one */
};

/* Count `bytes` of something that could not be judged: "FSCTL 0x00090123". Errors stick in a->err.
 */
void anon_unjudged(struct anon *a, const char *where, size_t bytes);

/* anon_names' calls; the names that were seen. */
void anon_see(void *ctx, enum anon_text kind, const uint16_t *was, const uint16_t *is, size_t n);
void anon_see_extension(void *ctx, const uint16_t *u, size_t n);
void anon_see_sid(struct anon *a, struct slice was, struct slice is);
void anon_seen_free(struct anon *a);

/* Tell what was seen, in order. Returns 0 or ERR_NOMEM. */
int anon_tell(struct anon *a, const struct anon_options *opt) MUST_CHECK;

/* All names have been seen: from now on they can be looked for. Returns 0 or ERR_NOMEM. */
int anon_index_new(struct anon *a) MUST_CHECK;
void anon_index_free(struct anon_index *x);

/*
 * Does a name begin at `p` of the bytes that begin at `start` and go on for `n` from there, in
 * characters of 1 or 2 bytes? Returns how many characters it has, 0 where none does.
 */
size_t anon_index_find(struct anon *a, const uint8_t *start, const uint8_t *p, size_t n,
		       size_t width, enum anon_text *kind);

/*
 * Rewrite in place what is known in bytes whose structure is not: NTLM messages, SIDs of domains,
 * counted texts of RPC, names that were rewritten elsewhere. Returns 0, ERR_NOMEM or ERR_CRYPTO.
 */
int anon_search(struct anon *a, uint8_t *p, size_t n) MUST_CHECK;

/* Rewrite a PDU in place; it is decoded from a copy of its bytes, and stands at `off` of the event.
 * Returns 0, ERR_NOMEM or ERR_CRYPTO. */
int anon_pdu(struct anon *a, const struct ir_event *ev, struct smb2_pdu *pdu, size_t off,
	     uint8_t *p) MUST_CHECK;

/* Rewrite in place a structure that is alone; an extended attribute, whose name has no zero here;
 * content of a file. Each returns 0, ERR_NOMEM or ERR_CRYPTO. */
int anon_struct(struct anon *a, enum smb2_def_id id, uint8_t *p, size_t n) MUST_CHECK;
int anon_attribute(struct anon *a, uint8_t *name, size_t n, uint8_t *value,
		   size_t value_n) MUST_CHECK;
int anon_content(struct anon *a, uint32_t file, uint64_t offset, uint8_t *p, size_t n) MUST_CHECK;

/*
 * What is written of the shares' first state `was`, which a file said: `derived` is what the
 * rewritten messages imply; entries of `was` that are as the recorded messages imply them are as
 * these, others are rewritten one by one. Borrows from all of them, and a->texts. Returns 0,
 * ERR_NOMEM or ERR_CRYPTO.
 */
int anon_state(struct anon *a, const struct state *was, const struct state *derived,
	       struct state *out) MUST_CHECK;

/* Rewrite the values that a hand expects of these PDUs of the event at hand; the last PDU that was
 * rewritten says where they stand. Returns 0, ERR_NOMEM or ERR_CRYPTO. */
int anon_expects(struct anon *a, uint32_t first, uint32_t last) MUST_CHECK;

#endif
