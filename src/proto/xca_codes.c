/* Huffman code construction of MS-XCA 2.1.4.2. */
#include "config.h"

#include "proto/xca_huffman.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct node {
	uint32_t count;
	uint16_t symbol; /* of a leaf */
	uint16_t parent; /* always behind its children */
};

static int
by_count(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	return x->symbol < y->symbol ? -1 : x->symbol > y->symbol;
}

/* The leaves, rarest first. */
static size_t
make_leaves(const uint32_t *count, struct node *nodes)
{
	size_t n = 0;

	for (unsigned s = 0; s < XCA_SYMBOLS; s++)
		if (count[s] > 0)
			nodes[n++] = (struct node){.count = count[s], .symbol = (uint16_t)s};
	qsort(nodes, n, sizeof(nodes[0]), by_count);
	return n;
}

/*
 * Join the two rarest until one is left. Leaves and joined nodes are each in order of their counts,
 * so the rarest is the first of either.
 */
static void
join(struct node *nodes, size_t n_leaves)
{
	size_t leaf = 0, inner = n_leaves;

	for (size_t made = n_leaves; made < 2 * n_leaves - 1; made++) {
		nodes[made].count = 0;
		for (int i = 0; i < 2; i++) {
			bool take_leaf = leaf < n_leaves &&
					 (inner == made || nodes[leaf].count <= nodes[inner].count);
			struct node *child = &nodes[take_leaf ? leaf++ : inner++];

			nodes[made].count += child->count;
			child->parent = (uint16_t)made;
		}
	}
}

/* Lengths from the tree; false where one is over the limit. */
static bool
measure(const struct node *nodes, size_t n_leaves, uint8_t *length)
{
	uint16_t depth[2 * XCA_SYMBOLS];
	size_t root = 2 * n_leaves - 2;

	depth[root] = 0;
	for (size_t i = root; i-- > 0;) {
		depth[i] = (uint16_t)(depth[nodes[i].parent] + 1);
		if (i < n_leaves && depth[i] > XCA_CODE_MAX)
			return false;
		if (i < n_leaves)
			length[nodes[i].symbol] = (uint8_t)depth[i];
	}
	return true;
}

void
xca_code_lengths(const uint32_t count[XCA_SYMBOLS], uint8_t length[XCA_SYMBOLS])
{
	struct node nodes[2 * XCA_SYMBOLS];
	uint32_t flat[XCA_SYMBOLS];
	size_t n;

	memcpy(flat, count, sizeof(flat));
	memset(length, 0, XCA_SYMBOLS);
	for (;;) {
		n = make_leaves(flat, nodes);
		if (n < 2)
			break;
		join(nodes, n);
		if (measure(nodes, n, length))
			return;
		/* Flatter counts make a flatter tree; all equal, it is 9 deep. */
		for (unsigned s = 0; s < XCA_SYMBOLS; s++)
			flat[s] = (flat[s] + 1) / 2;
	}
	length[nodes[0].symbol] = 1;
	length[nodes[0].symbol ^ 1] = 1;
}

void
xca_codes(const uint8_t length[XCA_SYMBOLS], uint16_t code[XCA_SYMBOLS])
{
	unsigned next = 0;

	for (unsigned bits = 1; bits <= XCA_CODE_MAX; bits++, next <<= 1)
		for (unsigned s = 0; s < XCA_SYMBOLS; s++)
			if (length[s] == bits)
				code[s] = (uint16_t)next++;
}
