/*
 * SPNEGO tokens: reads and rewrites DER, descending only where the grammar of RFC 4178 has
 * something of interest.
 */
#include "config.h"

#include "auth/spnego.h"

#include "auth/der.h"

#define GSS_TOKEN DER_APPLICATION(0) /* RFC 2743 3.1 */

static const uint8_t spnego_oid[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x02}; /* 1.3.6.1.5.5.2 */

static struct slice
mech_oid(enum spnego_mech m)
{
	/* 1.2.840.113554.1.2.2, 1.2.840.48018.1.2.2, 1.3.6.1.4.1.311.2.2.10 (MS-SPNG 1.9) */
	static const uint8_t krb5[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};
	static const uint8_t ms_krb5[] = {0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02};
	static const uint8_t ntlm[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};

	switch (m) {
	case SPNEGO_KRB5:
		return slice_of(krb5, sizeof(krb5));
	case SPNEGO_MS_KRB5:
		return slice_of(ms_krb5, sizeof(ms_krb5));
	case SPNEGO_NTLM:
		break;
	}
	return slice_of(ntlm, sizeof(ntlm));
}

/*
 * Where in a token we are. The grammar ends at PLACE_OCTETS, so that the depth of descent is
 * bounded.
 */
enum place { PLACE_TOP, PLACE_GSS, PLACE_CHOICE, PLACE_FIELDS, PLACE_TOKEN, PLACE_MIC, PLACE_NONE };

/*
 * RFC 4178 4.2: the elements that are entered, from outside to inside. In NegTokenInit2
 * (MS-SPNG 2.2.1) [3] is negHints, which holds no OCTET STRING, and [4] the mechListMIC.
 */
static const struct {
	enum place at;
	uint8_t tag;
	enum place inside;
} grammar[] = {
	{PLACE_TOP, GSS_TOKEN, PLACE_GSS},          {PLACE_TOP, DER_CONTEXT(0), PLACE_CHOICE},
	{PLACE_TOP, DER_CONTEXT(1), PLACE_CHOICE},  {PLACE_GSS, DER_CONTEXT(0), PLACE_CHOICE},
	{PLACE_CHOICE, DER_SEQUENCE, PLACE_FIELDS}, {PLACE_FIELDS, DER_CONTEXT(2), PLACE_TOKEN},
	{PLACE_FIELDS, DER_CONTEXT(3), PLACE_MIC},  {PLACE_FIELDS, DER_CONTEXT(4), PLACE_MIC},
};

static enum place
place_inside(enum place at, uint8_t tag)
{
	for (size_t i = 0; i < sizeof(grammar) / sizeof(grammar[0]); i++) {
		if (grammar[i].at == at && grammar[i].tag == tag)
			return grammar[i].inside;
	}
	return PLACE_NONE;
}

static size_t
minimal_width(size_t length)
{
	size_t n = 1;

	if (length < 0x80)
		return n;
	for (; length > 0; length >>= 8)
		n++;
	return n;
}

/* A header like the one of `like`: as many bytes of length, if those were more than needed. */
static void
put_header(struct buf *out, const struct der *like, size_t length)
{
	size_t width = minimal_width(length);

	if (like->length_width > minimal_width(like->content.n) && like->length_width > width)
		width = like->length_width;
	buf_le(out, 1, like->tag);
	if (width == 1) {
		buf_le(out, 1, length);
	} else {
		buf_le(out, 1, 0x80 + (width - 1));
		buf_be(out, width - 1, length);
	}
}

static void
note_field(struct spnego *s, const struct der *d)
{
	struct wire_rd r = wire_rd_init(d->content);
	struct der inner;

	if (!der_next(&r, &inner))
		return;
	if (s->init && d->tag == DER_CONTEXT(0) && inner.tag == DER_SEQUENCE)
		s->mechs = inner.whole;
	else if (!s->init && d->tag == DER_CONTEXT(1) && inner.tag == DER_OID)
		s->selected = inner.content;
	else if (d->tag == DER_CONTEXT(2) && inner.tag == DER_OCTETS)
		s->token = inner.content;
	else if ((d->tag == DER_CONTEXT(3) || d->tag == DER_CONTEXT(4)) && inner.tag == DER_OCTETS)
		s->mic = inner.content;
}

/* The one element of `in` that is entered from `at`; an empty slice if there is none. */
static struct slice
enter(struct slice in, enum place at, uint8_t *tag)
{
	struct wire_rd r = wire_rd_init(in);
	struct der d;

	while (der_next(&r, &d)) {
		if (place_inside(at, d.tag) != PLACE_NONE) {
			*tag = d.tag;
			return d.content;
		}
	}
	return (struct slice){0};
}

