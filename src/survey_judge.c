/* Whether a capture can be replayed, and what stands against it. */
#include "config.h"

#include <string.h>

#include "survey.h"

#define FEW 8 /* times as many messages are open as sealed */

/* What concerns whole connections. */
struct ends {
	uint64_t sealed, left_out, compressed, smb1, middle, bad, gaps, lost, junk;
};

const char *
survey_verdict_name(enum survey_verdict v)
{
	static const char *const names[SURVEY_N_VERDICTS] = {
		[SURVEY_REPLAYABLE] = "replayable",
		[SURVEY_NEEDS_STATE] = "needs the share's initial state",
		[SURVEY_IN_PART] = "replayable in part",
		[SURVEY_WITH_SECRET] = "replayable with a secret",
		[SURVEY_NOT] = "not replayable",
	};

	return names[v];
}

/* Of a connection that is open but for some messages, these are left out. */
static bool
is_left_out(const struct survey_conn *c)
{
	return c->negotiated && c->sealed > 0 && c->sealed < c->plain / FEW;
}

static struct ends
sum_up(const struct survey *s)
{
	struct ends e = {0};

	for (size_t i = 0; i < s->n_conns; i++) {
		const struct survey_conn *c = &s->conns[i];
		bool smb2 = c->plain + c->sealed + c->compressed > 0, middle;

		middle = !c->negotiated && smb2;
		if (is_left_out(c))
			e.left_out += c->sealed;
		else
			e.sealed += c->sealed > 0 && c->negotiated;
		e.compressed += c->compressed > 0 && c->negotiated;
		e.smb1 += !smb2 && c->smb1 > 0;
		e.middle += middle;
		e.bad += middle || !smb2;
		e.gaps += c->gaps;
		e.lost += c->gap_bytes;
		e.junk += c->junk_bytes;
	}
	return e;
}

