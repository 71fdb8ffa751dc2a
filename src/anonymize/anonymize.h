/*
 * A workload that tells nothing of where it comes from: names, principals, SIDs, addresses and
 * contents rewritten under a key, with lengths and structure kept, so that it can be given away and
 * replays as the original does.
 */
#ifndef SMB_ANONYMIZE_ANONYMIZE_H
#define SMB_ANONYMIZE_ANONYMIZE_H

#include "anonymize/anon_key.h"
#include "ir/ir.h"
#include "ir/state.h"

/* What was rewritten, for the summary. */
#define ANON_COUNTS(X)                                                                             \
	X(NAMES, "names of files, shares, streams and attributes")                                 \
	X(HOSTS, "names of hosts, domains and users")                                              \
	X(SIDS, "SIDs")                                                                            \
	X(ADDRESSES, "addresses")                                                                  \
	X(GUIDS, "GUIDs and serial numbers")                                                       \
	X(TOKENS, "security tokens")                                                               \
	X(CONTENT, "bytes of files")                                                               \
	X(ATTRIBUTES, "bytes of extended attributes")                                              \
	X(FOUND, "names and SIDs in bytes of no known structure")                                  \
	X(SIGNATURES, "signatures (zeros now)")                                                    \
	X(DAMAGED, "bytes of gaps, junk and what is not SMB2 (zeros now)")
#define ANON_COUNT_ENUM(name, text) ANON_##name,
enum anon_count { ANON_COUNTS(ANON_COUNT_ENUM) ANON_N_COUNTS };
#undef ANON_COUNT_ENUM
extern const char *const anon_count_names[ANON_N_COUNTS];

#define ANON_MAX_UNJUDGED 64 /* kinds of what could not be judged; the rest counts as the last */

struct anon_unjudged {
	char where[64];
	uint64_t times, bytes;
};

struct anon_result {
	uint64_t messages;
	uint64_t counts[ANON_N_COUNTS];
	struct anon_unjudged unjudged[ANON_MAX_UNJUDGED];
	size_t n_unjudged;
	uint64_t calls;   /* requests over pipes in which something was found */
	uint64_t strange; /* characters of names that stayed and may be letters */
	uint64_t
		repeating; /* files in which places repeat, since the server copied parts of them */
};

struct anon_options {
	const struct anon_key *key;
	const struct state *state; /* of the shares, as a file says; NULL: there is none */
	/* Are told each name and each SID that was rewritten, and extensions that stayed; NUL-
	 * terminated UTF-8. NULL: nobody. */
	void (*see)(void *ctx, const char *was, const char *is);
	void (*sid)(void *ctx, const char *was, const char *is);
	void (*extension)(void *ctx, const char *text, uint64_t times);
	void *ctx;
	void (*progress)(void *ctx, uint64_t done, uint64_t total); /* events; may be NULL */
};

/*
 * Write `ir` anonymized to `w`, which is closed, or abandoned, whatever comes. Returns 0; ERR_USAGE
 * (a run), ERR_NOMEM, ERR_CRYPTO, or an error of the writer, with a text in `e`.
 */
int anonymize_workload(const struct ir *ir, const struct anon_options *opt, struct ir_writer *w,
		       struct anon_result *result, struct err *e) MUST_CHECK;

#endif
