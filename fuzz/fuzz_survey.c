/*
 * Any messages through what info gathers and prints. Properties: counts add up, and nothing
 * that is printed rules the terminal. The input is
 * messages: a byte (connection, direction), a length in two bytes, most significant first, and the
 * bytes.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "src/info.h"

#define CONNS 3
#define WIDTH ((size_t)60)

static void
check_survey(const struct survey *s)
{
	uint64_t operations = 0;

	for (size_t i = 0; i < s->top.n; i++)
		operations += s->top.files[i].operations;
	if (operations > s->pdus || s->counts.reclaimed > s->counts.reclaims ||
	    s->flights.n > s->pdus || s->names.totals.seen > s->names.totals.bytes)
		abort();
}

static void
check_text(const struct buf *text)
{
	for (size_t i = 0; i < text->n; i++)
		if ((text->p[i] < 0x20 && text->p[i] != '\n') || text->p[i] == 0x7f)
			abort();
}

static void
print(struct survey *s)
{
	static char *const paths[] = {"fuzz 'x.pcap"};
	const struct secrets none = {0};
	const struct info_given given = {.paths = paths, .n = 1, .secrets = &none};
	const struct unseal_secrets no_secrets = {0};
	struct survey_verdicts verdicts;
	struct info_next next;
	struct unseal *u;
	struct info all = {.survey = s, .verdicts = &verdicts, .next = &next};
	struct buf text = {0};
	struct json_out json = {0};

	if (unseal_new(&no_secrets, &u) != 0)
		abort();
	all.unseal = u;
	survey_judge(s, u, &verdicts);
	info_next(s, &verdicts, &given, &next);
	survey_top_sort(&s->top);
	info_put_text(&all, WIDTH, false, &text);
	info_put_json(&all, &json);
	check_text(&text);
	buf_free(&text);
	buf_free(&json.b);
	buf_free(&verdicts.why);
	info_next_free(&next);
	unseal_free(u);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct wire_rd rd = wire_rd_init(slice_of(data, n));
	struct cap_conn conns[CONNS];
	struct survey s;
	const struct cap_sink sink = survey_sink(&s);

	survey_init(&s);
	for (uint32_t i = 0; i < CONNS; i++)
		conns[i] = (struct cap_conn){
			.id = i,
			.client = {.family = AF_INET, .port = (uint16_t)(5000 + i)},
			.server = {.family = AF_INET, .port = (uint16_t)(i / 2)}};
	while (wire_rd_left(&rd) > 3) {
		uint8_t op = wire_get_u8(&rd);
		size_t want = wire_get_be16(&rd), left = wire_rd_left(&rd);
		struct cap_message m = {.conn = &conns[op % CONNS],
					.bytes = wire_get_slice(&rd, want < left ? want : left),
					.t_first = 1000000000,
					.t_last = 1000000000};

		m.dir = op >= 128 ? CAP_S2C : CAP_C2S;
		if (sink.message(sink.ctx, &m) != 0)
			abort();
	}
	if (survey_end(&s) != 0)
		abort();
	check_survey(&s);
	print(&s);
	survey_free(&s);
	return 0;
}
