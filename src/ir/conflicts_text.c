/* Why two requests conflict, in words. */
#include "config.h"

#include "base/utf16.h"
#include "ir/conflicts_int.h"
#include "proto/smb2_pdu.h"

/* The path that a name stands for; "" for the root of a share. */
static int
put_path(const struct conflicts *c, uint32_t place, struct buf *out)
{
	const struct name *n = &c->names[place - 1];
	struct buf scratch = {0};
	struct slice path =
		slice_sub(ir_bytes(c->ir, &c->ir->events[n->event], &scratch), n->off, n->len);
	int r = scratch.err;

	if (r == 0)
		utf16_to_utf8(path, out);
	buf_free(&scratch);
	return r;
}

/* "CREATE+CLOSE (event 7)" */
static void
put_event(const struct conflicts *c, uint32_t event, struct buf *out)
{
	if (c->ir->events[event].kind != IR_SEND)
		buf_printf(out, "end of connection %u", c->ir->events[event].conn);
	for (uint32_t i = c->first_asked[event]; i < c->first_asked[event + 1]; i++)
		buf_printf(out, "%s%s", i > c->first_asked[event] ? "+" : "",
			   smb2_command_name(c->asked[i].command));
	buf_printf(out, " (event %u)", event);
}

int
conflicts_text(const struct conflicts *c, uint32_t event, const struct conflict *pair,
	       struct buf *out)
{
	struct buf path = {0};
	int r = 0;

	put_event(c, pair->other, out);
	buf_printf(out, " and ");
	put_event(c, event, out);
	buf_printf(out, ": %s", conflict_kind_names[pair->kind]);
	if (pair->place != 0)
		r = put_path(c, pair->place, &path);
	if (r == 0 && path.n > 0) {
		buf_printf(out, ": ");
		buf_add(out, path.p, path.n);
	}
	if (path.err != 0 || out->err != 0)
		r = ERR_NOMEM;
	buf_free(&path);
	return r;
}
