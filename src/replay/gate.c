/* A gate before each message of a replay that somebody steps through. */
#include "config.h"

#include "replay/gate.h"

#include "replay/engine_int.h"

enum gate_verdict
gate_ask(struct engine *e, uint64_t event)
{
	enum gate_verdict v = e->gate != NULL ? e->gate->ask(e->gate->ctx, event) : GATE_SEND;

	e->shut = v == GATE_SHUT;
	return v;
}

void
engine_set_gate(struct engine *e, const struct gate *gate)
{
	e->gate = gate;
}

bool
engine_is_shut(const struct engine *e)
{
	return e->shut;
}

void
engine_stop(struct engine *e)
{
	e->stopped = true;
	e->shut = false;
}

const struct credits *
engine_window(const struct engine *e, uint32_t conn)
{
	return e->conns[conn].state == ECONN_UP ? &e->conns[conn].window : NULL;
}

enum judge_symbol
engine_symbol(const struct engine *e, enum ir_what what, uint32_t number, struct slice *value)
{
	return judge_symbol(e->judge, what, number, value);
}
