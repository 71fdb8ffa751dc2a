/* How late a replay's messages went out, printed. */
#include "config.h"

#include "report_lateness.h"

#include <inttypes.h>
#include <stdio.h>

#include "html.h"

static void
print_time(const char *before, uint64_t ns)
{
	struct buf text = {0};

	text_duration(&text, ns, "us");
	(void)printf("%s%.*s", before, (int)text.n, text.n > 0 ? (const char *)text.p : "?");
	buf_free(&text);
}

static void
print_causes(const struct lateness *l)
{
	const char *between = ": ";

	print_time("later than ", LATENESS_MUCH);
	(void)printf(" were %" PRIu64 " of %" PRIu64, l->much, l->n);
	for (size_t i = 0; i < LATENESS_N_CAUSES; i++) {
		if (l->by[i].much == 0)
			continue;
		(void)printf("%s%" PRIu64 " by %s", between, l->by[i].much, lateness_texts[i]);
		print_time(" (up to ", l->by[i].max);
		(void)printf(")");
		between = ", ";
	}
	(void)printf("\n");
}

void
report_lateness_text(const struct lateness *l)
{
	if (l->n == 0)
		return;
	print_time("sent behind their time: median ", l->p50);
	print_time(", 99 % within ", l->p99);
	print_time(", at most ", l->max);
	(void)printf("\n");
	if (l->much > 0)
		print_causes(l);
}

void
report_lateness_json(struct json_out *o, const struct lateness *l)
{
	if (l->n == 0)
		return;
	json_out_key_open(o, "lateness", '{');
	json_out_key_uint(o, "messages", l->n);
	json_out_key_uint(o, "prepared", l->prepared);
	json_out_key_uint(o, "p50_ns", l->p50);
	json_out_key_uint(o, "p99_ns", l->p99);
	json_out_key_uint(o, "max_ns", l->max);
	json_out_key_uint(o, "over_100us", l->much);
	for (size_t i = 0; i < LATENESS_N_CAUSES; i++) {
		json_out_key_open(o, lateness_names[i], '{');
		json_out_key_uint(o, "over_100us", l->by[i].much);
		json_out_key_uint(o, "max_ns", l->by[i].max);
		json_out_close(o, '}');
	}
	json_out_close(o, '}');
}
