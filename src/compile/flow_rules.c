/* Value flow: what the user says is always, or never, a symbol. */
#include "config.h"

#include "compile/flow_int.h"

/* The first place of `what` in `s` at or behind `from`; s.n: none. */
static size_t
find_bytes(struct slice s, struct slice what, size_t from)
{
	while (from < s.n && what.n <= s.n - from) {
		const uint8_t *p = memchr(s.p + from, what.p[0], s.n - from - what.n + 1);

		if (p == NULL)
			return s.n;
		from = (size_t)(p - s.p);
		if (memcmp(p, what.p, what.n) == 0)
			return from;
		from++;
	}
	return s.n;
}

bool
flow_rules_forbid(const struct flow *f, struct slice value)
{
	for (size_t i = 0; i < f->rules.n_forbid; i++) {
		struct slice no = f->rules.forbid[i];

		if (find_bytes(value, no, 0) < value.n || find_bytes(no, value, 0) < no.n)
			return true;
	}
	return false;
}

static struct slice
body_of(const struct flow_pdu *p)
{
	return slice_sub(p->pdu->bytes, SMB2_HEADER, p->pdu->bytes.n - SMB2_HEADER);
}

static int
use_named(struct flow *f, size_t i, const struct flow_message *m, size_t off)
{
	struct ir_value *v = &f->named[i];
	uint32_t number;
	int r;

	if (flow_is_taken(m, off, v->width) || *m->n_patches == m->max_patches)
		return 0;
	if (v->number == 0) {
		r = flow_define(f, v, &number);
		if (r != 0 || number == 0)
			return r;
		v->number = number;
	}
	(void)flow_add_use(m, off, v->width, v->number, 0);
	return 0;
}

int
flow_rules_request(struct flow *f, const struct flow_message *m, const struct flow_pdu *p)
{
	struct slice body = body_of(p);
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->rules.n_add; i++) {
		struct slice what = f->rules.add[i];
		size_t at = find_bytes(body, what, 0);

		for (; r == 0 && at < body.n && f->named[i].width != 0;
		     at = find_bytes(body, what, at + what.n))
			r = use_named(f, i, m, p->at + SMB2_HEADER + at);
	}
	return r;
}

void
flow_rules_response(struct flow *f, const struct flow_message *m, const struct flow_pdu *p)
{
	struct slice body = body_of(p);

	for (size_t i = 0; i < f->rules.n_add; i++) {
		struct slice what = f->rules.add[i];
		size_t at = find_bytes(body, what, 0), off = p->at + SMB2_HEADER + at;

		if (at < body.n && !flow_is_taken(m, off, what.n))
			f->named[i] = (struct ir_value){
				.event = m->event, .off = (uint32_t)off, .width = (uint32_t)what.n};
	}
}
