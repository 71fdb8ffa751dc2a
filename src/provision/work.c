/* The names of a state, and what becomes of each. */
#include "config.h"

#include "provision/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "proto/ntstatus.h"

#define DIRECTORY 0x10u /* file attributes, MS-FSCC 2.6 */
#define SPARSE_FILE 0x200u
#define COMPRESSED 0x800u
#define NORMAL 0x80u
#define FILE_ONLY 0x100u /* TEMPORARY: no directory has it */

#define NAME(name, text) text,
const char *const work_part_names[WORK_N_PARTS] = {WORK_PARTS(NAME)};
const char *const provision_say_names[PROVISION_N_SAYS] = {PROVISION_SAYS(NAME)};
#undef NAME

static void
on_answer(void *ctx, const struct batch_answer *a)
{
	struct work *w = ctx;

	if (work_succeeded(a->pdu) && a->pdu->body_def == &smb2_defs[SMB2_DEF_smb2_write_resp])
		w->result->bytes += a->pdu->body.smb2_write_resp.count;
	if (w->answer != NULL)
		w->answer(w, a);
}

static void
on_tick(void *ctx, uint64_t sent)
{
	struct work *w = ctx;

	if (w->opt->progress != NULL)
		w->opt->progress(w->opt->ctx, sent);
}

/* ---- the list ---- */

static unsigned
depth_of(const char *path)
{
	unsigned n = path[0] != '\0';

	for (; *path != '\0'; path++)
		n += *path == '\\';
	return n < UINT16_MAX ? n : UINT16_MAX;
}

/* Is `path` in the directory `dir`, at any depth? */
static bool
is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return n == 0 ? path[0] != '\0' : strncasecmp(path, dir, n) == 0 && path[n] == '\\';
}

static int
find_share(struct work *w, const char *share, uint16_t *out)
{
	for (size_t i = w->n_shares; i > 0; i--)
		if (strcasecmp(w->shares[i - 1], share) == 0) {
			*out = (uint16_t)(i - 1);
			return 0;
		}
	if (w->n_shares == UINT16_MAX)
		return ERR_LIMIT;
	*out = (uint16_t)w->n_shares;
	w->shares[w->n_shares++] = share;
	return 0;
}

/* Directories stand before what is in them. */
static void
find_parent(struct work *w, uint32_t i)
{
	struct work_item *item = &w->items[i];
	uint32_t p = i > 0 ? i - 1 : WORK_NO_ITEM;

	while (p != WORK_NO_ITEM && (w->items[p].share != item->share ||
				     !is_below(item->entry->path, w->items[p].entry->path)))
		p = w->items[p].parent;
	item->parent = p;
}

static int
list_items(struct work *w)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < w->n; i++) {
		struct work_item *item = &w->items[i];

		item->entry = &w->state->list[i];
		item->depth = (uint16_t)depth_of(item->entry->path);
		item->batch = UINT32_MAX;
		r = find_share(w, item->entry->share, &item->share);
		if (r == 0)
			find_parent(w, i);
	}
	return r;
}

/* By counting. */
static int
sort_by_depth(struct work *w)
{
	size_t *at = calloc((size_t)UINT16_MAX + 2, sizeof(*at));

	if (at == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->n; i++)
		at[w->items[i].depth + 1u]++;
	for (size_t d = 0; d <= UINT16_MAX; d++)
		at[d + 1] += at[d];
	for (uint32_t i = 0; i < w->n; i++)
		w->by_depth[at[w->items[i].depth]++] = i;
	free(at);
	return 0;
}

/* Shares that the server has not. */
static void
leave_out_shares(struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		struct work_item *item = &w->items[i];

		item->status = batch_server(w->batch)->share_status[item->share];
		if (item->status != (uint32_t)STATUS_SUCCESS)
			item->found = WORK_LEFT;
	}
}

int
work_list(struct work *w)
{
	int r;

	w->n = w->state->n;
	w->items = calloc(w->n + 1, sizeof(*w->items));
	w->by_depth = calloc(w->n + 1, sizeof(*w->by_depth));
	w->shares = calloc(w->n + 1, sizeof(*w->shares));
	if (w->items == NULL || w->by_depth == NULL || w->shares == NULL)
		return ERR_NOMEM;
	r = list_items(w);
	return r == 0 ? sort_by_depth(w) : r;
}

int
work_begin(struct work *w, struct err *e)
{
	struct batch_options opt = {.replay = &w->opt->replay,
				    .user = w->opt->user,
				    .domain = w->opt->domain,
				    .answer = on_answer,
				    .tick = on_tick,
				    .ctx = w};
	int r = work_list(w);

	opt.shares = w->shares;
	opt.n_shares = w->n_shares;
	if (r == 0)
		r = batch_new(&opt, &w->batch);
	if (r == 0)
		r = batch_probe(w->batch, e);
	if (r == 0)
		leave_out_shares(w);
	return r != 0 ? err_set(e, r, "%s", err_str(r)) : 0;
}

void
work_end(struct work *w)
{
	batch_free(w->batch);
	free(w->items);
	free(w->by_depth);
	free(w->shares);
	buf_free(&w->scratch);
	buf_free(&w->path);
}

int
work_flush(struct work *w, bool any, struct err *e)
{
	int r = any || batch_full(w->batch) ? batch_run(w->batch, e) : 0;

	if (r == 0 && w->err != 0)
		r = err_set(e, w->err, "%s", err_str(w->err));
	return r;
}

/* ---- messages ---- */

