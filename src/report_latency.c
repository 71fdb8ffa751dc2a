/* Prints latencies: a table, or JSON. */
#include "config.h"

#include "report_latency.h"

#include <inttypes.h>
#include <stdio.h>

#define N_PARTS 5
static const struct {
	unsigned part; /* of 10,000 */
	const char *title, *key;
} parts[N_PARTS] = {{5000, "p50", "p50_ns"},
		    {9000, "p90", "p90_ns"},
		    {9900, "p99", "p99_ns"},
		    {9990, "p99.9", "p99_9_ns"},
		    {9999, "p99.99", "p99_99_ns"}};

static bool
has_sizes(unsigned command)
{
	return command == SMB2_CMD_READ || command == SMB2_CMD_WRITE;
}

static void
print_row(const char *name, const char *which, const struct histogram *h)
{
	(void)printf("  %-17s %-9s %8" PRIu64, name, which, h->n);
	for (size_t i = 0; h->n > 0 && i < N_PARTS; i++)
		(void)printf(" %9.3f", (double)histogram_at(h, parts[i].part) / 1e6);
	if (h->n > 0)
		(void)printf(" %9.3f", (double)h->max / 1e6);
	(void)printf("\n");
}

static void
print_rows(const struct report_run *run, unsigned command, unsigned size)
{
	const struct histogram *recorded = &run->recorded->all[command][size];
	const struct histogram *live = &run->live->all[command][size];
	char name[64];

	if (recorded->n + live->n == 0)
		return;
	(void)snprintf(name, sizeof(name), "%s%s%s", smb2_command_name(command),
		       has_sizes(command) ? " " : "",
		       has_sizes(command) ? latency_sizes[size] : "");
	print_row(name, "recorded", recorded);
	print_row("", "run", live);
	if (run->due != NULL)
		print_row("", "since due", &run->due->all[command][size]);
}

void
report_latency_text(const struct report_run *run)
{
	if (run->recorded == NULL)
		return;
	(void)printf("latency in ms               answers");
	for (size_t i = 0; i < N_PARTS; i++)
		(void)printf(" %9s", parts[i].title);
	(void)printf(" %9s\n", "max");
	for (unsigned c = 0; c < SMB2_N_COMMANDS; c++)
		for (unsigned size = 0; size < LATENCY_SIZES; size++)
			print_rows(run, c, size);
}

static void
add_histogram(struct json_out *o, const char *key, const struct histogram *h)
{
	json_out_key(o, key);
	json_out_open(o, '{');
	json_out_key(o, "answers");
	json_out_uint(o, h->n);
	if (h->n > 0) {
		json_out_key(o, "min_ns");
		json_out_uint(o, h->min);
	}
	for (size_t i = 0; h->n > 0 && i < N_PARTS; i++) {
		json_out_key(o, parts[i].key);
		json_out_uint(o, histogram_at(h, parts[i].part));
	}
	if (h->n > 0) {
		json_out_key(o, "max_ns");
		json_out_uint(o, h->max);
	}
	json_out_close(o, '}');
}

static void
add_row(const struct report_run *run, unsigned command, unsigned size, struct json_out *o)
{
	if (run->recorded->all[command][size].n + run->live->all[command][size].n == 0)
		return;
	json_out_line(o, 2);
	json_out_open(o, '{');
	json_out_key(o, "command");
	json_out_text(o, smb2_command_name(command));
	if (has_sizes(command)) {
		json_out_key(o, "size");
		json_out_text(o, latency_sizes[size]);
	}
	add_histogram(o, "recorded", &run->recorded->all[command][size]);
	add_histogram(o, "run", &run->live->all[command][size]);
	if (run->due != NULL)
		add_histogram(o, "since_due", &run->due->all[command][size]);
	json_out_close(o, '}');
}

void
report_latency_json(const struct report_run *run, struct json_out *o)
{
	if (run->recorded == NULL)
		return;
	json_out_line(o, 1);
	json_out_key(o, "latency");
	json_out_open(o, '[');
	for (unsigned c = 0; c < SMB2_N_COMMANDS; c++)
		for (unsigned size = 0; size < LATENCY_SIZES; size++)
			add_row(run, c, size, o);
	o->comma = false;
	json_out_line(o, 1);
	json_out_close(o, ']');
}
