/*
 * Every structure and every PDU under every truncation and every flipped bit: nothing is read
 * outside, and what decodes encodes back.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/hex.h"
#include "tests/vectors.h"

/* An exact-size copy, so that the address sanitizer sees one byte over. */
static uint8_t *
exact(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	assert_non_null(copy);
	memcpy(copy, p, n);
	return copy;
}

struct bounds {
	struct slice in;
	int depth;
};

static int
inside(void *ctx, const struct smb2_item *it)
{
	const struct bounds *b = (const struct bounds *)ctx;

	assert_true(it->off <= b->in.n && it->len <= b->in.n - it->off);
	if (it->bytes.n > 0)
		assert_ptr_equal(it->bytes.p, b->in.p + it->off);
	return 0;
}

static int
enter(void *ctx, const struct smb2_item *it)
{
	((struct bounds *)ctx)->depth++;
	return inside(ctx, it);
}

static int
leave(void *ctx, const struct smb2_item *it)
{
	((struct bounds *)ctx)->depth--;
	return inside(ctx, it);
}

/* One structure: if it decodes, it walks within bounds and encodes to what was there. */
static void
check_structure(const struct smb2_def *def, const uint8_t *p, size_t n, size_t pos)
{
	uint8_t *in = exact(p, n), *out = exact(p, n), *covered = calloc(1, n + 1);
	struct bounds b = {.in = slice_of(in, n)};
	struct smb2_visitor v = {&b, inside, enter, leave};
	size_t end = 0;
	union any any;

	assert_non_null(covered);
	memset(out, 0x5a, n);
	if (smb2_decode(def, slice_of(in, n), pos, &any, &end) == 0) {
		assert_true(end <= n);
		assert_int_equal(smb2_encode(def, &any, pos, out, covered, n), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(out[i], covered[i] != 0 ? in[i] : 0x5a);
		for (int response = 0; response < 2; response++)
			assert_int_equal(
				smb2_walk_struct(def, slice_of(in, n), pos, &any, response, &v), 0);
		assert_int_equal(b.depth, 0);
	}
	free(in);
	free(out);
	free(covered);
}

/* One PDU: whatever decodes is identical after decode and encode, and walks within bounds. */
static void
check_pdu(const uint8_t *p, size_t n)
{
	uint8_t *in = exact(p, n);
	struct bounds b = {.in = slice_of(in, n)};
	struct smb2_visitor v = {&b, inside, enter, leave};
	struct smb2_item found[SMB2_SYMBOLS_MAX];
	struct smb2_identity id;
	struct smb2_pdu pdu;
	size_t n_found;

	if (smb2_pdu_decode(slice_of(in, n), &pdu) == 0) {
		assert_true((pdu.body_def == NULL) == (pdu.opaque != NULL));
		assert_int_equal(smb2_walk_header(&pdu, &v), 0);
		assert_int_equal(smb2_walk_body(&pdu, &v), 0);
		assert_int_equal(b.depth, 0);
		assert_int_equal(smb2_check_identity(&pdu, &id), 0);
		assert_true(id.identical);
		n_found = smb2_find_symbols(&pdu, found, SMB2_SYMBOLS_MAX);
		for (size_t i = 0; i < n_found; i++)
			(void)inside(&b, &found[i]);
	}
	free(in);
}

static void
structure_of(const struct vector *v, const uint8_t *p, size_t n)
{
	check_structure(def_named(v->def), p, n, v->pos);
}

static void
pdu_of(const struct vector *v, const uint8_t *p, size_t n)
{
	if (v->pos == SMB2_HEADER)
		check_pdu(p, n);
}

/* `check` over each vector as it is, cut at every length, and with every bit flipped. */
static void
sweep(void (*check)(const struct vector *, const uint8_t *, size_t))
{
	for (size_t i = 0; i < N_VECTORS; i++) {
		struct hex h = unhex(vectors[i].hex);

		for (size_t n = 0; n <= h.n; n++)
			check(&vectors[i], h.p, n);
		for (size_t bit = 0; bit < 8 * h.n; bit++) {
			h.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			check(&vectors[i], h.p, h.n);
			h.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void
test_structures_survive_truncation_and_bit_flips(void **state)
{
	(void)state;
	sweep(structure_of);
}

static void
test_pdus_survive_truncation_and_bit_flips(void **state)
{
	(void)state;
	sweep(pdu_of);
}

/* Bytes that are not meant for it: each structure over each other's vector. */
static void
test_structures_survive_the_bytes_of_others(void **state)
{
	(void)state;
	for (size_t d = 0; d < SMB2_N_DEFS; d++) {
		for (size_t i = 0; i < N_VECTORS; i++) {
			struct hex h = unhex(vectors[i].hex);

			check_structure(&smb2_defs[d], h.p, h.n, 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_structures_survive_truncation_and_bit_flips),
		cmocka_unit_test(test_pdus_survive_truncation_and_bit_flips),
		cmocka_unit_test(test_structures_survive_the_bytes_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
