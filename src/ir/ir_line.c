/* One event as its line of messages.jsonl. A hot path of compile: no printf. */
#include "config.h"

#include "ir/ir_event.h"
#include "ir/ir_files.h"

/* A text whose length the compiler knows. */
#define PUT(p, text) put_n(p, text, sizeof(text) - 1)

struct word {
	const char *text;
	size_t n;
};

#define KIND_WORD(name, text) {text, sizeof(text) - 1},
static const struct word kinds[IR_N_KINDS] = {IR_KINDS(KIND_WORD)};
#undef KIND_WORD

#define WHAT_WORD(name, text, width) {text, sizeof(text) - 1},
static const struct word whats[IR_N_WHATS] = {IR_WHATS(WHAT_WORD)};
#undef WHAT_WORD

static inline char *
put_n(char *p, const char *text, size_t n)
{
	memcpy(p, text, n);
	return p + n;
}

static inline char *
put_word(char *p, const struct word *w)
{
	return put_n(p, w->text, w->n);
}

/* A number, or [first, last] where they differ. */
static char *
put_span(char *p, uint64_t first, uint64_t last)
{
	if (first == last)
		return json_put_uint(p, first);
	*p++ = '[';
	p = json_put_uint(p, first);
	*p++ = ',';
	p = json_put_uint(p, last);
	*p++ = ']';
	return p;
}

static char *
put_extent(char *p, const struct ir_extent *x)
{
	*p++ = '[';
	p = json_put_uint(p, x->off);
	*p++ = ',';
	p = json_put_uint(p, x->len);
	*p++ = ']';
	return p;
}

static char *
put_data(char *p, const struct ir_extent *extents, size_t n)
{
	p = PUT(p, ",\"data\":");
	if (n == 1)
		return put_extent(p, extents);
	for (size_t i = 0; i < n; i++) {
		*p++ = i == 0 ? '[' : ',';
		p = put_extent(p, &extents[i]);
	}
	*p++ = ']';
	return p;
}

static char *
put_patch(char *p, const struct ir_patch *patch)
{
	*p++ = '[';
	p = json_put_uint(p, patch->off);
	*p++ = ',';
	p = json_put_uint(p, patch->width);
	p = PUT(p, ",\"");
	p = put_word(p, &whats[patch->what]);
	if (patch->what < IR_N_SYMBOL_KINDS) {
		*p++ = '.';
		p = json_put_uint(p, patch->number);
	}
	*p++ = '"';
	if (patch->from != 0) {
		*p++ = ',';
		p = json_put_uint(p, patch->from);
	}
	*p++ = ']';
	return p;
}

static char *
put_lists(char *p, const struct ir_event *ev)
{
	if (ev->n_cuts > 0)
		p = PUT(p, ",\"cuts\":");
	for (uint32_t i = 0; i < ev->n_cuts; i++) {
		*p++ = i == 0 ? '[' : ',';
		p = json_put_uint(p, ev->cuts[i]);
	}
	if (ev->n_cuts > 0)
		*p++ = ']';
	if (ev->n_patches > 0)
		p = ev->kind == IR_SEND ? PUT(p, ",\"patches\":") : PUT(p, ",\"defs\":");
	for (uint32_t i = 0; i < ev->n_patches; i++) {
		*p++ = i == 0 ? '[' : ',';
		p = put_patch(p, &ev->patches[i]);
	}
	if (ev->n_patches > 0)
		*p++ = ']';
	return p;
}

static char *
put_layers(char *p, const struct ir_event *ev, const struct ir_stored *at)
{
	if ((ev->layers & IR_SEALED) != 0 && ev->sealed_by == 0)
		p = PUT(p, ",\"sealed\":true");
	else if ((ev->layers & IR_SEALED) != 0) {
		p = json_put_uint(PUT(p, ",\"sealed\":\"session."), ev->sealed_by);
		*p++ = '"';
	}
	if ((ev->layers & IR_COMPRESSED) != 0)
		p = put_extent(PUT(p, ",\"compressed\":"), &at->packed);
	return p;
}

size_t
ir_line_bound(const struct ir_event *ev, const char *commands)
{
	return 768 + (size_t)ev->n_cuts * 12 + (size_t)ev->n_patches * 72 +
	       (commands != NULL ? strlen(commands) : 0);
}

char *
ir_format_line(uint64_t n, const struct ir_event *ev, const struct ir_stored *at,
	       const char *commands, char *p)
{
	p = PUT(p, "{\"n\":");
	p = json_put_uint(p, n);
	p = PUT(p, ",\"ev\":\"");
	p = put_word(p, &kinds[ev->kind]);
	p = PUT(p, "\",\"c\":");
	p = json_put_uint(p, ev->conn);
	if (commands != NULL) {
		p = PUT(p, ",\"cmd\":\"");
		p = put_n(p, commands, strlen(commands));
		*p++ = '"';
	}
	if (ev->frame_first != 0 || ev->frame_last != 0)
		p = put_span(PUT(p, ",\"frame\":"), ev->frame_first, ev->frame_last);
	p = put_span(PUT(p, ",\"t\":"), ev->t_first, ev->t_last);
	if (at->n > 0)
		p = put_data(p, at->data, at->n);
	p = put_layers(p, ev, at);
	if (ev->joined)
		p = PUT(p, ",\"joined\":true");
	p = put_lists(p, ev);
	if (ev->kind == IR_FIN || ev->kind == IR_RST || ev->kind == IR_GAP || ev->kind == IR_JUNK)
		p = ev->server ? PUT(p, ",\"from\":\"server\"") : PUT(p, ",\"from\":\"client\"");
	if (ev->lost != 0)
		p = json_put_uint(PUT(p, ",\"lost\":"), ev->lost);
	if (ev->of != 0)
		p = json_put_uint(PUT(p, ",\"of\":"), ev->of - 1);
	return p;
}

void
ir_put_sets(struct json_out *o, const char *key, const struct ir_set *sets, uint32_t n)
{
	struct buf path = {0};

	json_out_key_open(o, key, '{');
	for (uint32_t i = 0; i < n; i++) {
		const struct ir_set *s = &sets[i];

		buf_reset(&path);
		if (s->pdu != 0 || (s->path[0] >= '0' && s->path[0] <= '9'))
			buf_printf(&path, "%u.", s->pdu);
		buf_add(&path, s->path, strlen(s->path));
		json_out_name(o, (const char *)path.p, path.n);
		json_out_text(o, s->value);
	}
	json_out_close(o, '}');
	if (path.err != 0)
		o->b.err = path.err;
	buf_free(&path);
}

void
ir_format_sets(const struct ir_event *ev, struct buf *out)
{
	struct json_out o = {.b = *out, .comma = true};

	ir_put_sets(&o, "set", ev->sets, ev->n_sets);
	*out = o.b;
}
