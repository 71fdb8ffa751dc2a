/* Making what is not there. */
#include "config.h"

#include "provision/put.h"

#include "proto/ntstatus.h"

#define NORMAL 0x80u

/* Parts that change times when they are made later than these. */
#define LATE (WORK_BIT(WORK_STREAMS) | WORK_BIT(WORK_REPARSE))

static void
put_new(struct work *w, uint32_t i)
{
	struct work_item *item = &w->items[i];
	const struct state_entry *e = item->entry;
	struct content c = content_of(w->state, e, -1);
	bool directory = e->kind == STATE_DIRECTORY;
	uint32_t max = put_max(w, ASK_PAIRED_CHUNK);
	bool small = directory || put_is_small(&c, max);

	batch_begin(w->batch, item->share, item->parent, i);
	batch_part(w->batch, WORK_NAME);
	ask_create(w->batch,
		   &(struct ask_create){.path = e->path,
					.access = put_access(item->todo),
					.attributes = directory ? 0 : NORMAL,
					.disposition = ASK_CREATE,
					.options = directory ? ASK_DIRECTORY : ASK_NO_DIRECTORY});
	if (!directory && small)
		put_data(w, &c, max);
	put_parts(w, e, item->todo);
	if (!directory && small && (item->todo & LATE) == 0 && (item->todo & WORK_BASIC) != 0) {
		batch_part(w->batch, WORK_TIMES);
		put_basic(w, e);
	}
}

/* What a new name in it changes of a directory. */
static void
touch_parent(struct work *w, const struct work_item *item)
{
	struct work_item *p = item->parent != WORK_NO_ITEM ? &w->items[item->parent] : NULL;

	if (p != NULL && p->found == WORK_THERE)
		p->todo |= work_parts(w, p->entry) & WORK_BIT(WORK_TIMES);
}

/* What stands in the way may be of the other kind. */
static bool
is_there(uint32_t status)
{
	return status == (uint32_t)STATUS_OBJECT_NAME_COLLISION ||
	       status == (uint32_t)STATUS_FILE_IS_A_DIRECTORY ||
	       status == (uint32_t)STATUS_NOT_A_DIRECTORY;
}

static void
on_name(struct work *w, struct work_item *item, const struct smb2_pdu *pdu)
{
	if (work_succeeded(pdu)) {
		item->found = WORK_MADE;
		w->result->directories += item->entry->kind == STATE_DIRECTORY;
		w->result->files += item->entry->kind == STATE_FILE;
		touch_parent(w, item);
		return;
	}
	item->todo = 0;
	item->status = pdu != NULL ? pdu->h.status : WORK_NO_ANSWER;
	item->found = pdu != NULL && is_there(pdu->h.status) ? WORK_THERE : WORK_LEFT;
}

static void
on_new(struct work *w, const struct batch_answer *a)
{
	struct work_item *item = &w->items[a->tag];
	uint32_t parts = a->part == WORK_TIMES ? WORK_BASIC : WORK_BIT(a->part);

	if (a->part == WORK_NAME) {
		on_name(w, item, a->pdu);
		return;
	}
	if (item->found != WORK_MADE || a->part == WORK_CLOSE)
		return;
	item->todo &= ~parts;
	if (!work_succeeded(a->pdu))
		work_refuse(w, item, (enum work_part)a->part, a->pdu);
}

static int
make_one(struct work *w, uint32_t i, struct err *e)
{
	w->items[i].todo = work_parts(w, w->items[i].entry);
	put_new(w, i);
	return work_close(w, i, e);
}

/* All that is to be made of one kind, what holds others first. */
static int
make_kind(struct work *w, enum state_kind kind, struct err *e)
{
	int r = 0;

	for (size_t k = 0; r == 0 && k < w->n; k++) {
		uint32_t i = w->by_depth[k];
		struct work_item *item = &w->items[i];

		if (item->entry->kind == kind && item->found == WORK_OPEN && work_is_made(item))
			r = make_one(w, i, e);
	}
	return r;
}

int
work_make(struct work *w, struct err *e)
{
	int r;

	w->answer = on_new;
	r = make_kind(w, STATE_DIRECTORY, e);
	if (r == 0)
		r = make_kind(w, STATE_FILE, e);
	return r == 0 ? work_flush(w, true, e) : r;
}
