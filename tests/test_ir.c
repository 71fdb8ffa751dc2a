/* The workload on disk: round trip, payloads stored once, what a writer refuses. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "ir/ir.h"
#include "ir/ir_files.h"
#include "tests/temp_dir.h"

static const struct ir_conn conns[] = {{"127.0.0.1:50312", "127.0.0.1:445", true},
				       {"[::1]:50313", "[::1]:445", false}};
static const struct ir_source sources[] = {
	{"odd \"name\".pcap", 1234567, "99aa06d3014798d86001c324468d497f",
	 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}};
static const struct ir_principal principals[] = {{"LAB", "smb\xc3\xbcser", "NTLMSSP", 1}};
static const char *const shares[] = {"\\\\server\\sales"};
static const struct ir_total totals[] = {{"messages", 6}, {"sessions", 1}};
static const struct ir_total lost[] = {{"gap_bytes", 17}};
static const struct ir_meta meta = {
	.tool = "smbench 0.1.0",
	.start = 1600000000000000017,
	.options = "compile a.pcap -o w",
	.sources = sources,
	.n_sources = 1,
	.conns = conns,
	.n_conns = 2,
	.principals = principals,
	.n_principals = 1,
	.shares = shares,
	.n_shares = 1,
	.totals = totals,
	.n_totals = 2,
	.lost = lost,
	.n_lost = 1,
};

static const struct ir_patch uses[] = {
	{.off = 44, .width = 8, .number = 1, .what = IR_SESSION},
	{.off = 52, .width = 16, .what = IR_SIGNATURE},
	{.off = 72, .width = 8, .number = 17, .what = IR_OPEN, .from = 8},
};
static const struct ir_patch defs[] = {
	{.off = 44, .width = 8, .number = 1, .what = IR_SESSION},
	{.off = 68, .width = 16, .number = 17, .what = IR_OPEN},
};
static const uint32_t cuts[] = {1, 99};
static const struct ir_set sets[] = {{0, "status", "STATUS_ACCESS_DENIED"}, {0, "credits", "0x21"}};
static const struct ir_event events[] = {
	{.kind = IR_CONNECT,
	 .conn = 1,
	 .t_first = 0,
	 .t_last = 0,
	 .frame_first = 1,
	 .frame_last = 1},
	{.kind = IR_SEND,
	 .conn = 1,
	 .t_first = 5,
	 .t_last = 9,
	 .frame_first = 31,
	 .frame_last = 33,
	 .joined = true,
	 .cuts = cuts,
	 .n_cuts = 2,
	 .patches = uses,
	 .n_patches = 3,
	 .size = 100},
	{.kind = IR_RECV,
	 .t_first = 8,
	 .t_last = 8,
	 .patches = defs,
	 .n_patches = 2,
	 .sets = sets,
	 .n_sets = 2,
	 .size = 100},
	{.kind = IR_GAP, .server = true, .lost = 17, .t_first = 10, .t_last = 10, .size = 3},
	{.kind = IR_SEND, .of = 1, .t_first = 11, .t_last = 11, .size = 4},
	{.kind = IR_FIN, .server = true, .conn = 1, .t_first = 12, .t_last = 12},
};
#define N_EVENTS (sizeof(events) / sizeof(events[0]))

/* A frame of 100 bytes with a CREATE response's header, and numbers behind it. */
static void
make_message(uint8_t bytes[100])
{
	/* MS-SMB2 2.2.1.2: ProtocolId, StructureSize, CreditCharge, Status, Command, Credits, Flags
	 */
	static const uint8_t head[] = {0, 0, 0, 96, 0xfe, 'S', 'M', 'B', 64, 0, 1, 0,
				       0, 0, 0, 0,  5,    0,   1,   0,   1,  0, 0, 0};

	for (size_t i = 0; i < 100; i++)
		bytes[i] = i < sizeof(head) ? head[i] : i < 32 ? 0 : (uint8_t)(i * 7);
}

