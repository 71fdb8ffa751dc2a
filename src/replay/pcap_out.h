/* Writes what was sent and received as a capture: pcap with made-up Ethernet-less IP and TCP
 * headers around the real bytes. */
#ifndef SMB_REPLAY_PCAP_OUT_H
#define SMB_REPLAY_PCAP_OUT_H

#include "base/wire.h"

#include <stdbool.h>

struct pcap_out;

/* Begin the file. `port` is the server's. Returns 0, a negated errno with a text in `e`, or
 * ERR_NOMEM. */
int pcap_out_open(const char *path, uint16_t port, size_t n_conns, struct pcap_out **out,
		  struct err *e) MUST_CHECK;

/* The three packets of a handshake; bytes of one direction; FIN (both sides acknowledge) or RST.
 * `t` is ns since 1970. */
void pcap_out_connect(struct pcap_out *p, uint32_t conn, uint64_t t);
void pcap_out_data(struct pcap_out *p, uint32_t conn, bool server, struct slice bytes, uint64_t t);
void pcap_out_end(struct pcap_out *p, uint32_t conn, bool server, bool reset, uint64_t t);

/* Finish the file. Returns 0 or a negated errno: the disk was full or the like at any time. */
int pcap_out_close(struct pcap_out *p) MUST_CHECK;

#endif
