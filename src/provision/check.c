/* Comparing what is there with what should be. */
#include "config.h"

#include "provision/check_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "proto/ntstatus.h"

#define FSCTL_GET_REPARSE_POINT 0x900a8u /* MS-FSCC 2.3 */
#define CHUNK ((uint32_t)1 << 20)
#define IS_READ ((uint64_t)1 << 63) /* in a tag: the rest is the index of a read */

/* ---- what is asked ---- */

static int
ask_absent(struct work *w, uint32_t i, struct err *e)
{
	batch_begin(w->batch, w->items[i].share, w->items[i].parent, i);
	batch_part(w->batch, WORK_NAME);
	work_open(w, i, NULL, ASK_READ_ATTRIBUTES);
	batch_part(w->batch, WORK_KIND);
	ask_query(w->batch, ASK_NETWORK_OPEN);
	return work_close(w, i, e);
}

static int
ask_file(struct work *w, uint32_t i, struct err *e)
{
	uint32_t parts = work_parts(w, w->items[i].entry);
	bool eas = (parts & WORK_BIT(WORK_EAS)) != 0;

	batch_begin(w->batch, w->items[i].share, w->items[i].parent, i);
	batch_part(w->batch, WORK_NAME);
	work_open(w, i, NULL, ASK_READ_ATTRIBUTES | (eas ? ASK_READ_EA : 0));
	batch_part(w->batch, WORK_KIND);
	ask_query(w->batch, ASK_NETWORK_OPEN);
	if (eas) {
		batch_part(w->batch, WORK_EAS);
		ask_query(w->batch, ASK_FULL_EA);
	}
	if ((parts & WORK_BIT(WORK_STREAMS)) != 0) {
		batch_part(w->batch, WORK_STREAMS);
		ask_query(w->batch, ASK_STREAMS);
	}
	if ((parts & WORK_BIT(WORK_REPARSE)) != 0) {
		batch_part(w->batch, WORK_REPARSE);
		ask_fsctl(w->batch, FSCTL_GET_REPARSE_POINT, (struct slice){0});
	}
	return work_close(w, i, e);
}

static int
ask_security(struct work *w, uint32_t i, struct err *e)
{
	const struct state_entry *entry = w->items[i].entry;
	bool sacl = (entry->security_parts & ASK_SACL) != 0;

	batch_begin(w->batch, w->items[i].share, w->items[i].parent, i);
	batch_part(w->batch, WORK_DACL);
	work_open(w, i, NULL, ASK_READ_CONTROL | (sacl ? ASK_SYSTEM_SECURITY : 0));
	ask_query_security(w->batch,
			   entry->security_parts & (ASK_OWNER | ASK_GROUP | ASK_DACL | ASK_SACL));
	return work_close(w, i, e);
}

static int
ask_one_read(struct check *c, const struct check_read *r, struct err *e)
{
	struct work *w = c->w;
	const struct state_entry *entry = w->items[r->item].entry;

	if (list_room(&c->reads, c->n_reads, &c->cap_reads, sizeof(*c->reads)) != 0)
		return err_set(e, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	c->reads[c->n_reads] = *r;
	batch_begin(w->batch, w->items[r->item].share, w->items[r->item].parent,
		    IS_READ | c->n_reads++);
	batch_part(w->batch, WORK_NAME);
	work_open(w, r->item, r->stream < 0 ? NULL : entry->streams[r->stream].name, ASK_READ_DATA);
	batch_part(w->batch, WORK_DATA);
	ask_read(w->batch, r->off, r->n);
	return work_close(w, r->item, e);
}

static int
ask_reads(struct check *c, uint32_t i, long stream, struct err *e)
{
	struct work *w = c->w;
	struct content content = content_of(w->state, w->items[i].entry, stream);
	uint32_t max = batch_server(w->batch)->max_read, n;
	uint64_t off = 0;
	int r = 0;

	max = max > 0 && max < CHUNK ? max : CHUNK;
	for (; r == 0 && content_next(&content, &off, max, &n); off += n) {
		const struct check_read read = {.item = i, .stream = stream, .off = off, .n = n};

		if (w->batch_of_reads != batch_number(w->batch))
			c->n_reads = 0;
		w->batch_of_reads = batch_number(w->batch);
		r = ask_one_read(c, &read, e);
	}
	return r;
}

/* ---- answers ---- */

/* A part differs; both sides are said, if at all. */
void
check_differs(struct check *c, uint32_t i, enum work_part part, const char *wanted,
	      const char *found)
{
	struct work_item *item = &c->w->items[i];

	if (item->todo == 0)
		c->w->result->differ++;
	item->todo |= WORK_BIT(part);
	if (!c->say)
		return;
	if (wanted != NULL)
		work_say(c->w, PROVISION_WANTED, item, wanted);
	if (found != NULL)
		work_say(c->w, PROVISION_FOUND, item, found);
}

static void
on_read(struct check *c, const struct check_read *r, const struct batch_answer *a)
{
	struct work *w = c->w;
	const struct state_entry *entry = w->items[r->item].entry;
	struct content content = content_of(w->state, entry, r->stream);
	enum work_part part = r->stream < 0 ? WORK_DATA : WORK_STREAMS;
	struct slice got = check_read_data(a->pdu);

	if (a->part != WORK_DATA)
		return;
	buf_reset(&w->scratch);
	if (buf_reserve(&w->scratch, r->n) == NULL) {
		w->err = ERR_NOMEM;
		return;
	}
	content_read(&content, r->off, w->scratch.p, r->n);
	if (!slice_eq(got, slice_of(w->scratch.p, r->n)) &&
	    (w->items[r->item].todo & WORK_BIT(part)) == 0)
		check_say_bytes(c, r, slice_of(w->scratch.p, r->n), a->pdu);
}

/* Where a directory is missing, what is in it is counted without a word. */
static void
on_missing(struct check *c, uint32_t i, const struct smb2_pdu *pdu)
{
	struct work_item *item = &c->w->items[i];
	const struct work_item *parent =
		item->parent != WORK_NO_ITEM ? &c->w->items[item->parent] : NULL;

	item->absent = true;
	if (parent != NULL && (parent->absent || (parent->todo & WORK_BIT(WORK_KIND)) != 0)) {
		c->w->result->differ++;
		item->todo |= WORK_BIT(WORK_NAME);
		return;
	}
	check_differs(c, i, WORK_NAME, item->entry->kind == STATE_DIRECTORY ? "directory" : "file",
		      pdu == NULL ? "no answer" : ntstatus_name(pdu->h.status));
}

static struct slice
output_of(const struct smb2_pdu *pdu)
{
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_ioctl_resp])
		return pdu->body.smb2_ioctl_resp.output;
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_query_info_resp])
		return pdu->body.smb2_query_info_resp.output_buffer;
	return (struct slice){0};
}

