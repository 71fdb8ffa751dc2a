/*
 * The golden vectors of all structures: literal bytes, where they come from, and what they must
 * decode to.
 */
#ifndef SMB_TESTS_VECTORS_H
#define SMB_TESTS_VECTORS_H

#include "proto/smb2_pdu.h"

/*
 * `hex` is what the structure's offsets count from and what bounds it; it begins at `pos`. `expect`
 * has each field in order of the list: "name=0xNUMBER", "name=bytes in hexadecimal", and for a
 * variable part "name@offset+length" or "name@-" where it is empty.
 *
 * Sources: "captures/..." is the folder of public captures, and the values of those were compared,
 * field by field and by position, with tshark 4.0.17; what tshark does not know, and what was built
 * by hand, with the section named.
 */
struct vector {
	const char *def;
	size_t pos;
	const char *source, *hex, *expect;
};

static const struct vector vectors[] = {
#include "tests/vectors/smb2_commands.h"
#include "tests/vectors/smb2_contexts.h"
#include "tests/vectors/smb2_misc.h"
#include "tests/vectors/dtyp.h"
#include "tests/vectors/fscc_info.h"
#include "tests/vectors/fscc_fsctl.h"
};
#define N_VECTORS (sizeof(vectors) / sizeof(vectors[0]))

/* The structure of that name, a form of the header included; NULL: there is none. */
static inline const struct smb2_def *
def_named(const char *name)
{
	const struct smb2_def *const hdrs[] = {&smb2_hdr_req_sync, &smb2_hdr_req_async,
					       &smb2_hdr_resp_sync, &smb2_hdr_resp_async};

	for (size_t i = 0; i < sizeof(hdrs) / sizeof(hdrs[0]); i++)
		if (strcmp(hdrs[i]->name, name) == 0)
			return hdrs[i];
	for (size_t i = 0; i < SMB2_N_DEFS; i++)
		if (strcmp(smb2_defs[i].name, name) == 0)
			return &smb2_defs[i];
	return NULL;
}

/* A decoded structure of any kind. */
union any {
	union smb2_any body;
	struct smb2_hdr hdr;
};

#endif
