/* Reading of capture files: every format and packing gives the same messages; damage gives a clean
 * error after what came before it. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "tests/pcap_build.h"

#define FRAMES 40
#define T0 1700000000123456000u /* whole microseconds */
#define STEP 7000u

/* The frames of a short conversation, and what each writer of a file needs of them. */
struct talk {
	struct buf ip[FRAMES];
	uint64_t t[FRAMES];
};

static void
talk_make(struct talk *k)
{
	uint32_t c = 1000, s = 9000;

	for (size_t i = 0; i < FRAMES; i++) {
		struct buf m = {0};
		struct build_segment seg;

		if (i == 0)
			seg = build_c2s(c++, 0, TCP_SYN, slice_of(NULL, 0));
		else if (i == 1)
			seg = build_s2c(s++, c, TCP_SYN | TCP_ACK, slice_of(NULL, 0));
		else
			build_smb2(&m, 13, i % 2 == 1, i / 2, i * 20);
		if (i >= 2) {
			seg = i % 2 == 0 ? build_c2s(c, s, BUILD_FLAGS_DATA, buf_slice(&m))
					 : build_s2c(s, c, BUILD_FLAGS_DATA, buf_slice(&m));
			*(i % 2 == 0 ? &c : &s) += (uint32_t)m.n;
		}
		k->ip[i] = (struct buf){0};
		build_ip(&k->ip[i], &seg);
		k->t[i] = T0 + i * STEP;
		buf_free(&m);
	}
}

static void
talk_free(struct talk *k)
{
	for (size_t i = 0; i < FRAMES; i++)
		buf_free(&k->ip[i]);
}

/* Write frames first, first + step, ... of the talk as a classic file. */
static void
talk_pcap(const struct talk *k, const struct build_pcap *f, size_t first, size_t step,
	  struct buf *out)
{
	build_pcap_header(out, f);
	for (size_t i = first; i < FRAMES; i += step) {
		struct buf frame = {0};

		build_link(&frame, f->link, 0, buf_slice(&k->ip[i]));
		build_pcap_packet(out, f, k->t[i], buf_slice(&frame), frame.n);
		buf_free(&frame);
	}
}

static int
read_paths(const char **paths, size_t n, const struct cap_options *opt, struct collect *c,
	   struct cap_totals *totals, struct err *e)
{
	struct cap_input in[4] = {0};
	int r;

	for (size_t i = 0; i < n; i++)
		in[i].path = paths[i];
	r = capture_read(in, n, opt, &c->sink, totals, e);
	assert_int_equal(totals->stream_bytes,
			 totals->message_bytes + totals->junk_bytes + totals->gap_known_bytes);
	return r;
}

/* Read a file with the given content. */
static int
read_bytes(struct slice content, struct collect *c, struct cap_totals *totals, struct err *e)
{
	struct cap_options opt = {0};
	const char *path;
	char name[64];
	int r;

	build_file(name, content);
	path = name;
	r = read_paths(&path, 1, &opt, c, totals, e);
	(void)unlink(name);
	return r;
}

/* What the talk gives, from the plainest of files. */
static void
talk_expected(const struct talk *k, struct buf *text)
{
	const struct build_pcap f = {.nano = true, .link = 101};
	struct cap_totals totals;
	struct err e = {0};
	struct buf file = {0};
	struct collect c;

	collect_init(&c);
	talk_pcap(k, &f, 0, 1, &file);
	assert_int_equal(read_bytes(buf_slice(&file), &c, &totals, &e), 0);
	assert_int_equal(totals.messages, FRAMES - 2);
	assert_int_equal(totals.packets, FRAMES);
	buf_add(text, c.text.p, c.text.n);
	collect_free(&c);
	buf_free(&file);
}

static void
assert_gives(struct slice file, struct buf *want)
{
	struct cap_totals totals;
	struct err e = {0};
	struct collect c;

	collect_init(&c);
	assert_int_equal(read_bytes(file, &c, &totals, &e), 0);
	assert_string_equal(collect_text(&c.text), collect_text(want));
	collect_free(&c);
}