int
spnego_parse(struct slice in, struct spnego *out)
{
	struct slice choice, fields;
	struct wire_rd r;
	struct der d;
	uint8_t tag = 0;

	*out = (struct spnego){0};
	if (in.n == 0 || place_inside(PLACE_TOP, in.p[0]) == PLACE_NONE)
		return ERR_MALFORMED;
	choice = enter(in, PLACE_TOP, &tag);
	if (tag == GSS_TOKEN) {
		if (!der_has_oid(choice, slice_of(spnego_oid, sizeof(spnego_oid))))
			return ERR_MALFORMED;
		choice = enter(choice, PLACE_GSS, &tag);
	}
	fields = enter(choice, PLACE_CHOICE, &(uint8_t){0});
	if (fields.n == 0)
		return ERR_MALFORMED;
	out->init = tag == DER_CONTEXT(0);
	r = wire_rd_init(fields);
	while (der_next(&r, &d))
		note_field(out, &d);
	return 0;
}

/*
 * Append the elements of `in`, which are at `at`, with the other contents. What is not DER is
 * copied.
 */
static void
rewrap(struct slice in, enum place at, struct slice token, struct slice mic, struct buf *out)
{
	struct wire_rd r = wire_rd_init(in);
	struct slice new_octets = at == PLACE_TOKEN ? token
				  : at == PLACE_MIC ? mic
						    : (struct slice){0};
	size_t done = 0;
	struct der d;

	for (; der_next(&r, &d); done = r.pos) {
		enum place inside = place_inside(at, d.tag);
		struct buf inner = {0};

		if (d.tag == DER_OCTETS && new_octets.n > 0)
			buf_add(&inner, new_octets.p, new_octets.n);
		else if (inside != PLACE_NONE)
			rewrap(d.content, inside, token, mic, &inner);
		else
			buf_add(&inner, d.content.p, d.content.n);
		put_header(out, &d, inner.n);
		buf_add(out, inner.p, inner.n);
		if (out->err == 0)
			out->err = inner.err;
		buf_free(&inner);
	}
	buf_add(out, in.p + done, in.n - done);
}

int
spnego_rewrap(struct slice recorded, struct slice token, struct slice mic, struct buf *out)
{
	if (recorded.n > 0)
		rewrap(recorded, PLACE_TOP, token, mic, out);
	return out->err != 0 ? ERR_NOMEM : 0;
}

bool
spnego_is_kerberos(struct slice token)
{
	static const uint8_t iakerb[] = {0x2b, 0x06, 0x01, 0x05, 0x02, 0x05}; /* 1.3.6.1.5.2.5 */
	struct wire_rd r = wire_rd_init(token);
	struct der d;

	if (!der_next(&r, &d) || d.tag != GSS_TOKEN)
		return false;
	return der_has_oid(d.content, mech_oid(SPNEGO_KRB5)) ||
	       der_has_oid(d.content, mech_oid(SPNEGO_MS_KRB5)) ||
	       der_has_oid(d.content, slice_of(iakerb, sizeof(iakerb)));
}

struct slice
spnego_inner(struct slice token)
{
	struct spnego s;

	return spnego_parse(token, &s) == 0 ? s.token : token;
}

int
spnego_build_mechs(const enum spnego_mech *mechs, size_t n, struct buf *out)
{
	struct buf list = {0};

	for (size_t i = 0; i < n; i++)
		der_put(&list, DER_OID, mech_oid(mechs[i]));
	der_wrap(&list, DER_SEQUENCE);
	buf_add(out, list.p, list.n);
	if (out->err == 0)
		out->err = list.err;
	buf_free(&list);
	return out->err;
}

/* A field of a token that holds an OCTET STRING. */
static void
put_octets(struct buf *out, unsigned n, struct slice octets)
{
	struct buf field = {0};

	der_put(&field, DER_OCTETS, octets);
	der_put(out, (uint8_t)DER_CONTEXT(n), buf_slice(&field));
	if (out->err == 0)
		out->err = field.err;
	buf_free(&field);
}

int
spnego_build_init(struct slice mechs, struct slice token, struct buf *out)
{
	struct buf t = {0}, all = {0};

	der_put(&t, DER_CONTEXT(0), mechs);
	put_octets(&t, 2, token);
	der_wrap(&t, DER_SEQUENCE);
	der_wrap(&t, DER_CONTEXT(0));
	der_put(&all, DER_OID, slice_of(spnego_oid, sizeof(spnego_oid)));
	buf_add(&all, t.p, t.n);
	der_put(out, GSS_TOKEN, buf_slice(&all));
	if (t.err != 0 || all.err != 0)
		out->err = ERR_NOMEM;
	buf_free(&t);
	buf_free(&all);
	return out->err;
}

int
spnego_build_resp(struct slice token, struct slice mic, struct buf *out)
{
	struct buf t = {0};

	if (token.n > 0)
		put_octets(&t, 2, token);
	if (mic.n > 0)
		put_octets(&t, 3, mic);
	der_wrap(&t, DER_SEQUENCE);
	der_put(out, DER_CONTEXT(1), buf_slice(&t));
	if (t.err != 0)
		out->err = ERR_NOMEM;
	buf_free(&t);
	return out->err;
}
