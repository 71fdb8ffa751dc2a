/* Reassembly of IP fragments. */
#include "config.h"

#include "compile/frag.h"

#include <stdlib.h>

#define UNIT 8u /* fragments are cut at multiples of this */
#define UNITS (FRAG_DATAGRAM_MAX / UNIT)

struct frag_datagram {
	struct frag_key key;
	bool used;
	uint64_t t;              /* of its latest fragment */
	uint64_t fragments;      /* seen so far */
	uint32_t total;          /* its length, 0 while the last fragment is missing */
	uint32_t have;           /* units that are there */
	uint8_t seen[UNITS / 8]; /* bit per unit */
	uint8_t *data;           /* owned; FRAG_DATAGRAM_MAX bytes */
};

static bool
expired(const struct frag_datagram *d, uint64_t t)
{
	return t > d->t && t - d->t > FRAG_TIMEOUT;
}

static void
datagram_drop(struct frag_table *ft, struct frag_datagram *d)
{
	if (d->used)
		ft->lost += d->fragments;
	d->used = false;
}

/* The datagram that `p` belongs to, or a fresh one; NULL when memory is out. */
static struct frag_datagram *
datagram_for(struct frag_table *ft, const struct frag_piece *p)
{
	struct frag_datagram *d, *best = NULL;

	if (ft->slots == NULL && (ft->slots = calloc(FRAG_DATAGRAMS, sizeof(*ft->slots))) == NULL)
		return NULL;
	for (size_t i = 0; i < FRAG_DATAGRAMS; i++) {
		d = &ft->slots[i];
		if (d->used && expired(d, p->t))
			datagram_drop(ft, d);
		if (d->used && memcmp(&d->key, &p->key, sizeof(d->key)) == 0)
			return d;
		if (best == NULL || (best->used && (!d->used || d->t < best->t)))
			best = d;
	}
	datagram_drop(ft, best);
	if (best->data == NULL && (best->data = malloc(FRAG_DATAGRAM_MAX)) == NULL)
		return NULL;
	*best = (struct frag_datagram){.used = true, .key = p->key, .data = best->data};
	return best;
}

/* Copy what is new of `p`; of bytes that come twice the first ones stay. */
static void
datagram_fill(struct frag_datagram *d, const struct frag_piece *p)
{
	for (size_t at = 0; at < p->bytes.n; at += UNIT) {
		size_t unit = (p->offset + at) / UNIT,
		       n = p->bytes.n - at < UNIT ? p->bytes.n - at : UNIT;

		if ((d->seen[unit / 8] & 1u << unit % 8) != 0)
			continue;
		d->seen[unit / 8] = (uint8_t)(d->seen[unit / 8] | 1u << unit % 8);
		d->have++;
		memcpy(d->data + unit * UNIT, p->bytes.p + at, n);
	}
}

bool
frag_add(struct frag_table *ft, const struct frag_piece *p, struct slice *out)
{
	struct frag_datagram *d;

	if (p->bytes.n == 0 || p->offset % UNIT != 0 || (p->more && p->bytes.n % UNIT != 0) ||
	    p->bytes.n > FRAG_DATAGRAM_MAX - 1 || p->offset > FRAG_DATAGRAM_MAX - 1 - p->bytes.n ||
	    (d = datagram_for(ft, p)) == NULL) {
		ft->lost++;
		return false;
	}
	d->t = p->t;
	d->fragments++;
	if (!p->more && d->total == 0)
		d->total = p->offset + (uint32_t)p->bytes.n;
	datagram_fill(d, p);
	if (d->total == 0 || d->have < (d->total + UNIT - 1) / UNIT)
		return false;
	d->used = false;
	*out = slice_of(d->data, d->total);
	return true;
}

void
frag_end(struct frag_table *ft)
{
	for (size_t i = 0; ft->slots != NULL && i < FRAG_DATAGRAMS; i++) {
		datagram_drop(ft, &ft->slots[i]);
		free(ft->slots[i].data);
	}
	free(ft->slots);
	ft->slots = NULL;
}
