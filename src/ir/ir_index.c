/* The defined symbols of a kind, by number, however far apart the numbers are. */
#include "config.h"

#include "ir/ir_index.h"

#include <stdlib.h>

int
ir_index_new(const struct ir *ir, enum ir_what what, struct ir_index *out)
{
	size_t words = (size_t)ir->n_symbols[what] / 64 + 1;

	*out = (struct ir_index){.max = ir->n_symbols[what]};
	out->bits = calloc(words, sizeof(*out->bits));
	out->before = calloc(words, sizeof(*out->before));
	if (out->bits == NULL || out->before == NULL) {
		ir_index_free(out);
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < ir->n_events; i++) {
		const struct ir_event *ev = &ir->events[i];

		for (uint32_t k = 0; ev->kind == IR_RECV && k < ev->n_patches; k++)
			if (ev->patches[k].what == what)
				out->bits[ev->patches[k].number / 64] |=
					(uint64_t)1 << ev->patches[k].number % 64;
	}
	for (size_t w = 0; w < words; w++) {
		out->before[w] = out->n;
		out->n += (uint32_t)__builtin_popcountll(out->bits[w]);
	}
	return 0;
}

void
ir_index_free(struct ir_index *x)
{
	free(x->bits);
	free(x->before);
	*x = (struct ir_index){0};
}
