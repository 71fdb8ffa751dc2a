/* The floor of reading a capture: a libpcap pass that looks at nothing. */
#include <pcap/pcap.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	char why[PCAP_ERRBUF_SIZE] = "usage: pcap_pass CAPTURE";
	struct pcap_pkthdr *header;
	unsigned long long packets = 0, bytes = 0;
	const unsigned char *data;
	pcap_t *p = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;
	int r;

	if (p == NULL) {
		(void)fprintf(stderr, "%s\n", why);
		return 2;
	}
	while ((r = pcap_next_ex(p, &header, &data)) == 1) {
		packets++;
		bytes += header->caplen;
	}
	if (r == PCAP_ERROR)
		(void)fprintf(stderr, "%s\n", pcap_geterr(p));
	pcap_close(p);
	(void)printf("%llu packets, %llu bytes\n", packets, bytes);
	return r == PCAP_ERROR ? 2 : 0;
}