static void
write_events(const char *dir, const uint8_t *bytes)
{
	struct ir_writer *w;
	struct err e = {0};

	assert_int_equal(ir_writer_open(dir, false, &w, &e), 0);
	for (size_t i = 0; i < N_EVENTS; i++)
		assert_int_equal(ir_writer_event(w, &events[i], slice_of(bytes, events[i].size),
						 (struct slice){0}, i == 1 ? "CREATE+CLOSE" : NULL,
						 &e),
				 0);
	assert_int_equal(ir_writer_close(w, &meta, &e), 0);
}

/* The lines as smbench-ir(5) documents them: what is written today must be read for ever. */
static void
test_write_makes_the_documented_lines(void **state)
{
	uint8_t bytes[100];

	make_message(bytes);
	write_events(*state, bytes);
	assert_string_equal(temp_dir_read(*state, "messages.jsonl"),
			    "{\"n\":0,\"ev\":\"connect\",\"c\":1,\"frame\":1,\"t\":0}\n"
			    "{\"n\":1,\"ev\":\"send\",\"c\":1,\"cmd\":\"CREATE+CLOSE\",\"frame\":["
			    "31,33],\"t\":[5,9],\"data\":[0,100],"
			    "\"joined\":true,\"cuts\":[1,99],\"patches\":[[44,8,\"session.1\"],[52,"
			    "16,\"signature\"],[72,8,\"open.17\",8]]}\n"
			    "{\"n\":2,\"ev\":\"recv\",\"c\":0,\"t\":8,\"data\":[100,100],\"defs\":["
			    "[44,8,\"session.1\"],[68,16,\"open.17\"]],"
			    "\"set\":{\"status\":\"STATUS_ACCESS_DENIED\",\"credits\":\"0x21\"}}\n"
			    "{\"n\":3,\"ev\":\"gap\",\"c\":0,\"t\":10,\"data\":[200,3],\"from\":"
			    "\"server\",\"lost\":17}\n"
			    "{\"n\":4,\"ev\":\"send\",\"c\":0,\"t\":11,\"data\":[203,4],\"of\":0}\n"
			    "{\"n\":5,\"ev\":\"fin\",\"c\":1,\"t\":12,\"from\":\"server\"}\n");
	assert_string_equal(
		temp_dir_read(*state, "workload.json"),
		"{\n\t\"format\": \"smbench\",\n\t\"version\": 1,\n\t\"kind\": "
		"\"workload\",\n\t\"tool\": \"smbench 0.1.0\",\n"
		"\t\"start\": \"1600000000.000000017\",\n\t\"options\": \"compile a.pcap -o "
		"w\",\n\t\"sources\": [\n"
		"\t\t{\"name\":\"odd \\\"name\\\".pcap\",\"bytes\":1234567,"
		"\"xxh128\":\"99aa06d3014798d86001c324468d497f\","
		"\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}"
		"\n\t],\n\t\"connections\": [\n"
		"\t\t{\"client\":\"127.0.0.1:50312\",\"server\":\"127.0.0.1:445\",\"syn_seen\":"
		"true},\n"
		"\t\t{\"client\":\"[::1]:50313\",\"server\":\"[::1]:445\",\"syn_seen\":false}\n\t],"
		"\n\t\"principals\": [\n"
		"\t\t{\"domain\":\"LAB\",\"user\":\"smb\xc3\xbcser\",\"mechanism\":\"NTLMSSP\","
		"\"session\":1}\n\t],\n"
		"\t\"shares\": [\n\t\t\"\\\\\\\\server\\\\sales\"\n\t],\n"
		"\t\"totals\": {\n\t\t\"messages\": 6,\n\t\t\"sessions\": 1\n\t},\n\t\"lost\": "
		"{\n\t\t\"gap_bytes\": 17\n\t}\n}\n");
}

