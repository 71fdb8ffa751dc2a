/* check --symbols: the values that value flow found, with their origin. */
#include "config.h"

#include "check.h"

#include <stdlib.h>

#include "base/hex.h"
#include "ir/ir_index.h"

#define SHOWN_WHOLE ((size_t)72) /* bytes of a value that are all printed */
#define SHOWN_PART ((size_t)32)

/* What became of a value. */
struct uses {
	uint64_t first; /* event */
	uint64_t n;
};

struct lister {
	const struct ir *ir;
	FILE *out;
	struct ir_index index;
	struct uses *uses; /* owned: by place */
	struct buf scratch, path;
	size_t n, unused;
};

static void
count_uses(struct lister *l)
{
	for (size_t i = 0; i < l->ir->n_events; i++) {
		const struct ir_event *ev = &l->ir->events[i];

		for (uint32_t k = 0; ev->kind == IR_SEND && k < ev->n_patches; k++) {
			struct uses *u;

			if (ev->patches[k].what != IR_VALUE)
				continue;
			u = &l->uses[ir_index_at(&l->index, ev->patches[k].number)];
			if (u->n++ == 0)
				u->first = i;
		}
	}
}

/* The way to the field that holds some bytes, on a walk. */
struct way {
	struct buf *path;
	size_t off, len; /* sought */
	size_t at;       /* of the field that holds them */
};

static int
enter(void *ctx, const struct smb2_item *it)
{
	struct way *w = ctx;

	buf_printf(w->path, it->element >= 0 ? "%s[%d]." : "%s.", it->name, it->element);
	return w->path->err;
}

static int
leave(void *ctx, const struct smb2_item *it)
{
	struct way *w = ctx;

	(void)it;
	/* The last name, and its point, go. */
	for (w->path->n--; w->path->n > 0 && w->path->p[w->path->n - 1] != '.';)
		w->path->n--;
	return 0;
}

static int
leaf(void *ctx, const struct smb2_item *it)
{
	struct way *w = ctx;

	if (it->off > w->off || w->off - it->off > it->len || w->len > it->len - (w->off - it->off))
		return 0;
	buf_printf(w->path, "%s", it->name);
	w->at = it->off;
	return 1;
}

/* The PDUs of the answer at hand, in step with its definitions. */
struct pdus {
	struct slice bytes; /* of the message */
	struct smb2_chain chain;
	struct slice pdu;
};

/* "IOCTL response output+24" */
static void
put_place(struct lister *l, const struct ir_patch *p, struct pdus *at)
{
	struct way w = {.path = &l->path, .len = p->width};
	const struct smb2_visitor v = {.ctx = &w, .leaf = leaf, .enter = enter, .leave = leave};
	struct smb2_pdu pdu;
	size_t off = at->pdu.n > 0 ? (size_t)(at->pdu.p - at->bytes.p) : 0;

	while (p->off >= off + at->pdu.n && smb2_chain_next(&at->chain, &at->pdu))
		off = (size_t)(at->pdu.p - at->bytes.p);
	if (p->off < off || p->off - off >= at->pdu.n || smb2_pdu_decode(at->pdu, &pdu) != 0) {
		(void)fprintf(l->out, "byte %u", p->off);
		return;
	}
	w.off = p->off - off;
	buf_reset(&l->path);
	buf_printf(&l->path, "%s response ", smb2_command_name(pdu.h.command));
	if (smb2_walk_header(&pdu, &v) == 0 && smb2_walk_body(&pdu, &v) == 0)
		w.at = 0;
	(void)fprintf(l->out, "%.*s+%zu", (int)l->path.n, (const char *)l->path.p, w.off - w.at);
}

static void
put_value(struct lister *l, size_t event, const struct ir_patch *p, struct pdus *at)
{
	const struct uses *u = &l->uses[ir_index_at(&l->index, p->number)];
	struct slice s = slice_sub(at->bytes, p->off, p->width);
	size_t shown = s.n <= SHOWN_WHOLE ? s.n : SHOWN_PART;

	(void)fprintf(l->out, "value.%u: event %zu, frame %llu, ", p->number, event,
		      (unsigned long long)l->ir->events[event].frame_last);
	put_place(l, p, at);
	(void)fprintf(l->out, ", %zu bytes ", s.n);
	hex_print(l->out, s.p, shown);
	(void)fprintf(l->out, "%s, ", shown < s.n ? "..." : "");
	if (u->n == 0)
		(void)fprintf(l->out, "used nowhere\n");
	else if (u->n == 1)
		(void)fprintf(l->out, "used in event %llu\n", (unsigned long long)u->first);
	else
		(void)fprintf(l->out, "used %llu times from event %llu on\n",
			      (unsigned long long)u->n, (unsigned long long)u->first);
	l->n++;
	l->unused += u->n == 0;
}

static int
put_event(struct lister *l, size_t i)
{
	const struct ir_event *ev = &l->ir->events[i];
	struct pdus at = {0};

	for (uint32_t k = 0; ev->kind == IR_RECV && k < ev->n_patches; k++) {
		if (ev->patches[k].what != IR_VALUE)
			continue;
		if (at.bytes.n == 0) {
			at.bytes = ir_bytes(l->ir, ev, &l->scratch);
			at.chain = smb2_chain_init(at.bytes);
		}
		put_value(l, i, &ev->patches[k], &at);
	}
	return l->scratch.err != 0 ? l->scratch.err : l->path.err;
}

int
check_symbols(const char *path, const struct ir *ir, FILE *out)
{
	struct lister l = {.ir = ir, .out = out};
	int r = ir_index_new(ir, IR_VALUE, &l.index);

	if (r == 0) {
		l.uses = calloc((size_t)l.index.n + 1, sizeof(*l.uses));
		r = l.uses == NULL ? ERR_NOMEM : 0;
	}
	if (r == 0)
		count_uses(&l);
	for (size_t i = 0; r == 0 && i < ir->n_events; i++)
		r = put_event(&l, i);
	if (r == 0)
		(void)fprintf(out, "%s: %zu values, %zu of them used nowhere\n", path, l.n,
			      l.unused);
	ir_index_free(&l.index);
	free(l.uses);
	buf_free(&l.scratch);
	buf_free(&l.path);
	return r;
}
