/* One JSON object a line for each PDU: what the structure lists say of it, in their names. */
#include "config.h"

#include "show.h"

#include "base/utf16.h"
#include "ir/ir_files.h"
#include "proto/ntstatus.h"
#include "proto/sid.h"

#define MAX_DEPTH 16 /* of nested structures; the lists nest less deeply */

/* Turns a walk into JSON: elements of a row, which come one after another, become an array. */
struct writer {
	struct json_out *o;
	const struct smb2_row *array[MAX_DEPTH]; /* whose array is open, at each depth */
	unsigned depth;
	struct buf text; /* scratch */
	struct {
		size_t off;
		struct slice bytes;
	} rest[8]; /* bytes that no row describes, unless they are padding */
	unsigned n_rest;
};

static void
close_array(struct writer *w, const struct smb2_row *next)
{
	if (w->array[w->depth] == NULL || w->array[w->depth] == next)
		return;
	json_out_close(w->o, ']');
	w->array[w->depth] = NULL;
}

/* The key of a value, or its place in the array of its row. */
static void
begin_value(struct writer *w, const struct smb2_item *it, bool element)
{
	close_array(w, element ? it->row : NULL);
	if (element && w->array[w->depth] == it->row)
		return;
	json_out_key(w->o, it->name);
	if (element) {
		json_out_open(w->o, '[');
		w->array[w->depth] = it->row;
	}
}

static bool
is_zero(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != 0)
			return false;
	return true;
}

static int
put_leaf(void *ctx, const struct smb2_item *it)
{
	struct writer *w = ctx;
	bool numbers = it->cut == SMB2_CUT_U16S || it->cut == SMB2_CUT_U32S;

	if (it->row == NULL) {
		if (!is_zero(it->bytes) && w->n_rest < sizeof(w->rest) / sizeof(w->rest[0])) {
			w->rest[w->n_rest].off = it->off;
			w->rest[w->n_rest++].bytes = it->bytes;
		}
		return 0;
	}
	begin_value(w, it, numbers);
	buf_reset(&w->text);
	if (it->cut == SMB2_CUT_TEXT) {
		utf16_to_utf8(it->bytes, &w->text);
		json_out_text_n(w->o, (const char *)w->text.p, w->text.n);
	} else if (it->cut == SMB2_CUT_SID) {
		(void)sid_put_text(it->bytes, &w->text);
		json_out_text_n(w->o, (const char *)w->text.p, w->text.n);
	} else if (numbers || (it->row->kind != SMB2_VAR && it->bytes.p == NULL)) {
		json_out_uint(w->o, it->value);
	} else {
		json_out_hex(w->o, it->bytes);
	}
	return w->o->b.err;
}

static int
enter(void *ctx, const struct smb2_item *it)
{
	struct writer *w = ctx;

	if (w->depth + 1 == MAX_DEPTH)
		return ERR_LIMIT;
	begin_value(w, it, smb2_contents[it->row->content].cut != SMB2_CUT_ONE);
	json_out_open(w->o, '{');
	json_out_key_text(w->o, "structure", it->def->name);
	w->array[++w->depth] = NULL;
	return 0;
}

static int
leave(void *ctx, const struct smb2_item *it)
{
	struct writer *w = ctx;

	(void)it;
	close_array(w, NULL);
	w->depth--;
	json_out_close(w->o, '}');
	return 0;
}

static void
put_seconds(struct json_out *o, uint64_t ns)
{
	json_out_raw(o, "%llu.%09llu", (unsigned long long)(ns / 1000000000),
		     (unsigned long long)(ns % 1000000000));
}

/* What every object begins with. */
static void
put_event(const struct show_event *e, struct json_out *o)
{
	json_out_key_uint(o, "n", e->n);
	json_out_key_uint(o, "frame", e->ev->frame_last);
	json_out_key_uint(o, "frame_first", e->ev->frame_first);
	json_out_key(o, "time");
	put_seconds(o, e->ev->t_first);
	json_out_key_uint(o, "connection", e->ev->conn);
	json_out_key_text(o, "direction", show_from_server(e->ev) ? "response" : "request");
	if ((e->ev->layers & IR_SEALED) != 0)
		json_out_key_bool(o, "sealed", true);
	if ((e->ev->layers & IR_COMPRESSED) != 0) {
		json_out_key_bool(o, "compressed", true);
	}
	if (ir_has_marks(e->ev))
		ir_format_marks(e->ev, &o->b);
}

