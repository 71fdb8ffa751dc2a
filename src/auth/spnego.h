/*
 * SPNEGO (RFC 4178, MS-SPNG): what a token holds, and the same wrapping around another inner token.
 */
#ifndef SMB_AUTH_SPNEGO_H
#define SMB_AUTH_SPNEGO_H

#include "base/buf.h"

/* The parts of one token; all borrowed from it. An empty slice is an absent part. */
struct spnego {
	bool init;          /* NegTokenInit or NegTokenInit2, else NegTokenResp */
	struct slice mechs; /* MechTypeList with its tag and length, as the mechListMIC covers it */
	struct slice selected; /* NegTokenResp: the contents of the supportedMech OID */
	struct slice token;    /* the contents of mechToken or responseToken */
	struct slice mic;      /* the contents of mechListMIC */
};

/*
 * Read a token, with or without the GSS-API header of RFC 2743 3.1. Returns 0, or ERR_MALFORMED
 * where it is not SPNEGO.
 */
int spnego_parse(struct slice in, struct spnego *out) MUST_CHECK;

/*
 * Append `recorded` to `out` with other contents of its mechToken or responseToken, and of its
 * mechListMIC where it has one and `mic` is not empty. All else stays as it is, save the lengths
 * around them. Returns 0 or ERR_NOMEM.
 */
int spnego_rewrap(struct slice recorded, struct slice token, struct slice mic,
		  struct buf *out) MUST_CHECK;

/* Mechanisms that logons use. */
enum spnego_mech { SPNEGO_KRB5, SPNEGO_MS_KRB5, SPNEGO_NTLM };

/*
 * Append a MechTypeList of these, as client offers of SMB name them: the first is the one whose
 * token is sent along. Returns 0 or ERR_NOMEM.
 */
int spnego_build_mechs(const enum spnego_mech *mechs, size_t n, struct buf *out) MUST_CHECK;

/* Append a NegTokenInit with its GSS-API header, or a NegTokenResp. Each returns 0 or ERR_NOMEM. */
int spnego_build_init(struct slice mechs, struct slice token, struct buf *out) MUST_CHECK;
int spnego_build_resp(struct slice token, struct slice mic, struct buf *out) MUST_CHECK;

/* The mechanism's token inside SPNEGO; `token` itself where that is none. */
struct slice spnego_inner(struct slice token);

/*
 * Whether `token` is a GSS-API token of Kerberos 5 (RFC 4121 4.1, also with Microsoft's old OID) or
 * of IAKERB.
 */
bool spnego_is_kerberos(struct slice token);

#endif
