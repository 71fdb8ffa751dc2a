/* The state of the shares that a capture began with: its names and what is asked of it. */
#include "config.h"

#include "ir/state.h"

#include "ir/state_feed.h"

#define NAME(name, text) text,
const char *const state_kind_names[STATE_N_KINDS] = {STATE_KINDS(NAME)};
#undef NAME
#define NAME(name, text, plan) text,
const char *const state_reason_names[STATE_N_REASONS] = {STATE_REASONS(NAME)};
#undef NAME
#define NAME(name, text, plan) plan,
const char *const state_reason_texts[STATE_N_REASONS] = {STATE_REASONS(NAME)};
#undef NAME
#define NAME(name, text, conflict, plan) text,
const char *const state_doubt_names[STATE_N_DOUBTS] = {STATE_DOUBTS(NAME)};
#undef NAME
#define NAME(name, text, conflict, plan) plan,
const char *const state_doubt_texts[STATE_N_DOUBTS] = {STATE_DOUBTS(NAME)};
#undef NAME
#define NAME(name, text, conflict, plan) conflict,
const bool state_doubt_is_conflict[STATE_N_DOUBTS] = {STATE_DOUBTS(NAME)};
#undef NAME

int
state_load(const char *workload, const struct ir *ir, struct state *out, struct err *e)
{
	int r = state_derive(ir, out);

	return r != 0 ? err_set(e, r, "%s: %s", workload, err_str(r)) : 0;
}

void
state_free(struct state *s)
{
	arena_free(&s->arena);
	*s = (struct state){0};
}

struct slice
state_bytes(const struct state *s, const struct state_piece *p)
{
	if (p->own != NULL)
		return slice_of(p->own, p->len);
	return p->at <= s->data.n ? slice_sub(s->data, (size_t)p->at, p->len) : (struct slice){0};
}

uint64_t
state_size(const struct state_data *d)
{
	if (d->sized || d->n_pieces == 0)
		return d->size;
	return d->pieces[d->n_pieces - 1].off + d->pieces[d->n_pieces - 1].len;
}
