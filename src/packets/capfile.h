/* Writes capture files of raw IP packets: pcap, or pcapng (draft-ietf-opsawg-pcapng) with comments.
 */
#ifndef SMB_PACKETS_CAPFILE_H
#define SMB_PACKETS_CAPFILE_H

#include "base/wire.h"

enum capfile_format { CAPFILE_PCAP, CAPFILE_PCAPNG };

struct capfile;

/*
 * Begin the file; "-" is standard output. `comment` stands at the head of a pcapng file; NULL or ""
 * for none. Returns 0, a negated errno with a text in `e`, or ERR_NOMEM.
 */
int capfile_open(const char *path, enum capfile_format format, const char *comment,
		 struct capfile **out, struct err *e) MUST_CHECK;

/* Append a packet of `headers` and, behind them, `data`. `t` is ns since 1970. `comment` as above;
 * of it and of the one above 65,000 bytes are kept. */
void capfile_packet(struct capfile *f, struct slice headers, struct slice data, uint64_t t,
		    const char *comment);

/* Finish the file. Returns 0 or a negated errno: the disk was full or the like at any time. */
int capfile_close(struct capfile *f) MUST_CHECK;

#endif