static void
check_same_event(const struct ir_event *a, const struct ir_event *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->server, b->server);
	assert_int_equal(a->joined, b->joined);
	assert_int_equal(a->conn, b->conn);
	assert_int_equal(a->t_first, b->t_first);
	assert_int_equal(a->t_last, b->t_last);
	assert_int_equal(a->frame_first, b->frame_first);
	assert_int_equal(a->frame_last, b->frame_last);
	assert_int_equal(a->lost, b->lost);
	assert_int_equal(a->of, b->of);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->n_cuts, b->n_cuts);
	assert_int_equal(a->n_patches, b->n_patches);
	assert_int_equal(a->n_sets, b->n_sets);
	for (uint32_t i = 0; i < a->n_cuts; i++)
		assert_int_equal(a->cuts[i], b->cuts[i]);
	for (uint32_t i = 0; i < a->n_patches; i++) {
		assert_int_equal(a->patches[i].off, b->patches[i].off);
		assert_int_equal(a->patches[i].width, b->patches[i].width);
		assert_int_equal(a->patches[i].number, b->patches[i].number);
		assert_int_equal(a->patches[i].what, b->patches[i].what);
		assert_int_equal(a->patches[i].from, b->patches[i].from);
	}
	for (uint32_t i = 0; i < a->n_sets; i++) {
		assert_int_equal(a->sets[i].pdu, b->sets[i].pdu);
		assert_string_equal(a->sets[i].path, b->sets[i].path);
		assert_string_equal(a->sets[i].value, b->sets[i].value);
	}
}

/* Bytes in three pieces, compared in place: every range that is theirs, none with a wrong byte. */
static void
test_bytes_in_pieces_are_compared_in_place(void **state)
{
	static const uint8_t data[] = "..defg......abc...hi";
	static const struct ir_extent x[] = {{12, 3}, {2, 4}, {18, 2}};
	struct ir ir = {.data = data, .data_len = sizeof(data)};
	struct ir_event ev = {.size = 9, .extents = x, .n_extents = 3};
	uint8_t whole[] = "abcdefghi";

	(void)state;
	for (size_t off = 0; off <= 9; off++) {
		for (size_t n = 0; n <= 9 - off; n++) {
			assert_true(ir_bytes_are(&ir, &ev, off, slice_of(whole + off, n)));
			if (n == 0)
				continue;
			whole[off + n - 1] ^= 1;
			assert_false(ir_bytes_are(&ir, &ev, off, slice_of(whole + off, n)));
			whole[off + n - 1] ^= 1;
		}
		assert_false(ir_bytes_are(&ir, &ev, off, slice_of(whole + off, 10 - off)));
	}
	ev.n_sets = 1;
	assert_false(ir_bytes_are(&ir, &ev, 0, slice_of(whole, 9)));
}

static void
test_load_gives_what_was_written(void **state)
{
	uint8_t bytes[100];
	struct buf scratch = {0};
	struct err e = {0};
	struct ir ir;

	make_message(bytes);
	write_events(*state, bytes);
	assert_int_equal(ir_load(*state, &ir, &e), 0);
	assert_int_equal(ir.n_events, N_EVENTS);
	for (size_t i = 0; i < N_EVENTS; i++) {
		struct slice s = ir_recorded(&ir, &ir.events[i], &scratch);

		check_same_event(&ir.events[i], &events[i]);
		assert_int_equal(s.n, events[i].size);
		assert_true(s.n == 0 || memcmp(s.p, bytes, s.n) == 0);
	}
	assert_string_equal(ir.events[1].commands, "CREATE+CLOSE");
	assert_null(ir.events[2].commands);
	assert_int_equal(ir.n_symbols[IR_SESSION], 1);
	assert_int_equal(ir.n_symbols[IR_OPEN], 17);
	assert_int_equal(ir.n_symbols[IR_TREE], 0);
	assert_false(ir.meta.run);
	assert_string_equal(ir.meta.tool, meta.tool);
	assert_int_equal(ir.meta.start, meta.start);
	assert_string_equal(ir.meta.options, meta.options);
	assert_int_equal(ir.meta.n_sources, 1);
	assert_string_equal(ir.meta.sources[0].name, sources[0].name);
	assert_int_equal(ir.meta.sources[0].bytes, sources[0].bytes);
	assert_string_equal(ir.meta.sources[0].xxh128, sources[0].xxh128);
	assert_string_equal(ir.meta.sources[0].sha256, sources[0].sha256);
	assert_int_equal(ir.meta.n_conns, 2);
	assert_string_equal(ir.meta.conns[1].client, conns[1].client);
	assert_string_equal(ir.meta.conns[1].server, conns[1].server);
	assert_true(ir.meta.conns[0].syn_seen);
	assert_false(ir.meta.conns[1].syn_seen);
	assert_int_equal(ir.meta.n_principals, 1);
	assert_string_equal(ir.meta.principals[0].user, principals[0].user);
	assert_string_equal(ir.meta.principals[0].domain, principals[0].domain);
	assert_string_equal(ir.meta.principals[0].mechanism, principals[0].mechanism);
	assert_int_equal(ir.meta.principals[0].session, 1);
	assert_int_equal(ir.meta.n_shares, 1);
	assert_string_equal(ir.meta.shares[0], shares[0]);
	assert_int_equal(ir.meta.n_totals, 2);
	assert_string_equal(ir.meta.totals[1].name, "sessions");
	assert_int_equal(ir.meta.totals[1].value, 1);
	assert_int_equal(ir.meta.n_lost, 1);
	buf_free(&scratch);
	ir_free(&ir);
}