static void
test_capture_classic_formats(void **state)
{
	static const uint32_t links[] = {1, 113, 276, 101, 228, 0, 108};
	struct talk k;
	struct buf want = {0};

	(void)state;
	talk_make(&k);
	talk_expected(&k, &want);
	for (unsigned i = 0; i < 4 * sizeof(links) / sizeof(links[0]); i++) {
		struct build_pcap f = {
			.big = (i & 1) != 0, .nano = (i & 2) != 0, .link = links[i / 4]};
		struct buf file = {0};

		talk_pcap(&k, &f, 0, 1, &file);
		assert_gives(buf_slice(&file), &want);
		buf_free(&file);
	}
	talk_free(&k);
	buf_free(&want);
}

/*
 * pcapng: two interfaces with different link types and resolutions in a little-endian section, then
 * a big-endian section with obsolete packet blocks and one in units of 2^-32 s, with blocks in
 * between that are stepped over.
 */
static void
test_capture_pcapng_variants(void **state)
{
	struct buf want = {0}, file = {0};
	struct talk k;

	(void)state;
	talk_make(&k);
	talk_expected(&k, &want);
	build_ng_section(&file, false);
	build_ng_interface(&file, false, 1, 0, 9);
	build_ng_interface(&file, false, 113, 65535, -1);
	build_ng_other(&file, false, 4, 24);
	for (size_t i = 0; i < FRAMES; i++) {
		bool big = i >= FRAMES / 2;
		struct buf frame = {0};

		if (i == FRAMES / 2) {
			build_ng_section(&file, true);
			build_ng_interface(&file, true, 101, 100000, 6);
			build_ng_other(&file, true, 0x0BAD, 8);
		}
		build_link(&frame, big ? 101 : i % 2 == 0 ? 1 : 113, 0, buf_slice(&k.ip[i]));
		if (big && i % 2 == 0)
			build_ng_obsolete(&file, big, 0, k.t[i] / 1000, buf_slice(&frame));
		else
			build_ng_enhanced(&file, big, big ? 0 : i % 2,
					  k.t[i] / (big || i % 2 == 1 ? 1000 : 1),
					  buf_slice(&frame));
		buf_free(&frame);
	}
	build_ng_other(&file, true, 5, 100);
	assert_gives(buf_slice(&file), &want);
	buf_free(&file);
	buf_free(&want);
	talk_free(&k);
}

/* A resolution of 2^-10 s, and simple packet blocks, which carry no time and whose captured length
 * follows from the snap length. */
static void
test_capture_pcapng_times(void **state)
{
	struct cap_totals totals;
	struct buf file = {0}, s = {0}, ip = {0};
	struct build_segment seg;
	struct err e = {0};
	struct collect c;

	(void)state;
	build_smb2(&s, 13, false, 1, 4);
	seg = build_c2s(1, 1, BUILD_FLAGS_DATA, buf_slice(&s));
	build_ip(&ip, &seg);
	build_ng_section(&file, false);
	build_ng_interface(&file, false, 101, (uint32_t)ip.n - 3, 0x80 | 10);
	build_ng_enhanced(&file, false, 0, 5 * 1024 + 512, buf_slice(&ip)); /* 5.5 s */
	wire_put_be(ip.p + 24, 4, 1 + s.n);
	build_ng_simple(&file, false, buf_slice(&ip), ip.n - 3);
	collect_init(&c);
	assert_int_equal(read_bytes(buf_slice(&file), &c, &totals, &e), 0);
	assert_string_equal(collect_text(&c.text),
			    "c0 > connect f=1 40000>445\n"
			    "c0 > message n=72 f=1-1 t=5500000000-5500000000 start\n"
			    "c0 > gap f=2 lost=3 n=69\n"
			    "c0 close\n");
	collect_free(&c);
	buf_free(&file);
	buf_free(&ip);
	buf_free(&s);
}

/* A Network Monitor 2.3 record around `frame`: header, frame, link type, process, FILETIME, zone.
 */
