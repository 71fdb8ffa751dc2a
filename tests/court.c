/* What the tests of the judge share. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/court.h"

static void
on_divergence(void *ctx, const struct judge_divergence *d)
{
	struct court *k = ctx;

	k->event = d->event;
	buf_printf(&k->text, "%s %s%s%s: %s, %s\n", judge_kind_names[d->kind], d->message,
		   d->field[0] != '\0' ? " " : "", d->field, d->expected, d->got);
}

int
court_setup(void **state)
{
	struct court *k = calloc(1, sizeof(*k));

	*state = k;
	if (k == NULL)
		return -1;
	ir_build_init(&k->b);
	return 0;
}

int
court_teardown(void **state)
{
	struct court *k = *state;

	judge_free(k->j);
	ir_build_free(&k->b);
	buf_free(&k->msg);
	buf_free(&k->body);
	buf_free(&k->text);
	free(k);
	return 0;
}

uint32_t
court_record(struct court *k, uint32_t conn, const struct build_hdr *h)
{
	build_one(&k->msg, h, &k->body);
	return ir_build_event(&k->b, IR_RECV, conn, buf_slice(&k->msg));
}

void
court_open(struct court *k)
{
	const struct judge_sink sink = {.ctx = k, .divergence = on_divergence};

	assert_int_equal(judge_new(&k->b.ir, &sink, &k->j), 0);
}

struct judge_match
court_hear(struct court *k, uint32_t conn)
{
	struct smb2_chain chain = smb2_chain_init(buf_slice(&k->msg));
	struct judge_match m = {0};
	struct smb2_pdu pdu;
	struct slice s;

	while (smb2_chain_next(&chain, &s)) {
		assert_int_equal(smb2_pdu_decode(s, &pdu), 0);
		assert_int_equal(judge_pdu(k->j, conn, &pdu, &m), 0);
	}
	return m;
}

struct judge_match
court_answer(struct court *k, uint32_t conn, const struct build_hdr *h)
{
	build_one(&k->msg, h, &k->body);
	return court_hear(k, conn);
}

const char *
court_said(struct court *k)
{
	static char text[2048];

	(void)snprintf(text, sizeof(text), "%.*s", (int)k->text.n,
		       k->text.n > 0 ? (char *)k->text.p : "");
	buf_reset(&k->text);
	return text;
}

uint32_t
court_request(struct court *k, uint32_t conn, const struct build_hdr *h)
{
	build_one(&k->msg, h, &k->body);
	return ir_build_event(&k->b, IR_SEND, conn, buf_slice(&k->msg));
}

void
court_record_open(struct court *k, uint64_t mid, uint64_t id, uint32_t number)
{
	body_create_resp(&k->body, 9, id, id);
	(void)RECORD(k, 0, CREATE, R, .mid = mid);
	ir_build_patch(&k->b, CREATE_FILE_ID, 16, IR_OPEN, number);
}

void
court_answer_open(struct court *k, uint64_t mid, uint64_t id)
{
	body_create_resp(&k->body, 9, id, id);
	assert_true(ANSWER(k, 0, CREATE, R, .mid = mid).found);
}
