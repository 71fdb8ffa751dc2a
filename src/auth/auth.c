/*
 * Logging on: which mechanism, which leg it is, and the SPNEGO around it.
 *
 *	UNDECIDED --NEGOTIATE or AP-REQ recorded--> NTLM or KERBEROS, by the credentials
 *	KERBEROS --NEGOTIATE recorded: the server chose NTLM then--> NTLM, unless Kerberos is
 *required
 */
#include "config.h"

#include "auth/auth.h"

#include <stdlib.h>

#include "auth/krb5.h"
#include "auth/ntlm.h"
#include "auth/ntlm_fresh.h"
#include "auth/spnego.h"
#include "crypto/hash.h"

enum mech { UNDECIDED, NTLM, KERBEROS };

struct auth {
	struct auth_creds creds; /* its texts and hash are the caller's */
	struct auth_env env;
	enum mech mech;
	bool fresh; /* the mechanism is another than recorded, so the SPNEGO is built anew */
	bool wants_leg;
	const char *departure;
	struct buf mechs;     /* the mechanism list that was sent, which the mechListMICs cover */
	struct buf negotiate; /* the NTLM NEGOTIATE that was sent */
	struct ntlm_session session;
	bool done; /* the AUTHENTICATE was made: `session` holds */
	struct kerberos *kerberos;
};

/* One call of auth_step. */
struct leg {
	struct slice recorded, server;
	bool wrapped; /* the recorded token is SPNEGO */
	struct spnego spnego;
	struct slice inner;
	enum ntlm_type type;
	struct buf *out;
	struct err *e;
};

int
auth_new(const struct auth_creds *creds, const struct auth_env *env, struct auth **out)
{
	struct auth *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return ERR_NOMEM;
	a->creds = *creds;
	a->env = *env;
	*out = a;
	return 0;
}

void
auth_set_creds(struct auth *a, const struct auth_creds *creds)
{
	a->creds = *creds;
}

void
auth_free(struct auth *a)
{
	if (a == NULL)
		return;
	buf_free(&a->negotiate);
	buf_free(&a->mechs);
	kerberos_free(a->kerberos);
	hash_wipe(a, sizeof(*a));
	free(a);
}

static int
keep(struct buf *to, struct slice from)
{
	buf_reset(to);
	buf_add(to, from.p, from.n);
	return to->err;
}

static int
put(struct buf *out, struct slice token)
{
	buf_add(out, token.p, token.n);
	return out->err;
}

/* Put the AUTHENTICATE into the recorded wrapping, with a mechListMIC if there was one. */
static int
wrap_authenticate(const struct auth *a, const struct leg *l, struct slice inner)
{
	uint8_t mic[NTLM_SIGNATURE_LEN];
	int ret;

	if (!a->fresh && !l->wrapped)
		return put(l->out, inner);
	if (!a->fresh && l->spnego.mic.n == 0)
		return spnego_rewrap(l->recorded, inner, (struct slice){0}, l->out);
	ret = ntlm_signature(a->session.key, a->session.flags, false, buf_slice(&a->mechs), mic);
	if (ret != 0)
		return ret;
	if (a->fresh)
		return spnego_build_resp(inner, slice_of(mic, sizeof(mic)), l->out);
	return spnego_rewrap(l->recorded, inner, slice_of(mic, sizeof(mic)), l->out);
}

/* An AUTHENTICATE after the recorded one `template`, or the recorded token where that is none. */
static int
step_authenticate(struct auth *a, const struct leg *l, struct slice template)
{
	struct auth_creds creds = a->creds;
	struct ntlm_logon logon = {
		.creds = &creds, .env = &a->env, .negotiate = buf_slice(&a->negotiate)};
	struct buf inner = {0};
	int ret;

	if (ntlm_authenticate_parse(template, &logon.recorded) != 0)
		return put(l->out, l->recorded);
	if (ntlm_challenge_parse(spnego_inner(l->server), &logon.challenge) != 0)
		return err_set(l->e, ERR_MALFORMED, "the server's token holds no NTLM CHALLENGE");
	if (creds.refused) {
		creds.password = "\x01 wrong on purpose: the recorded logon failed \x01";
		creds.nt_hash = NULL;
	}
	ret = ntlm_authenticate_build(&logon, &inner, &a->session, l->e);
	if (ret == 0) {
		ret = wrap_authenticate(a, l, buf_slice(&inner));
		if (ret != 0)
			(void)err_set(l->e, ret, "SPNEGO around NTLM AUTHENTICATE: %s",
				      err_str(ret));
	}
	a->done = ret == 0;
	a->wants_leg = false;
	buf_free(&inner);
	return ret;
}

