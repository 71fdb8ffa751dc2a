/* What the requests of a conversation ask for. */
#include "config.h"

#include "proto/smb2_questions.h"

#include <stdlib.h>

/* Without memory an element is left out, which its owner sees. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

struct smb2_question {
	struct {
		uint64_t conn, message_id;
	} key;
	uint16_t asked;
	bool left_out;
	UT_hash_handle hh;
};

static struct smb2_question *
find(const struct smb2_questions *q, uint64_t conn, uint64_t message_id)
{
	struct smb2_question probe = {.key = {conn, message_id}}, *found = NULL;

	HASH_FIND(hh, q->all, &probe.key, sizeof(probe.key), found);
	return found;
}

void
smb2_questions_free(struct smb2_questions *q)
{
	struct smb2_question *i, *next;

	HASH_ITER(hh, q->all, i, next)
	{
		HASH_DEL(q->all, i);
		free(i);
	}
}

int
smb2_questions_note(struct smb2_questions *q, uint64_t conn, const struct smb2_pdu *pdu)
{
	uint16_t asked = pdu->response ? 0 : smb2_asked(pdu);
	struct smb2_question *i;

	if (asked == 0)
		return 0;
	i = find(q, conn, pdu->h.message_id);
	if (i != NULL) {
		i->asked = asked;
		return 0;
	}
	i = calloc(1, sizeof(*i));
	if (i == NULL)
		return ERR_NOMEM;
	i->key.conn = conn;
	i->key.message_id = pdu->h.message_id;
	i->asked = asked;
	HASH_ADD(hh, q->all, key, sizeof(i->key), i);
	if (!i->left_out)
		return 0;
	free(i);
	return ERR_NOMEM;
}

void
smb2_questions_open(const struct smb2_questions *q, uint64_t conn, struct smb2_pdu *pdu)
{
	const struct smb2_question *i = pdu->response ? find(q, conn, pdu->h.message_id) : NULL;

	smb2_pdu_open(pdu, i != NULL ? i->asked : 0);
}

void
smb2_questions_forget(struct smb2_questions *q, uint64_t conn, const struct smb2_pdu *response)
{
	struct smb2_question *i = find(q, conn, response->h.message_id);

	if (i == NULL || smb2_is_interim(response))
		return;
	HASH_DEL(q->all, i);
	free(i);
}
