/* Requests of the replay's own. */
#include "config.h"

#include "replay/own.h"

#include <stdlib.h>

#include "proto/ntstatus.h"
#include "replay/segments.h"

static void
free_own(struct own *o)
{
	buf_free(&o->message);
	free(o);
}

void
own_free(struct own **list)
{
	while (*list != NULL) {
		struct own *o = *list;

		*list = o->next;
		free_own(o);
	}
}

/* One goes out. Returns 0 or a fatal error. */
static int
put_out(struct engine *e, uint32_t conn, struct own *o)
{
	struct econn *c = &e->conns[conn];
	struct engine_message m = {.plain = {0}};
	int r = mids_insert(security_mids(c->security), MIDS_OWN, &o->way.message_id);

	if (r != 0)
		return r;
	r = assemble_own(e->assemble, c->security, &o->way, &o->message, &m.wire, &m.layers);
	o->sent = true;
	if (r == ERR_NOMEM || r == ERR_CRYPTO)
		return r;
	m.plain = buf_slice(&o->message);
	if (r == 0)
		r = credits_sent(&c->window, o->way.message_id, 1);
	if (r == ERR_NOMEM)
		return r;
	if (r != 0) {
		judge_report_live(e->judge, JUDGE_LOGON, conn, o->name, "a sealed request",
				  err_str(r));
		return 0;
	}
	if (e->watch.sent != NULL)
		e->watch.sent(e->watch.ctx, ENGINE_OWN, conn, &m, e->now);
	e->totals.own++;
	segments_write_whole(e, conn, m.wire, e->now);
	buf_free(&o->message);
	return 0;
}

int
own_flush(struct engine *e, uint32_t conn)
{
	struct econn *c = &e->conns[conn];
	int r = 0;

	for (struct own *o = c->own; r == 0 && o != NULL && c->state == ECONN_UP; o = o->next) {
		if (o->sent)
			continue;
		if (credits_short_of(&c->window, mids_next(security_mids(c->security)), 1))
			break;
		r = put_out(e, conn, o);
	}
	return r;
}

int
own_send(struct engine *e, uint32_t conn, const struct own *what, struct buf *message)
{
	struct own **end = &e->conns[conn].own, *o;
	size_t n = 0;

	for (; *end != NULL && n < OWN_MAX; end = &(*end)->next)
		n++;
	if (n == OWN_MAX || e->conns[conn].state != ECONN_UP || e->conns[conn].finished) {
		buf_free(message);
		return 0;
	}
	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return ERR_NOMEM;
	*o = *what;
	o->message = *message;
	*message = (struct buf){.p = NULL};
	*end = o;
	return own_flush(e, conn);
}

bool
own_answered(struct engine *e, uint32_t conn, const struct smb2_pdu *live)
{
	struct own **p = &e->conns[conn].own, *o;

	while (*p != NULL && !((*p)->sent && (*p)->way.message_id == live->h.message_id))
		p = &(*p)->next;
	o = *p;
	if (o == NULL)
		return false;
	if (smb2_is_interim(live))
		return true;
	if (live->h.status != STATUS_SUCCESS)
		judge_report_live(e->judge, JUDGE_STATUS, conn, o->name, "STATUS_SUCCESS",
				  ntstatus_name(live->h.status));
	*p = o->next;
	free_own(o);
	return true;
}