/*
 * STATUS_ACCESS_DENIED is 0xc0000022 (MS-ERREF 2.3.1); Status is at 8 and Credits at 14 of the
 * header (MS-SMB2 2.2.1.2).
 */
static void
test_bytes_hold_the_edits(void **state)
{
	uint8_t bytes[100], edited[100];
	struct buf scratch = {0};
	struct err e = {0};
	struct slice s;
	struct ir ir;

	make_message(bytes);
	write_events(*state, bytes);
	assert_int_equal(ir_load(*state, &ir, &e), 0);
	memcpy(edited, bytes, sizeof(edited));
	memcpy(edited + 4 + 8, "\x22\x00\x00\xc0", 4);
	edited[4 + 14] = 0x21;
	s = ir_bytes(&ir, &ir.events[2], &scratch);
	assert_int_equal(s.n, 100);
	assert_memory_equal(s.p, edited, 100);
	s = ir_recorded(&ir, &ir.events[2], &scratch);
	assert_memory_equal(s.p, bytes, 100);
	buf_free(&scratch);
	ir_free(&ir);
}

/*
 * What was around a message: the seal of a session, of an unknown one; a compressed form, which
 * lies behind the plain one.
 */
static void
test_layers_are_written_and_read(void **state)
{
	static const uint8_t packed[] = {0, 0, 0, 2, 0xfc, 'S'};
	const struct ir_patch def = {.off = 44, .width = 8, .number = 1, .what = IR_SESSION};
	const struct ir_event list[] = {
		{.kind = IR_RECV, .patches = &def, .n_patches = 1, .size = 100},
		{.kind = IR_SEND, .size = 100, .layers = IR_SEALED, .sealed_by = 1},
		{.kind = IR_RECV, .size = 100, .layers = IR_SEALED},
		{.kind = IR_SEND,
		 .size = 100,
		 .layers = IR_SEALED | IR_COMPRESSED,
		 .sealed_by = 1,
		 .packed = slice_of(packed, sizeof(packed))},
		{.kind = IR_SEND,
		 .size = 100,
		 .layers = IR_COMPRESSED,
		 .packed = slice_of(packed, sizeof(packed))},
	};
	uint8_t bytes[100];
	struct ir_writer *w;
	struct err e = {0};
	struct ir ir;

	make_message(bytes);
	assert_int_equal(ir_writer_open(*state, false, &w, &e), 0);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(ir_writer_event(w, &list[i], slice_of(bytes, 100),
						 (struct slice){0}, NULL, &e),
				 0);
	assert_int_equal(ir_writer_close(w, &meta, &e), 0);
	assert_non_null(
		strstr(temp_dir_read(*state, "messages.jsonl"), ",\"sealed\":\"session.1\"}"));
	assert_non_null(strstr(temp_dir_read(*state, "messages.jsonl"), ",\"sealed\":true}"));
	assert_non_null(strstr(temp_dir_read(*state, "messages.jsonl"),
			       ",\"sealed\":\"session.1\",\"compressed\":["));
	assert_int_equal(ir_load(*state, &ir, &e), 0);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(ir.events[i].layers, list[i].layers);
		assert_int_equal(ir.events[i].sealed_by, list[i].sealed_by);
		assert_true(slice_eq(ir.events[i].packed, list[i].packed));
	}
	ir_free(&ir);
}

