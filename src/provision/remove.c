/* Taking names away, and the directories of a map that are no names of the state. */
#include "config.h"

#include "provision/work.h"

#include <stdlib.h>
#include <strings.h>

#include "base/list.h"
#include "proto/ntstatus.h"

#define NORMAL 0x80u

static bool
is_missing(const struct smb2_pdu *pdu)
{
	if (pdu == NULL)
		return false;
	switch (pdu->h.status) {
	case (uint32_t)STATUS_OBJECT_NAME_NOT_FOUND:
	case (uint32_t)STATUS_OBJECT_PATH_NOT_FOUND:
	case (uint32_t)STATUS_NO_SUCH_FILE:
	case (uint32_t)STATUS_NOT_A_DIRECTORY:
	case (uint32_t)STATUS_DELETE_PENDING:
		return true;
	default:
		return false;
	}
}

static void
on_removed(struct work *w, const struct batch_answer *a)
{
	struct work_item *item = &w->items[a->tag];

	if (a->part == WORK_CLOSE)
		return;
	if (a->part == WORK_NAME && is_missing(a->pdu)) {
		item->todo = 0;
		item->found = WORK_OPEN;
	} else if (a->part == WORK_KIND && work_succeeded(a->pdu)) {
		item->todo = 0;
		item->found = WORK_OPEN;
		work_say(w, PROVISION_REMOVED, item, "");
		if (item->parent != WORK_NO_ITEM && w->items[item->parent].found == WORK_THERE)
			w->items[item->parent].todo |=
				work_parts(w, w->items[item->parent].entry) & WORK_BIT(WORK_TIMES);
	} else if (!work_succeeded(a->pdu)) {
		item->status = a->pdu != NULL ? a->pdu->h.status : 0;
		if (w->last_try && item->todo != 0)
			work_refuse(w, item, WORK_NAME, a->pdu);
	}
}

static int
remove_one(struct work *w, uint32_t i, struct err *e)
{
	batch_begin(w->batch, w->items[i].share, w->items[i].parent, i);
	batch_part(w->batch, WORK_NAME);
	work_open(w, i, NULL, ASK_DELETE);
	batch_part(w->batch, WORK_KIND);
	ask_delete(w->batch);
	return work_close(w, i, e);
}

/* MS-FSCC 2.4.11: what is read-only is not deleted. */
static int
unlock(struct work *w, uint32_t i, struct err *e)
{
	static const uint64_t none[4] = {0};

	batch_begin(w->batch, w->items[i].share, w->items[i].parent, i);
	batch_part(w->batch, WORK_CLOSE);
	work_open(w, i, NULL, ASK_WRITE_ATTRIBUTES);
	ask_set_basic(w->batch, none, NORMAL);
	return work_close(w, i, e);
}

/* What an ACL of the state forbids, its owner may allow again. */
static int
allow(struct work *w, uint32_t i, struct err *e)
{
	/* MS-DTYP 2.4.6: a DACL that is not there. */
	static const uint8_t everybody[] = {1, 0, 4, 0x80, 0, 0, 0, 0, 0, 0,
					    0, 0, 0, 0,    0, 0, 0, 0, 0, 0};

	if (w->items[i].entry->security.n == 0)
		return 0;
	batch_begin(w->batch, w->items[i].share, w->items[i].parent, i);
	batch_part(w->batch, WORK_CLOSE);
	work_open(w, i, NULL, ASK_WRITE_DAC);
	ask_set_security(w->batch, ASK_DACL, slice_of(everybody, sizeof(everybody)));
	return work_close(w, i, e);
}

/* The deepest first, and what is in a directory before it. */
static int
each(struct work *w, int (*one)(struct work *, uint32_t, struct err *), bool ordered,
     uint32_t status, struct err *e)
{
	uint16_t depth = UINT16_MAX;
	int r = 0;

	for (size_t k = w->n; r == 0 && k > 0; k--) {
		uint32_t i = w->by_depth[k - 1];
		const struct work_item *item = &w->items[i];

		if ((item->todo & WORK_BIT(WORK_KIND)) == 0 ||
		    (status != 0 && item->status != status))
			continue;
		if (ordered && item->depth != depth)
			r = work_flush(w, true, e);
		depth = item->depth;
		if (r == 0)
			r = one(w, i, e);
	}
	return r == 0 ? work_flush(w, true, e) : r;
}

int
work_remove(struct work *w, struct err *e)
{
	int r;

	w->answer = on_removed;
	w->last_try = false;
	r = each(w, remove_one, false, 0, e);
	if (r == 0)
		r = each(w, unlock, false, (uint32_t)STATUS_CANNOT_DELETE, e);
	if (r == 0)
		r = each(w, allow, true, (uint32_t)STATUS_ACCESS_DENIED, e);
	w->last_try = true;
	return r == 0 ? each(w, remove_one, true, 0, e) : r;
}