static void
netmon_record(struct buf *out, uint16_t link, uint64_t t, struct slice frame)
{
	buf_le(out, 8, 0);
	buf_le(out, 4, frame.n);
	buf_le(out, 4, frame.n);
	buf_add(out, frame.p, frame.n);
	buf_le(out, 2, link);
	buf_le(out, 4, UINT32_MAX);
	buf_le(out, 8, t / 100 + 116444736000000000u);
	buf_le(out, 1, 0);
}

/* The layout of NDIS-PacketCapture's event 1001 as tshark prints it of a real capture. */
static void
netmon_event(struct buf *out, struct slice frame)
{
	static const uint8_t provider[16] = {0x6E, 0x00, 0xD6, 0x2E, 0x29, 0x47, 0x09, 0x46,
					     0xB4, 0x23, 0x3E, 0xE7, 0xBC, 0xD6, 0x78, 0xEF};

	buf_zero(out, 24);
	buf_add(out, provider, 16);
	buf_le(out, 2, 1001);
	buf_zero(out, 6);
	buf_le(out, 8, 0x80000602C0000001u);
	buf_zero(out, 33);
	buf_le(out, 8, 13);
	buf_le(out, 4, frame.n);
	buf_add(out, frame.p, frame.n);
	buf_zero(out, 16);
}

static void
test_capture_network_monitor(void **state)
{
	struct buf want = {0}, records = {0}, file = {0};
	struct talk k;

	(void)state;
	talk_make(&k);
	talk_expected(&k, &want);
	for (size_t i = 0; i < FRAMES; i++) {
		struct buf frame = {0}, event = {0};

		build_link(&frame, 1, 0, buf_slice(&k.ip[i]));
		netmon_event(&event, buf_slice(&frame));
		netmon_record(&records, i % 2 == 0 ? 1 : 0xFFE0, k.t[i],
			      i % 2 == 0 ? buf_slice(&frame) : buf_slice(&event));
		buf_free(&frame);
		buf_free(&event);
	}
	buf_add(&file, "GMBU\x03\x02\x01\x00", 8);
	buf_zero(&file, 16);
	buf_le(&file, 4, 72 + records.n); /* where the frame table begins */
	buf_zero(&file, 44);
	buf_add(&file, records.p, records.n);
	buf_zero(&file, 100);
	assert_gives(buf_slice(&file), &want);
	buf_free(&file);
	buf_free(&records);
	buf_free(&want);
	talk_free(&k);
}

static void
test_capture_packed(void **state)
{
	const struct build_pcap f = {.link = 1};
	struct buf want = {0}, file = {0}, packed = {0};
	struct talk k;

	(void)state;
	talk_make(&k);
	talk_expected(&k, &want);
	talk_pcap(&k, &f, 0, 1, &file);
	build_gzip(&packed, buf_slice(&file));
	assert_gives(buf_slice(&packed), &want);
	buf_reset(&packed);
	build_gzip(&packed, slice_of(file.p, 1000)); /* two members, two frames */
	build_gzip(&packed, slice_of(file.p + 1000, file.n - 1000));
	assert_gives(buf_slice(&packed), &want);
	buf_reset(&packed);
	build_zstd(&packed, slice_of(file.p, 1000));
	build_zstd(&packed, slice_of(file.p + 1000, file.n - 1000));
	assert_gives(buf_slice(&packed), &want);
	buf_free(&packed);
	buf_free(&file);
	buf_free(&want);
	talk_free(&k);
}

