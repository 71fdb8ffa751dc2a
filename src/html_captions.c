/* The text of single messages. Names of opens are learnt from all that precede them. */
#include "config.h"

#include <stdlib.h>

#include "base/list.h"
#include "html_page.h"
#include "show.h"

#define MAX_CAPTION ((size_t)240)

int
captions_want(struct captions *c, uint64_t event)
{
	if (list_room(&c->list, c->n, &c->cap, sizeof(*c->list)) != 0)
		return ERR_NOMEM;
	c->list[c->n++] = (struct caption){.event = (uint32_t)event};
	return 0;
}

static int
by_event(const void *a, const void *b)
{
	const struct caption *x = a, *y = b;

	return x->event < y->event ? -1 : x->event > y->event;
}

static int
make_one(struct captions *c, size_t *next, struct show_line *l, const struct show_event *e)
{
	struct buf text = {0};
	const char *kept;
	size_t n;
	int r = 0;

	if (*next == c->n || c->list[*next].event != e->n) {
		show_line_learn(l, e);
		return 0;
	}
	show_line_message(l, e, &text);
	n = text.n < MAX_CAPTION ? text.n : MAX_CAPTION;
	while (n > 0 && n < text.n && (text.p[n] & 0xc0) == 0x80)
		n--; /* not within a character */
	kept = arena_text(&c->texts, n > 0 ? (const char *)text.p : "", n);
	r = text.err != 0 ? text.err : kept == NULL ? ERR_NOMEM : 0;
	for (; *next < c->n && c->list[*next].event == e->n; (*next)++)
		c->list[*next].text = kept;
	buf_free(&text);
	return r;
}

int
captions_make(struct captions *c, const struct ir *ir)
{
	struct show_line *l = c->n > 0 ? show_line_new(ir) : NULL;
	struct buf scratch = {0};
	size_t next = 0;
	int r = 0;

	if (c->n == 0)
		return 0;
	if (l == NULL)
		return ERR_NOMEM;
	qsort(c->list, c->n, sizeof(*c->list), by_event);
	for (uint32_t i = 0; r == 0 && i < ir->n_events && next < c->n; i++) {
		const struct ir_event *ev = &ir->events[i];
		struct show_event e = {.ir = ir, .ev = ev, .n = i, .kind = SMB2_MSG_UNKNOWN};

		e.bytes = ir_bytes(ir, ev, &scratch);
		if (ev->kind == IR_SEND || ev->kind == IR_RECV)
			e.kind = smb2_msg_kind(e.bytes);
		r = scratch.err != 0 ? scratch.err : make_one(c, &next, l, &e);
	}
	show_line_free(l);
	buf_free(&scratch);
	return r;
}

const char *
captions_of(const struct captions *c, uint64_t event)
{
	const struct caption key = {.event = (uint32_t)event};
	const struct caption *found =
		c->n > 0 ? bsearch(&key, c->list, c->n, sizeof(key), by_event) : NULL;

	return found != NULL && found->text != NULL ? found->text : "";
}

void
captions_free(struct captions *c)
{
	arena_free(&c->texts);
	free(c->list);
}
