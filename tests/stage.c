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
stage_setup_of(void **state, size_t size)
{
	struct stage *s = calloc(1, size);

	*state = s;
	if (s == NULL)
		return -1;
	ir_build_init(&s->b);
	peer_init(&s->p, &s->b.ir);
	return 0;
}

int
stage_setup(void **state)
{
	return stage_setup_of(state, sizeof(struct stage));
}

int
stage_teardown(void **state)
{
	struct stage *s = *state;

	peer_free(&s->p);
	ir_build_free(&s->b);
	buf_free(&s->msg);
	buf_free(&s->body);
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
stage_play(struct stage *s)
{
	assert_int_equal(peer_start(&s->p), 0);
	assert_int_equal(peer_play(&s->p), 0);
}