/* What compresses to less than a chunk unpacks to many: nothing is cut off at a chunk's end. */
static void
test_capture_packed_tightly(void **state)
{
	const struct build_pcap f = {.link = 101};
	struct buf file = {0}, gz = {0}, zst = {0};
	struct slice packed[2];
	static uint8_t zeros[60000];

	(void)state;
	build_pcap_header(&file, &f);
	for (uint32_t i = 0; i < 60; i++) {
		struct build_segment seg =
			build_c2s(1 + i * (uint32_t)sizeof(zeros), 1, BUILD_FLAGS_DATA,
				  slice_of(zeros, sizeof(zeros)));
		struct buf ip = {0};

		build_ip(&ip, &seg);
		build_pcap_packet(&file, &f, T0, buf_slice(&ip), ip.n);
		buf_free(&ip);
	}
	build_gzip(&gz, buf_slice(&file));
	build_zstd(&zst,
		   slice_of(file.p, 100000)); /* so that the last block goes over a chunk's end */
	build_zstd(&zst, slice_of(file.p + 100000, file.n - 100000));
	packed[0] = buf_slice(&gz);
	packed[1] = buf_slice(&zst);
	for (int i = 0; i < 2; i++) {
		struct cap_totals totals;
		struct err e = {0};
		struct collect c;

		collect_init(&c);
		assert_true(packed[i].n < 100000);
		assert_int_equal(read_bytes(packed[i], &c, &totals, &e), 0);
		assert_int_equal(totals.packets, 60);
		collect_free(&c);
	}
	buf_free(&file);
	buf_free(&gz);
	buf_free(&zst);
}

/* Two files with alternate frames are read as one; frames are numbered in merged order; each has
 * its digest. */
static void
test_capture_merge(void **state)
{
	const struct build_pcap fa = {.nano = true, .link = 1}, fb = {.big = true, .link = 101};
	struct buf want = {0}, a = {0}, b = {0};
	struct cap_options opt = {0};
	struct cap_totals totals;
	struct cap_input in[2] = {0};
	char names[2][64];
	XXH128_canonical_t digest;
	struct err e = {0};
	struct collect c;
	struct talk k;

	(void)state;
	talk_make(&k);
	talk_expected(&k, &want);
	talk_pcap(&k, &fa, 0, 2, &a);
	talk_pcap(&k, &fb, 1, 2, &b);
	build_file(names[0], buf_slice(&b));
	build_file(names[1], buf_slice(&a));
	in[0].path = names[0];
	in[1].path = names[1];
	collect_init(&c);
	assert_int_equal(capture_read(in, 2, &opt, &c.sink, &totals, &e), 0);
	assert_string_equal(collect_text(&c.text), collect_text(&want));
	XXH128_canonicalFromHash(&digest, XXH3_128bits(a.p, a.n));
	assert_memory_equal(in[1].xxh128, digest.digest, sizeof(in[1].xxh128));
	assert_int_equal(in[1].bytes, a.n);
	assert_int_equal(in[0].bytes, b.n);
	for (int i = 0; i < 2; i++)
		(void)unlink(names[i]);
	collect_free(&c);
	buf_free(&a);
	buf_free(&b);
	buf_free(&want);
	talk_free(&k);
}

/* Only packets of a time span. */
static void
test_capture_from_to(void **state)
{
	const struct build_pcap f = {.nano = true, .link = 101};
	struct cap_options opt = {.from = T0 + 10 * STEP, .to = T0 + 19 * STEP};
	struct buf file = {0};
	struct cap_totals totals;
	struct err e = {0};
	struct collect c;
	const char *path;
	char name[64];
	struct talk k;

	(void)state;
	talk_make(&k);
	talk_pcap(&k, &f, 0, 1, &file);
	build_file(name, buf_slice(&file));
	path = name;
	collect_init(&c);
	assert_int_equal(read_paths(&path, 1, &opt, &c, &totals, &e), 0);
	assert_int_equal(totals.messages, 10);
	assert_int_equal(totals.packets, 10);
	assert_non_null(strstr(collect_text(&c.text),
			       "message n=268 f=11-11 ")); /* frames keep their numbers */
	(void)unlink(name);
	collect_free(&c);
	buf_free(&file);
	talk_free(&k);
}

struct writer {
	const char *path;
	struct slice content;
};

/* Writes to the pipe in pieces of odd sizes. */
static void *
write_pipe(void *arg)
{
	struct writer *w = arg;
	FILE *f = fopen(w->path, "wb");

	for (size_t at = 0; f != NULL && at < w->content.n; at += 777) {
		(void)fwrite(w->content.p + at, 1,
			     w->content.n - at < 777 ? w->content.n - at : 777, f);
		(void)fflush(f);
	}
	if (f != NULL)
		(void)fclose(f);
	return NULL;
}

