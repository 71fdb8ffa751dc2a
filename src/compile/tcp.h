/* TCP connections out of packets: which of them speak SMB, and the events and messages of those. */
#ifndef SMB_COMPILE_TCP_H
#define SMB_COMPILE_TCP_H

#include "compile/packet.h"
#include "compile/stream.h"

#define TCP_OTHERS_MAX                                                                             \
	16384u /* connections kept that do not (yet) speak SMB; the least used gives way */
#define TCP_SMB_MAX 65536u               /* connections kept that do */
#define TCP_CLOSING_MAX 1024u            /* closed ones kept, for late packets */
#define TCP_CLOSING_TIME 120000000000ull /* ns that they are kept */

struct tcp;

/*
 * `sink` and `totals` must outlive it. `port` and `client` (the latter may be NULL) select as
 * cap_options does; its text must be a valid address. Returns 0, ERR_NOMEM or ERR_USAGE.
 */
int tcp_new(struct tcp **out, const struct cap_options *opt, const struct cap_sink *sink,
	    struct cap_totals *totals, struct err *e) MUST_CHECK;

/* Take in a packet. Returns 0, ERR_NOMEM, ERR_LIMIT or the sink's error. */
int tcp_packet(struct tcp *t, const struct packet *p) MUST_CHECK;

/* The capture ends: deliver what is left, close every connection. Returns as tcp_packet. */
int tcp_end(struct tcp *t) MUST_CHECK;

/* Free, naming to the sink's close() what tcp_end has not closed. Accepts NULL. */
void tcp_free(struct tcp *t);

#endif
