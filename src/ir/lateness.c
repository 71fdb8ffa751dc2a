/* Lateness among the totals of a run. */
#include "config.h"

#include "ir/lateness.h"

#define CAUSE_NAME(name, key, text) key,
const char *const lateness_names[LATENESS_N_CAUSES] = {LATENESS_CAUSES(CAUSE_NAME)};
#undef CAUSE_NAME
#define CAUSE_TEXT(name, key, text) text,
const char *const lateness_texts[LATENESS_N_CAUSES] = {LATENESS_CAUSES(CAUSE_TEXT)};
#undef CAUSE_TEXT

/* In the order of `numbers_of`. */
#define CAUSE_TOTALS(name, key, text) "late_" key, "late_" key "_max_ns",
static const char *const totals_names[LATENESS_TOTALS] = {"paced",
							  "prepared",
							  "late_p50_ns",
							  "late_p99_ns",
							  "late_max_ns",
							  "late",
							  LATENESS_CAUSES(CAUSE_TOTALS)};
#undef CAUSE_TOTALS

static void
numbers_of(struct lateness *l, uint64_t *numbers[LATENESS_TOTALS])
{
	size_t n = 0;

	numbers[n++] = &l->n;
	numbers[n++] = &l->prepared;
	numbers[n++] = &l->p50;
	numbers[n++] = &l->p99;
	numbers[n++] = &l->max;
	numbers[n++] = &l->much;
	for (size_t i = 0; i < LATENESS_N_CAUSES; i++) {
		numbers[n++] = &l->by[i].much;
		numbers[n++] = &l->by[i].max;
	}
}

size_t
lateness_put(const struct lateness *l, struct ir_total *out)
{
	struct lateness copy = *l;
	uint64_t *numbers[LATENESS_TOTALS];

	numbers_of(&copy, numbers);
	for (size_t i = 0; i < LATENESS_TOTALS; i++)
		out[i] = (struct ir_total){totals_names[i], *numbers[i]};
	return l->n > 0 ? LATENESS_TOTALS : 0;
}

void
lateness_get(const struct ir_total *totals, size_t n, struct lateness *out)
{
	uint64_t *numbers[LATENESS_TOTALS];

	*out = (struct lateness){.n = 0};
	numbers_of(out, numbers);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < LATENESS_TOTALS; k++)
			if (strcmp(totals[i].name, totals_names[k]) == 0)
				*numbers[k] = totals[i].value;
}