/* NTLM where Kerberos was recorded: there is nothing to go by. */
static int
start_fresh_ntlm(struct auth *a, const struct leg *l)
{
	static const enum spnego_mech mechs[] = {SPNEGO_NTLM};
	int ret;

	a->fresh = a->wants_leg = true;
	a->departure = "NTLM in place of the recorded Kerberos";
	buf_reset(&a->mechs);
	buf_reset(&a->negotiate);
	ret = spnego_build_mechs(mechs, 1, &a->mechs);
	if (ret == 0)
		ret = ntlm_fresh_negotiate(&a->negotiate);
	if (ret == 0)
		ret = spnego_build_init(buf_slice(&a->mechs), buf_slice(&a->negotiate), l->out);
	return ret;
}

static int
step_ntlm(struct auth *a, const struct leg *l)
{
	struct buf template = {0};
	int ret;

	if (a->fresh) {
		ret = ntlm_fresh_authenticate(&template);
		if (ret == 0)
			ret = step_authenticate(a, l, buf_slice(&template));
		buf_free(&template);
		return ret;
	}
	if (l->type == NTLM_AUTHENTICATE)
		return step_authenticate(a, l, l->inner);
	a->wants_leg = true;
	ret = l->type == NTLM_NEGOTIATE ? keep(&a->negotiate, l->inner) : 0;
	return ret != 0 ? ret : put(l->out, l->recorded);
}

/* The AP-REQ, in the recorded wrapping or in a new one. */
static int
start_kerberos(struct auth *a, const struct leg *l)
{
	static const enum spnego_mech mechs[] = {SPNEGO_MS_KRB5, SPNEGO_KRB5, SPNEGO_NTLM};
	struct buf inner = {0};
	int ret;

	kerberos_free(a->kerberos);
	a->kerberos = NULL;
	ret = kerberos_new(&a->creds, &a->kerberos, l->e);
	if (ret == 0)
		ret = kerberos_step(a->kerberos, (struct slice){0}, &inner, l->e);
	if (ret == 0 && a->creds.refused && inner.n > 0)
		inner.p[inner.n - 1] ^= 1; /* of the authenticator */
	if (ret == 0 && (l->type == NTLM_NEGOTIATE || l->recorded.n == 0)) {
		a->fresh = true;
		a->departure = "Kerberos in place of the recorded NTLM";
		buf_reset(&a->mechs);
		ret = spnego_build_mechs(mechs, 3, &a->mechs);
	}
	if (ret == 0) {
		if (a->fresh)
			ret = spnego_build_init(buf_slice(&a->mechs), buf_slice(&inner), l->out);
		else if (l->wrapped)
			ret = spnego_rewrap(l->recorded, buf_slice(&inner), (struct slice){0},
					    l->out);
		else
			ret = put(l->out, buf_slice(&inner));
	}
	buf_free(&inner);
	return ret;
}

/* A server that wants another leg: the next token, with a mechListMIC once the context stands. */
static int
step_kerberos(struct auth *a, const struct leg *l)
{
	struct buf inner = {0}, mic = {0};
	int ret = kerberos_step(a->kerberos, spnego_inner(l->server), &inner, l->e);

	if (ret == 0 && kerberos_done(a->kerberos))
		ret = kerberos_mic(a->kerberos, buf_slice(&a->mechs), &mic);
	if (ret == 0 && !a->fresh && l->wrapped)
		ret = spnego_rewrap(l->recorded, buf_slice(&inner), buf_slice(&mic), l->out);
	else if (ret == 0)
		ret = spnego_build_resp(buf_slice(&inner), buf_slice(&mic), l->out);
	buf_free(&inner);
	buf_free(&mic);
	return ret;
}

static enum mech
choose(const struct auth_creds *c, bool recorded_kerberos)
{
	bool ntlm = c->password != NULL || c->nt_hash != NULL;
	bool kerberos = c->password != NULL || c->keytab != NULL || c->ccache != NULL;

	switch (c->kerberos) {
	case AUTH_KERBEROS_OFF:
		return NTLM;
	case AUTH_KERBEROS_REQUIRED:
		return KERBEROS;
	case AUTH_KERBEROS_DESIRED:
		break;
	}
	if (recorded_kerberos)
		return kerberos || !ntlm ? KERBEROS : NTLM;
	return ntlm || !kerberos ? NTLM : KERBEROS;
}

