/*
 * The protocol layer against golden vectors: structures, selection, chains, the walk, symbols,
 * names.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "proto/ntstatus.h"
#include "tests/hex.h"
#include "tests/vectors.h"

/* Append what `expect` of a vector says of one row. */
static void
describe_row(const struct smb2_row *row, const union any *in, const uint8_t *origin,
	     struct buf *out)
{
	struct slice s = smb2_get_bytes(row, in);

	buf_printf(out, "%s%s", out->n > 0 ? " " : "", row->name);
	if (row->kind == SMB2_VAR && s.n == 0) {
		buf_printf(out, "@-");
	} else if (row->kind == SMB2_VAR) {
		buf_printf(out, "@%zu+%zu", (size_t)(s.p - origin), s.n);
	} else if (row->kind >= SMB2_GUID) {
		buf_printf(out, "=");
		for (size_t i = 0; i < s.n; i++)
			buf_printf(out, "%02x", s.p[i]);
	} else {
		buf_printf(out, "=0x%llx", (unsigned long long)smb2_get(row, in));
	}
}

static void
test_every_vector_decodes_to_what_its_source_says(void **state)
{
	(void)state;
	for (size_t v = 0; v < N_VECTORS; v++) {
		struct hex h = unhex(vectors[v].hex);
		const struct smb2_def *def = def_named(vectors[v].def);
		struct buf text = {0};
		union any in;

		print_message("%s: %s\n", vectors[v].def, vectors[v].source);
		assert_non_null(def);
		assert_int_equal(smb2_decode(def, hex_slice(&h), vectors[v].pos, &in, NULL), 0);
		for (size_t i = 0; i < def->n_rows; i++)
			describe_row(&def->rows[i], &in, h.p, &text);
		buf_add(&text, "", 1);
		assert_string_equal((char *)text.p, vectors[v].expect);
		buf_free(&text);
	}
}

static void
test_every_vector_encodes_to_its_bytes(void **state)
{
	(void)state;
	for (size_t v = 0; v < N_VECTORS; v++) {
		struct hex h = unhex(vectors[v].hex);
		const struct smb2_def *def = def_named(vectors[v].def);
		uint8_t *out = calloc(2, h.n), *covered = out + h.n;
		union any in;

		assert_non_null(out);
		assert_int_equal(smb2_decode(def, hex_slice(&h), vectors[v].pos, &in, NULL), 0);
		assert_int_equal(smb2_encode(def, &in, vectors[v].pos, out, covered, h.n), 0);
		for (size_t i = 0; i < h.n; i++)
			if (covered[i] != 0)
				assert_int_equal(out[i], h.p[i]);
		for (size_t i = 0; i < def->fixed; i++)
			assert_int_equal(covered[vectors[v].pos + i], 1);
		free(out);
	}
}

static void
test_every_structure_has_a_vector(void **state)
{
	(void)state;
	for (size_t d = 0; d < SMB2_N_DEFS; d++) {
		bool found = false;

		for (size_t v = 0; v < N_VECTORS; v++)
			found = found || strcmp(vectors[v].def, smb2_defs[d].name) == 0;
		if (!found)
			fail_msg("%s has no golden vector", smb2_defs[d].name);
	}
}

static void
test_the_body_of_each_pdu_is_recognised(void **state)
{
	(void)state;
	for (size_t v = 0; v < N_VECTORS; v++) {
		struct hex h = unhex(vectors[v].hex);
		struct smb2_identity id;
		struct smb2_pdu pdu;

		if (vectors[v].pos != SMB2_HEADER)
			continue;
		assert_int_equal(smb2_pdu_decode(hex_slice(&h), &pdu), 0);
		assert_null(pdu.opaque);
		assert_string_equal(pdu.body_def->name, vectors[v].def);
		assert_int_equal(smb2_check_identity(&pdu, &id), 0);
		assert_true(id.identical);
		assert_false(id.opaque);
	}
}

/* The lines of SMB2_SELECTS, for deriving what can hold symbols. */
#define SELECT_LINE(line, dirs, key, s) {SMB2_CONTENT_##line, SMB2_DIR_##dirs, SMB2_DEF_##s},
static const struct {
	enum smb2_content content;
	unsigned directions;
	enum smb2_def_id def;
} select_lines[] = {SMB2_SELECTS(SELECT_LINE)};

static unsigned symbols_of(const struct smb2_def *def);

