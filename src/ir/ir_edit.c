/* Edits of recorded events ("set"): which there are, and one more. */
#include "config.h"

#include "ir/ir_files.h"

#include <string.h>

const char *
ir_set_path(const char *text, uint32_t *pdu)
{
	uint64_t number = 0;

	if (*text >= '0' && *text <= '9') {
		for (; *text >= '0' && *text <= '9' && number < IR_MAX_BYTES; text++)
			number = number * 10 + (uint64_t)(*text - '0');
		if (*text++ != '.')
			return NULL;
	}
	*pdu = (uint32_t)number;
	return *text != '\0' ? text : NULL;
}

int
ir_try_sets(const struct ir *ir, const struct ir_event *ev, struct err *e)
{
	struct buf copy = {0};
	struct slice s = ir_recorded(ir, ev, &copy);
	int r;

	if (copy.n == 0)
		buf_add(&copy, s.p, s.n);
	r = copy.err == 0 ? ir_apply_sets(ev, copy.p, copy.n, e) : copy.err;
	buf_free(&copy);
	return r;
}

int
ir_edit(struct ir *ir, uint64_t event, const char *path, const char *value, struct err *e)
{
	struct ir_event *ev = &ir->events[event], edited = *ev;
	struct ir_set *sets = arena_alloc(&ir->arena, (ev->n_sets + 1) * sizeof(*sets)), *last;
	int r;

	if (sets == NULL)
		return ERR_NOMEM;
	if (ev->n_sets > 0)
		memcpy(sets, ev->sets, ev->n_sets * sizeof(*sets));
	last = &sets[ev->n_sets];
	path = ir_set_path(path, &last->pdu);
	if (path == NULL)
		return err_set(e, ERR_USAGE, "a field's path, or PDU.path, is needed");
	last->path = arena_text(&ir->arena, path, strlen(path));
	last->value = arena_text(&ir->arena, value, strlen(value));
	if (last->path == NULL || last->value == NULL)
		return ERR_NOMEM;
	edited.sets = sets;
	edited.n_sets++;
	r = ir_try_sets(ir, &edited, e);
	if (r == 0)
		*ev = edited;
	return r;
}
