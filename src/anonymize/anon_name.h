/*
 * Names: each becomes another one, always the same under the same key, of the same length and
 * shape.
 *
 * A name is rewritten part by part (parts end at dots), and a part letter by letter: what a letter
 * becomes depends on the key and on the letters before it in the part. So names that begin alike
 * still do, which keeps what servers make of names: "rep*" finds the same files, REPORT~1.DOC is
 * still the short name of "report 2024.doc", "~$report.docx" that of an open document. Two names
 * never become one, nor one two, in whatever case they are written.
 */
#ifndef SMB_ANONYMIZE_ANON_NAME_H
#define SMB_ANONYMIZE_ANON_NAME_H

#include "crypto/prf.h"

/* What a text is. */
enum anon_text {
	ANON_FILE, /* a path: parts between backslashes, streams; extensions and what everybody has
		      (desktop.ini, srvsvc) stay */
	ANON_HOST, /* a host, domain, user or account: all of it is rewritten */
	ANON_UNC,  /* "\\HOST\share\path", with any number of backslashes before it */
};

struct anon_names {
	struct prf *prf;
	uint64_t strange; /* characters that stayed, and may be letters */
	/* What stands for an IPv4 address in a text, if that has the same length; or NULL. */
	bool (*address)(void *ctx, uint16_t *units, size_t n);
	/* Is told each component that was rewritten, as it was. NULL: nobody. */
	void (*see)(void *ctx, enum anon_text kind, const uint16_t *was, const uint16_t *is,
		    size_t n);
	/* Is told each extension that stayed. NULL: nobody. */
	void (*extension)(void *ctx, const uint16_t *units, size_t n);
	void *ctx;
};

/*
 * Rewrite a text in place: UTF-16LE (a last odd byte stays), or UTF-8, where bytes that are none
 * are taken for Latin-1. Returns 0, ERR_NOMEM or ERR_CRYPTO.
 */
int anon_name_utf16(struct anon_names *a, enum anon_text kind, uint8_t *p, size_t n) MUST_CHECK;
int anon_name_bytes(struct anon_names *a, enum anon_text kind, uint8_t *p, size_t n) MUST_CHECK;

/* The same of UTF-16 units in the machine's order. */
int anon_name_units(struct anon_names *a, enum anon_text kind, uint16_t *u, size_t n) MUST_CHECK;

#endif