/* The directions in which what a V row of that content holds has a symbol. */
static unsigned
symbols_in(enum smb2_content content)
{
	enum smb2_def_id element = smb2_contents[content].element;
	unsigned directions = 0;

	if (element < SMB2_N_DEFS)
		return symbols_of(&smb2_defs[element]);
	for (size_t i = 0; i < sizeof(select_lines) / sizeof(select_lines[0]); i++)
		if (select_lines[i].content == content)
			directions |= symbols_of(&smb2_defs[select_lines[i].def]) &
				      select_lines[i].directions;
	return directions;
}

/* The directions in which a structure has a symbol, in itself or nested. */
static unsigned
symbols_of(const struct smb2_def *def)
{
	unsigned directions = 0;

	for (size_t i = 0; i < def->n_rows; i++) {
		const struct smb2_row *row = &def->rows[i];

		if (smb2_roles[row->role].symbol)
			return SMB2_DIR_BOTH;
		if (row->kind == SMB2_VAR)
			directions |= symbols_in((enum smb2_content)row->content);
	}
	return directions;
}

static void
test_tables_agree_with_the_lists(void **state)
{
	(void)state;
	for (size_t d = 0; d < SMB2_N_DEFS; d++) {
		const struct smb2_def *def = &smb2_defs[d];

		assert_int_equal(def->symbols, symbols_of(def) != 0);
		/* F rows come first; the walk keeps the ranges of up to seven V rows. */
		for (size_t i = 0; i < def->n_rows; i++)
			assert_int_equal(def->rows[i].kind == SMB2_VAR, i >= def->n_fixed);
		assert_true(def->n_rows - def->n_fixed <= 7);
	}
	for (size_t c = 0; c < SMB2_N_CONTENTS; c++)
		assert_int_equal(smb2_contents[c].symbols, symbols_in((enum smb2_content)c));
}

/* Which structure a create context of that name and size holds. */
static const char *
context_data(struct slice name, size_t n, bool response)
{
	static const uint8_t zeros[256];
	struct smb2_create_context ctx = {.name = name, .data = slice_of(zeros, n)};
	const struct smb2_def *create = def_named("smb2_create_context");
	const struct smb2_def *def = smb2_select(smb2_row_find(create, "data"), &ctx, response);

	return def != NULL ? def->name : "none";
}

