/*
 * Two answers, field by field: literal messages, and what must be said of them, a line each:
 * "path: EXPECTED, GOT", with a star in front of file data.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ir/differ.h"
#include "tests/smb2_build.h"

struct two {
	struct buf a, b, body, text; /* messages, frame header included */
};

static int
setup(void **state)
{
	static struct two two;

	*state = &two;
	return 0;
}

static int
teardown(void **state)
{
	struct two *t = *state;

	buf_free(&t->a);
	buf_free(&t->b);
	buf_free(&t->body);
	buf_free(&t->text);
	return 0;
}

static void
on_field(void *ctx, const struct differ_field *f)
{
	buf_printf(ctx, "%s%s: %s, %s\n", f->payload ? "*" : "", f->path, f->expected, f->got);
}

static const char *
diff(struct two *t)
{
	struct smb2_pdu a, b;

	buf_reset(&t->text);
	assert_int_equal(smb2_pdu_decode(slice_of(t->a.p + 4, t->a.n - 4), &a), 0);
	assert_int_equal(smb2_pdu_decode(slice_of(t->b.p + 4, t->b.n - 4), &b), 0);
	assert_int_equal(differ_pdus(&a, &b, on_field, &t->text), 0);
	buf_add(&t->text, "", 1);
	return (char *)t->text.p;
}

/* The answer with that body as the recorded or the live one. */
static void
make(struct two *t, struct buf *out, unsigned command)
{
	build_one(out, &(struct build_hdr){command, F_RESPONSE, .mid = 1}, &t->body);
}

/* A byte of a CREATE response (MS-SMB2 2.2.1.2, 2.2.14), and what is said when it is altered. */
static const struct mask {
	size_t at; /* in the message */
	const char *said;
} masks[] = {
	{4 + 6, ""}, /* credit charge: the client's */
	{4 + 8, "status: STATUS_SUCCESS, STATUS_WAIT_1\n"},
	{4 + 12, "command: CREATE, TREE_DISCONNECT\n"},
	{4 + 14, ""}, /* credits */
	{4 + 16 + 3, "flags: 0x00000001, 0x01000001\n"},
	{4 + 32, ""}, /* reserved: process id */
	{4 + 36, ""}, /* tree id */
	{4 + 40, ""}, /* session id */
	{4 + 48, ""}, /* signature */
	{68 + 2, "body.oplock_level: 0x09, 0x08\n"},
	{68 + 3, "body.flags: 0x00, 0x01\n"},
	{68 + 4, "body.create_action: 0x00000001, 0x00000000\n"},
	{68 + 8, ""},  /* creation time */
	{68 + 40, ""}, /* allocation size: the volume's */
	{68 + 48, "body.end_of_file: 0x0000000000000005, 0x0000000000000004\n"},
	{68 + 56, "body.file_attributes: 0x00000020, 0x00000021\n"},
	{68 + 60, ""}, /* reserved */
	{68 + 64, ""}, /* file id */
};

static void
test_differ_one_altered_field_is_one_difference_or_none(void **state)
{
	struct two *t = *state;

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		body_create_resp(&t->body, 9, 0x100, 0x100);
		make(t, &t->a, CREATE);
		body_create_resp(&t->body, 9, 0x100, 0x100);
		make(t, &t->b, CREATE);
		t->b.p[masks[i].at] ^= 1;
		assert_string_equal(diff(t), masks[i].said);
	}
}

/* With another status the rest follows from that. */
static void
test_differ_a_status_hides_the_body(void **state)
{
	struct two *t = *state;

	body_create_resp(&t->body, 9, 0x100, 0x100);
	make(t, &t->a, CREATE);
	body_error(&t->body);
	build_one(&t->b, &(struct build_hdr){CREATE, F_RESPONSE, ACCESS_DENIED, .mid = 1},
		  &t->body);
	assert_string_equal(diff(t), "status: STATUS_SUCCESS, STATUS_ACCESS_DENIED\n");
}

/* That an answer has the async form says what its interim one has said. */
static void
test_differ_the_async_form_alone(void **state)
{
	struct two *t = *state;

	body_error(&t->body);
	build_one(&t->a, &(struct build_hdr){LOCK, F_RESPONSE, ACCESS_DENIED, .mid = 1}, &t->body);
	body_error(&t->body);
	build_one(&t->b, &(struct build_hdr){LOCK, F_RESPONSE | F_ASYNC, ACCESS_DENIED, .mid = 1},
		  &t->body);
	assert_string_equal(diff(t), "");
}

static void
test_differ_file_data(void **state)
{
	struct two *t = *state;

	body_read_resp(&t->body, "some data");
	make(t, &t->a, READ);
	body_read_resp(&t->body, "some date");
	make(t, &t->b, READ);
	assert_string_equal(diff(t), "*body.data: 9 bytes, from byte 8: 61, "
				     "9 bytes, from byte 8: 65\n");
	body_read_resp(&t->body, "some");
	make(t, &t->b, READ);
	assert_string_equal(diff(t), "body.data_length: 0x00000009, 0x00000004\n"
				     "*body.data: 9 bytes, from byte 4: 2064617461, 4 bytes\n");
}