static void
put_rest(const struct writer *w)
{
	json_out_key_open(w->o, "unexplained", '[');
	for (unsigned i = 0; i < w->n_rest; i++) {
		json_out_open(w->o, '{');
		json_out_key_uint(w->o, "offset", w->rest[i].off);
		json_out_key(w->o, "bytes");
		json_out_hex(w->o, w->rest[i].bytes);
		json_out_close(w->o, '}');
	}
	json_out_close(w->o, ']');
}

/* The patches or definitions that lie in this PDU, with offsets from its header. */
static void
put_symbols(const struct show_pdu *p, struct json_out *o)
{
	const struct ir_event *ev = p->event->ev;
	struct buf name = {0};

	json_out_key_open(o, ev->kind == IR_SEND ? "patches" : "defines", '[');
	for (uint32_t i = 0; i < ev->n_patches; i++) {
		if (ev->patches[i].off < p->at || ev->patches[i].off - p->at >= p->bytes.n)
			continue;
		buf_reset(&name);
		show_put_symbol(&name, &ev->patches[i]);
		json_out_open(o, '[');
		json_out_uint(o, ev->patches[i].off - p->at);
		json_out_uint(o, ev->patches[i].width);
		json_out_text_n(o, (const char *)name.p, name.n);
		json_out_close(o, ']');
	}
	json_out_close(o, ']');
	buf_free(&name);
}

static void
put_pdu(const struct show_pdu *p, struct json_out *o)
{
	struct writer w = {.o = o};
	const struct smb2_visitor v = {.ctx = &w, .leaf = put_leaf, .enter = enter, .leave = leave};

	if (smb2_walk_header(p->pdu, &v) != 0)
		return;
	json_out_key_text(o, "command_name", smb2_command_name(p->pdu->h.command));
	if (p->pdu->response)
		json_out_key_text(o, "status_name", ntstatus_name(p->pdu->h.status));
	json_out_key_open(o, "body", '{');
	if (p->pdu->body_def != NULL) {
		json_out_key_text(o, "structure", p->pdu->body_def->name);
		if (smb2_walk_body(p->pdu, &v) != 0)
			return;
		close_array(&w, NULL);
	} else {
		json_out_key(o, "bytes");
		json_out_hex(o, slice_sub(p->bytes, SMB2_HEADER, p->bytes.n - SMB2_HEADER));
	}
	json_out_close(o, '}');
	if (p->pdu->body_def == NULL)
		json_out_key_text(o, "opaque", p->pdu->opaque != NULL ? p->pdu->opaque : "unknown");
	if (w.n_rest > 0)
		put_rest(&w);
	if (p->event->ev->n_patches > 0)
		put_symbols(p, o);
	buf_free(&w.text);
}

static void
begin_line(const struct show_event *e, struct json_out *o)
{
	o->comma = false;
	json_out_open(o, '{');
	put_event(e, o);
}

static void
end_line(struct json_out *o)
{
	json_out_close(o, '}');
	buf_add(&o->b, "\n", 1);
	o->comma = false;
}

void
show_json_put(const struct show_event *e, struct json_out *o)
{
	struct show_chain c = show_chain_init(e);
	struct show_pdu p;
	bool any = false;

	c.opened = true;
	while (show_chain_next(&c, &p)) {
		any = true;
		begin_line(e, o);
		json_out_key_uint(o, "pdu", p.index);
		if (p.pdu != NULL) {
			put_pdu(&p, o);
		} else {
			json_out_key_text(o, "kind", "malformed");
			json_out_key_uint(o, "size", p.bytes.n);
		}
		end_line(o);
	}
	if (any)
		return;
	begin_line(e, o);
	if (e->ev->kind == IR_SEND || e->ev->kind == IR_RECV) {
		json_out_key_text(o, "kind", smb2_msg_kind_name(e->kind));
	} else {
		json_out_key_text(o, "event", ir_kind_names[e->ev->kind]);
	}
	if (e->ev->lost != 0)
		json_out_key_uint(o, "lost", e->ev->lost);
	if (e->ev->size != 0)
		json_out_key_uint(o, "size", e->ev->size);
	end_line(o);
}
