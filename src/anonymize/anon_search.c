/*
 * Bytes whose structure is not known: what goes over pipes, unknown FSCTLs and contexts. What gives
 * itself away there is rewritten, all else stays.
 */
#include "config.h"

#include <stdlib.h>

#include "anonymize/anon_chars.h"
#include "anonymize/anon_int.h"
#include "anonymize/anon_known.h"
#include "anonymize/anon_token.h"
#include "auth/ntlm.h"

#define SID_HEAD 8u
#define SID_MAX_SUB 8u    /* of a SID with a domain, in practice 5 */
#define COUNTS 3u         /* maximum, offset, actual count (C706 14.3.4.2) */
#define COUNTED_MAX 1024u /* characters */

struct search {
	struct anon *a;
	uint8_t *p;
	size_t n, at;
	int err;
};

static size_t
ntlm(struct search *s)
{
	size_t left = s->n - s->at;
	bool judged;

	if (ntlm_type(slice_of(s->p + s->at, left)) == NTLM_NONE)
		return 0;
	s->err = anon_ntlm(&s->a->names, s->p + s->at, left, &judged);
	return left; /* it ends what it is in */
}

/* A SID of a domain: revision 1, authority 5, first number 21. */
static size_t
sid(struct search *s)
{
	static const uint8_t nt[] = {0, 0, 0, 0, 0, 5, 21, 0, 0, 0};
	const uint8_t *p = s->p + s->at;
	size_t left = s->n - s->at, n;
	bool judged;

	if (left < SID_HEAD + 4 || p[0] != 1 || p[1] < 4 || p[1] > SID_MAX_SUB ||
	    memcmp(p + 2, nt, sizeof(nt)) != 0)
		return 0;
	n = SID_HEAD + 4u * p[1];
	if (n > left)
		return 0;
	s->err = anon_sid(s->a->prf, s->p + s->at, n, &judged);
	return n;
}

static bool
is_text(const uint8_t *p, size_t n)
{
	bool letter = false;
	struct anon_char c;

	for (size_t i = 0; i < n; i++) {
		uint16_t unit = (uint16_t)wire_le(p + 2 * i, 2);

		if (unit < 0x20 && !(unit == 0 && i + 1 == n))
			return false;
		letter |= anon_char_of(unit, &c);
	}
	return letter;
}

static enum anon_text
kind_of(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (wire_le(p + 2 * i, 2) == '\\')
			return n > 2 && i == 0 && wire_le(p + 2, 2) == '\\' ? ANON_UNC : ANON_FILE;
	return ANON_HOST;
}

/* What stays as a file's name does not become a host's. */
static bool
is_well_known(const uint8_t *p, size_t n)
{
	uint16_t u[COUNTED_MAX];

	for (size_t i = 0; i < n; i++)
		u[i] = (uint16_t)wire_le(p + 2 * i, 2);
	return anon_is_well_known(u, n > 0 && u[n - 1] == 0 ? n - 1 : n);
}

/* A text with its counts, as RPC sends them: of 4 bytes in NDR, of 8 in NDR64. */
static size_t
counted(struct search *s, size_t width)
{
	size_t left = s->n - s->at, head = COUNTS * width;
	uint8_t *p = s->p + s->at;
	uint64_t most, n;

	if (s->at % 4 != 0 || left < head || wire_le(p + width, width) != 0)
		return 0;
	most = wire_le(p, width);
	n = wire_le(p + 2 * width, width);
	if (n == 0 || n > COUNTED_MAX || most < n || most > n + 1 || n > (left - head) / 2)
		return 0;
	p += head;
	if (!is_text(p, n))
		return 0;
	if (!is_well_known(p, n))
		s->err = anon_name_utf16(&s->a->names, kind_of(p, n), p, 2 * n);
	return head + 2 * n;
}

static size_t
known(struct search *s, size_t width)
{
	enum anon_text kind;
	size_t n = anon_index_find(s->a, s->p, s->p + s->at, s->n - s->at, width, &kind);
	uint8_t *p = s->p + s->at;

	if (n > 0)
		s->err = width == 2 ? anon_name_utf16(&s->a->names, kind, p, 2 * n)
				    : anon_name_bytes(&s->a->names, kind, p, n);
	return n * width;
}

int
anon_search(struct anon *a, uint8_t *p, size_t n)
{
	struct search s = {.a = a, .p = p, .n = n};
	size_t found = 0;

	while (s.err == 0 && s.at < n) {
		size_t took = ntlm(&s);

		if (took == 0)
			took = sid(&s);
		if (took == 0)
			took = counted(&s, 4);
		if (took == 0)
			took = counted(&s, 8);
		if (took == 0)
			took = known(&s, 2);
		if (took == 0)
			took = known(&s, 1);
		found += took > 0;
		s.at += took > 0 ? took : 1;
	}
	a->result->counts[ANON_FOUND] += a->learning ? 0 : found;
	return s.err;
}
