/* The window of MessageIds: what is granted, what is taken, in any order. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ir/credits.h"

static void
grant(struct credits *c, uint16_t credits)
{
	credits_answered(c, &(struct credit_head){.command = SMB2_CMD_ECHO, .credits = credits});
}

static void
take(struct credits *c, uint64_t id, uint32_t charge)
{
	assert_true(credits_cover(c, id, charge));
	assert_int_equal(credits_sent(c, id, charge), 0);
	assert_false(credits_cover(c, id, 1));
}

static void
test_credits_begin_with_id_zero(void **state)
{
	struct credits c = {0};

	(void)state;
	credits_begin(&c);
	assert_true(credits_cover(&c, 0, 1));
	assert_false(credits_cover(&c, 0, 2));
	assert_false(credits_cover(&c, 1, 1));
	take(&c, 0, 1);
	grant(&c, 3);
	take(&c, 1, 1);
	take(&c, 2, 2);
	assert_false(credits_cover(&c, 4, 1));
	assert_true(credits_short_of(&c, 4, 1));
	assert_false(credits_short_of(&c, 3, 1)); /* taken, which no grant changes */
	credits_free(&c);
}

/* MS-SMB2 3.3.1.1: out of sequence is allowed, twice is not, and holes stay open. */
static void
test_credits_out_of_order_and_holes(void **state)
{
	struct credits c = {0};

	(void)state;
	credits_begin(&c);
	take(&c, 0, 1);
	grant(&c, 20);
	take(&c, 9, 1);
	take(&c, 5, 3);
	take(&c, 20, 1);
	assert_false(credits_cover(&c, 3, 3)); /* 5 is taken */
	assert_false(credits_cover(&c, 8, 2)); /* 9 is */
	assert_true(credits_cover(&c, 8, 1));
	assert_true(credits_cover(&c, 1, 4));
	take(&c, 8, 1);
	take(&c, 1, 4); /* 1-9 are one piece now */
	assert_int_equal(c.low, 10);
	assert_int_equal(c.n_used, 1);
	take(&c, 10, 10);
	assert_int_equal(c.low, 21);
	assert_int_equal(c.n_used, 0);
	assert_int_equal(c.taken, 21);
	credits_free(&c);
}

/* What goes out twice or over others is counted once. */
static void
test_credits_taken_again(void **state)
{
	struct credits c = {0};

	(void)state;
	credits_begin(&c);
	take(&c, 0, 1);
	grant(&c, 30);
	take(&c, 10, 4);
	take(&c, 20, 4);
	assert_int_equal(c.taken, 9);
	assert_int_equal(credits_sent(&c, 8, 20), 0); /* 12 more of 8-27 */
	assert_int_equal(c.taken, 21);
	assert_int_equal(c.n_used, 1);
	assert_int_equal(credits_sent(&c, 0, 1), 0);
	assert_int_equal(c.taken, 21);
	assert_int_equal(c.low, 1);
	credits_free(&c);
}

/* Grants and charges of 16 bits, and ids at the end of 64. */
static void
test_credits_large(void **state)
{
	struct credits c = {0};

	(void)state;
	credits_begin(&c);
	take(&c, 0, 1);
	for (int i = 0; i < 1000; i++)
		grant(&c, UINT16_MAX);
	assert_int_equal(c.top, 1 + 1000 * (uint64_t)UINT16_MAX);
	for (uint64_t id = 1; id < c.top; id += UINT16_MAX)
		take(&c, id, UINT16_MAX);
	assert_int_equal(c.low, c.top);
	assert_int_equal(c.n_used, 0);
	assert_false(credits_cover(&c, UINT64_MAX, UINT16_MAX));
	assert_true(credits_short_of(&c, UINT64_MAX, 1));
	assert_int_equal(credits_sent(&c, UINT64_MAX - 3, UINT16_MAX), 0);
	assert_int_equal(c.n_used, 1);
	c.top = UINT64_MAX - 1;
	grant(&c, 9); /* which would wrap */
	assert_int_equal(c.top, UINT64_MAX - 1);
	credits_free(&c);
}

/* Every second id: holes without end take no memory without end, the lowest are given up. */
static void
test_credits_many_holes(void **state)
{
	struct credits c = {0};

	(void)state;
	credits_begin(&c);
	take(&c, 0, 1);
	for (int i = 0; i < 4; i++)
		grant(&c, UINT16_MAX);
	for (uint64_t id = 2; id < 200000; id += 2)
		take(&c, id, 1);
	assert_true(c.n_used <= CREDITS_MAX_RANGES && c.cap <= CREDITS_MAX_RANGES);
	assert_false(credits_cover(&c, 3, 1));
	assert_true(credits_cover(&c, 199997, 1));
	take(&c, 199997, 1);
	credits_free(&c);
}

static void
test_credits_charge_counts_from_210_with_large_mtu(void **state)
{
	static const struct {
		uint16_t dialect;
		uint32_t capabilities;
		bool multi;
	} cases[] = {{0x0202, 4, false}, {0x0210, 3, false}, {0x0210, 4, true}, {0x0302, 7, true}};
	const struct credit_head read = {.command = SMB2_CMD_READ, .charge = 16},
				 cancel = {.command = SMB2_CMD_CANCEL, .charge = 1},
				 none = {.command = SMB2_CMD_READ};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct smb2_pdu p = {.body_def = &smb2_defs[SMB2_DEF_smb2_negotiate_resp]};
		struct credits c = {0};

		credits_begin(&c);
		p.body.smb2_negotiate_resp.dialect_revision = cases[i].dialect;
		p.body.smb2_negotiate_resp.capabilities = cases[i].capabilities;
		credits_negotiated(&c, &p);
		assert_int_equal(credits_charge(&c, &read), cases[i].multi ? 16 : 1);
		assert_int_equal(credits_charge(&c, &none), 1);
		assert_int_equal(credits_charge(&c, &cancel), 0);
	}
}

/* Interim answers grant, but do not end a request; notifications are no answers. */
static void
test_credits_outstanding(void **state)
{
	const struct credit_head interim = {.status = 0x103, .flags = 3, .credits = 2},
				 final = {.flags = 3},
				 notification = {.message_id = SMB2_NO_MESSAGE_ID};
	struct credits c = {0};

	(void)state;
	credits_begin(&c);
	take(&c, 0, 1);
	credits_answered(&c, &interim);
	take(&c, 1, 1);
	credits_answered(&c, &notification);
	take(&c, 2, 1);
	assert_int_equal(c.most_outstanding, 3);
	credits_answered(&c, &final);
	assert_int_equal(c.requests - c.answers, 2);
	assert_int_equal(c.granted, 2);
	credits_free(&c);
}

static void
test_credits_that_are_lost_cover_all(void **state)
{
	struct credits c = {0};

	(void)state;
	credits_begin(&c);
	credits_lose(&c);
	assert_true(credits_cover(&c, 500, 9));
	assert_false(credits_short_of(&c, 500, 9));
	credits_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_credits_begin_with_id_zero),
		cmocka_unit_test(test_credits_out_of_order_and_holes),
		cmocka_unit_test(test_credits_taken_again),
		cmocka_unit_test(test_credits_large),
		cmocka_unit_test(test_credits_many_holes),
		cmocka_unit_test(test_credits_charge_counts_from_210_with_large_mtu),
		cmocka_unit_test(test_credits_outstanding),
		cmocka_unit_test(test_credits_that_are_lost_cover_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
