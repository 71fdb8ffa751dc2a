/* What a NEGOTIATE response settled for a connection. Shared by those who open captures and those
 * who replay them. */
#ifndef SMB_IR_NEGOTIATED_H
#define SMB_IR_NEGOTIATED_H

#include "base/err.h"
#include "crypto/seal.h"
#include "crypto/sign.h"
#include "proto/smb2_pdu.h"

#define DIALECT_300 0x0300
#define DIALECT_311 0x0311

struct negotiated {
	uint16_t dialect;  /* DialectRevision; 0: not known */
	uint16_t cipher;   /* CipherId, 0: none */
	enum sign_alg alg; /* how messages of its sessions are signed (MS-SMB2 3.2.5.2) */
};

/* Read a NEGOTIATE response; `out` is left as it is where the response is an error. */
void negotiated_read(const struct smb2_pdu *response, struct negotiated *out);

/* Which differences of negotiation were said: a server negotiates on every connection alike. */
#define NEGOTIATED_SAID_MAX 64
struct negotiated_said {
	uint64_t hash[NEGOTIATED_SAID_MAX];
	size_t n;
};

/* Was that difference said before? It is from now on, as long as there is room. */
bool negotiated_said(struct negotiated_said *s, const char *field, const char *expected,
		     const char *got);

#endif