void
work_open(struct work *w, uint32_t item, const char *stream, uint32_t access)
{
	const struct work_item *it = &w->items[item];

	ask_create(w->batch, &(struct ask_create){.path = it->entry->path,
						  .stream = stream,
						  .access = access,
						  .disposition = ASK_OPEN,
						  .options = ASK_REPARSE_POINT});
}

int
work_close(struct work *w, uint32_t item, struct err *e)
{
	struct work_item *it = &w->items[item];
	const struct work_item *before =
		it->batch != batch_number(w->batch) && it->parent != WORK_NO_ITEM
			? &w->items[it->parent]
			: it;
	uint32_t number = batch_number(w->batch);

	batch_part(w->batch, WORK_CLOSE);
	ask_close(w->batch);
	it->message = batch_end(w->batch, before->batch == number ? before->message : BATCH_NONE);
	it->batch = number;
	return work_flush(w, false, e);
}

/* ---- what is said ---- */

const char *
work_live_path(struct work *w, const struct state_entry *e)
{
	int r = 0;

	buf_reset(&w->path);
	if (w->opt->replay.engine.map != NULL)
		r = map_path(w->opt->replay.engine.map, e->share, e->path, &w->path);
	if (r == 0)
		buf_add(&w->path, e->path, strlen(e->path));
	buf_zero(&w->path, 1);
	if (w->path.err != 0)
		w->err = w->path.err;
	return w->path.err == 0 ? (const char *)w->path.p : "";
}

const char *
work_live_share(const struct work *w, const char *share)
{
	const struct engine_options *o = &w->opt->replay.engine;
	const char *mapped = o->map != NULL ? map_share(o->map, share) : NULL;

	if (mapped != NULL)
		return mapped;
	return o->share != NULL && o->share[0] != '\0' ? o->share : share;
}

void
work_say(struct work *w, enum provision_say say, const struct work_item *item, const char *text)
{
	const struct provision_line l = {.say = say,
					 .share = work_live_share(w, item->entry->share),
					 .path = work_live_path(w, item->entry),
					 .text = text};

	w->result->said[say]++;
	if (w->opt->line != NULL)
		w->opt->line(w->opt->ctx, &l);
}

static void
say_refused(struct work *w, const struct work_item *item, enum work_part part, uint32_t status)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "%s%s%s", work_part_names[part],
		       work_part_names[part][0] != '\0' ? ": " : "",
		       status != WORK_NO_ANSWER ? ntstatus_name(status) : "no answer");
	work_say(w, PROVISION_REFUSED, item, text);
}

void
work_refuse(struct work *w, struct work_item *item, enum work_part part, const struct smb2_pdu *pdu)
{
	if ((item->failed & WORK_BIT(part)) == 0)
		say_refused(w, item, part, pdu != NULL ? pdu->h.status : WORK_NO_ANSWER);
	item->failed |= WORK_BIT(part);
}

void
work_say_left(struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct work_item *item = &w->items[i];

		if (item->found != WORK_LEFT)
			continue;
		if (item->parent != WORK_NO_ITEM && w->items[item->parent].found == WORK_LEFT)
			w->result->said[PROVISION_REFUSED]++;
		else
			say_refused(w, item, WORK_NAME, item->status);
	}
}

bool
work_succeeded(const struct smb2_pdu *pdu)
{
	return pdu != NULL && pdu->h.status == (uint32_t)STATUS_SUCCESS;
}

/* ---- entries ---- */

bool
work_is_made(const struct work_item *item)
{
	return item->entry->kind != STATE_ABSENT && item->entry->path[0] != '\0' &&
	       item->found != WORK_LEFT;
}

uint32_t
work_attributes(const struct state_entry *e)
{
	uint32_t a = e->attributes & WORK_SETTABLE;

	if (e->attributes == 0)
		return 0;
	if (e->kind == STATE_DIRECTORY)
		return (a & ~FILE_ONLY) | DIRECTORY;
	return a != 0 ? a : NORMAL;
}

static uint32_t
file_parts(const struct work *w, const struct state_entry *e)
{
	struct content c = content_of(w->state, e, -1);
	uint32_t parts = 0;

	if (content_sum(&c, 1) > 0)
		parts |= WORK_BIT(WORK_DATA);
	if (state_size(&e->data) > content_end(&c))
		parts |= WORK_BIT(WORK_SIZE);
	if ((e->attributes & SPARSE_FILE) != 0)
		parts |= WORK_BIT(WORK_SPARSE);
	return parts;
}

uint32_t
work_parts(const struct work *w, const struct state_entry *e)
{
	uint32_t parts = e->kind == STATE_FILE ? file_parts(w, e) : 0;
	bool times = false;

	for (size_t i = 0; i < STATE_N_TIMES; i++)
		times |= e->times[i] != 0;
	if (times)
		parts |= WORK_BIT(WORK_TIMES);
	if (work_attributes(e) != 0)
		parts |= WORK_BIT(WORK_ATTRIBUTES);
	if ((e->attributes & COMPRESSED) != 0)
		parts |= WORK_BIT(WORK_COMPRESSION);
	if (e->n_eas > 0)
		parts |= WORK_BIT(WORK_EAS);
	if (e->n_streams > 0)
		parts |= WORK_BIT(WORK_STREAMS);
	if (e->reparse.n > 0)
		parts |= WORK_BIT(WORK_REPARSE);
	if (e->security.n == 0)
		return parts;
	if ((e->security_parts & (ASK_OWNER | ASK_GROUP)) != 0)
		parts |= WORK_BIT(WORK_OWNER);
	if ((e->security_parts & ASK_DACL) != 0)
		parts |= WORK_BIT(WORK_DACL);
	if ((e->security_parts & ASK_SACL) != 0)
		parts |= WORK_BIT(WORK_SACL);
	return parts;
}