/* Bodies that are not described count by their size. */
static void
test_differ_bodies_that_are_not_described(void **state)
{
	struct two *t = *state;

	body_output_resp(&t->body, "abcd");
	make(t, &t->a, QUERY_INFO);
	body_output_resp(&t->body, "efgh");
	make(t, &t->b, QUERY_INFO);
	assert_string_equal(diff(t), "");
	body_output_resp(&t->body, "efg");
	make(t, &t->b, QUERY_INFO);
	assert_string_equal(diff(t), "body.output_buffer_length: 0x00000004, 0x00000003\n"
				     "body.output_buffer: 4 bytes: 61626364, 3 bytes: 656667\n");
}

static void
test_differ_opaque_bodies(void **state)
{
	struct two *t = *state;

	body_close_resp(&t->body);
	make(t, &t->a, CLOSE);
	buf_le(&t->body, 2, 61);
	make(t, &t->b, CLOSE);
	assert_string_equal(diff(t), "body: smb2_close_resp, not described\n");
	buf_le(&t->body, 2, 61);
	make(t, &t->a, CLOSE);
	assert_string_equal(diff(t), "");
}

/* A NEGOTIATE response of 3.1.1 (MS-SMB2 2.2.4), `n` contexts of an unknown type, 2 bytes each. */
static void
body_many_contexts(struct buf *b, unsigned n, uint8_t last)
{
	buf_le(b, 2, 65);
	buf_le(b, 2, 1);
	buf_le(b, 2, 0x0311);
	buf_le(b, 2, n);
	buf_zero(b, 48);
	buf_le(b, 2, 64 + 64);
	buf_le(b, 2, 0);
	buf_le(b, 4, 64 + 64);
	for (unsigned i = 0; i < n; i++) {
		buf_le(b, 2, 0x7777);
		buf_le(b, 2, 2);
		buf_le(b, 4, 0);
		buf_le(b, 8, i + 1 == n ? last : 1);
	}
}

static void
test_differ_behind_very_many_fields(void **state)
{
	struct two *t = *state;

	body_many_contexts(&t->body, 400, 1);
	make(t, &t->a, NEGOTIATE);
	body_many_contexts(&t->body, 400, 2);
	make(t, &t->b, NEGOTIATE);
	assert_string_equal(diff(t), "body.negotiate_contexts[399].data: 2 bytes: 0100, "
				     "2 bytes: 0200\n");
	body_many_contexts(&t->body, 20000, 1);
	make(t, &t->a, NEGOTIATE);
	body_many_contexts(&t->body, 20000, 2);
	make(t, &t->b, NEGOTIATE);
	assert_string_equal(diff(t), "body: a body of very many fields, another one\n");
}

static void
test_differ_one_context_more_or_less(void **state)
{
	struct two *t = *state;

	body_many_contexts(&t->body, 2, 1);
	make(t, &t->a, NEGOTIATE);
	body_many_contexts(&t->body, 1, 1);
	make(t, &t->b, NEGOTIATE);
	assert_string_equal(diff(t), "body.negotiate_contexts[1].context_type: 0x7777, absent\n");
	body_many_contexts(&t->body, 3, 1);
	make(t, &t->b, NEGOTIATE);
	assert_string_equal(diff(t), "body.negotiate_contexts[2].context_type: absent, 0x7777\n");
	body_many_contexts(&t->body, 2, 7);
	make(t, &t->b, NEGOTIATE);
	assert_string_equal(diff(t),
			    "body.negotiate_contexts[1].data: 2 bytes: 0100, 2 bytes: 0700\n");
}

/* A CREATE response (MS-SMB2 2.2.14) with create contexts of these letters, 8 bytes in each. */
static void
make_contexts(struct two *t, struct buf *out, const char *letters, uint64_t data)
{
	struct buf contexts = {0};
	size_t at = t->body.n;

	body_create_resp(&t->body, 9, 0x100, 0x100);
	for (; *letters != '\0'; letters++) {
		char tag[5] = "Tag?";
		uint8_t bytes[8];

		tag[3] = *letters;
		wire_put_le(bytes, sizeof(bytes), data);
		build_context(&contexts, tag, bytes, sizeof(bytes), letters[1] != '\0');
	}
	wire_put_le(t->body.p + at + 80, 4, 64 + 88);
	wire_put_le(t->body.p + at + 84, 4, contexts.n);
	buf_add(&t->body, contexts.p, contexts.n);
	buf_free(&contexts);
	make(t, out, CREATE);
}

/* Their order is the server's own. */
static void
test_differ_create_contexts_by_their_tags(void **state)
{
	struct two *t = *state;

	make_contexts(t, &t->a, "ABC", 1);
	make_contexts(t, &t->b, "CAB", 1);
	assert_string_equal(diff(t), "");
	make_contexts(t, &t->b, "XB", 2);
	assert_string_equal(diff(t), "create context TagA: present, absent\n"
				     "body.create_contexts[1].data: 8 bytes: 0100000000000000, "
				     "8 bytes: 0200000000000000\n"
				     "create context TagC: present, absent\n"
				     "create context TagX: absent, present\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_differ_one_altered_field_is_one_difference_or_none),
		TEST(test_differ_a_status_hides_the_body),
		TEST(test_differ_the_async_form_alone),
		TEST(test_differ_file_data),
		TEST(test_differ_bodies_that_are_not_described),
		TEST(test_differ_opaque_bodies),
		TEST(test_differ_behind_very_many_fields),
		TEST(test_differ_one_context_more_or_less),
		TEST(test_differ_create_contexts_by_their_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
