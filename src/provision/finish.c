/* The parts of what is there, made or found, that are still to do. */
#include "config.h"

#include "provision/descriptor.h"
#include "provision/put.h"

#define FSCTL_SET_REPARSE_POINT 0x900a4u /* MS-FSCC 2.3 */
#define NORMAL 0x80u
#define READONLY 1u
#define CHUNK ((uint32_t)1 << 20) /* bytes of a write that has a message of its own */
#define MODIFIES                                                                                   \
	(WORK_BIT(WORK_SIZE) | WORK_BIT(WORK_DATA) | WORK_BIT(WORK_SPARSE) |                       \
	 WORK_BIT(WORK_COMPRESSION) | WORK_BIT(WORK_EAS) | WORK_BIT(WORK_STREAMS) |                \
	 WORK_BIT(WORK_REPARSE))

/* Most steps are for one part: what the server refuses of the message, it refuses of that. */
static void
on_part(struct work *w, const struct batch_answer *a)
{
	if (a->part != WORK_CLOSE && !work_succeeded(a->pdu))
		work_refuse(w, &w->items[a->tag], (enum work_part)a->part, a->pdu);
}

static void
begin(struct work *w, uint32_t i, enum work_part part)
{
	batch_begin(w->batch, w->items[i].share, w->items[i].parent, i);
	batch_part(w->batch, (uint8_t)part);
}

/* ---- one part each: a message or more ---- */

/* What is read-only cannot be changed before it is not. */
static int
unlock(struct work *w, uint32_t i, struct err *e)
{
	static const uint64_t none[4] = {0};
	struct work_item *item = &w->items[i];

	if (item->found != WORK_THERE || (item->live_attributes & READONLY) == 0)
		return 0;
	item->todo |= work_parts(w, item->entry) & WORK_BASIC;
	begin(w, i, WORK_ATTRIBUTES);
	work_open(w, i, NULL, ASK_WRITE_ATTRIBUTES);
	ask_set_basic(w->batch, none, NORMAL);
	return work_close(w, i, e);
}

/* A file with other bytes becomes empty first: so that what nobody saw is what it is in a new one.
 */
static int
refit(struct work *w, uint32_t i, struct err *e)
{
	struct work_item *item = &w->items[i];
	const struct state_entry *entry = item->entry;

	if (item->found != WORK_THERE)
		return 0;
	begin(w, i, WORK_SIZE);
	work_open(w, i, NULL, put_access(item->todo));
	if ((item->todo & (WORK_BIT(WORK_SIZE) | WORK_BIT(WORK_DATA))) != 0) {
		ask_set_size(w->batch, 0);
		ask_set_size(w->batch, state_size(&entry->data));
		item->todo |= work_parts(w, entry) & WORK_BIT(WORK_DATA);
	}
	put_parts(w, entry, item->todo & ~WORK_BIT(WORK_SIZE));
	item->todo |= work_parts(w, entry) & WORK_BIT(WORK_TIMES);
	return work_close(w, i, e);
}

/* The contents of a file or stream in messages of their own. */
static int
put_chunks(struct work *w, uint32_t i, long stream, struct err *e)
{
	const struct state_entry *entry = w->items[i].entry;
	struct content c = content_of(w->state, entry, stream);
	uint32_t max = put_max(w, CHUNK), n;
	uint64_t off = 0;
	int r = 0;

	for (; r == 0 && content_next(&c, &off, max, &n); off += n) {
		begin(w, i, stream < 0 ? WORK_DATA : WORK_STREAMS);
		work_open(w, i, stream < 0 ? NULL : entry->streams[stream].name, ASK_WRITE_DATA);
		put_write(w, &c, off, n);
		r = work_close(w, i, e);
	}
	return r;
}

static int
put_all_chunks(struct work *w, uint32_t i, struct err *e)
{
	return put_chunks(w, i, -1, e);
}

static int
put_stream(struct work *w, uint32_t i, long k, struct err *e)
{
	const struct state_entry *entry = w->items[i].entry;
	const struct state_stream *s = &entry->streams[k];
	struct content c = content_of(w->state, entry, k);
	uint32_t max = put_max(w, ASK_PAIRED_CHUNK);
	bool small = put_is_small(&c, max);
	int r;

	begin(w, i, WORK_STREAMS);
	ask_create(w->batch, &(struct ask_create){.path = entry->path,
						  .stream = s->name,
						  .access = ASK_WRITE_DATA,
						  .disposition = ASK_OVERWRITE_IF});
	if (small)
		put_data(w, &c, max);
	batch_part(w->batch, WORK_STREAMS);
	if (state_size(&s->data) > content_end(&c))
		ask_set_size(w->batch, state_size(&s->data));
	r = work_close(w, i, e);
	return r == 0 && !small ? put_chunks(w, i, k, e) : r;
}

static int
put_streams(struct work *w, uint32_t i, struct err *e)
{
	struct work_item *item = &w->items[i];
	int r = 0;

	for (size_t k = 0; r == 0 && k < item->entry->n_streams; k++)
		r = put_stream(w, i, (long)k, e);
	item->todo |= work_parts(w, item->entry) & WORK_BIT(WORK_TIMES);
	return r;
}

