/* Counting PDUs. */
#include "config.h"

#include "tally.h"

#include <stdlib.h>

#include "proto/ntstatus.h"

#define MAX_ROWS ((size_t)4096)

void
tally_add(struct tally *t, const struct smb2_pdu *pdu)
{
	uint32_t status = pdu->response ? pdu->h.status : 0;
	size_t i = 0;

	if (t->rows == NULL)
		t->rows = calloc(MAX_ROWS, sizeof(*t->rows));
	while (i < t->n && (t->rows[i].command != pdu->h.command ||
			    t->rows[i].response != pdu->response || t->rows[i].status != status))
		i++;
	if (t->rows == NULL || i == MAX_ROWS) {
		t->more++;
		return;
	}
	if (i == t->n)
		t->rows[t->n++] = (struct tally_row){pdu->h.command, pdu->response, status, 0};
	t->rows[i].n++;
}

static bool
is_error(const struct tally_row *r)
{
	return r->response && r->status >> 30 == 3 &&
	       r->status != (uint32_t)STATUS_MORE_PROCESSING_REQUIRED;
}

static bool
comes_before(const struct tally_row *a, const struct tally_row *b)
{
	if (a->n != b->n)
		return a->n > b->n;
	return a->command != b->command ? a->command < b->command : a->status < b->status;
}

size_t
tally_errors(const struct tally *t, const struct tally_row **out, size_t max, uint64_t *all,
	     size_t *kinds)
{
	size_t n = 0;

	*all = *kinds = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct tally_row *r = &t->rows[i];
		size_t at = n;

		if (!is_error(r))
			continue;
		*all += r->n;
		++*kinds;
		while (at > 0 && comes_before(r, out[at - 1]))
			at--;
		if (at == max)
			continue;
		n += n < max;
		memmove(&out[at + 1], &out[at], (n - at - 1) * sizeof(struct tally_row *));
		out[at] = r;
	}
	return n;
}

void
tally_free(struct tally *t)
{
	free(t->rows);
	*t = (struct tally){0};
}

static int
compare_rows(const void *a, const void *b)
{
	const struct tally_row *x = a, *y = b;

	if (x->command != y->command)
		return x->command < y->command ? -1 : 1;
	if (x->response != y->response)
		return x->response ? 1 : -1;
	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return x->status < y->status ? -1 : x->status > y->status;
}

static void
sort(struct tally *t)
{
	if (t->n > 0)
		qsort(t->rows, t->n, sizeof(*t->rows), compare_rows);
}

/* The line of the command whose rows begin at `i`; returns where the next one's begin. */
static size_t
put_command(const struct tally *t, size_t i, struct buf *out)
{
	unsigned command = t->rows[i].command;
	uint64_t requests = 0;
	bool first = true;

	for (; i < t->n && t->rows[i].command == command && !t->rows[i].response; i++)
		requests += t->rows[i].n;
	buf_printf(out, "  %-16s %9llu   ", smb2_command_name(command),
		   (unsigned long long)requests);
	for (; i < t->n && t->rows[i].command == command; i++) {
		buf_printf(out, "%s%llu", first ? "" : ", ", (unsigned long long)t->rows[i].n);
		if (t->rows[i].status != STATUS_SUCCESS)
			buf_printf(out, " %s", ntstatus_name(t->rows[i].status));
		first = false;
	}
	buf_printf(out, "%s\n", first ? "none" : "");
	return i;
}

void
tally_put(struct tally *t, struct buf *out)
{
	sort(t);
	if (t->n > 0)
		buf_printf(out, "  %-16s %9s   %s\n", "command", "requests", "responses");
	for (size_t i = 0; i < t->n;)
		i = put_command(t, i, out);
	if (t->more > 0)
		buf_printf(out, "  %llu more with too many different statuses\n",
			   (unsigned long long)t->more);
}

void
tally_put_json(struct tally *t, struct json_out *o)
{
	sort(t);
	json_out_open(o, '[');
	for (size_t i = 0; i < t->n; i++) {
		json_out_open(o, '{');
		json_out_key_text(o, "command", smb2_command_name(t->rows[i].command));
		json_out_key_text(o, "direction", t->rows[i].response ? "response" : "request");
		if (t->rows[i].response)
			json_out_key_text(o, "status", ntstatus_name(t->rows[i].status));
		json_out_key_uint(o, "count", t->rows[i].n);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}
