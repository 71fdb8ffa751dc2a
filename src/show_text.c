/* A message in full: every field as the structure lists name it, or every byte, patches marked. */
#include "config.h"

#include "show.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

#include "base/hex.h"
#include "base/utf16.h"
#include "proto/ntstatus.h"
#include "proto/sid.h"

#define SHOWN_BYTES ((size_t)64) /* of a byte string in the tree; -x shows all */
#define FILETIME_1970 ((uint64_t)116444736000000000)

struct writer {
	const struct show_pdu *p;
	struct buf *out;
	unsigned depth;
};

static void
put_indent(struct writer *w)
{
	buf_printf(w->out, "%*s", (int)(4 + 2 * w->depth), "");
}

static void
put_bytes(struct buf *out, struct slice s)
{
	hex_add(out, s.p, s.n < SHOWN_BYTES ? s.n : SHOWN_BYTES);
	if (s.n > SHOWN_BYTES)
		buf_printf(out, "... (%zu bytes)", s.n);
}

/* "2020-09-13 12:26:40.0000000 UTC"; MS-DTYP 2.3.3. */
static void
put_filetime(struct buf *out, uint64_t v)
{
	time_t s = (time_t)(v / 10000000) - (time_t)(FILETIME_1970 / 10000000);
	struct tm tm;
	char text[32];

	if (v == 0 || v >= INT64_MAX || gmtime_r(&s, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return;
	buf_printf(out, " (%s.%07llu UTC)", text, (unsigned long long)(v % 10000000));
}

/* MS-SMB2 2.2.1.2 */
static void
put_flags(struct buf *out, uint64_t flags)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{SMB2_FLAGS_SERVER_TO_REDIR, "response"},   {SMB2_FLAGS_ASYNC_COMMAND, "async"},
		{SMB2_FLAGS_RELATED_OPERATIONS, "related"}, {SMB2_FLAGS_SIGNED, "signed"},
		{SMB2_FLAGS_DFS_OPERATIONS, "DFS"},         {SMB2_FLAGS_REPLAY_OPERATION, "replay"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((flags & names[i].bit) != 0)
			buf_printf(out, " %s", names[i].name);
}

static void
put_number(struct buf *out, const struct smb2_item *it)
{
	const char *name = show_value_name(it->name, it->value);

	buf_printf(out, "%llu", (unsigned long long)it->value);
	if (it->value > 9)
		buf_printf(out, " (0x%llx)", (unsigned long long)it->value);
	if (it->row != NULL && it->row->role == SMB2_TIME)
		put_filetime(out, it->value);
	if (it->off == SMB2_HDR_AT(flags))
		put_flags(out, it->value);
	if (strcmp(it->name, "status") == 0)
		buf_printf(out, " %s", ntstatus_name((uint32_t)it->value));
	else if (strcmp(it->name, "command") == 0)
		buf_printf(out, " %s", smb2_command_name((unsigned)it->value));
	else if (name != NULL)
		buf_printf(out, " %s", name);
	else
		show_put_flags(it->name, it->value, out);
}

/* "S-1-1-0 (Everyone)" */
static void
put_sid(struct buf *out, struct slice sid)
{
	const char *name = sid_name(sid);

	(void)sid_put_text(sid, out);
	if (name != NULL)
		buf_printf(out, " (%s)", name);
}

static void
put_quoted(struct buf *out, struct slice utf16)
{
	size_t from;

	buf_add(out, "\"", 1);
	from = out->n;
	utf16_to_utf8(utf16, out);
	for (size_t i = from; i < out->n; i++)
		if (iscntrl(out->p[i]))
			out->p[i] = '.';
	buf_add(out, "\"", 1);
}

/* A name that is no UTF-16: of an extended attribute, with the zero behind it. */
static bool
is_ascii_name(const struct smb2_item *it)
{
	if (it->row == NULL || it->row->role != SMB2_NAME || it->cut != SMB2_CUT_NONE ||
	    it->bytes.n < 2 || it->bytes.p[it->bytes.n - 1] != 0)
		return false;
	for (size_t i = 0; i + 1 < it->bytes.n; i++)
		if (it->bytes.p[i] < 0x20 || it->bytes.p[i] > 0x7e)
			return false;
	return true;
}

/* What the field is when it is sent, or what it defines. */
static void
put_patch(const struct writer *w, const struct smb2_item *it)
{
	const struct show_event *e = w->p->event;
	size_t off = w->p->at + it->off, n = 0;

	for (uint32_t i = 0; i < e->ev->n_patches; i++) {
		const struct ir_patch *patch = &e->ev->patches[i];

		if (patch->off >= off + it->len || off >= (size_t)patch->off + patch->width)
			continue;
		/* Both halves of a FileId are one open's. */
		if (n > 0 && patch->what != IR_VALUE && patch->what == patch[-1].what &&
		    patch->number == patch[-1].number)
			continue;
		if (n++ == 0)
			buf_printf(w->out, "%s  [%s", e->colour ? "\033[36m" : "",
				   e->ev->kind == IR_RECV ? "defines " : "");
		else
			buf_printf(w->out, ", ");
		show_put_symbol(w->out, patch);
		if (patch->what == IR_VALUE)
			buf_printf(w->out, " at %zu", patch->off > off ? patch->off - off : 0);
	}
	if (n > 0)
		buf_printf(w->out, "]%s", e->colour ? "\033[0m" : "");
}

void
show_put_value(const struct smb2_item *it, struct buf *out)
{
	if (it->row == NULL)
		buf_printf(out, "%zu bytes: ", it->len);
	if (it->cut == SMB2_CUT_TEXT)
		put_quoted(out, it->bytes);
	else if (it->cut == SMB2_CUT_SID)
		put_sid(out, it->bytes);
	else if (is_ascii_name(it))
		buf_printf(out, "\"%s\"", (const char *)it->bytes.p);
	else if (it->cut == SMB2_CUT_U16S || it->cut == SMB2_CUT_U32S ||
		 (it->row != NULL && it->row->kind != SMB2_VAR && it->bytes.p == NULL))
		put_number(out, it);
	else
		put_bytes(out, it->bytes);
}

static int
put_leaf(void *ctx, const struct smb2_item *it)
{
	struct writer *w = ctx;
	char name[64];

	(void)snprintf(name, sizeof(name), it->element >= 0 ? "%s[%d]" : "%s", it->name,
		       it->element);
	put_indent(w);
	buf_printf(w->out, "%-*s ", (int)(w->depth < 12 ? 28 - 2 * w->depth : 4), name);
	show_put_value(it, w->out);
	put_patch(w, it);
	buf_add(w->out, "\n", 1);
	return w->out->err;
}

static int
enter(void *ctx, const struct smb2_item *it)
{
	struct writer *w = ctx;

	put_indent(w);
	buf_printf(w->out, it->element >= 0 ? "%s[%d]" : "%s", it->name, it->element);
	buf_printf(w->out, ": %s, %zu bytes (%s)\n", it->def->name, it->len, it->def->section);
	w->depth++;
	return 0;
}

static int
leave(void *ctx, const struct smb2_item *it)
{
	struct writer *w = ctx;

	(void)it;
	w->depth--;
	return 0;
}

static void
put_pdu(const struct show_pdu *p, struct buf *out)
{
	struct writer w = {.p = p, .out = out, .depth = 1};
	const struct smb2_visitor v = {.ctx = &w, .leaf = put_leaf, .enter = enter, .leave = leave};
	const struct smb2_def *body;

	buf_printf(out, "    PDU %u: %zu bytes at %zu\n", p->index, p->bytes.n, p->at);
	if (p->pdu == NULL)
		return;
	body = p->pdu->body_def;
	buf_printf(out, "      %s (%s)\n", p->pdu->hdr_def->name, p->pdu->hdr_def->section);
	w.depth = 2;
	if (smb2_walk_header(p->pdu, &v) != 0)
		return;
	if (body != NULL)
		buf_printf(out, "      %s (%s)\n", body->name, body->section);
	else
		buf_printf(out, "      opaque body: %s\n",
			   p->pdu->opaque != NULL ? p->pdu->opaque : "unknown");
	if (smb2_walk_body(p->pdu, &v) != 0)
		return;
}

/* Where the message was captured, and what the workload adds to it. */
static void
put_event(const struct show_event *e, struct buf *out)
{
	const struct ir_event *ev = e->ev;
	const struct ir_conn *c = &e->ir->meta.conns[ev->conn];

	buf_printf(out, "    %s, %s, connection %u (%s to %s)", ir_kind_names[ev->kind],
		   show_from_server(ev) ? "from the server" : "from the client", ev->conn,
		   c->client, c->server);
	if (ev->frame_first != 0)
		buf_printf(out, ", frame %llu", (unsigned long long)ev->frame_first);
	if (ev->frame_last != ev->frame_first)
		buf_printf(out, " to %llu", (unsigned long long)ev->frame_last);
	buf_printf(out, ", %u bytes\n", ev->size);
	if ((ev->layers & IR_SEALED) != 0 && ev->sealed_by != 0)
		buf_printf(out, "    sealed by session.%u\n", ev->sealed_by);
	else if ((ev->layers & IR_SEALED) != 0)
		buf_printf(out, "    sealed\n");
	if ((ev->layers & IR_COMPRESSED) != 0)
		buf_printf(out, "    compressed to %zu bytes\n", ev->packed.n);
	if (ev->joined)
		buf_printf(out, "    begins inside a TCP segment\n");
	if (ev->n_cuts > 0)
		buf_printf(out, "    TCP segments begin at");
	for (uint32_t i = 0; i < ev->n_cuts; i++)
		buf_printf(out, " %u", ev->cuts[i]);
	if (ev->n_cuts > 0)
		buf_add(out, "\n", 1);
	for (uint32_t i = 0; i < ev->n_sets; i++)
		buf_printf(out, "    edited: PDU %u %s = %s\n", ev->sets[i].pdu, ev->sets[i].path,
			   ev->sets[i].value);
	for (uint32_t i = 0; i < ev->n_expects; i++)
		buf_printf(out, "    expected: PDU %u %s = %s\n", ev->expects[i].pdu,
			   ev->expects[i].path, ev->expects[i].value);
	if (ev->expecting)
		buf_printf(out, "    its other bytes only stand in for the answer\n");
	if (ev->label != NULL)
		buf_printf(out, "    label %s\n", ev->label);
	for (uint32_t i = 0; i < ev->n_after; i++)
		buf_printf(out, "%s%u%s", i == 0 ? "    waits for event " : ", ", ev->after[i],
			   i + 1 == ev->n_after ? "\n" : "");
	if (ev->fault != NULL) {
		buf_printf(out, "    fault: ");
		show_put_fault(out, ev->fault);
		buf_add(out, "\n", 1);
	}
	if (ev->timing != NULL) {
		buf_printf(out, "    ");
		show_put_timing(out, ev->timing);
		buf_add(out, "\n", 1);
	}
	if (ev->n_pauses > 0) {
		buf_printf(out, "    ");
		show_put_pauses(out, ev);
		buf_add(out, "\n", 1);
	}
}

void
show_tree_put(const struct show_event *e, struct buf *out)
{
	struct show_chain c = show_chain_init(e);
	struct show_pdu p;

	c.opened = true;
	put_event(e, out);
	while (show_chain_next(&c, &p))
		put_pdu(&p, out);
}

/* The byte at `off`, between brackets where a patch begins or ends. */
static void
put_byte(const struct show_event *e, size_t off, size_t row, struct buf *out)
{
	const struct ir_patch *here = off < e->bytes.n ? show_patch_at(e->ev, off, 1) : NULL;
	const struct ir_patch *before = off > row ? show_patch_at(e->ev, off - 1, 1) : NULL;
	const char *mark = " ";

	if (here != before)
		mark = here != NULL && before != NULL ? "|" : here != NULL ? "[" : "]";
	if (off < e->bytes.n)
		buf_printf(out, "%s%02x", mark, e->bytes.p[off]);
	else
		buf_printf(out, "%s  ", mark);
}

static void
put_ascii(const struct show_event *e, size_t row, struct buf *out)
{
	const struct ir_patch *last = NULL;

	for (size_t i = row; i < row + 16 && i < e->bytes.n; i++)
		buf_printf(out, "%c",
			   e->bytes.p[i] >= 0x20 && e->bytes.p[i] < 0x7f ? e->bytes.p[i] : '.');
	for (size_t i = row; i < row + 16 && i < e->bytes.n; i++) {
		const struct ir_patch *p = show_patch_at(e->ev, i, 1);

		/* Named in the row where it begins. */
		if (p != NULL && p != last && p->off >= row) {
			buf_printf(out, "%s", last == NULL ? "  " : ", ");
			show_put_symbol(out, p);
		}
		last = p != NULL && p->off >= row ? p : last;
	}
	buf_add(out, "\n", 1);
}

void
show_hex_put(const struct show_event *e, struct buf *out)
{
	for (size_t row = 0; row < e->bytes.n; row += 16) {
		buf_printf(out, "    %06zx ", row);
		for (size_t i = row; i < row + 16; i++)
			put_byte(e, i, row, out);
		buf_printf(out, "%c ",
			   show_patch_at(e->ev, row + 15, 1) != NULL && row + 15 < e->bytes.n
				   ? ']'
				   : ' ');
		put_ascii(e, row, out);
	}
}