static int
put_reparse(struct work *w, uint32_t i, struct err *e)
{
	begin(w, i, WORK_REPARSE);
	work_open(w, i, NULL, ASK_WRITE_ATTRIBUTES | ASK_WRITE_DATA);
	ask_fsctl(w->batch, FSCTL_SET_REPARSE_POINT, w->items[i].entry->reparse);
	return work_close(w, i, e);
}

static int
put_times(struct work *w, uint32_t i, struct err *e)
{
	begin(w, i, (w->items[i].todo & WORK_BIT(WORK_TIMES)) != 0 ? WORK_TIMES : WORK_ATTRIBUTES);
	work_open(w, i, NULL, ASK_WRITE_ATTRIBUTES);
	put_basic(w, w->items[i].entry);
	return work_close(w, i, e);
}

/* ---- security ---- */

static const struct {
	enum work_part part;
	uint32_t parts, access;
} securities[] = {
	{WORK_OWNER, ASK_OWNER | ASK_GROUP, ASK_WRITE_OWNER},
	{WORK_SACL, ASK_SACL, ASK_SYSTEM_SECURITY},
	{WORK_DACL, ASK_DACL, ASK_WRITE_DAC},
};

static void
ask_security(struct work *w, const struct state_entry *entry, size_t k)
{
	struct buf *sd = &w->scratch;

	buf_reset(sd);
	descriptor_ask_inherited(entry->security, sd);
	if (sd->err != 0)
		batch_fail(w->batch, sd->err);
	batch_part(w->batch, (uint8_t)securities[k].part);
	ask_set_security(w->batch, securities[k].parts & entry->security_parts, buf_slice(sd));
}

/* All of them by one open: what is set first must not forbid the rest. */
static int
put_security(struct work *w, uint32_t i, struct err *e)
{
	const struct work_item *item = &w->items[i];
	uint32_t access = 0;

	for (size_t k = 0; k < 3; k++)
		if ((item->todo & WORK_BIT(securities[k].part)) != 0)
			access |= securities[k].access;
	begin(w, i, WORK_NAME);
	work_open(w, i, NULL, access);
	for (size_t k = 0; k < 3; k++)
		if ((item->todo & WORK_BIT(securities[k].part)) != 0)
			ask_security(w, item->entry, k);
	return work_close(w, i, e);
}

/* The open is refused where one part of it would be: `alone` says that they are to come one by one.
 */
static void
on_security(struct work *w, const struct batch_answer *a)
{
	struct work_item *item = &w->items[a->tag];

	if (a->part == WORK_NAME)
		item->alone = !work_succeeded(a->pdu);
	else if (!item->alone)
		on_part(w, a);
}

static int
put_security_alone(struct work *w, uint32_t i, struct err *e)
{
	const struct work_item *item = &w->items[i];
	int r = 0;

	for (size_t k = 0; r == 0 && item->alone && k < 3; k++) {
		if ((item->todo & WORK_BIT(securities[k].part)) == 0)
			continue;
		begin(w, i, securities[k].part);
		work_open(w, i, NULL, securities[k].access);
		ask_security(w, item->entry, k);
		r = work_close(w, i, e);
	}
	return r;
}

/* ---- all of them ---- */

/* The step on all items that have one of those parts to do, the deepest first; where they must be,
 * those of a depth wait for those below. */
static int
each(struct work *w, uint32_t parts, int (*fix)(struct work *, uint32_t, struct err *),
     bool ordered, struct err *e)
{
	uint16_t depth = UINT16_MAX;
	int r = 0;

	for (size_t k = w->n; r == 0 && k > 0; k--) {
		uint32_t i = w->by_depth[k - 1];
		const struct work_item *item = &w->items[i];

		if ((item->todo & parts) == 0 || !work_is_made(item))
			continue;
		if (ordered && item->depth != depth)
			r = work_flush(w, true, e);
		depth = item->depth;
		if (r == 0)
			r = fix(w, i, e);
	}
	return r == 0 && ordered ? work_flush(w, true, e) : r;
}

/* All answers are there: parts that were to do are done, but what was refused. */
static void
settle(struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		struct work_item *item = &w->items[i];

		item->done |= item->todo & ~item->failed;
		item->todo = 0;
	}
}

static int
finish_security(struct work *w, struct err *e)
{
	int r;

	w->answer = on_security;
	r = each(w, WORK_SECURITY, put_security, true, e);
	w->answer = on_part;
	return r == 0 ? each(w, WORK_SECURITY, put_security_alone, true, e) : r;
}

/* The steps on one file wait for each other; security is last, since it may forbid the rest. */
int
work_finish(struct work *w, struct err *e)
{
	static const struct {
		uint32_t parts;
		int (*fix)(struct work *w, uint32_t item, struct err *e);
	} steps[] = {{MODIFIES, unlock},
		     {MODIFIES & ~(WORK_BIT(WORK_STREAMS) | WORK_BIT(WORK_REPARSE)), refit},
		     {WORK_BIT(WORK_DATA), put_all_chunks},
		     {WORK_BIT(WORK_STREAMS), put_streams},
		     {WORK_BIT(WORK_REPARSE), put_reparse},
		     {WORK_BASIC, put_times}};
	int r = 0;

	w->answer = on_part;
	for (size_t i = 0; r == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		r = each(w, steps[i].parts, steps[i].fix, false, e);
	if (r == 0)
		r = work_flush(w, true, e);
	if (r == 0)
		r = finish_security(w, e);
	settle(w);
	return r;
}
