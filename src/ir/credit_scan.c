/* A workload's windows: headers read where they lie, and one model a connection. */
#include "config.h"

#include "ir/credit_scan.h"

#include <stdlib.h>

/* Copy recorded bytes of an event, which may be in pieces. False: there are not so many. */
static bool
copy_bytes(const struct ir *ir, const struct ir_event *ev, size_t off, uint8_t *out, size_t n)
{
	if (ev->own != NULL && off <= ev->size && n <= ev->size - off) {
		memcpy(out, ev->own + off, n);
		return true;
	}
	for (uint32_t i = 0; n > 0 && i < ev->n_extents; i++) {
		const struct ir_extent *x = &ev->extents[i];
		size_t part;

		if (off >= x->len) {
			off -= x->len;
			continue;
		}
		part = x->len - off < n ? x->len - off : n;
		memcpy(out, ir->data + x->off + off, part);
		out += part;
		n -= part;
		off = 0;
	}
	return n == 0;
}

/* `n` bytes of an event with its edits. */
static bool
read_bytes(struct credit_heads *i, size_t off, uint8_t *out, size_t n)
{
	if (i->ev->n_sets == 0)
		return copy_bytes(i->ir, i->ev, off, out, n);
	if (i->edited.n == 0)
		i->edited = ir_bytes(i->ir, i->ev, i->scratch);
	if (off > i->edited.n || n > i->edited.n - off)
		return false;
	memcpy(out, i->edited.p + off, n);
	return true;
}

bool
credit_heads_next(struct credit_heads *i, struct credit_head *out)
{
	uint8_t bytes[SMB2_HEADER] = {0xff};
	size_t left;

	if (i->next == 0) {
		if (i->ev->size <= NBSS_HEADER || !read_bytes(i, 0, bytes, 1) || bytes[0] != 0)
			return false;
		i->next = NBSS_HEADER;
	}
	i->at = i->next;
	left = i->ev->size - i->at;
	if (left < SMB2_HEADER || !read_bytes(i, i->at, bytes, sizeof(bytes)) ||
	    !credits_head(slice_of(bytes, sizeof(bytes)), out))
		return false;
	/* As smb2_chain_next: what points nowhere ends the chain. */
	if (out->next_command >= SMB2_HEADER && out->next_command < left)
		i->next = i->at + out->next_command;
	else
		i->next = i->ev->size;
	return true;
}

int
credit_scan_new(const struct ir *ir, struct credit_scan *out)
{
	*out = (struct credit_scan){.ir = ir};
	out->conns = calloc(ir->meta.n_conns + 1, sizeof(*out->conns));
	return out->conns != NULL ? 0 : ERR_NOMEM;
}

void
credit_scan_free(struct credit_scan *s)
{
	for (size_t i = 0; s->conns != NULL && i < s->ir->meta.n_conns; i++)
		credits_free(&s->conns[i]);
	free(s->conns);
	buf_free(&s->scratch);
	buf_free(&s->whole);
}

/* Requests, without what has no header: an SMB1 NEGOTIATE takes id 0 (MS-SMB2 3.3.5.2.3), behind a
 * message that was not opened nobody knows the window. */
static int
scan_other(struct credit_scan *s, const struct ir_event *ev, struct credits *c)
{
	switch (smb2_msg_kind(ir_bytes(s->ir, ev, &s->scratch))) {
	case SMB2_MSG_SMB1:
		return ev->kind == IR_SEND ? credits_sent(c, 0, 1) : 0;
	case SMB2_MSG_SEALED:
	case SMB2_MSG_COMPRESSED:
		credits_lose(c);
		return 0;
	case SMB2_MSG_PLAIN:
	case SMB2_MSG_NBSS:
	case SMB2_MSG_UNKNOWN:
		break;
	}
	return 0;
}

static int
scan_requests(struct credit_scan *s, const struct ir_event *ev, bool *covered,
	      void (*fn)(void *ctx, const struct credit_outside *o), void *ctx)
{
	struct credit_heads i = {.ir = s->ir, .ev = ev, .scratch = &s->scratch};
	struct credits *c = &s->conns[ev->conn];
	struct credit_head h;
	int r = 0;

	while (r == 0 && credit_heads_next(&i, &h)) {
		uint32_t charge = credits_charge(c, &h);

		if (!credits_cover(c, h.message_id, charge)) {
			*covered = false;
			if (fn != NULL)
				fn(ctx, &(struct credit_outside){h, charge, c});
		}
		r = credits_sent(c, h.message_id, charge);
	}
	return r == 0 && i.next == 0 ? scan_other(s, ev, c) : r;
}

static void
scan_negotiated(struct credit_scan *s, const struct ir_event *ev, size_t at)
{
	struct slice bytes = ir_bytes(s->ir, ev, &s->whole);
	struct smb2_pdu pdu;

	if (at < bytes.n && smb2_pdu_decode(slice_sub(bytes, at, bytes.n - at), &pdu) == 0)
		credits_negotiated(&s->conns[ev->conn], &pdu);
}

static int
scan_answers(struct credit_scan *s, const struct ir_event *ev)
{
	struct credit_heads i = {.ir = s->ir, .ev = ev, .scratch = &s->scratch};
	struct credits *c = &s->conns[ev->conn];
	struct credit_head h;

	/* What a hand wrote stands for any answer: it says nothing of credits. */
	if (ev->expecting)
		credits_lose(c);
	while (credit_heads_next(&i, &h)) {
		credits_answered(c, &h);
		if (h.command == SMB2_CMD_NEGOTIATE)
			scan_negotiated(s, ev, i.at);
	}
	return i.next == 0 ? scan_other(s, ev, c) : s->scratch.err;
}

int
credit_scan_event(struct credit_scan *s, const struct ir_event *ev, bool *covered,
		  void (*fn)(void *ctx, const struct credit_outside *o), void *ctx)
{
	*covered = true;
	switch ((enum ir_kind)ev->kind) {
	case IR_CONNECT:
		credits_begin(&s->conns[ev->conn]);
		return 0;
	case IR_SEND:
		return scan_requests(s, ev, covered, fn, ctx);
	case IR_RECV:
		return scan_answers(s, ev);
	case IR_GAP:
		credits_lose(&s->conns[ev->conn]);
		return 0;
	case IR_FIN:
	case IR_RST:
	case IR_JUNK:
	case IR_N_KINDS:
		break;
	}
	return 0;
}
