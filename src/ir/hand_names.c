/* Labels of hand-written messages, and what their answers will give. */
#include "config.h"

#include "ir/hand_int.h"

#include <stdlib.h>

/* Without memory an element is left out, which its owner sees. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

struct hand_name {
	const char *label; /* in the arena */
	const struct hand_asked *asked;
	uint32_t n;
	bool left_out;
	UT_hash_handle hh;
};

/* A request of a recorded message with a label. */
struct hand_recorded {
	struct {
		uint64_t message_id, conn;
	} key;
	struct hand_asked *asked;
	bool left_out;
	UT_hash_handle hh;
};

static struct hand_name *
find(const struct hand *h, const char *label, size_t n)
{
	struct hand_name *found = NULL;

	HASH_FIND(hh, h->names, label, n, found);
	return found;
}

int
hand_add_name(struct hand *h, const char *label, const struct hand_asked *asked, uint32_t n)
{
	struct hand_name *name = find(h, label, strlen(label));

	/* A label that stands twice is told of when all is read. */
	if (name != NULL)
		return 0;
	name = calloc(1, sizeof(*name));
	if (name == NULL)
		return ERR_NOMEM;
	*name = (struct hand_name){.label = label, .asked = asked, .n = n};
	HASH_ADD_KEYPTR(hh, h->names, name->label, strlen(name->label), name);
	if (!name->left_out)
		return 0;
	free(name);
	return ERR_NOMEM;
}

static int
add_request(struct hand *h, uint32_t conn, struct hand_asked *asked)
{
	struct hand_recorded *r;

	if (hand_find_asked(h, conn, asked->message_id) != NULL)
		return 0;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return ERR_NOMEM;
	r->key.message_id = asked->message_id;
	r->key.conn = conn;
	r->asked = asked;
	HASH_ADD(hh, h->recorded, key, sizeof(r->key), r);
	if (!r->left_out)
		return 0;
	free(r);
	return ERR_NOMEM;
}

int
hand_add_recorded(struct hand *h, const char *label, uint32_t conn, struct hand_asked *asked,
		  uint32_t n)
{
	int r = hand_add_name(h, label, asked, n);

	for (uint32_t i = 0; r == 0 && i < n; i++)
		r = add_request(h, conn, &asked[i]);
	return r;
}

struct hand_asked *
hand_find_asked(const struct hand *h, uint32_t conn, uint64_t message_id)
{
	struct hand_recorded probe = {.key = {message_id, conn}}, *found = NULL;

	HASH_FIND(hh, h->recorded, &probe.key, sizeof(probe.key), found);
	return found != NULL ? found->asked : NULL;
}

static void
free_recorded(struct hand *h)
{
	struct hand_recorded *r, *next;

	HASH_ITER(hh, h->recorded, r, next)
	{
		HASH_DEL(h->recorded, r);
		free(r);
	}
}

void
hand_free_names(struct hand *h)
{
	struct hand_name *name, *next;

	HASH_ITER(hh, h->names, name, next)
	{
		HASH_DEL(h->names, name);
		free(name);
	}
	free_recorded(h);
}

/* "1.body.file_id": of the PDU with that number, from 0. */
static const struct hand_asked *
pick(const struct hand_name *name, const char *rest, const char **field)
{
	uint32_t pdu = 0;

	if (*rest >= '0' && *rest <= '9') {
		for (; *rest >= '0' && *rest <= '9' && pdu < name->n; rest++)
			pdu = pdu * 10 + (uint32_t)(*rest - '0');
		if (*rest++ != '.')
			return NULL;
	}
	*field = rest;
	return pdu < name->n ? &name->asked[pdu] : NULL;
}

const struct hand_asked *
hand_find_name(const struct hand *h, const char *text, const char **field)
{
	/* A label may have points in it, so the longest one that fits is meant. */
	for (size_t n = strlen(text); n > 0; n--) {
		const struct hand_name *name =
			text[n] == '.' && n <= IR_MAX_LABEL ? find(h, text, n) : NULL;

		if (name != NULL)
			return pick(name, text + n + 1, field);
	}
	return NULL;
}
