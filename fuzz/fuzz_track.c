/*
 * Any messages through the tracker. Properties: patches ascend, do not overlap and lie inside their
 * message, symbols are numbered as they are counted and have their widths, so that what is compiled
 * can be loaded. The input is messages: a byte (connection, direction), a length in two bytes, most
 * significant first, and the bytes.
 */
#include "config.h"

#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "compile/track.h"

#define CONNS 3

static void
check_patch(const struct ir_patch *p, bool response, const uint32_t *symbols)
{
	uint32_t whole = ir_what_widths[p->what];

	if (p->width == 0 || p->what >= IR_N_WHATS || (response && p->what >= IR_N_SYMBOL_KINDS))
		abort();
	if (p->what < IR_N_SYMBOL_KINDS ? p->number == 0 || p->number > symbols[p->what]
					: p->number != 0)
		abort();
	if (p->what < IR_N_SYMBOL_KINDS && (p->from >= whole || p->width > whole - p->from))
		abort();
	if ((response || p->what == IR_SIGNATURE) && p->width != whole)
		abort();
}

static void
check_message(const struct track *t, const struct track_message *tm, struct slice bytes,
	      bool response)
{
	size_t end = 0;

	for (size_t i = 0; i < tm->n_patches; i++) {
		const struct ir_patch *p = &tm->patches[i];

		if (p->off < end || p->off > bytes.n || p->width > bytes.n - p->off)
			abort();
		end = (size_t)p->off + p->width;
		check_patch(p, response, track_symbols(t));
	}
	if (tm->payload.n > bytes.n || tm->n_opaque > tm->n_pdus)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct wire_rd rd = wire_rd_init(slice_of(data, n));
	struct cap_conn conns[CONNS];
	struct track_message tm;
	struct track *t;

	for (uint32_t i = 0; i < CONNS; i++)
		conns[i] = (struct cap_conn){
			.id = i, .server = {.family = AF_INET, .port = (uint16_t)(i / 2)}};
	if (track_new(NULL, &t) != 0)
		abort();
	while (wire_rd_left(&rd) > 3) {
		uint8_t op = wire_get_u8(&rd);
		size_t want = wire_get_be16(&rd), left = wire_rd_left(&rd);
		struct cap_message m = {.conn = &conns[op % CONNS],
					.bytes = wire_get_slice(&rd, want < left ? want : left)};

		m.dir = op >= 128 ? CAP_S2C : CAP_C2S;
		if (track_message(t, &m, 0, &tm) != 0)
			abort();
		check_message(t, &tm, m.bytes, m.dir == CAP_S2C);
	}
	for (size_t i = 0; i < CONNS; i++)
		track_close(t, &conns[i]);
	track_free(t);
	return 0;
}
