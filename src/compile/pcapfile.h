/* The packets of one capture file, whatever its format. */
#ifndef SMB_COMPILE_PCAPFILE_H
#define SMB_COMPILE_PCAPFILE_H

#include "base/buf.h"
#include "compile/input.h"
#include "compile/packet.h"

#define PCAPFILE_PACKET_MAX                                                                        \
	(4u << 20) /* bytes of one packet in formats read here; libpcap has limits of its own */

/* A format. Each function gets the state that `open` made; `next` returns as pcapfile_next. */
struct pcapfile_format {
	int (*open)(void **state, struct input *in, const char *name, struct err *e);
	int (*next)(void *state, struct packet_raw *out, struct err *e);
	void (*close)(void *state);
};

extern const struct pcapfile_format pcapfile_ng;
extern const struct pcapfile_format pcapfile_netmon;

struct pcapfile;

/*
 * Begin to read packets from `in`, which stays the caller's and must outlive the file. `name` is
 * for messages. Returns 0, ERR_TRUNCATED (empty, too), ERR_MALFORMED, ERR_UNSUPPORTED, ERR_NOMEM,
 * or the input's failure.
 */
int pcapfile_open(struct pcapfile **out, struct input *in, const char *name,
		  struct err *e) MUST_CHECK;

/*
 * The next packet; its bytes are valid until the next call, its frame number is not set. Returns 0,
 * ERR_END, or what is wrong with the file.
 */
int pcapfile_next(struct pcapfile *pf, struct packet_raw *out, struct err *e) MUST_CHECK;

/* Accepts NULL. */
void pcapfile_close(struct pcapfile *pf);

#endif