static void
test_capture_from_a_pipe(void **state)
{
	const struct build_pcap f = {.link = 1};
	struct buf want = {0}, file = {0};
	struct cap_options opt = {0};
	struct cap_totals totals;
	struct err e = {0};
	struct collect c;
	struct writer w;
	pthread_t thread;
	char name[64];
	struct talk k;

	(void)state;
	talk_make(&k);
	talk_expected(&k, &want);
	talk_pcap(&k, &f, 0, 1, &file);
	build_file(name, slice_of("", 0));
	(void)unlink(name);
	assert_int_equal(mkfifo(name, 0600), 0);
	w = (struct writer){.path = name, .content = buf_slice(&file)};
	assert_int_equal(pthread_create(&thread, NULL, write_pipe, &w), 0);
	collect_init(&c);
	assert_int_equal(read_paths(&w.path, 1, &opt, &c, &totals, &e), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_string_equal(collect_text(&c.text), collect_text(&want));
	(void)unlink(name);
	collect_free(&c);
	buf_free(&want);
	buf_free(&file);
	talk_free(&k);
}

/* Cut anywhere, a file gives the events of its whole packets and, unless it was cut between two,
 * ERR_TRUNCATED. */
static void
assert_truncations(struct slice file, struct buf *want, size_t step)
{
	for (size_t n = 0; n < file.n; n += step) {
		struct cap_totals totals;
		struct err e = {0};
		struct collect c;
		int r;

		collect_init(&c);
		r = read_bytes(slice_of(file.p, n), &c, &totals, &e);
		assert_true(r == 0 || r == ERR_TRUNCATED);
		assert_true((r == 0) == (e.code == 0));
		if (c.text.n > sizeof("c0 close"))
			assert_memory_equal(c.text.p, want->p, c.text.n - sizeof("c0 close"));
		collect_free(&c);
	}
}

static void
test_capture_truncated_anywhere(void **state)
{
	const struct build_pcap f = {.link = 101};
	struct buf want = {0}, file = {0}, ng = {0}, gz = {0}, zst = {0};
	struct talk k;

	(void)state;
	talk_make(&k);
	talk_expected(&k, &want);
	talk_pcap(&k, &f, 0, 1, &file);
	build_ng_section(&ng, true);
	build_ng_interface(&ng, true, 101, 0, 9);
	for (size_t i = 0; i < FRAMES; i++)
		build_ng_enhanced(&ng, true, 0, k.t[i], buf_slice(&k.ip[i]));
	build_gzip(&gz, buf_slice(&file));
	build_zstd(&zst, buf_slice(&file));
	assert_truncations(buf_slice(&file), &want, 13);
	assert_truncations(buf_slice(&ng), &want, 13);
	assert_truncations(slice_of(gz.p, gz.n), &want, 13);
	assert_truncations(slice_of(zst.p, zst.n), &want, 13);
	buf_free(&gz);
	buf_free(&zst);
	buf_free(&ng);
	buf_free(&file);
	buf_free(&want);
	talk_free(&k);
}

/* Flipped bits give an error with a text or other messages, never a crash; the accounts stay right
 * (read_paths checks them). */
static void
test_capture_flipped_bits(void **state)
{
	const struct build_pcap f = {.link = 1};
	struct buf files[4] = {{0}};
	struct talk k;

	(void)state;
	talk_make(&k);
	talk_pcap(&k, &f, 0, 1, &files[0]);
	build_ng_section(&files[1], false);
	build_ng_interface(&files[1], false, 101, 0, 9);
	for (size_t i = 0; i < FRAMES; i++)
		build_ng_enhanced(&files[1], false, 0, k.t[i], buf_slice(&k.ip[i]));
	build_gzip(&files[2], buf_slice(&files[0]));
	build_zstd(&files[3], buf_slice(&files[0]));
	for (size_t i = 0; i < 4; i++) {
		for (size_t bit = 0; bit < files[i].n * 8; bit += bit < 1500 ? 3 : 331) {
			struct cap_totals totals;
			struct err e = {0};
			struct collect c;
			int r;

			collect_init(&c);
			files[i].p[bit / 8] ^= (uint8_t)(1u << bit % 8);
			r = read_bytes(buf_slice(&files[i]), &c, &totals, &e);
			assert_true((r == 0) == (e.text[0] == '\0'));
			files[i].p[bit / 8] ^= (uint8_t)(1u << bit % 8);
			collect_free(&c);
		}
		buf_free(&files[i]);
	}
	talk_free(&k);
}

static void
assert_error(struct slice content, int code, const char *words)
{
	struct cap_totals totals;
	struct err e = {0};
	struct collect c;

	collect_init(&c);
	assert_int_equal(read_bytes(content, &c, &totals, &e), code);
	if (strstr(e.text, words) == NULL)
		fail_msg("'%s' does not say '%s'", e.text, words);
	collect_free(&c);
}

static void
test_capture_errors_name_the_place(void **state)
{
	const uint8_t old_netmon[72] = {0x47, 0x4D, 0x42, 0x55, 0, 1}; /* "GMBU", version 1.0 */
	const struct build_pcap wlan = {.link = 127}, f = {.link = 101};
	struct buf b = {0};
	struct talk k;

	(void)state;
	talk_make(&k);
	assert_error(slice_of("", 0), ERR_TRUNCATED, "empty file");
	assert_error(slice_of("#!/bin/sh\n", 10), ERR_UNSUPPORTED, "not a capture file");
	assert_error(slice_of(old_netmon, sizeof(old_netmon)), ERR_UNSUPPORTED, "Network Monitor");
	build_pcap_header(&b, &wlan);
	assert_error(buf_slice(&b), ERR_UNSUPPORTED, "IEEE802_11_RADIO");
	buf_reset(&b);
	talk_pcap(&k, &f, 0, 1, &b);
	assert_error(slice_of(b.p, b.n - 1), ERR_TRUNCATED, "after packet 39");
	wire_put_le(b.p + 24 + 16 + k.ip[0].n + 8, 4,
		    0x7FFFFFFF); /* the second packet's captured length */
	assert_error(buf_slice(&b), ERR_MALFORMED, "after packet 1");
	buf_reset(&b);
	build_ng_section(&b, false);
	build_ng_enhanced(&b, false, 0, 0, buf_slice(&k.ip[0]));
	assert_error(buf_slice(&b), ERR_MALFORMED, "block at byte 28");
	buf_free(&b);
	talk_free(&k);
}

static void
test_capture_missing_file(void **state)
{
	const char *path = "/nonexistent/capture.pcap";
	struct cap_options opt = {0};
	struct cap_totals totals;
	struct err e = {0};
	struct collect c;

	(void)state;
	collect_init(&c);
	assert_true(read_paths(&path, 1, &opt, &c, &totals, &e) < 0);
	assert_non_null(strstr(e.text, path));
	e = (struct err){0};
	opt.client = "not an address";
	assert_int_equal(read_paths(&path, 1, &opt, &c, &totals, &e), ERR_USAGE);
	collect_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capture_classic_formats),
		cmocka_unit_test(test_capture_pcapng_variants),
		cmocka_unit_test(test_capture_pcapng_times),
		cmocka_unit_test(test_capture_network_monitor),
		cmocka_unit_test(test_capture_packed),
		cmocka_unit_test(test_capture_packed_tightly),
		cmocka_unit_test(test_capture_merge),
		cmocka_unit_test(test_capture_from_to),
		cmocka_unit_test(test_capture_from_a_pipe),
		cmocka_unit_test(test_capture_truncated_anywhere),
		cmocka_unit_test(test_capture_flipped_bits),
		cmocka_unit_test(test_capture_errors_name_the_place),
		cmocka_unit_test(test_capture_missing_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
