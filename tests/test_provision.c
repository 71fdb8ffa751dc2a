/* What files are to hold, and security descriptors as text. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hex.h"
#include "provision/ask.h"
#include "provision/content.h"
#include "provision/descriptor.h"

static const uint8_t seen[] = "seen";
static const uint8_t far[] = "far away";

/* Two pieces: inside of what is made up otherwise, and far behind it. */
static const struct state_piece pieces[] = {{.off = 100, .len = 4, .own = seen},
					    {.off = 1 << 20, .len = 8, .own = far}};

static struct content
content_with(struct state_entry *e, uint64_t size, size_t n_pieces)
{
	static const struct state s;

	*e = (struct state_entry){.share = "share", .path = "dir\\file"};
	e->data = (struct state_data){
		.sized = true, .size = size, .pieces = pieces, .n_pieces = n_pieces};
	return content_of(&s, e, -1);
}

/* All that is to be written, at its place, in steps of at most `max`. */
static void
write_all(const struct content *c, uint32_t max, uint8_t *out, size_t size)
{
	uint64_t off = 0;
	uint32_t n;

	memset(out, 0, size);
	for (; content_next(c, &off, max, &n); off += n) {
		assert_in_range(n, 1, max);
		assert_true(off <= size && n <= size - off);
		content_read(c, off, out + off, n);
	}
}

static void
test_content_is_the_same_whatever_the_steps(void **state)
{
	static uint8_t a[(1 << 20) + 8], b[sizeof(a)];
	static const uint32_t steps[] = {1, 3, 7, 4096, 65536, UINT32_MAX};
	struct state_entry e;
	struct content c = content_with(&e, sizeof(a), 2);

	(void)state;
	write_all(&c, 65536, a, sizeof(a));
	assert_memory_equal(a + 100, seen, 4);
	assert_memory_equal(a + (1 << 20), far, 8);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		write_all(&c, steps[i], b, sizeof(b));
		assert_memory_equal(a, b, sizeof(a));
	}
	for (size_t i = CONTENT_MADE_UP; i < 1 << 20; i++)
		assert_int_equal(a[i], 0);
	assert_int_equal(content_sum(&c, UINT64_MAX), CONTENT_MADE_UP + 8);
	assert_int_equal(content_end(&c), sizeof(a));
}

static void
test_content_goes_by_name_and_stream(void **state)
{
	static const struct state_stream streams[2] = {
		{.name = "one", .data = {.sized = true, .size = 64}},
		{.name = "two", .data = {.sized = true, .size = 64}}};
	struct state_entry e;
	struct content c = content_with(&e, 64, 0), one, two;
	uint8_t bytes[4][64];
	struct state s = {.n = 0};

	(void)state;
	e.streams = streams;
	e.n_streams = 2;
	one = content_of(&s, &e, 0);
	two = content_of(&s, &e, 1);
	content_read(&c, 0, bytes[0], 64);
	content_read(&one, 0, bytes[1], 64);
	content_read(&two, 0, bytes[2], 64);
	e.path = "dir\\other";
	c = content_of(&s, &e, -1);
	content_read(&c, 0, bytes[3], 64);
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(bytes[i], bytes[k], 64);
}

static void
test_content_of_a_huge_file_is_little(void **state)
{
	struct state_entry e;
	struct content c = content_with(&e, INT64_MAX, 0);

	(void)state;
	assert_int_equal(content_sum(&c, UINT64_MAX), CONTENT_MADE_UP);
	assert_int_equal(content_end(&c), CONTENT_MADE_UP);
	c = content_with(&e, 0, 0);
	assert_int_equal(content_sum(&c, UINT64_MAX), 0);
}

/* MS-DTYP 2.4.6: owner S-1-5-21-1-2-3, group S-1-22-2-4, DACL with one ACE for Everyone, protected
 * and inherited automatically. */
static const char descriptor[] =
	"01 00 0494 14000000 30000000 00000000 40000000 "
	"01 05 000000000005 15000000 01000000 02000000 03000000 e8030000 "
	"01 02 000000000016 02000000 04000000 "
	"02 00 1c00 0100 0000 00 03 1400 ff011f00 01 01 000000000001 00000000";

static void
test_descriptor_as_text(void **state)
{
	const struct hex h = unhex(descriptor);
	struct slice sd = hex_slice(&h);
	struct buf out = {0};

	(void)state;
	assert_int_equal(descriptor_put(NULL, sd, ASK_OWNER, &out), 0);
	assert_int_equal(descriptor_put(NULL, sd, ASK_GROUP, &out), 0);
	assert_int_equal(descriptor_put(NULL, sd, ASK_DACL, &out), 0);
	assert_int_equal(descriptor_put(NULL, sd, ASK_SACL, &out), 0);
	buf_zero(&out, 1);
	assert_string_equal((const char *)out.p, "O:S-1-5-21-1-2-3-1000G:S-1-22-2-4"
						 "D:PAI(0;3;0x1f01ff;S-1-1-0)S:none");
	buf_reset(&out);
	for (size_t i = 0; i < sd.n; i++) {
		uint8_t *cut = malloc(i + 1);

		assert_non_null(cut);
		memcpy(cut, sd.p, i);
		assert_int_not_equal(descriptor_put(NULL, slice_of(cut, i), ASK_DACL, &out), 0);
		free(cut);
	}
	buf_free(&out);
}

static void
test_descriptor_asks_for_what_it_says(void **state)
{
	const struct hex h = unhex(descriptor);
	struct slice sd = hex_slice(&h);
	struct buf out = {0};

	(void)state;
	descriptor_ask_inherited(sd, &out);
	assert_int_equal(out.n, sd.n);
	assert_int_equal(wire_le(out.p + 2, 2), wire_le(sd.p + 2, 2) | 0x0100);
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content_is_the_same_whatever_the_steps),
		cmocka_unit_test(test_content_goes_by_name_and_stream),
		cmocka_unit_test(test_content_of_a_huge_file_is_little),
		cmocka_unit_test(test_descriptor_as_text),
		cmocka_unit_test(test_descriptor_asks_for_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