/* Payload `seed`, in `n` bytes with a head of 16 and a tail of 3. */
static struct slice
make_bytes(uint8_t *p, size_t n, unsigned seed, struct slice *payload)
{
	for (size_t i = 0; i < n + 19; i++)
		p[i] = (uint8_t)(i < 16 || i >= n + 16 ? i : (i * seed) >> 3);
	*payload = slice_of(p + 16, n);
	return slice_of(p, n + 19);
}

static void
test_equal_payloads_are_stored_once(void **state)
{
	static const size_t sizes[] = {4095, 4096, 4096, 70000, 70000, 5000, 4096};
	static const unsigned seeds[] = {5, 5, 5, 7, 7, 9, 11};
	const size_t stored = 4095 + 4096 + 70000 + 5000 + 4096 + 7 * 19;
	static uint8_t bytes[80000];
	struct ir_event ev = {.kind = IR_SEND};
	struct buf scratch = {0};
	struct err e = {0};
	struct ir_writer *w;
	struct slice payload;
	struct ir ir;

	assert_int_equal(ir_writer_open(*state, false, &w, &e), 0);
	for (size_t i = 0; i < 700; i++) {
		struct slice s = make_bytes(bytes, sizes[i % 7], seeds[i % 7], &payload);

		assert_int_equal(ir_writer_event(w, &ev, s, payload, "WRITE", &e), 0);
	}
	assert_int_equal(ir_writer_close(w, &meta, &e), 0);
	assert_int_equal(ir_load(*state, &ir, &e), 0);
	/* 4095 bytes are too few to be looked up: they come each time. */
	assert_int_equal(ir.data_len, stored + 99 * (4095 + 7 * 19));
	for (size_t i = 0; i < 700; i++) {
		struct slice s = make_bytes(bytes, sizes[i % 7], seeds[i % 7], &payload);

		assert_true(slice_eq(ir_recorded(&ir, &ir.events[i], &scratch), s));
	}
	buf_free(&scratch);
	ir_free(&ir);
}

static bool
exists(const char *dir, const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static void
test_an_unfinished_workload_is_none(void **state)
{
	struct ir_writer *w;
	struct err e = {0};
	struct ir ir;
	uint8_t bytes[100];

	make_message(bytes);
	write_events(*state, bytes);
	assert_int_equal(ir_writer_open(*state, true, &w, &e), 0);
	assert_int_not_equal(ir_load(*state, &ir, &e), 0);
	ir_writer_abandon(w);
	assert_false(exists(*state, "messages.jsonl"));
	assert_false(exists(*state, "data.bin"));
	assert_true(exists(*state, "."));
}

static void
test_only_a_workload_is_replaced(void **state)
{
	struct ir_writer *w;
	struct err e = {0}, e2 = {0};
	uint8_t bytes[100];

	make_message(bytes);
	write_events(*state, bytes);
	assert_int_equal(ir_writer_open(*state, false, &w, &e), -EEXIST);
	assert_true(exists(*state, "workload.json"));
	temp_dir_write(*state, "thesis.txt", "all my work");
	assert_int_equal(ir_writer_open(*state, true, &w, &e2), -EEXIST);
	assert_true(exists(*state, "thesis.txt"));
	assert_true(exists(*state, "workload.json"));
}

static void
test_write_refuses_what_could_not_be_read(void **state)
{
	struct ir_event ev = {.kind = IR_SEND, .t_first = UINT64_MAX};
	struct ir_writer *w;
	struct err e = {0};

	assert_int_equal(ir_writer_open(*state, false, &w, &e), 0);
	assert_int_equal(ir_writer_event(w, &ev, (struct slice){0}, (struct slice){0}, NULL, &e),
			 ERR_LIMIT);
	ir_writer_abandon(w);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, temp_dir_setup, temp_dir_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_write_makes_the_documented_lines),
		TEST(test_load_gives_what_was_written),
		cmocka_unit_test(test_bytes_in_pieces_are_compared_in_place),
		TEST(test_bytes_hold_the_edits),
		TEST(test_layers_are_written_and_read),
		TEST(test_equal_payloads_are_stored_once),
		TEST(test_an_unfinished_workload_is_none),
		TEST(test_only_a_workload_is_replaced),
		TEST(test_write_refuses_what_could_not_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