/* The first token of a mechanism: which one it is to be, and its token. */
static int
start(struct auth *a, const struct leg *l, bool recorded_kerberos)
{
	const struct auth_creds *c = &a->creds;
	bool password = c->password != NULL || c->nt_hash != NULL;
	struct leg quiet = *l;
	int ret;

	a->fresh = a->wants_leg = false;
	a->departure = NULL;
	a->mech = a->mech == KERBEROS && !recorded_kerberos && c->kerberos != AUTH_KERBEROS_REQUIRED
			  ? NTLM
			  : choose(c, recorded_kerberos);
	if (a->mech == KERBEROS) {
		bool last = c->kerberos == AUTH_KERBEROS_REQUIRED || !password;

		if (!last)
			quiet.e = NULL;
		ret = start_kerberos(a, &quiet);
		if (ret == 0 || last || ret == ERR_NOMEM)
			return ret;
		a->mech = NTLM;
	}
	return recorded_kerberos || l->recorded.n == 0 ? start_fresh_ntlm(a, l) : step_ntlm(a, l);
}

static int
step(struct auth *a, const struct leg *l)
{
	bool kerberos = spnego_is_kerberos(l->inner);
	int ret = 0;

	/* IAKERB (macOS) takes many legs; what the server has challenged goes on, all the same. */
	if (kerberos && a->fresh && a->mech == NTLM &&
	    ntlm_type(spnego_inner(l->server)) == NTLM_CHALLENGE)
		return step_ntlm(a, l);
	if (l->wrapped && l->spnego.mechs.n > 0)
		ret = keep(&a->mechs, l->spnego.mechs);
	if (ret != 0)
		return ret;
	if (l->type == NTLM_NEGOTIATE || kerberos || (l->recorded.n == 0 && a->mech == UNDECIDED))
		return start(a, l, kerberos);
	if (a->kerberos != NULL && a->mech == KERBEROS)
		return step_kerberos(a, l);
	if (a->mech == NTLM || l->type == NTLM_AUTHENTICATE)
		return step_ntlm(a, l);
	return put(l->out, l->recorded);
}

int
auth_step(struct auth *a, struct slice recorded, struct slice server, struct buf *out,
	  struct err *e)
{
	struct leg l = {
		.recorded = recorded, .server = server, .inner = recorded, .out = out, .e = e};
	int ret;

	if (spnego_parse(recorded, &l.spnego) == 0) {
		l.wrapped = true;
		l.inner = l.spnego.token;
	}
	l.type = ntlm_type(l.inner);
	ret = step(a, &l);
	return ret != 0 ? err_set(e, ret, "%s", err_str(ret)) : 0;
}

bool
auth_wants_leg(const struct auth *a)
{
	return a->wants_leg;
}

const char *
auth_departure(const struct auth *a)
{
	return a->departure;
}

static int
accept_kerberos(struct auth *a, struct slice server, struct slice mic, struct err *e)
{
	struct buf nothing = {0};
	int ret = kerberos_step(a->kerberos, spnego_inner(server), &nothing, e);

	buf_free(&nothing);
	if (ret != 0)
		return ret;
	if (!kerberos_done(a->kerberos))
		return err_set(e, ERR_VERIFY, "the server has not proven itself: no AP-REP");
	if (mic.n > 0 && kerberos_check_mic(a->kerberos, buf_slice(&a->mechs), mic) != 0)
		return err_set(e, ERR_VERIFY, "the server's mechListMIC is wrong");
	return 0;
}

static int
accept_ntlm(struct auth *a, struct slice their_mic, struct err *e)
{
	uint8_t mic[NTLM_SIGNATURE_LEN];
	int ret;

	if (!a->done || their_mic.n == 0)
		return 0;
	ret = ntlm_signature(a->session.key, a->session.flags, true, buf_slice(&a->mechs), mic);
	if (ret == ERR_UNSUPPORTED)
		return 0;
	if (ret != 0)
		return err_set(e, ret, "the server's mechListMIC cannot be checked: %s",
			       err_str(ret));
	if (their_mic.n != sizeof(mic) || !hash_equal(their_mic.p, mic, sizeof(mic)))
		return err_set(e, ERR_VERIFY, "the server's mechListMIC is wrong");
	return 0;
}

int
auth_accept(struct auth *a, struct slice server, struct err *e)
{
	struct spnego s;
	bool wrapped = spnego_parse(server, &s) == 0;

	if (a->kerberos != NULL && a->mech == KERBEROS)
		return accept_kerberos(a, server, s.mic, e);
	if (server.n == 0)
		return 0;
	if (!wrapped && ntlm_type(server) == NTLM_NONE)
		return err_set(e, ERR_MALFORMED,
			       "the server's last token is neither SPNEGO nor NTLMSSP");
	return accept_ntlm(a, s.mic, e);
}

size_t
auth_session_key(const struct auth *a, uint8_t key[AUTH_KEY_MAX])
{
	if (a->kerberos != NULL && a->mech == KERBEROS)
		return kerberos_key(a->kerberos, key);
	if (!a->done)
		return 0;
	memcpy(key, a->session.key, NTLM_KEY_LEN);
	return NTLM_KEY_LEN;
}
