/* Bringing a live share to a state, checking it, and taking it away again. */
#include "config.h"

#include "provision/work.h"

#include <stdio.h>

#include "replay/net.h"

#define REPARSE_POINT 0x400u /* file attributes, MS-FSCC 2.6 */
#define ENCRYPTED 0x4000u

/* Names of the wrong kind, and those that must not exist, are to be removed. */
static void
choose_wrong_kinds(struct work *w)
{
	for (size_t i = 0; i < w->n; i++)
		if ((w->items[i].todo & WORK_BIT(WORK_KIND)) != 0)
			w->items[i].todo = WORK_BIT(WORK_KIND);
}

static int
remove_absent(struct work *w, struct err *e)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->items[i].entry->kind == STATE_ABSENT && w->items[i].found != WORK_LEFT)
			w->items[i].todo = WORK_BIT(WORK_KIND);
	return work_remove(w, e);
}

/* What stood in the way is gone: it is made, and what could not be made below it. */
static int
make_again(struct work *w, struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < w->n; i++) {
		struct work_item *item = &w->items[i];
		const struct work_item *parent =
			item->parent != WORK_NO_ITEM ? &w->items[item->parent] : NULL;

		if (item->entry->kind == STATE_ABSENT || item->found == WORK_MADE)
			continue;
		if (item->found == WORK_LEFT && parent != NULL && parent->again) {
			item->found = WORK_OPEN;
			item->failed = 0;
		}
		item->again = item->found == WORK_OPEN && item->entry->path[0] != '\0';
		any |= item->again;
	}
	return any ? work_make(w, e) : 0;
}

/* "changed: size, times" of each that was there and is otherwise now. */
static void
say_changes(struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct work_item *item = &w->items[i];
		char text[256] = "";
		size_t n = 0;

		if (item->found != WORK_THERE || item->done == 0)
			continue;
		for (unsigned p = 0; p < WORK_N_PARTS && n < sizeof(text); p++)
			if ((item->done & WORK_BIT(p)) != 0)
				n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
						      n > 0 ? ", " : "", work_part_names[p]);
		work_say(w, PROVISION_CHANGED, item, text);
	}
}

/* What no request makes, or nobody knows how to. */
static void
say_not_done(struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct state_entry *e = w->items[i].entry;

		if (!work_is_made(&w->items[i]))
			continue;
		if ((e->attributes & ENCRYPTED) != 0)
			work_say(w, PROVISION_NOT_DONE, &w->items[i], "encryption");
		if ((e->attributes & REPARSE_POINT) != 0 && e->reparse.n == 0)
			work_say(w, PROVISION_NOT_DONE, &w->items[i],
				 "reparse point, whose data nobody saw");
	}
}

static int
make(struct work *w, struct err *e)
{
	int r = work_places(w, true, e);

	if (r == 0)
		r = remove_absent(w, e);
	if (r == 0)
		r = work_make(w, e);
	if (r == 0)
		r = work_check(w, false, false, e);
	if (r == 0) {
		choose_wrong_kinds(w);
		r = work_remove(w, e);
	}
	if (r == 0)
		r = make_again(w, e);
	if (r == 0)
		r = work_finish(w, e);
	say_changes(w);
	say_not_done(w);
	work_say_left(w);
	return r;
}

static int
verify(struct work *w, struct err *e)
{
	int r = work_check(w, true, true, e);

	work_say_left(w);
	return r;
}

static int
clean(struct work *w, struct err *e)
{
	int r;

	for (size_t i = 0; i < w->n; i++)
		if (w->items[i].entry->path[0] != '\0' && w->items[i].found != WORK_LEFT)
			w->items[i].todo = WORK_BIT(WORK_KIND);
	r = work_remove(w, e);
	work_say_left(w);
	return r == 0 ? work_places(w, false, e) : r;
}

static int
run(const struct state *s, const struct provision_options *opt, struct provision_result *result,
    int (*what)(struct work *, struct err *), struct err *e)
{
	struct work w = {.state = s, .opt = opt, .result = result};
	uint64_t begin = net_now();
	int r;

	*result = (struct provision_result){0};
	r = work_begin(&w, e);
	if (r == 0)
		r = what(&w, e);
	work_end(&w);
	result->duration = net_now() - begin;
	return r;
}

int
provision_make(const struct state *s, const struct provision_options *opt,
	       struct provision_result *result, struct err *e)
{
	return run(s, opt, result, make, e);
}

int
provision_verify(const struct state *s, const struct provision_options *opt,
		 struct provision_result *result, struct err *e)
{
	return run(s, opt, result, verify, e);
}

int
provision_clean(const struct state *s, const struct provision_options *opt,
		struct provision_result *result, struct err *e)
{
	return run(s, opt, result, clean, e);
}