static void
test_contexts_are_selected_by_name_direction_and_size(void **state)
{
	static const struct {
		const char *name;
		size_t n;
		bool response;
		const char *def;
	} cases[] = {
		/* MS-SMB2 2.2.13.2 and 2.2.14.2; sizes where several forms share a name */
		{"52714c73", 32, false, "smb2_ctx_rqls"},
		{"52714c73", 51, false, "smb2_ctx_rqls"},
		{"52714c73", 52, true, "smb2_ctx_rqls_v2"},
		{"52714c73", 31, true, "none"},
		{"44486e51", 16, false, "smb2_ctx_dhnq_req"},
		{"44486e51", 8, true, "smb2_ctx_dhnq_resp"},
		{"44486e43", 16, false, "smb2_ctx_dhnc_req"},
		{"44486e43", 16, true, "none"},
		{"44483251", 32, false, "smb2_ctx_dh2q_req"},
		{"44483251", 8, true, "smb2_ctx_dh2q_resp"},
		{"44483243", 36, false, "smb2_ctx_dh2c_req"},
		{"4d784163", 8, false, "smb2_ctx_mxac_req"},
		{"4d784163", 8, true, "smb2_ctx_mxac_resp"},
		{"51466964", 32, true, "smb2_ctx_qfid_resp"},
		{"54577270", 8, false, "smb2_ctx_twrp"},
		{"416c5369", 8, false, "smb2_ctx_alsi"},
		{"45787441", 9, false, "smb2_ctx_exta"},
		{"53656344", 20, false, "smb2_ctx_secd"},
		{"4141504c", 24, false, "smb2_ctx_aapl"},
		{"45bca66aefa7f74a9008fa462e144d74", 20, false, "smb2_ctx_app_instance_id"},
		{"b982d0b73b56074fa07b524a8116a010", 24, false, "smb2_ctx_app_instance_version"},
		{"9ccbcf9e04c1e643980e158da1f6ec83", 168, false, "smb2_ctx_svhdx"},
		{"9ccbcf9e04c1e643980e158da1f6ec83", 192, true, "smb2_ctx_svhdx_v2"},
		{"93ad25509cb411e7b42383de968bcd7c", 4, false, "smb2_ctx_posix_req"},
		{"93ad25509cb411e7b42383de968bcd7c", 68, true, "smb2_ctx_posix_resp"},
		{"93ad25509cb411e7b42383de968bcd7d", 68, true, "none"},
		{"464f4f4f", 8, false, "none"},
		{"", 8, false, "none"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hex name = unhex(cases[i].name);

		assert_string_equal(context_data(hex_slice(&name), cases[i].n, cases[i].response),
				    cases[i].def);
	}
}

/* A header (sync, request or response) with a body. */
static struct hex
pdu_of(unsigned command, bool response, uint32_t status, const char *body)
{
	struct hex
		h = unhex("fe534d42 4000 0100 00000000 0000 0100 00000000 00000000 0700000000000000"
			  "00000000 05000000 0900000000000000 00000000000000000000000000000000"),
		b = unhex(body);

	wire_put_le(h.p + 12, 2, command);
	wire_put_le(h.p + 8, 4, status);
	h.p[16] = response;
	memcpy(h.p + h.n, b.p, b.n);
	h.n += b.n;
	return h;
}

/* The structure of that body, or why it is opaque. */
static const char *
body_of(unsigned command, bool response, uint32_t status, const char *body)
{
	struct hex h = pdu_of(command, response, status, body);
	struct smb2_pdu pdu;

	assert_int_equal(smb2_pdu_decode(hex_slice(&h), &pdu), 0);
	return pdu.body_def != NULL ? pdu.body_def->name : pdu.opaque;
}

static void
test_status_and_structure_size_tell_errors_from_answers(void **state)
{
	const char *nine = "0900 0000 00000000 00";

	(void)state;
	assert_string_equal(body_of(SMB2_CMD_CREATE, true, 0xc0000034, nine), "smb2_error_resp");
	assert_string_equal(body_of(SMB2_CMD_CREATE, true, 0x103, nine), "smb2_error_resp");
	assert_string_equal(body_of(SMB2_CMD_CREATE, true, 0, nine), "wrong StructureSize");
	assert_string_equal(body_of(SMB2_CMD_SESSION_SETUP, true, 0xc0000016, nine),
			    "smb2_session_setup_resp");
	assert_string_equal(body_of(SMB2_CMD_SESSION_SETUP, true, 0, nine),
			    "smb2_session_setup_resp");
	assert_string_equal(body_of(SMB2_CMD_SESSION_SETUP, true, 0xc000006d, nine),
			    "smb2_error_resp");
	/* A failed SESSION_SETUP with a token: as an ERROR its buffer would lie outside. */
	assert_string_equal(
		body_of(SMB2_CMD_SESSION_SETUP, true, 0xc000006d, "0900 0000 4800 0200 aabb"),
		"smb2_session_setup_resp");
	assert_string_equal(body_of(SMB2_CMD_QUERY_INFO, true, 0x80000005, nine),
			    "smb2_query_info_resp");
	assert_string_equal(body_of(SMB2_CMD_QUERY_INFO, true, 0xc0000023, nine),
			    "smb2_error_resp");
	assert_string_equal(body_of(SMB2_CMD_CHANGE_NOTIFY, true, 0x10c, nine),
			    "smb2_change_notify_resp");
	assert_string_equal(body_of(SMB2_CMD_CHANGE_NOTIFY, true, 0x103, nine), "smb2_error_resp");
	/* Windows and Samba fail COPYCHUNK with the IOCTL structure. */
	assert_string_equal(
		body_of(SMB2_CMD_IOCTL, true, 0xc000000d,
			"3100 0000 f2401400 ffffffffffffffff ffffffffffffffff 70000000 00000000"
			"70000000 0c000000 00000000 00000000 000100000000100000000001"),
		"smb2_ioctl_resp");
	/* Also to a command that nobody knows. */
	assert_string_equal(body_of(0xff, true, 0xc000000d, nine), "smb2_error_resp");
}

static void
test_malformed_bodies_are_opaque_with_a_reason(void **state)
{
	(void)state;
	assert_string_equal(body_of(0x13, false, 0, "0400 0000"), "unknown command");
	assert_string_equal(body_of(SMB2_CMD_ECHO, false, 0, "0500 0000"), "wrong StructureSize");
	assert_string_equal(body_of(SMB2_CMD_ECHO, false, 0, "0400"), "truncated");
	assert_string_equal(body_of(SMB2_CMD_ECHO, false, 0, ""), "truncated");
	assert_string_equal(body_of(SMB2_CMD_TREE_CONNECT, false, 0, "0900 0000 4800 0400 5c00 5c"),
			    "a part lies outside of the PDU");
	/* One lock element short. */
	assert_string_equal(body_of(SMB2_CMD_LOCK, false, 0,
				    "3000 0200 00000000 01000000000000000200000000000000"
				    "0000000000000000 0100000000000000 02000000 00000000"),
			    "a part lies outside of the PDU");
}

static void
test_what_has_no_header_is_no_pdu(void **state)
{
	struct hex h = pdu_of(SMB2_CMD_ECHO, false, 0, "0400 0000");
	struct smb2_pdu pdu;

	(void)state;
	assert_int_equal(smb2_pdu_decode(slice_of(h.p, 63), &pdu), ERR_TRUNCATED);
	h.p[4] = 65;
	assert_int_equal(smb2_pdu_decode(hex_slice(&h), &pdu), ERR_MALFORMED);
	h.p[4] = 64;
	h.p[0] = 0xff;
	assert_int_equal(smb2_pdu_decode(hex_slice(&h), &pdu), ERR_MALFORMED);
}

static void
test_chains_are_cut_at_next_command(void **state)
{
	struct hex a = pdu_of(SMB2_CMD_ECHO, false, 0, "0400 0000 00000000"), m = {.n = 4};
	struct smb2_chain c;
	struct slice s;

	(void)state;
	a.p[20] = 72;
	memcpy(m.p + m.n, a.p, a.n);
	a.p[20] = 0;
	memcpy(m.p + m.n + 72, a.p, a.n);
	m.n += 144;
	c = smb2_chain_init(hex_slice(&m));
	assert_true(smb2_chain_next(&c, &s));
	assert_ptr_equal(s.p, m.p + 4);
	assert_int_equal(s.n, 72);
	assert_true(smb2_chain_next(&c, &s));
	assert_ptr_equal(s.p, m.p + 76);
	assert_int_equal(s.n, 72);
	assert_false(smb2_chain_next(&c, &s));
	assert_false(c.broken);
	/* Behind the end, and into the header: the rest is one PDU. */
	for (unsigned next = 32; next < 256; next += 112) {
		m.p[4 + 20] = (uint8_t)next;
		c = smb2_chain_init(hex_slice(&m));
		assert_true(smb2_chain_next(&c, &s));
		assert_int_equal(s.n, 144);
		assert_true(c.broken);
		assert_false(smb2_chain_next(&c, &s));
	}
}

static void
test_messages_are_told_apart(void **state)
{
	static const struct {
		const char *hex, *kind;
	} cases[] = {
		{"00000004 fe534d42", "SMB2"},
		{"00000004 fd534d42", "sealed"},
		{"00000004 fc534d42", "compressed"},
		{"00000004 ff534d42", "SMB1"},
		{"00000004 fb534d42", "unknown"},
		{"00000003 fe534d", "unknown"},
		{"00000000", "NBSS"},
		{"85000000", "NBSS"},
		{"81000044 20", "NBSS"},
		{"0000", "unknown"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hex h = unhex(cases[i].hex);

		assert_string_equal(smb2_msg_kind_name(smb2_msg_kind(hex_slice(&h))),
				    cases[i].kind);
	}
}

/* Collects a walk as text: "name[element]=value name{...}". */
static int
on_leaf(void *ctx, const struct smb2_item *it)
{
	buf_printf((struct buf *)ctx, "%s", it->name);
	if (it->element >= 0)
		buf_printf((struct buf *)ctx, "[%d]", it->element);
	buf_printf((struct buf *)ctx, "@%zu+%zu ", it->off, it->len);
	return 0;
}

static int
on_enter(void *ctx, const struct smb2_item *it)
{
	buf_printf((struct buf *)ctx, "%s[%d]:%s{ ", it->name, it->element, it->def->name);
	return 0;
}

static int
on_leave(void *ctx, const struct smb2_item *it)
{
	(void)it;
	buf_printf((struct buf *)ctx, "} ");
	return 0;
}

/* A CREATE with two contexts, DH2C and an unknown one, by MS-SMB2 2.2.13. */
#define CREATE_TWO_CONTEXTS                                                                        \
	"3900 00 ff 02000000 0000000000000000 0000000000000000 89001200 80000000 07000000 "        \
	"01000000"                                                                                 \
	"40000000 7800 0200 80000000 60000000"                                                     \
	"6100 000000000000"                                                                        \
	"40000000 1000 0400 0000 1800 24000000 44483243 00000000"                                  \
	"1112131415161718 2122232425262728 000102030405060708090a0b0c0d0e0f 02000000 00000000"     \
	"00000000 1000 0400 0000 1800 08000000 464f4f4f 00000000 3132333435363738"

static void
test_the_walk_gives_fields_nested_structures_and_gaps(void **state)
{
	struct hex h = pdu_of(SMB2_CMD_CREATE, false, 0, CREATE_TWO_CONTEXTS);
	struct buf text = {0};
	struct smb2_visitor v = {&text, on_leaf, on_enter, on_leave};
	struct smb2_identity id;
	struct smb2_pdu pdu;
	const char *contexts;

	(void)state;
	assert_int_equal(smb2_pdu_decode(hex_slice(&h), &pdu), 0);
	assert_int_equal(smb2_walk_body(&pdu, &v), 0);
	buf_add(&text, "", 1);
	contexts = strstr((char *)text.p, " name@");
	assert_non_null(contexts);
	assert_string_equal(
		contexts,
		" name@120+2 create_contexts[0]:smb2_create_context{ next@128+4 name_offset@132+2 "
		"name_length@134+2 reserved@136+2 data_offset@138+2 data_length@140+4 name@144+4 "
		"data[-1]:smb2_ctx_dh2c_req{ file_id@152+16 create_guid@168+16 flags@184+4 } "
		"padding@148+4 padding@188+4 } create_contexts[1]:smb2_create_context{ next@192+4 "
		"name_offset@196+2 name_length@198+2 reserved@200+2 data_offset@202+2 "
		"data_length@204+4 "
		"name@208+4 data@216+8 padding@212+4 } padding@122+6 ");
	assert_int_equal(smb2_check_identity(&pdu, &id), 0);
	assert_true(id.identical);
	assert_int_equal(id.padding, 6 + 4 + 4 + 4);
	assert_int_equal(id.unexplained, 8); /* the data of the unknown context */
	buf_free(&text);
}

static void
test_links_that_overlap_or_lead_out_end_the_list(void **state)
{
	/* Into the first context's own fixed part; behind the end; the second's data cut off. */
	static const uint8_t nexts[] = {0x08, 0x0f, 0xff, 0x3f};

	(void)state;
	for (size_t i = 0; i < sizeof(nexts); i++) {
		struct hex h = pdu_of(SMB2_CMD_CREATE, false, 0, CREATE_TWO_CONTEXTS);
		struct buf text = {0};
		struct smb2_visitor v = {&text, on_leaf, on_enter, on_leave};
		struct smb2_identity id;
		struct smb2_pdu pdu;

		h.p[128] = nexts[i];
		assert_int_equal(smb2_pdu_decode(hex_slice(&h), &pdu), 0);
		assert_int_equal(smb2_walk_body(&pdu, &v), 0);
		buf_add(&text, "", 1);
		/* 0x3f is a link, if a crooked one: the first stands, what follows does not decode.
		 */
		if (nexts[i] == 0x3f)
			assert_non_null(strstr((char *)text.p, "} unexplained@191+33 "));
		else
			assert_non_null(strstr((char *)text.p, " create_contexts@128+96 "));
		assert_int_equal(smb2_check_identity(&pdu, &id), 0);
		assert_true(id.identical);
		buf_free(&text);
	}
}

static int
stop_at_file_id(void *ctx, const struct smb2_item *it)
{
	(void)ctx;
	return it->row != NULL && it->row->role == SMB2_FILE_ID ? 42 : 0;
}

static void
test_a_walk_ends_where_a_call_says(void **state)
{
	struct hex h = pdu_of(SMB2_CMD_CREATE, false, 0, CREATE_TWO_CONTEXTS);
	struct smb2_visitor v = {.leaf = stop_at_file_id};
	struct smb2_pdu pdu;

	(void)state;
	assert_int_equal(smb2_pdu_decode(hex_slice(&h), &pdu), 0);
	assert_int_equal(smb2_walk_body(&pdu, &v), 42);
	assert_int_equal(smb2_walk_header(&pdu, &v), 0);
}

static void
test_symbols_are_found_in_header_body_and_contexts(void **state)
{
	struct hex h = pdu_of(SMB2_CMD_CREATE, false, 0, CREATE_TWO_CONTEXTS);
	struct smb2_item it[SMB2_SYMBOLS_MAX];
	struct smb2_pdu pdu;

	(void)state;
	assert_int_equal(smb2_pdu_decode(hex_slice(&h), &pdu), 0);
	assert_int_equal(smb2_find_symbols(&pdu, it, SMB2_SYMBOLS_MAX), 3);
	assert_string_equal(it[0].name, "tree_id");
	assert_int_equal(it[0].value, 5);
	assert_string_equal(it[1].name, "session_id");
	assert_int_equal(it[1].off, 40);
	assert_string_equal(it[2].name, "file_id");
	assert_int_equal(it[2].row->role, SMB2_FILE_ID);
	assert_int_equal(it[2].off, 152);
	assert_memory_equal(it[2].bytes.p, "\x11\x12\x13\x14", 4);
	assert_int_equal(smb2_find_symbols(&pdu, it, 1), 1);
}

static void
test_commands_that_define_symbols(void **state)
{
	(void)state;
	assert_true(smb2_defines(SMB2_CMD_SESSION_SETUP, SMB2_SESSION_ID, false));
	assert_true(smb2_defines(SMB2_CMD_TREE_CONNECT, SMB2_TREE_ID, false));
	assert_false(smb2_defines(SMB2_CMD_TREE_CONNECT, SMB2_SESSION_ID, false));
	assert_true(smb2_defines(SMB2_CMD_CREATE, SMB2_FILE_ID, false));
	assert_false(smb2_defines(SMB2_CMD_CREATE, SMB2_FILE_ID, true));
	assert_true(smb2_defines(SMB2_CMD_CREATE, SMB2_ASYNC_ID, true));
	assert_true(smb2_defines(SMB2_CMD_IOCTL, SMB2_RESUME_KEY, false));
	assert_false(smb2_defines(SMB2_CMD_CLOSE, SMB2_FILE_ID, false));
}

static void
test_names_of_statuses_and_commands(void **state)
{
	uint32_t v = 1;

	(void)state;
	assert_string_equal(ntstatus_name(0), "STATUS_SUCCESS");
	assert_string_equal(ntstatus_name(0xc0000022), "STATUS_ACCESS_DENIED");
	assert_string_equal(ntstatus_name(0x80000006), "STATUS_NO_MORE_FILES");
	assert_string_equal(ntstatus_name(0xc0123456), "0xc0123456");
	assert_int_equal(ntstatus_parse("STATUS_SHARING_VIOLATION", &v), 0);
	assert_int_equal(v, 0xc0000043);
	assert_int_equal(ntstatus_parse("0xC0000034", &v), 0);
	assert_int_equal(v, 0xc0000034);
	assert_int_equal(ntstatus_parse("STATUS_NOBODY_KNOWS", &v), ERR_NOTFOUND);
	assert_int_equal(ntstatus_parse("-1", &v), ERR_NOTFOUND);
	assert_int_equal(ntstatus_parse("0x100000000", &v), ERR_NOTFOUND);
	assert_int_equal(ntstatus_parse("", &v), ERR_NOTFOUND);
	assert_string_equal(smb2_command_name(SMB2_CMD_OPLOCK_BREAK), "OPLOCK_BREAK");
	assert_string_equal(smb2_command_name(0x13), "0x0013");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_vector_decodes_to_what_its_source_says),
		cmocka_unit_test(test_every_vector_encodes_to_its_bytes),
		cmocka_unit_test(test_every_structure_has_a_vector),
		cmocka_unit_test(test_the_body_of_each_pdu_is_recognised),
		cmocka_unit_test(test_tables_agree_with_the_lists),
		cmocka_unit_test(test_contexts_are_selected_by_name_direction_and_size),
		cmocka_unit_test(test_status_and_structure_size_tell_errors_from_answers),
		cmocka_unit_test(test_malformed_bodies_are_opaque_with_a_reason),
		cmocka_unit_test(test_what_has_no_header_is_no_pdu),
		cmocka_unit_test(test_chains_are_cut_at_next_command),
		cmocka_unit_test(test_messages_are_told_apart),
		cmocka_unit_test(test_the_walk_gives_fields_nested_structures_and_gaps),
		cmocka_unit_test(test_links_that_overlap_or_lead_out_end_the_list),
		cmocka_unit_test(test_a_walk_ends_where_a_call_says),
		cmocka_unit_test(test_symbols_are_found_in_header_body_and_contexts),
		cmocka_unit_test(test_commands_that_define_symbols),
		cmocka_unit_test(test_names_of_statuses_and_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
