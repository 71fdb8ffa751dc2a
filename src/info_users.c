/* Logons of a survey, put together by user. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "info.h"
#include "proto/ntstatus.h"

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_user(const struct info_user *a, const struct info_user *b)
{
	return a->anonymous == b->anonymous && same(a->user, b->user) &&
	       same(a->domain, b->domain) && same(a->mechanism, b->mechanism) &&
	       same(a->service, b->service);
}

/* Who a Kerberos logon was of stands in its ticket, which a keytab opens. */
static void
name_user(const struct survey_session *x, const struct unseal *u, struct info_user *out)
{
	const struct unseal_session *o;

	for (size_t i = 0; u != NULL && out->user == NULL && (o = unseal_session(u, i)) != NULL;
	     i++) {
		if (o->session_id != x->id || o->user[0] == '\0')
			continue;
		out->user = o->user;
		out->domain = o->domain;
	}
}

static struct info_user
user_of(const struct survey_session *x, const struct unseal *u)
{
	struct info_user w = {.domain = x->domain,
			      .user = x->user,
			      .service = x->service,
			      .mechanism = x->mechanism,
			      .anonymous = x->anonymous};
	bool ended = x->answered && x->status != (uint32_t)STATUS_MORE_PROCESSING_REQUIRED;

	w.logons = 1;
	w.succeeded = ended && x->status == STATUS_SUCCESS;
	w.failed = ended && x->status != STATUS_SUCCESS;
	w.status = w.failed ? x->status : 0;
	w.unanswered = !ended;
	w.reauthentications = x->again;
	w.bindings = x->binding;
	w.guests = x->guest;
	if (x->user == NULL)
		name_user(x, u, &w);
	return w;
}

static void
add(struct info_user *to, const struct info_user *w)
{
	to->logons += w->logons;
	to->succeeded += w->succeeded;
	to->failed += w->failed;
	to->unanswered += w->unanswered;
	to->reauthentications += w->reauthentications;
	to->bindings += w->bindings;
	to->guests += w->guests;
	if (w->failed > 0)
		to->status = w->status;
}

static int
compare(const void *a, const void *b)
{
	const struct info_user *x = a, *y = b;

	return x->logons != y->logons ? (x->logons > y->logons ? -1 : 1) : 0;
}

/* Stable: equal ones stay in order of first sight. */
static void
sort(struct info_user *list, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct info_user x = list[i];
		size_t at = i;

		for (; at > 0 && compare(&x, &list[at - 1]) < 0; at--)
			list[at] = list[at - 1];
		list[at] = x;
	}
}

size_t
info_users(const struct survey *s, const struct unseal *u, struct info_user *out, size_t max,
	   size_t *all)
{
	struct info_user *list = calloc(s->n_sessions + 1, sizeof(*list));
	size_t n = 0;

	*all = 0;
	if (list == NULL)
		return 0;
	for (size_t i = 0; i < s->n_sessions; i++) {
		struct info_user w = user_of(&s->sessions[i], u);
		size_t k = 0;

		while (k < n && !same_user(&list[k], &w))
			k++;
		if (k == n)
			list[n++] = w;
		else
			add(&list[k], &w);
	}
	sort(list, n);
	*all = n;
	n = n < max ? n : max;
	memcpy(out, list, n * sizeof(*list));
	free(list);
	return n;
}

struct info_reconnects
info_reconnects(const struct survey *s)
{
	struct info_reconnects r = {0};

	for (size_t i = 0; i < s->n_sessions; i++) {
		const struct survey_session *x = &s->sessions[i];
		bool known = false;

		if (x->previous == 0)
			continue;
		for (size_t k = 0; k < s->n_sessions && !known; k++)
			known = s->sessions[k].id == x->previous;
		r.sessions++;
		r.succeeded += x->answered && x->status == STATUS_SUCCESS;
		r.known += known;
	}
	return r;
}

uint64_t
info_bindings(const struct survey *s, uint64_t *succeeded)
{
	uint64_t n = 0;

	*succeeded = 0;
	for (size_t i = 0; i < s->n_sessions; i++) {
		n += s->sessions[i].binding;
		*succeeded += s->sessions[i].binding && s->sessions[i].answered &&
			      s->sessions[i].status == STATUS_SUCCESS;
	}
	return n;
}
