/* Tokens: DER walked element by element, NTLM messages field by field. */
#include "config.h"

#include "anonymize/anon_token.h"

#include "anonymize/anon_ids.h"
#include "auth/der.h"
#include "auth/ntlm.h"

#define DEPTH_MAX 32 /* of DER; Kerberos needs 12 */
#define DER_CONSTRUCTED 0x20
#define DER_CLASS 0xc0
#define DER_UTF8_STRING 0x0c
#define SHORT_OCTETS 8u /* flags, types, channel bindings: what is shorter tells nothing */

/* MS-NLMP 2.2.1.1, 2.2.1.2, 2.2.1.3: where descriptors and fixed fields stand. */
#define NEGOTIATE_DOMAIN 16u
#define NEGOTIATE_WORKSTATION 24u
#define NEGOTIATE_END 32u
#define CHALLENGE_TARGET 12u
#define CHALLENGE_NONCE 24u
#define CHALLENGE_TARGET_INFO 40u
#define CHALLENGE_END 48u
#define AUTHENTICATE_MIC 72u
#define MIC_LEN 16u
#define FIELD_LEN 8u

/* MS-NLMP 2.2.2.7: proof, types, time, client challenge, reserved; then the pairs */
#define NT_CLIENT 32u
#define NT_PAIRS 44u

/* MS-NLMP 2.2.2.1 */
enum {
	AV_EOL = 0,
	AV_FIRST_NAME = 1,
	AV_LAST_NAME = 5, /* of computer, domain, forest */
	AV_FLAGS = 6,
	AV_TIMESTAMP = 7,
	AV_SINGLE_HOST = 8,
	AV_TARGET_NAME = 9,
	AV_CHANNEL_BINDINGS = 10
};

struct token {
	struct anon_names *names;
	uint8_t *p;
	size_t n;
	bool judged;
};

/* A part of the token, as it may be written. */
static uint8_t *
at(const struct token *t, struct slice s)
{
	return t->p + (s.p - t->p);
}

static int
fill(struct token *t, size_t off, size_t n)
{
	if (off > t->n || n > t->n - off)
		return 0;
	return anon_fill(t->names->prf, t->p + off, n);
}

/* The payload that a descriptor names; empty where it leads outside. */
static struct slice
field(const struct token *t, size_t off)
{
	if (t->n < FIELD_LEN || off > t->n - FIELD_LEN)
		return (struct slice){0};
	return slice_sub(slice_of(t->p, t->n), (size_t)wire_le(t->p + off + 4, 4),
			 (size_t)wire_le(t->p + off, 2));
}

static int
name(struct token *t, struct slice s, bool unicode)
{
	if (s.n == 0)
		return 0;
	return unicode ? anon_name_utf16(t->names, ANON_HOST, at(t, s), s.n)
		       : anon_name_bytes(t->names, ANON_HOST, at(t, s), s.n);
}

static int
pair(struct token *t, unsigned id, struct slice value)
{
	if (id >= AV_FIRST_NAME && id <= AV_LAST_NAME)
		return name(t, value, true);
	switch (id) {
	case AV_FLAGS:
	case AV_TIMESTAMP:
		return 0;
	case AV_TARGET_NAME: /* "cifs/host" */
		return name(t, value, true);
	case AV_SINGLE_HOST: /* size, 0, then who it is */
		if (value.n <= FIELD_LEN)
			return 0;
		return anon_fill(t->names->prf, at(t, value) + FIELD_LEN, value.n - FIELD_LEN);
	case AV_CHANNEL_BINDINGS:
		return anon_fill(t->names->prf, at(t, value), value.n);
	default:
		t->judged = false;
		return anon_fill(t->names->prf, at(t, value), value.n);
	}
}

static int
pairs(struct token *t, struct slice s)
{
	struct wire_rd r = wire_rd_init(s);
	int err = 0;

	while (err == 0 && wire_rd_left(&r) >= 4) {
		unsigned id = wire_get_le16(&r);
		struct slice value = wire_get_slice(&r, wire_get_le16(&r));

		if (r.err != 0 || id == AV_EOL)
			break;
		err = pair(t, id, value);
	}
	return err;
}

static int
nt_response(struct token *t, struct slice s)
{
	int r;

	if (s.n <= NT_PAIRS)
		return anon_fill(t->names->prf, at(t, s), s.n);
	r = anon_fill(t->names->prf, at(t, s), NTLM_KEY_LEN);
	if (r == 0)
		r = anon_fill(t->names->prf, at(t, s) + NT_CLIENT, NTLM_CHALLENGE_LEN);
	return r == 0 ? pairs(t, slice_sub(s, NT_PAIRS, s.n - NT_PAIRS)) : r;
}

