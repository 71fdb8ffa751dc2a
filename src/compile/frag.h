/* Reassembly of IP fragments in bounded memory (RFC 791 3.2, RFC 8200 4.5). */
#ifndef SMB_COMPILE_FRAG_H
#define SMB_COMPILE_FRAG_H

#include "base/wire.h"

#define FRAG_DATAGRAMS 32           /* incomplete datagrams at a time; the oldest gives way */
#define FRAG_DATAGRAM_MAX 65536u    /* bytes of one */
#define FRAG_TIMEOUT 30000000000ull /* ns between fragments of one datagram */

struct frag_datagram;

struct frag_table {
	struct frag_datagram *slots; /* owned; made on first use */
	uint64_t lost;               /* fragments of datagrams that never became complete */
};

struct frag_key {
	uint8_t src[16], dst[16];
	uint32_t id;
	uint8_t family, proto;
	uint8_t pad[2];
};

struct frag_piece {
	struct frag_key key;
	uint64_t t;
	uint32_t offset; /* of `bytes` in the datagram */
	bool more;       /* not the last one */
	struct slice bytes;
};

/* Add a fragment. True when it completes the datagram, whose bytes then are `out`, valid until the
 * next call. */
bool frag_add(struct frag_table *ft, const struct frag_piece *p, struct slice *out);

/* Count what is still incomplete as lost and free everything. */
void frag_end(struct frag_table *ft);

#endif
