/* Definitions that stand in workload.json, since their events were written before they were found.
 */
#include "config.h"

#include "ir/ir_event.h"

#include <stdlib.h>

#include "ir/ir_files.h"

static int
by_place(const void *a, const void *b)
{
	const struct ir_value *x = a, *y = b;

	if (x->event != y->event)
		return x->event < y->event ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

static int
fail(const struct ir_loader *l, const char *file, const struct ir_value *v, const char *what)
{
	return err_set(l->doc.e, ERR_MALFORMED, "%s: values: %s.%u: %s", file,
		       ir_what_names[IR_VALUE], v->number, what);
}

static int
check_value(struct ir_loader *l, const char *file, const struct ir_value *v)
{
	const struct ir_patch p = {.number = v->number, .what = IR_VALUE};
	const struct ir_event *ev;
	int r;

	if (v->event >= l->ir->n_events)
		return fail(l, file, v, "there is no such event");
	ev = &l->ir->events[v->event];
	if (ev->kind != IR_RECV)
		return fail(l, file, v, "the event is no recv");
	if (v->off > ev->size || v->width > ev->size - v->off)
		return fail(l, file, v, "lies outside the message");
	r = ir_define(l, &p);
	return r == ERR_MALFORMED ? fail(l, file, v, "is defined a second time") : r;
}

/* The event's definitions with `n` more, both ascending. */
static int
merge_event(struct ir_loader *l, const char *file, const struct ir_value *v, size_t n)
{
	struct ir_event *ev = &l->ir->events[v->event];
	size_t total = (size_t)ev->n_patches + n, end = 0;
	struct ir_patch *list = arena_alloc(&l->ir->arena, total * sizeof(*list));

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0, a = 0, b = 0; i < total; i++) {
		bool old = b == n || (a < ev->n_patches && ev->patches[a].off < v[b].off);
		const struct ir_value *at = &v[b < n ? b : n - 1];

		if (old)
			list[i] = ev->patches[a++];
		else
			list[i] = (struct ir_patch){.off = v[b].off,
						    .width = v[b].width,
						    .number = v[b].number,
						    .what = IR_VALUE};
		b += !old;
		if (list[i].off < end)
			return fail(l, file, at, "overlaps another definition");
		end = (size_t)list[i].off + list[i].width;
	}
	ev->patches = list;
	ev->n_patches = (uint32_t)total;
	return 0;
}

int
ir_merge_values(struct ir_loader *l, const char *file)
{
	struct ir_meta *m = &l->ir->meta;
	size_t n = m->n_values;
	struct ir_value *list = n > 0 ? malloc(n * sizeof(*list)) : NULL;
	int r = 0;

	if (n == 0)
		return 0;
	if (list == NULL)
		return ERR_NOMEM;
	memcpy(list, m->values, n * sizeof(*list));
	for (size_t i = 0; i < n; i++)
		list[i].event = (uint32_t)ir_event_at(l, list[i].event);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = check_value(l, file, &list[i]);
	qsort(list, n, sizeof(*list), by_place);
	for (size_t i = 0, k; r == 0 && i < n; i = k) {
		k = i + 1;
		while (k < n && list[k].event == list[i].event)
			k++;
		r = merge_event(l, file, &list[i], k - i);
	}
	free(list);
	m->values = NULL;
	m->n_values = 0;
	return r;
}
