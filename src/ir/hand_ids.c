/* Message ids where hand-written requests stand between recorded ones, whose ids move up. */
#include "config.h"

#include "base/list.h"
#include "ir/hand_int.h"

#include <stdio.h>
#include <stdlib.h>

int
hand_take_ids(struct hand_conn *c, uint64_t charge)
{
	uint64_t by = c->n_inserted > 0 ? c->inserted[c->n_inserted - 1].by : 0;

	if (c->n_inserted > 0 && c->inserted[c->n_inserted - 1].from == c->recorded) {
		c->inserted[c->n_inserted - 1].by += charge;
	} else {
		if (list_room(&c->inserted, c->n_inserted, &c->cap_inserted,
			      sizeof(*c->inserted)) != 0)
			return ERR_NOMEM;
		c->inserted[c->n_inserted++] = (struct hand_inserted){c->recorded, by + charge};
	}
	c->next_id += charge;
	return 0;
}

uint64_t
hand_moved_id(const struct hand_conn *c, uint64_t recorded)
{
	size_t lo = 0, hi = c->n_inserted;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->inserted[mid].from <= recorded)
			lo = mid + 1;
		else
			hi = mid;
	}
	return recorded == SMB2_NO_MESSAGE_ID || lo == 0 ? recorded
							 : recorded + c->inserted[lo - 1].by;
}

/* The edit that moves an id. */
static int
add_edit(struct hand *h, struct ir_set *out, uint32_t pdu, uint64_t id)
{
	char text[HAND_NUMBER];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	*out = (struct ir_set){.pdu = pdu, .path = "message_id"};
	out->value = arena_text(&h->l->ir->arena, text, strlen(text));
	return out->value != NULL ? 0 : ERR_NOMEM;
}

int
hand_move_ids(struct hand *h, const struct hand_conn *c, struct ir_event *ev, struct slice bytes)
{
	struct smb2_chain chain = smb2_chain_init(bytes), count = chain;
	struct ir_set *sets;
	struct slice pdu;
	uint32_t n = 0, room = 0;
	int r = 0;

	if (c->n_inserted == 0)
		return 0;
	while (smb2_chain_next(&count, &pdu))
		room++;
	sets = arena_alloc(&h->l->ir->arena, ((size_t)room + ev->n_sets) * sizeof(*sets));
	if (sets == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; r == 0 && smb2_chain_next(&chain, &pdu); i++) {
		struct smb2_pdu p;

		if (smb2_pdu_decode(pdu, &p) == 0 &&
		    hand_moved_id(c, p.h.message_id) != p.h.message_id)
			r = add_edit(h, &sets[n++], i, hand_moved_id(c, p.h.message_id));
	}
	/* What a hand edited comes last and holds. */
	if (ev->n_sets > 0)
		memcpy(sets + n, ev->sets, ev->n_sets * sizeof(*sets));
	ev->sets = sets;
	ev->n_sets += n;
	return r;
}