static void
on_file(struct check *c, uint32_t i, const struct batch_answer *a)
{
	struct work_item *item = &c->w->items[i];
	struct slice out = work_succeeded(a->pdu) ? output_of(a->pdu) : (struct slice){0};

	if (a->part == WORK_NAME && !work_succeeded(a->pdu))
		on_missing(c, i, a->pdu);
	if (item->absent || (item->todo & WORK_BIT(WORK_KIND)) != 0)
		return;
	switch ((enum work_part)a->part) {
	case WORK_KIND:
		check_basic(c, i, out);
		break;
	case WORK_EAS:
		check_eas(c, i, out);
		break;
	case WORK_STREAMS:
		check_streams(c, i, out);
		break;
	case WORK_REPARSE:
		check_reparse(c, i, out);
		break;
	case WORK_DACL:
		if (a->pdu != NULL && a->pdu->h.command == SMB2_CMD_QUERY_INFO)
			check_security(c, i, out, a->pdu);
		break;
	default:
		break;
	}
}

static void
on_absent(struct check *c, uint32_t i, const struct batch_answer *a)
{
	struct slice out = work_succeeded(a->pdu) ? output_of(a->pdu) : (struct slice){0};

	if (a->part == WORK_KIND && work_succeeded(a->pdu))
		check_differs(c, i, WORK_KIND, NULL,
			      check_is_directory(out) ? "directory that must not exist"
						      : "file that must not exist");
}

static void
on_answer(struct work *w, const struct batch_answer *a)
{
	struct check *c = w->check;
	uint32_t i = (uint32_t)a->tag;

	if ((a->tag & IS_READ) != 0)
		on_read(c, &c->reads[a->tag & ~IS_READ], a);
	else if (w->items[i].entry->kind == STATE_ABSENT)
		on_absent(c, i, a);
	else
		on_file(c, i, a);
}

/* ---- all of it ---- */

static bool
is_checked(const struct check *c, const struct work_item *item)
{
	if (item->found == WORK_LEFT || item->entry->path[0] == '\0')
		return false;
	return c->all || item->found == WORK_THERE;
}

static int
each(struct check *c, int (*ask)(struct check *, uint32_t, struct err *), struct err *e)
{
	struct work *w = c->w;
	int r = 0;

	for (size_t k = 0; r == 0 && k < w->n; k++)
		if (is_checked(c, &w->items[w->by_depth[k]]))
			r = ask(c, w->by_depth[k], e);
	return r == 0 ? work_flush(w, true, e) : r;
}

static int
ask_names(struct check *c, uint32_t i, struct err *e)
{
	return c->w->items[i].entry->kind == STATE_ABSENT ? ask_absent(c->w, i, e)
							  : ask_file(c->w, i, e);
}

/* Of what is there, and of the right kind. */
static int
ask_more(struct check *c, uint32_t i, struct err *e)
{
	const struct work_item *item = &c->w->items[i];
	int r = 0;

	if (item->entry->kind == STATE_ABSENT || item->absent ||
	    (item->todo & WORK_BIT(WORK_KIND)) != 0)
		return 0;
	if (item->entry->kind == STATE_FILE)
		r = ask_reads(c, i, -1, e);
	for (size_t k = 0; r == 0 && k < item->entry->n_streams; k++)
		r = ask_reads(c, i, (long)k, e);
	if (r == 0 && item->entry->security.n > 0)
		r = ask_security(c->w, i, e);
	return r;
}

int
work_check(struct work *w, bool all, bool say, struct err *e)
{
	struct check c = {.w = w, .all = all, .say = say};
	int r;

	w->check = &c;
	w->answer = on_answer;
	w->batch_of_reads = UINT32_MAX;
	r = each(&c, ask_names, e);
	if (r == 0)
		r = each(&c, ask_more, e);
	for (size_t i = 0; r == 0 && i < w->n; i++)
		w->result->same += is_checked(&c, &w->items[i]) && w->items[i].todo == 0;
	w->check = NULL;
	free(c.reads);
	return r;
}
