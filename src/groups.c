/* Grouping divergences. */
#include "config.h"

#include "groups.h"

#include <stdlib.h>

void
groups_free(struct groups *g)
{
	arena_free(&g->texts);
	free(g->list);
	*g = (struct groups){0};
}

/* Do the values name the cause? A size or offset differs from case to case and does not; whether an
 * entry of a list is there does. */
static bool
values_count(const struct judge_divergence *d)
{
	size_t n = strlen(d->field);

	return d->kind == JUDGE_STATUS || d->kind == JUDGE_NEGOTIATED ||
	       d->kind == JUDGE_DISCONNECT || d->kind == JUDGE_LAYER || d->kind == JUDGE_LOGON ||
	       (n > 0 && d->field[n - 1] == '"');
}

/* As far as they are kept. */
static bool
same_text(const char *kept, const char *text)
{
	return strncmp(kept, text, GROUPS_TEXT) == 0;
}

static const char *
skip_index(const char *p)
{
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

/* Behind the quotation mark that ends a name, which may hold others. */
static const char *
skip_name(const char *p)
{
	const char *end = strrchr(p, '"');

	return end != NULL ? end + 1 : p + strlen(p);
}

/* The same but for the place in a list, `contexts[3]`, or the name in it, `entry "x.txt"`. */
static bool
same_field(const char *kept, const char *field)
{
	const char *end = kept + GROUPS_TEXT;

	while (kept < end && *kept != '\0' && *kept == *field) {
		bool list = *kept == '[', named = *kept == '"';

		kept++;
		field++;
		if (list) {
			kept = skip_index(kept);
			field = skip_index(field);
		} else if (named) {
			kept = skip_name(kept);
			field = skip_name(field);
		}
	}
	return kept >= end || *kept == *field;
}

static bool
belongs(const struct group *g, const struct judge_divergence *d)
{
	const struct judge_divergence *f = &g->first;

	return f->kind == d->kind && same_text(f->message, d->message) &&
	       same_field(f->field, d->field) &&
	       (!values_count(d) ||
		(same_text(f->expected, d->expected) && same_text(f->got, d->got)));
}

static const char *
keep(struct groups *g, const char *text)
{
	const char *copy = NULL;

	if (text != NULL)
		copy = arena_text(&g->texts, text, strnlen(text, GROUPS_TEXT));
	if (text != NULL && copy == NULL) {
		g->err = ERR_NOMEM;
		return "";
	}
	return copy;
}

static void
add_value(struct groups *g, struct group *to, const struct judge_divergence *d)
{
	size_t i = 0;

	while (i < to->n_values && !(same_text(to->values[i].expected, d->expected) &&
				     same_text(to->values[i].got, d->got)))
		i++;
	if (i == GROUPS_VALUES) {
		to->other_values++;
		return;
	}
	if (i == to->n_values)
		to->values[to->n_values++] = (struct group_value){.expected = keep(g, d->expected),
								  .got = keep(g, d->got)};
	to->values[i].n++;
}

static struct group *
add_group(struct groups *g, const struct judge_divergence *d, const struct place *live)
{
	struct group *to;

	if (g->list == NULL)
		g->list = calloc(GROUPS_MAX, sizeof(*g->list));
	if (g->list == NULL) {
		g->err = ERR_NOMEM;
		return NULL;
	}
	to = &g->list[g->n++];
	to->first = *d;
	to->first.message = keep(g, d->message);
	to->first.field = keep(g, d->field);
	to->first.expected = keep(g, d->expected);
	to->first.got = keep(g, d->got);
	to->first.path = keep(g, d->path);
	to->first.label = keep(g, d->label);
	if (live != NULL)
		to->live = *live;
	return to;
}

void
groups_add(struct groups *g, const struct judge_divergence *d, const struct place *live)
{
	struct group *to = NULL;

	for (size_t i = 0; i < g->n && to == NULL; i++)
		to = belongs(&g->list[i], d) ? &g->list[i] : NULL;
	if (to == NULL && g->n == GROUPS_MAX) {
		g->beyond[d->kind]++;
		g->n_beyond++;
		return;
	}
	if (to == NULL)
		to = add_group(g, d, live);
	else if (to->n_more < GROUPS_MORE_PLACES) {
		to->more[to->n_more].event = d->event;
		to->more[to->n_more++].frame = d->frame;
	}
	if (to == NULL)
		return;
	to->n++;
	add_value(g, to, d);
}
