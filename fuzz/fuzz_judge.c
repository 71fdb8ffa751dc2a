/*
 * The judge on bodies: one byte says what is asked for (a listing, or of which InfoType), one the
 * class, one how many answers there are; then the recorded bodies and the live ones, two bytes of
 * length before each, a length of 65535 is the end of a listing. Properties: what differs in
 * nothing is no divergence; every answer is met; those without a divergence are no more than were
 * met.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>

#include "ir/judge.h"
#include "tests/ir_build.h"
#include "tests/smb2_build.h"

#define MAX_ANSWERS 4
#define OPEN_AT (4 + 64 + 64) /* of the FileId in a CREATE response's message */
#define NO_MORE_FILES 0x80000006u
#define END 0xffff

#define REQUIRE(what)                                                                              \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

/* What the input asks for. */
struct plan {
	unsigned command, type, class, n;
	struct slice bodies[2 * MAX_ANSWERS];
	bool ends[2 * MAX_ANSWERS];
};

static void
read_plan(struct plan *p, const uint8_t *data, size_t n)
{
	size_t at = 3;

	p->command = data[0] % 5 == 0 ? QUERY_DIRECTORY : QUERY_INFO;
	p->type = data[0] % 5;
	p->class = data[1];
	p->n = 1 + data[2] % MAX_ANSWERS;
	for (size_t i = 0; i < 2 * (size_t)p->n; i++) {
		size_t len = n - at >= 2 ? (size_t)wire_le(data + at, 2) : 0;

		at += n - at >= 2 ? 2 : 0;
		p->ends[i] = len == END;
		if (p->ends[i] || len > n - at)
			len = p->ends[i] ? 0 : n - at;
		p->bodies[i] = slice_of(data + at, len);
		at += len;
	}
}

/* MS-SMB2 2.2.33, 2.2.37 */
static void
put_request(struct ir_build *b, const struct plan *p, uint64_t mid)
{
	struct buf message = {0}, body = {0};

	if (p->command == QUERY_DIRECTORY) {
		buf_le(&body, 2, 33);
		buf_le(&body, 1, p->class);
		buf_zero(&body, 29);
		buf_le(&body, 2, '*');
	} else {
		buf_le(&body, 2, 41);
		buf_le(&body, 1, p->type);
		buf_le(&body, 1, p->class);
		buf_zero(&body, 37);
	}
	build_one(&message, &(struct build_hdr){p->command, .mid = mid}, &body);
	(void)ir_build_event(b, IR_SEND, 0, buf_slice(&message));
	if (p->command == QUERY_DIRECTORY)
		ir_build_patch(b, 4 + 64 + 8, 16, IR_OPEN, 1);
	buf_free(&message);
	buf_free(&body);
}

static void
put_answer(struct buf *message, const struct plan *p, size_t i, uint64_t mid, uint32_t flags)
{
	struct build_hdr h = {p->command, F_RESPONSE | flags, p->ends[i] ? NO_MORE_FILES : 0,
			      .mid = mid};
	struct buf body = {0};

	if (p->ends[i]) {
		body_error(&body);
	} else {
		buf_le(&body, 2, 9);
		buf_le(&body, 2, 64 + 8);
		buf_le(&body, 4, p->bodies[i].n);
		buf_add(&body, p->bodies[i].p, p->bodies[i].n);
	}
	build_one(message, &h, &body);
	buf_free(&body);
}

static void
record_all(struct ir_build *b, const struct plan *p)
{
	struct buf message = {0}, body = {0};

	body_create_resp(&body, 0, 1, 1);
	build_one(&message, &(struct build_hdr){CREATE, F_RESPONSE, .mid = 1}, &body);
	(void)ir_build_event(b, IR_RECV, 0, buf_slice(&message));
	ir_build_patch(b, OPEN_AT, 16, IR_OPEN, 1);
	for (size_t i = 0; i < p->n; i++) {
		put_request(b, p, i + 2);
		put_answer(&message, p, i, i + 2, 0);
		(void)ir_build_event(b, IR_RECV, 0, buf_slice(&message));
	}
	buf_free(&message);
	buf_free(&body);
}

/* The answers from `first` on. The async form has other bytes, and is no difference. */
static void
judge_all(const struct ir *ir, const struct plan *p, size_t first)
{
	const struct judge_sink nobody = {0};
	const struct judge_totals *t;
	struct judge *j;
	struct buf message = {0};

	REQUIRE(judge_new(ir, &nobody, &j) == 0);
	t = judge_totals(j);
	for (size_t i = 0; i < p->n; i++) {
		struct judge_match m;
		struct smb2_pdu pdu;

		put_answer(&message, p, first + i, i + 2, F_ASYNC);
		REQUIRE(smb2_pdu_decode(slice_sub(buf_slice(&message), 4, message.n - 4), &pdu) ==
			0);
		REQUIRE(judge_pdu(j, 0, &pdu, &m) == 0 && m.found);
	}
	REQUIRE(t->met == p->n && t->equal <= t->met);
	REQUIRE(first > 0 || (t->equal == t->met && judge_divergences(j) == 0));
	REQUIRE((t->equal == t->met) == (judge_divergences(j) == 0));
	judge_free(j);
	buf_free(&message);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct plan p = {0};
	struct ir_build *b;

	if (n < 3)
		return 0;
	read_plan(&p, data, n);
	b = calloc(1, sizeof(*b));
	REQUIRE(b != NULL);
	ir_build_init(b);
	record_all(b, &p);
	judge_all(&b->ir, &p, 0);
	judge_all(&b->ir, &p, p.n);
	ir_build_free(b);
	free(b);
	return 0;
}
