/* A stage for tests of the engine. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "tests/stage.h"

int
stage_setup(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));

	*state = s;
	if (s == NULL)
		return -1;
	ir_build_init(&s->b);
	peer_init(&s->p, &s->b.ir);
	return 0;
}

int
stage_setup_connected(void **state)
{
	int r = stage_setup(state);

	if (r == 0)
		(void)stage_connect(*state, 0);
	return r;
}

int
stage_teardown(void **state)
{
	struct stage *s = *state;

	peer_free(&s->p);
	ir_build_free(&s->b);
	buf_free(&s->msg);
	buf_free(&s->body);
	buf_free(&s->contexts);
	buf_free(&s->say);
	free(s);
	return 0;
}

uint32_t
stage_connect(struct stage *s, uint32_t conn)
{
	return ir_build_event(&s->b, IR_CONNECT, conn, (struct slice){0});
}

uint32_t
stage_end(struct stage *s, enum ir_kind kind, uint32_t conn, bool server)
{
	uint32_t n = ir_build_event(&s->b, kind, conn, (struct slice){0});

	s->b.events[n].server = server;
	return n;
}

uint32_t
stage_put(struct stage *s, enum ir_kind kind, uint32_t conn, const struct build_hdr *h)
{
	if (s->body.n == 0)
		body_empty(&s->body);
	build_one(&s->msg, h, &s->body);
	return ir_build_event(&s->b, kind, conn, buf_slice(&s->msg));
}

void
stage_uses_tree(struct stage *s)
{
	ir_build_patch(&s->b, STAGE_AT_TREE, 4, IR_TREE, 1);
	ir_build_patch(&s->b, STAGE_AT_SESSION, 8, IR_SESSION, 1);
}

void
stage_logon(struct stage *s)
{
	(void)stage_connect(s, 0);
	body_setup_req(&s->body, 0, "t");
	(void)STAGE_SENDS(s, SESSION_SETUP, .mid = 1);
	body_setup_resp(&s->body, "");
	(void)STAGE_GETS(s, SESSION_SETUP, F_RESPONSE, .mid = 1, .sid = STAGE_SID);
	ir_build_patch(&s->b, STAGE_AT_SESSION, 8, IR_SESSION, 1);
	body_tree_req(&s->body, "share");
	(void)STAGE_SENDS(s, TREE_CONNECT, .mid = 2, .sid = STAGE_SID);
	ir_build_patch(&s->b, STAGE_AT_SESSION, 8, IR_SESSION, 1);
	body_tree_resp(&s->body, 1);
	(void)STAGE_GETS(s, TREE_CONNECT, F_RESPONSE, .mid = 2, .sid = STAGE_SID, .tid = STAGE_TID);
	ir_build_patch(&s->b, STAGE_AT_TREE, 4, IR_TREE, 1);
}

void
stage_play_ids(struct stage *s)
{
	s->p.keep_ids = s->p.moves_ids = true;
	stage_play(s);
}

void
stage_play(struct stage *s)
{
	assert_int_equal(peer_start(&s->p), 0);
	assert_int_equal(peer_play(&s->p), 0);
}
