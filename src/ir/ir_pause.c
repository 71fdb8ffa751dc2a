/* "pause" of a send: read, checked and written. */
#include "config.h"

#include "ir/ir_event.h"

static int
fail(const struct ir_loader *l, const struct json *v, const char *what)
{
	return json_fail(&l->doc, v, ERR_MALFORMED, "%s", what);
}

/* [offset, ns], [offset, ns, event] or [offset, ns, event, "sent" or "answered"]. */
static int
read_pause(struct ir_loader *l, const struct json *v, uint32_t index, struct ir_pause *p)
{
	const struct json *item = json_first(v);
	uint64_t off = 0;
	int r = json_need_array(&l->doc, v);

	if (r != 0)
		return r;
	if (json_count(v) < 2 || json_count(v) > 4)
		return fail(l, v, "must be [offset, nanoseconds, event, \"sent\" or \"answered\"]");
	p->of = IR_NO_EVENT;
	r = json_uint(&l->doc, item, IR_MAX_BYTES, &off);
	p->off = (uint32_t)off;
	item = json_next(item);
	if (r == 0)
		r = json_uint(&l->doc, item, IR_MAX_GAP, &p->ns);
	item = json_next(item);
	if (r != 0 || item == NULL)
		return r;
	l->timed = true;
	r = ir_read_reference(l, item, "pause", index, &p->of);
	return r == 0 ? ir_read_since(l, json_next(item), &p->answered) : r;
}

int
ir_read_pauses(struct ir_loader *l, const struct json *v, struct ir_event *ev)
{
	const struct ir_fault *f = ev->fault;
	const struct json *item = json_first(v);
	struct ir_pause *list;
	size_t n = json_count(v);
	int r = json_need_array(&l->doc, v);

	if (r != 0)
		return r;
	if (n > IR_MAX_PAUSES)
		return fail(l, v, "more than 64 pauses in a message");
	if (f != NULL && (f->unsent || f->times > 1 || f->cut > 0 || f->rst))
		return fail(l, v, "what is unsent, repeated, cut or reset has no pause");
	list = arena_alloc(&l->ir->arena, (n + 1) * sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; r == 0 && i < n; i++, item = json_next(item)) {
		r = read_pause(l, item, i, &list[i]);
		if (r == 0 && list[i].off <= (i > 0 ? list[i - 1].off : 0))
			r = fail(l, item, "offsets are over 0 and ascend");
	}
	ev->pauses = list;
	ev->n_pauses = (uint32_t)n;
	l->paused |= n > 0;
	return r;
}

int
ir_check_pauses(const struct ir_loader *l)
{
	for (size_t i = 0; i < l->ir->n_events; i++) {
		const struct ir_event *ev = &l->ir->events[i];
		size_t size = ev->n_pauses > 0 ? ir_wire_size(ev) : 0;

		/* They ascend. */
		if (ev->n_pauses > 0 && ev->pauses[ev->n_pauses - 1].off >= size)
			return err_set(l->doc.e, ERR_MALFORMED,
				       "%s:%u: pause[%u]: the message has only %zu bytes",
				       l->doc.file, ir_line(l->ir, i), ev->n_pauses - 1, size);
	}
	return 0;
}

void
ir_put_pauses(struct json_out *o, const struct ir_event *ev)
{
	json_out_key_open(o, "pause", '[');
	for (uint32_t i = 0; i < ev->n_pauses; i++) {
		const struct ir_pause *p = &ev->pauses[i];

		json_out_open(o, '[');
		json_out_uint(o, p->off);
		json_out_uint(o, p->ns);
		if (p->of != IR_NO_EVENT)
			json_out_uint(o, p->of);
		if (p->answered)
			json_out_text(o, "answered");
		json_out_close(o, ']');
	}
	json_out_close(o, ']');
}
