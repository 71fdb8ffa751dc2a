/* The requests that make the parts of a file. */
#include "config.h"

#include "provision/put.h"

#define FSCTL_SET_SPARSE 0x900c4u /* MS-FSCC 2.3 */
#define FSCTL_SET_COMPRESSION 0x9c040u
#define COMPRESSION_FORMAT_DEFAULT 1
#define RUNS 8 /* pieces of contents in one message */

static uint64_t
known_time(uint64_t t)
{
	return t <= INT64_MAX ? t : 0;
}

void
put_basic(struct work *w, const struct state_entry *e)
{
	uint64_t times[4];

	for (size_t i = 0; i < STATE_N_TIMES; i++)
		times[i] = known_time(e->times[i]);
	ask_set_basic(w->batch, times, work_attributes(e));
}

/* MS-FSCC 2.4.16: a list, whose entries are aligned to 4. */
static void
put_eas(struct work *w, const struct state_entry *e)
{
	struct buf list = {0};
	size_t last = 0;

	for (size_t i = 0; i < e->n_eas; i++) {
		const struct state_ea *ea = &e->eas[i];

		buf_zero(&list, (4 - (list.n & 3)) & 3);
		if (i > 0 && list.err == 0)
			wire_put_le(list.p + last, 4, list.n - last);
		last = list.n;
		buf_le(&list, 4, 0);
		buf_le(&list, 1, ea->flags);
		buf_le(&list, 1, ea->name.n);
		buf_le(&list, 2, ea->value.n);
		buf_add(&list, ea->name.p, ea->name.n);
		buf_zero(&list, 1);
		buf_add(&list, ea->value.p, ea->value.n);
	}
	if (list.err != 0)
		batch_fail(w->batch, list.err);
	else
		ask_set(w->batch, ASK_FULL_EA, buf_slice(&list));
	buf_free(&list);
}

void
put_write(struct work *w, const struct content *c, uint64_t off, uint32_t n)
{
	uint8_t *p;

	buf_reset(&w->scratch);
	p = buf_reserve(&w->scratch, n);
	if (p == NULL) {
		batch_fail(w->batch, ERR_NOMEM);
		return;
	}
	content_read(c, off, p, n);
	ask_write(w->batch, off, slice_of(p, n));
}

/* Are the contents little enough for one message? */
bool
put_is_small(const struct content *c, uint32_t max)
{
	uint64_t off = 0, sum = 0;
	uint32_t n;
	unsigned runs = 0;

	for (; sum <= max && runs <= RUNS && content_next(c, &off, max, &n); off += n, runs++)
		sum += n;
	return sum <= max && runs <= RUNS;
}

uint32_t
put_max(const struct work *w, uint32_t most)
{
	uint32_t max = batch_server(w->batch)->max_write;

	return max > 0 && max < most ? max : most;
}

void
put_data(struct work *w, const struct content *c, uint32_t max)
{
	uint64_t off = 0;
	uint32_t n;

	batch_part(w->batch, WORK_DATA);
	for (; content_next(c, &off, max, &n); off += n)
		put_write(w, c, off, n);
}

/* The parts of `todo` that stand behind the CREATE. */
void
put_parts(struct work *w, const struct state_entry *e, uint32_t todo)
{
	static const uint8_t sparse = 1, compression[2] = {COMPRESSION_FORMAT_DEFAULT, 0};

	if ((todo & WORK_BIT(WORK_SPARSE)) != 0) {
		batch_part(w->batch, WORK_SPARSE);
		ask_fsctl(w->batch, FSCTL_SET_SPARSE, slice_of(&sparse, 1));
	}
	if ((todo & WORK_BIT(WORK_COMPRESSION)) != 0) {
		batch_part(w->batch, WORK_COMPRESSION);
		ask_fsctl(w->batch, FSCTL_SET_COMPRESSION, slice_of(compression, 2));
	}
	if ((todo & WORK_BIT(WORK_SIZE)) != 0) {
		batch_part(w->batch, WORK_SIZE);
		ask_set_size(w->batch, state_size(&e->data));
	}
	if ((todo & WORK_BIT(WORK_EAS)) != 0) {
		batch_part(w->batch, WORK_EAS);
		put_eas(w, e);
	}
}

uint32_t
put_access(uint32_t todo)
{
	uint32_t access = ASK_READ_ATTRIBUTES | ASK_WRITE_ATTRIBUTES;

	if ((todo & (WORK_BIT(WORK_SIZE) | WORK_BIT(WORK_DATA) | WORK_BIT(WORK_SPARSE) |
		     WORK_BIT(WORK_COMPRESSION))) != 0)
		access |= ASK_WRITE_DATA;
	if ((todo & WORK_BIT(WORK_COMPRESSION)) != 0)
		access |= ASK_READ_DATA;
	if ((todo & WORK_BIT(WORK_EAS)) != 0)
		access |= ASK_WRITE_EA;
	return access;
}
