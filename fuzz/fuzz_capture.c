/* Any bytes as a capture file. Property: no crash, and every byte of a stream is accounted for (law
 * 4). */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/pcap_build.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct cap_options opt = {0};
	struct cap_totals t;
	struct cap_input in = {0};
	struct err e = {0};
	struct collect c;
	char path[64];
	int fd = memfd_create("capture", MFD_CLOEXEC), r;

	if (fd < 0 || write(fd, data, n) != (ssize_t)n)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	in.path = path;
	collect_init(&c);
	r = capture_read(&in, 1, &opt, &c.sink, &t, &e);
	if (t.stream_bytes != t.message_bytes + t.junk_bytes + t.gap_known_bytes ||
	    (r == 0) != (e.text[0] == '\0') || in.bytes != n)
		abort();
	collect_free(&c);
	(void)close(fd);
	return 0;
}
