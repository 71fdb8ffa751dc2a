/* Which connections speak no SMB2, but SMB1 or NetBIOS: nothing of them is expected or played. */
#include "config.h"

#include "ir/ir.h"

#include "proto/smb2_pdu.h"

struct spoken {
	bool old, other;
};

static int
listen_to(struct ir *ir, struct spoken *spoken)
{
	struct buf scratch = {0};
	int r;

	for (size_t i = 0; i < ir->n_events && scratch.err == 0; i++) {
		const struct ir_event *ev = &ir->events[i];
		struct spoken *s = &spoken[ev->conn];
		enum smb2_msg_kind kind;

		if ((ev->kind != IR_SEND && ev->kind != IR_RECV) || s->other)
			continue;
		buf_reset(&scratch);
		kind = smb2_msg_kind(ir_bytes(ir, ev, &scratch));
		if (kind == SMB2_MSG_SMB1 || kind == SMB2_MSG_NBSS)
			s->old = true;
		else
			s->other = true;
	}
	r = scratch.err;
	buf_free(&scratch);
	return r;
}

int
ir_find_mute(struct ir *ir)
{
	size_t n = ir->meta.n_conns;
	struct spoken *spoken = arena_alloc(&ir->arena, (n + 1) * sizeof(*spoken));
	bool *mute = arena_alloc(&ir->arena, (n + 1) * sizeof(*mute));
	int r;

	if (spoken == NULL || mute == NULL)
		return ERR_NOMEM;
	r = listen_to(ir, spoken);
	for (size_t c = 0; r == 0 && c < n; c++) {
		mute[c] = spoken[c].old && !spoken[c].other;
		ir->n_mute += mute[c];
	}
	ir->mute = mute;
	return r;
}

bool
ir_is_mute(const struct ir *ir, uint32_t conn)
{
	return ir->mute != NULL && ir->mute[conn];
}