static int
authenticate(struct token *t, bool unicode)
{
	struct ntlm_authenticate m;
	int r = 0;

	if (ntlm_authenticate_parse(slice_of(t->p, t->n), &m) != 0) {
		t->judged = false;
		return anon_fill(t->names->prf, t->p + FIELD_LEN + 4, t->n - FIELD_LEN - 4);
	}
	for (enum ntlm_field f = NTLM_LM; r == 0 && f < NTLM_FIELDS; f++) {
		struct slice s = m.field[f];

		if (f == NTLM_NT)
			r = nt_response(t, s);
		else if (f == NTLM_LM || f == NTLM_SESSION_KEY)
			r = anon_fill(t->names->prf, at(t, s), s.n);
		else
			r = name(t, s, unicode);
	}
	if (r == 0 && m.header_len >= AUTHENTICATE_MIC + MIC_LEN)
		r = fill(t, AUTHENTICATE_MIC, MIC_LEN);
	return r;
}

static int
ntlm(struct token *t)
{
	bool unicode = (ntlm_flags(slice_of(t->p, t->n)) & NTLM_UNICODE) != 0;
	int r;

	switch (ntlm_type(slice_of(t->p, t->n))) {
	case NTLM_NEGOTIATE: /* its names are never in Unicode */
		if (t->n < NEGOTIATE_END)
			return 0;
		r = name(t, field(t, NEGOTIATE_DOMAIN), false);
		return r == 0 ? name(t, field(t, NEGOTIATE_WORKSTATION), false) : r;
	case NTLM_CHALLENGE:
		r = name(t, field(t, CHALLENGE_TARGET), unicode);
		if (r == 0)
			r = fill(t, CHALLENGE_NONCE, NTLM_CHALLENGE_LEN);
		if (r == 0 && t->n >= CHALLENGE_END)
			r = pairs(t, field(t, CHALLENGE_TARGET_INFO));
		return r;
	case NTLM_AUTHENTICATE:
		return authenticate(t, unicode);
	case NTLM_NONE:
		break;
	}
	return 0;
}

static int elements(struct token *t, struct slice in, unsigned depth);

static bool
is_der(struct slice s)
{
	struct wire_rd r = wire_rd_init(s);
	struct der d;

	return der_next(&r, &d) && (d.tag & DER_CONSTRUCTED) != 0 && d.whole.n == s.n;
}

/* An OCTET STRING: another token, or what encrypts or signs something. */
static int
octets(struct token *t, struct slice s, unsigned depth)
{
	struct token inner = {.names = t->names, .p = at(t, s), .n = s.n, .judged = t->judged};
	int r;

	if (ntlm_type(s) != NTLM_NONE) {
		r = ntlm(&inner);
		t->judged = inner.judged;
		return r;
	}
	if (is_der(s))
		return elements(t, s, depth + 1);
	return s.n > SHORT_OCTETS ? anon_fill(t->names->prf, at(t, s), s.n) : 0;
}

static int
element(struct token *t, const struct der *d, unsigned depth)
{
	struct slice s = d->content;

	if ((d->tag & DER_CONSTRUCTED) != 0)
		return elements(t, s, depth + 1);
	switch (d->tag) {
	case DER_OCTETS:
		return octets(t, s, depth);
	case DER_GENERAL_STRING:
	case DER_UTF8_STRING:
		return name(t, s, false);
	default: /* numbers, times, mechanisms, flags */
		if ((d->tag & DER_CLASS) != 0)
			t->judged = false;
		return 0;
	}
}

/* Behind its mechanism, which token of GSS-API it is: of Kerberos (RFC 4121 4.1, 4.2), user to user
 * (04 00, 04 01) or IAKERB (05 01). */
static bool
is_token_id(const struct wire_rd *r)
{
	const uint8_t *p = r->base + r->pos;

	return wire_rd_left(r) > 2 &&
	       ((p[0] <= 5 && p[1] == 0) || (p[0] >= 4 && p[0] <= 5 && p[1] == 1));
}

/* Elements one after the other. What is none becomes other bytes, whatever it is. */
static int
elements(struct token *t, struct slice in, unsigned depth)
{
	struct wire_rd r = wire_rd_init(in);
	struct der d;
	int err = 0;

	while (err == 0 && wire_rd_left(&r) > 0) {
		size_t start = r.pos;

		if (depth > DEPTH_MAX || !der_next(&r, &d)) {
			t->judged = false;
			return anon_fill(t->names->prf, at(t, in) + start, in.n - start);
		}
		err = element(t, &d, depth);
		if (d.tag == DER_OID && is_token_id(&r))
			r.pos += 2;
	}
	return err;
}

int
anon_ntlm(struct anon_names *names, uint8_t *p, size_t n, bool *judged)
{
	struct token t = {.names = names, .p = p, .n = n, .judged = true};
	int r = ntlm(&t);

	*judged = t.judged;
	return r;
}

int
anon_token(struct anon_names *names, uint8_t *p, size_t n, bool *judged)
{
	struct token t = {.names = names, .p = p, .n = n, .judged = true};
	int r;

	if (ntlm_type(slice_of(p, n)) != NTLM_NONE)
		return anon_ntlm(names, p, n, judged);
	r = elements(&t, slice_of(p, n), 0);
	*judged = t.judged;
	return r;
}