static const char *
ending(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* The first logon of a session, from which its keys come; NULL where it is not in the capture. */
static const struct survey_session *
logon_of(const struct survey *s, uint64_t id)
{
	for (size_t i = s->n_sessions; i > 0; i--)
		if (s->sessions[i - 1].id == id && !s->sessions[i - 1].binding &&
		    !s->sessions[i - 1].again)
			return &s->sessions[i - 1];
	return NULL;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_want(const struct survey_want *a, const struct survey_want *b)
{
	return a->kind == b->kind && same_text(a->domain, b->domain) &&
	       same_text(a->user, b->user) && same_text(a->service, b->service) &&
	       same_text(a->why, b->why);
}

/* What opens a session that stays sealed; SURVEY_NO_SECRET where nothing makes it playable. */
static struct survey_want
want_of(const struct survey *s, const struct unseal_session *x)
{
	const struct survey_session *logon = logon_of(s, x->session_id);
	struct survey_want w = {.sessions = 1, .messages = x->sealed - x->opened};

	if (logon == NULL || logon->anonymous || logon->guest)
		return w;
	w.kind = SURVEY_KEYS;
	w.user = logon->user;
	w.domain = logon->domain;
	if (strstr(x->why, "has no NTLMv2 response") != NULL) {
		w.why = "its logon has no NTLMv2 response";
	} else if (logon->mechanism != NULL && strcmp(logon->mechanism, "Kerberos") == 0) {
		w.kind = SURVEY_KEYTAB;
		w.service = logon->service;
		w.why = x->wrong_secret ? "the keytab's key of it is wrong" : NULL;
	} else if (logon->user != NULL) {
		w.kind = SURVEY_PASSWORD;
		w.why = x->wrong_secret ? "the one given is wrong" : NULL;
	}
	return w;
}

static void
gather_wants(const struct survey *s, const struct unseal *u, struct survey_verdicts *out)
{
	const struct unseal_session *x;

	for (size_t i = 0; (x = unseal_session(u, i)) != NULL; i++) {
		struct survey_want w = want_of(s, x);
		size_t k = 0;

		if (x->opened >= x->sealed || w.kind == SURVEY_NO_SECRET)
			continue;
		while (k < out->n_wants && !same_want(&out->wants[k], &w))
			k++;
		if (k < out->n_wants) {
			out->wants[k].sessions++;
			out->wants[k].messages += w.messages;
		} else if (k < SURVEY_MAX_WANTED) {
			out->wants[out->n_wants++] = w;
		} else {
			out->wants_more++;
		}
	}
}

static void
put_want(const struct survey_want *w, struct buf *why)
{
	const char *slash = w->domain != NULL && w->domain[0] != '\0' ? "\\" : "";

	switch (w->kind) {
	case SURVEY_PASSWORD:
		buf_printf(why, "sealed: the password or NT hash of %s%s%s",
			   w->domain != NULL ? w->domain : "", slash, w->user);
		break;
	case SURVEY_KEYTAB:
		buf_printf(why, "sealed: a keytab with the key of %s",
			   w->service != NULL ? w->service : "the service");
		break;
	default:
		buf_printf(why, "sealed: the session key%s", ending(w->sessions));
	}
	buf_printf(why, " would open %llu message%s of %llu session%s",
		   (unsigned long long)w->messages, ending(w->messages),
		   (unsigned long long)w->sessions, ending(w->sessions));
	buf_printf(why, "%s%s%s\n", w->why != NULL ? " (" : "", w->why != NULL ? w->why : "",
		   w->why != NULL ? ")" : "");
}

static void
put_sealed(const struct ends *e, const struct survey_verdicts *v, struct buf *why)
{
	for (size_t i = 0; i < v->n_wants; i++)
		put_want(&v->wants[i], why);
	if (v->wants_more > 0)
		buf_printf(why, "sealed: other secrets would open %llu more sessions\n",
			   (unsigned long long)v->wants_more);
	if (e->sealed > 0 && v->n_wants == 0)
		buf_printf(why, "%llu connection%s sealed with keys that no secret gives\n",
			   (unsigned long long)e->sealed, ending(e->sealed));
}

/* A reason that concerns whole connections. */
static void
put_conns(struct buf *why, uint64_t n, const char *what)
{
	if (n > 0)
		buf_printf(why, "%llu connection%s %s\n", (unsigned long long)n, ending(n), what);
}

static bool
needs_state(const struct survey_names *n)
{
	return n->totals.files + n->totals.directories > 0;
}

static void
put_state(const struct survey_names *n, struct buf *why)
{
	if (!needs_state(n))
		return;
	buf_printf(why, "initial state: %s", n->at_least ? "at least " : "");
	plan_put_totals(&n->totals, why);
	buf_printf(why, "; provision makes that\n");
}

void
survey_judge(const struct survey *s, const struct unseal *u, struct survey_verdicts *out)
{
	const struct ends e = sum_up(s);
	struct buf *why = &out->why;

	*out = (struct survey_verdicts){0};
	gather_wants(s, u, out);
	put_sealed(&e, out, why);
	if (e.left_out > 0 && out->n_wants == 0) {
		out->left_out = e.left_out;
		buf_printf(why, "%llu message%s sealed with keys that no secret gives\n",
			   (unsigned long long)e.left_out, ending(e.left_out));
	}
	put_conns(why, e.middle,
		  "captured from the middle: negotiation and logon are not in the capture");
	put_conns(why, e.smb1, "with SMB1 only");
	put_conns(why, e.compressed, "with compressed messages that cannot be expanded");
	if (e.gaps > 0)
		buf_printf(why,
			   "%llu gap%s: %llu bytes were not captured, their messages are left "
			   "out\n",
			   (unsigned long long)e.gaps, ending(e.gaps), (unsigned long long)e.lost);
	if (e.junk > 0)
		buf_printf(why, "%llu bytes that are no SMB message\n", (unsigned long long)e.junk);
	put_state(&s->names, why);
	if (e.bad + (out->n_wants == 0 ? e.sealed : 0) == s->n_conns)
		out->verdict = SURVEY_NOT;
	else if (out->n_wants > 0)
		out->verdict = SURVEY_WITH_SECRET;
	else if (e.bad + e.sealed + e.left_out + e.compressed + e.gaps + e.junk > 0)
		out->verdict = SURVEY_IN_PART;
	else
		out->verdict = needs_state(&s->names) ? SURVEY_NEEDS_STATE : SURVEY_REPLAYABLE;
}
