/* Logging on: which leg it is, the SPNEGO around it, and what tokens are. */
#include "config.h"

#include "auth/auth.h"

#include <stdlib.h>

#include "auth/ntlm.h"
#include "auth/spnego.h"
#include "base/utf16.h"
#include "crypto/hash.h"

struct auth {
	struct auth_creds creds; /* its texts and hash are the caller's */
	struct auth_env env;
	struct buf negotiate; /* the NTLM NEGOTIATE that was sent */
	struct buf mechs;     /* the mechanism list that was sent, which the mechListMICs cover */
	struct ntlm_session session;
	bool done; /* the AUTHENTICATE was made: `session` holds */
};

/* A token taken apart: the SPNEGO around it, if any, and the inner token. */
struct layers {
	bool wrapped;
	struct spnego spnego;
	struct slice inner;
};

static struct layers
take_apart(struct slice token)
{
	struct layers l = {.inner = token};

	if (spnego_parse(token, &l.spnego) == 0) {
		l.wrapped = true;
		l.inner = l.spnego.token;
	}
	return l;
}

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

/* Put the AUTHENTICATE into the recorded wrapping, with a mechListMIC if there was one. */
static int
wrap(const struct auth *a, struct slice recorded, const struct layers *l, struct slice inner,
     struct buf *out)
{
	uint8_t mic[NTLM_SIGNATURE_LEN];
	int ret;

	if (!l->wrapped) {
		buf_add(out, inner.p, inner.n);
		return out->err;
	}
	if (l->spnego.mic.n == 0)
		return spnego_rewrap(recorded, inner, (struct slice){0}, out);
	ret = ntlm_signature(a->session.key, a->session.flags, false, buf_slice(&a->mechs), mic);
	if (ret != 0)
		return ret;
	return spnego_rewrap(recorded, inner, slice_of(mic, sizeof(mic)), out);
}

static int
step_authenticate(struct auth *a, struct slice recorded, const struct layers *l,
		  struct slice server, struct buf *out, struct err *e)
{
	struct ntlm_logon logon = {
		.creds = &a->creds, .env = &a->env, .negotiate = buf_slice(&a->negotiate)};
	struct buf inner = {0};
	int ret;

	if (ntlm_authenticate_parse(l->inner, &logon.recorded) != 0) {
		buf_add(out, recorded.p, recorded.n);
		return out->err;
	}
	if (ntlm_challenge_parse(take_apart(server).inner, &logon.challenge) != 0)
		return err_set(e, ERR_MALFORMED, "the server's token holds no NTLM CHALLENGE");
	ret = ntlm_authenticate_build(&logon, &inner, &a->session, e);
	if (ret == 0) {
		ret = wrap(a, recorded, l, buf_slice(&inner), out);
		if (ret != 0)
			(void)err_set(e, ret, "SPNEGO around NTLM AUTHENTICATE: %s", err_str(ret));
	}
	a->done = ret == 0;
	buf_free(&inner);
	return ret;
}

int
auth_step(struct auth *a, struct slice recorded, struct slice server, struct buf *out,
	  struct err *e)
{
	struct layers l = take_apart(recorded);
	enum ntlm_type type = ntlm_type(l.inner);
	int ret = 0;

	if (spnego_is_kerberos(l.inner))
		return err_set(e, ERR_UNSUPPORTED, "the recorded logon uses Kerberos");
	if (type == NTLM_AUTHENTICATE)
		return step_authenticate(a, recorded, &l, server, out, e);
	if (l.wrapped && l.spnego.mechs.n > 0)
		ret = keep(&a->mechs, l.spnego.mechs);
	if (ret == 0 && type == NTLM_NEGOTIATE)
		ret = keep(&a->negotiate, l.inner);
	buf_add(out, recorded.p, recorded.n);
	if (ret == 0)
		ret = out->err;
	return ret != 0 ? err_set(e, ret, "%s", err_str(ret)) : 0;
}

int
auth_accept(struct auth *a, struct slice server, struct err *e)
{
	struct layers l = take_apart(server);
	uint8_t mic[NTLM_SIGNATURE_LEN];
	int ret;

	if (server.n == 0)
		return 0;
	if (!l.wrapped && ntlm_type(server) == NTLM_NONE)
		return err_set(e, ERR_MALFORMED,
			       "the server's last token is neither SPNEGO nor NTLMSSP");
	if (!a->done || l.spnego.mic.n == 0)
		return 0;
	ret = ntlm_signature(a->session.key, a->session.flags, true, buf_slice(&a->mechs), mic);
	if (ret == ERR_UNSUPPORTED)
		return 0;
	if (ret != 0)
		return err_set(e, ret, "the server's mechListMIC cannot be checked: %s",
			       err_str(ret));
	if (l.spnego.mic.n != sizeof(mic) || !hash_equal(l.spnego.mic.p, mic, sizeof(mic)))
		return err_set(e, ERR_VERIFY, "the server's mechListMIC is wrong");
	return 0;
}

bool
auth_session_key(const struct auth *a, uint8_t key[16])
{
	if (!a->done)
		return false;
	memcpy(key, a->session.key, NTLM_KEY_LEN);
	return true;
}

/* A name of an AUTHENTICATE as text. A name in an OEM code page is shown as far as it is ASCII. */
static int
name_text(const struct ntlm_authenticate *m, enum ntlm_field f, char **out)
{
	struct slice s = m->field[f];
	struct buf text = {0};

	if ((m->flags & NTLM_UNICODE) != 0) {
		utf16_to_utf8(s, &text);
	} else {
		for (size_t i = 0; i < s.n; i++)
			buf_le(&text, 1, s.p[i] < 0x80 ? s.p[i] : '?');
	}
	buf_zero(&text, 1);
	if (text.err != 0) {
		buf_free(&text);
		return ERR_NOMEM;
	}
	*out = (char *)text.p;
	return 0;
}

static int
describe_authenticate(struct slice token, struct auth_info *out)
{
	struct ntlm_authenticate m;
	int ret;

	if (ntlm_authenticate_parse(token, &m) != 0)
		return 0;
	out->anonymous = m.anonymous;
	ret = name_text(&m, NTLM_USER, &out->user);
	if (ret == 0)
		ret = name_text(&m, NTLM_DOMAIN, &out->domain);
	if (ret == 0)
		ret = name_text(&m, NTLM_WORKSTATION, &out->workstation);
	if (ret != 0)
		auth_describe_free(out);
	return ret;
}

int
auth_describe(struct slice token, struct auth_info *out)
{
	struct layers l = take_apart(token);
	enum ntlm_type type = ntlm_type(l.inner);

	*out = (struct auth_info){
		.mechanism = "unknown", .spnego = l.wrapped, .ntlm_type = (int)type};
	if (type != NTLM_NONE) {
		out->mechanism = "NTLMSSP";
		out->ntlm_flags = ntlm_flags(l.inner);
	} else if (spnego_is_kerberos(l.inner)) {
		out->mechanism = "Kerberos";
	} else if (l.wrapped) {
		out->mechanism = "SPNEGO";
	}
	return type == NTLM_AUTHENTICATE ? describe_authenticate(l.inner, out) : 0;
}

void
auth_describe_free(struct auth_info *i)
{
	free(i->user);
	free(i->domain);
	free(i->workstation);
	i->user = i->domain = i->workstation = NULL;
}
