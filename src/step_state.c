/* What is live in the middle of a replay. */
#include "config.h"

#include "step_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "ir/credits.h"
#include "proto/ntstatus.h"
#include "proto/smb2_pdu.h"

#define MOST                                                                                       \
	((size_t)32) /* requests, the newest symbols of a kind, and bytes of one, that are printed \
		      */

void
step_state_sent(struct step_state *s, uint32_t conn, struct slice message)
{
	struct smb2_chain chain = smb2_chain_init(message);
	struct credit_head h;
	struct slice pdu;

	if (smb2_msg_kind(message) != SMB2_MSG_PLAIN)
		return;
	while (smb2_chain_next(&chain, &pdu) && credits_head(pdu, &h))
		if (h.command != SMB2_CMD_CANCEL &&
		    list_room(&s->open, s->n, &s->cap, sizeof(*s->open)) == 0)
			s->open[s->n++] =
				(struct step_request){h.message_id, conn, h.command, false};
}

static void
answered(struct step_state *s, uint32_t conn, const struct credit_head *h)
{
	bool interim = h->status == STATUS_PENDING && (h->flags & SMB2_FLAGS_ASYNC_COMMAND) != 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->open[i].conn != conn || s->open[i].message_id != h->message_id)
			continue;
		s->open[i].pending = interim;
		if (!interim) {
			s->n--;
			memmove(&s->open[i], &s->open[i + 1], (s->n - i) * sizeof(*s->open));
		}
		return;
	}
}

void
step_state_received(struct step_state *s, uint32_t conn, struct slice message)
{
	struct smb2_chain chain = smb2_chain_init(message);
	struct credit_head h;
	struct slice pdu;

	if (smb2_msg_kind(message) != SMB2_MSG_PLAIN)
		return;
	while (smb2_chain_next(&chain, &pdu) && credits_head(pdu, &h))
		answered(s, conn, &h);
}

/* Ids that are granted and not used. */
static uint64_t
credits_left(const struct credits *c)
{
	uint64_t left = c->top - c->low;

	for (size_t i = 0; i < c->n_used; i++)
		left -= c->used[i].end - c->used[i].first;
	return left;
}

static void
put_connections(const struct step_state *s, const struct ir *ir, const struct engine *e,
		struct buf *out)
{
	for (uint32_t i = 0; i < ir->meta.n_conns; i++) {
		const struct credits *c = engine_window(e, i);
		size_t waiting = 0;

		for (size_t k = 0; k < s->n; k++)
			waiting += s->open[k].conn == i;
		if (c == NULL)
			buf_printf(out, "connection %" PRIu32 ": not up\n", i);
		else
			buf_printf(out,
				   "connection %" PRIu32 ": up, credits %" PRIu64
				   ", requests without an answer %zu\n",
				   i, credits_left(c), waiting);
	}
}

static void
put_requests(const struct step_state *s, struct buf *out)
{
	for (size_t i = 0; i < s->n && i < MOST; i++)
		buf_printf(out, "  %s message_id %" PRIu64 " on connection %" PRIu32 "%s\n",
			   smb2_command_name(s->open[i].command), s->open[i].message_id,
			   s->open[i].conn, s->open[i].pending ? ", pending" : "");
	if (s->n > MOST)
		buf_printf(out, "  and %zu more\n", s->n - MOST);
}

/* False: it has no live value. */
static bool
put_symbol(const struct engine *e, enum ir_what what, uint32_t number, struct buf *out)
{
	struct slice value = {0};

	if (engine_symbol(e, what, number, &value) != JUDGE_DEFINED)
		return false;
	buf_printf(out, "  %s.%" PRIu32 " = 0x", ir_what_names[what], number);
	for (size_t i = 0; i < value.n && i < MOST; i++) /* numbers are little-endian */
		buf_printf(out, "%02x", value.p[value.n <= 8 ? value.n - 1 - i : i]);
	buf_add(out, "\n", 1);
	return true;
}

static void
put_symbols(const struct engine *e, enum ir_what what, uint32_t n, struct buf *out)
{
	size_t printed = 0;

	for (uint32_t i = n; i > 0 && printed < MOST; i--) /* the newest */
		printed += put_symbol(e, what, i, out);
}

void
step_state_put(const struct step_state *s, const struct ir *ir, const struct engine *e,
	       struct buf *out)
{
	put_connections(s, ir, e, out);
	put_requests(s, out);
	for (unsigned what = 0; what < IR_N_SYMBOL_KINDS; what++)
		put_symbols(e, (enum ir_what)what, ir->n_symbols[what], out);
}

void
step_state_free(struct step_state *s)
{
	free(s->open);
}
