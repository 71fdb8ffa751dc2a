/* Captured logons: sorts their tokens, tries the secrets that fit. */
#include "config.h"

#include "auth/auth_open.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth/krb5_open.h"
#include "auth/ntlm.h"
#include "auth/spnego.h"
#include "base/utf16.h"
#include "crypto/hash.h"

/* The tokens that matter, without their SPNEGO. */
enum token { NEGOTIATE, CHALLENGE, AUTHENTICATE, AP_REQ, AP_REP, N_TOKENS };

struct auth_open {
	const struct auth_secret *secrets;
	size_t n;
	struct buf token[N_TOKENS];
};

int
auth_open_new(const struct auth_secret *secrets, size_t n, struct auth_open **out)
{
	struct auth_open *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return ERR_NOMEM;
	o->secrets = secrets;
	o->n = n;
	*out = o;
	return 0;
}

void
auth_open_free(struct auth_open *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < N_TOKENS; i++)
		buf_free(&o->token[i]);
	free(o);
}

/* Which token it is; N_TOKENS for what says nothing about keys. */
static enum token
token_kind(bool from_server, struct slice inner)
{
	enum ntlm_type type = ntlm_type(inner);

	if (spnego_is_kerberos(inner))
		return from_server ? AP_REP : AP_REQ;
	if (type == NTLM_CHALLENGE)
		return from_server ? CHALLENGE : N_TOKENS;
	if (from_server || type == NTLM_NONE)
		return N_TOKENS;
	return type == NTLM_NEGOTIATE ? NEGOTIATE : AUTHENTICATE;
}

int
auth_open_token(struct auth_open *o, bool from_server, struct slice token)
{
	struct slice inner = spnego_inner(token);
	enum token kind = token_kind(from_server, inner);

	if (kind == N_TOKENS)
		return 0;
	/* A logon that begins anew, perhaps by another mechanism: what came before is void. */
	for (size_t i = 0; (kind == NEGOTIATE || kind == AP_REQ) && i < N_TOKENS; i++)
		buf_reset(&o->token[i]);
	buf_reset(&o->token[kind]);
	buf_add(&o->token[kind], inner.p, inner.n);
	return o->token[kind].err != 0 ? ERR_NOMEM : 0;
}

/* Whether a secret is one of this user. A client may name no domain (and a user USER@DOMAIN). */
static bool
is_of_user(const struct auth_secret *s, const struct auth_opened *who)
{
	bool any = s->domain == NULL || s->domain[0] == '\0' || who->domain[0] == '\0';

	return s->user != NULL && utf16_same_name(s->user, who->user) &&
	       (any || utf16_same_name(s->domain, who->domain));
}

/* "DOMAIN\user", or what there is of it. */
static const char *
name_of(const struct auth_opened *who, char out[512])
{
	(void)snprintf(out, 512, "%s%s%s", who->domain, who->domain[0] != '\0' ? "\\" : "",
		       who->user);
	return out;
}

static int
ntlm_failed(const struct auth_opened *who, int code, struct err *e)
{
	char name[512];

	switch (code) {
	case ERR_NOTFOUND:
		return err_set(e, code, "no password or NT hash of user %.200s",
			       name_of(who, name));
	case ERR_AUTH:
		return err_set(e, code, "the password or NT hash of user %.190s is wrong",
			       name_of(who, name));
	case ERR_VERIFY:
		return err_set(e, code, "the MIC of the logon of user %.190s is wrong",
			       name_of(who, name));
	case ERR_UNSUPPORTED:
		return err_set(e, code, "the logon of user %.190s has no NTLMv2 response",
			       name_of(who, name));
	default:
		return err_set(e, code, "NTLM logon of user %.190s: %s", name_of(who, name),
			       err_str(code));
	}
}

/* Try the secrets of the user; `who` is as the AUTHENTICATE has it, so goes into the NTOWF. */
static int
try_secrets(const struct auth_open *o, const struct ntlm_captured *c, const struct auth_opened *who,
	    struct ntlm_session *s)
{
	int ret = ERR_NOTFOUND;

	for (size_t i = 0; i < o->n && (ret == ERR_NOTFOUND || ret == ERR_AUTH); i++) {
		struct auth_creds creds = {.user = who->user,
					   .domain = who->domain,
					   .password = o->secrets[i].password,
					   .nt_hash = o->secrets[i].nt_hash};

		if (is_of_user(&o->secrets[i], who))
			ret = ntlm_open(c, &creds, s);
	}
	return ret;
}

static int
note_user(struct slice authenticate, struct auth_opened *out)
{
	struct auth_info info;
	int ret = auth_describe(authenticate, &info);

	if (ret != 0)
		return ret;
	(void)snprintf(out->user, sizeof(out->user), "%s", info.user != NULL ? info.user : "");
	(void)snprintf(out->domain, sizeof(out->domain), "%s",
		       info.domain != NULL ? info.domain : "");
	auth_describe_free(&info);
	return 0;
}

static int
open_ntlm(const struct auth_open *o, struct auth_opened *out, struct err *e)
{
	struct ntlm_captured c = {.negotiate = buf_slice(&o->token[NEGOTIATE])};
	struct ntlm_session s = {0};
	int ret = note_user(buf_slice(&o->token[AUTHENTICATE]), out);

	if (ret == 0)
		ret = ntlm_authenticate_parse(buf_slice(&o->token[AUTHENTICATE]), &c.authenticate);
	if (ret != 0)
		return err_set(e, ret, "the NTLM AUTHENTICATE is malformed");
	if (o->token[CHALLENGE].n == 0)
		return err_set(e, ERR_TRUNCATED, "the server's NTLM CHALLENGE is missing");
	ret = ntlm_challenge_parse(buf_slice(&o->token[CHALLENGE]), &c.challenge);
	if (ret != 0)
		return err_set(e, ret, "the server's NTLM CHALLENGE is malformed");
	if (c.authenticate.unproven)
		ret = ntlm_open(&c, &(struct auth_creds){0}, &s);
	else
		ret = try_secrets(o, &c, out, &s);
	if (ret == 0) {
		memcpy(out->key, s.key, NTLM_KEY_LEN);
		out->key_len = NTLM_KEY_LEN;
	}
	hash_wipe(&s, sizeof(s));
	return ret != 0 ? ntlm_failed(out, ret, e) : 0;
}

/* The first keytab that opens it; else the most telling of the failures: a key was there. */
static int
open_kerberos(const struct auth_open *o, struct auth_opened *out, struct err *e)
{
	struct err best = {.code = ERR_NOTFOUND, .text = "no keytab for a Kerberos logon"};

	for (size_t i = 0; i < o->n; i++) {
		struct err why = {0};

		if (o->secrets[i].keytab == NULL)
			continue;
		if (kerberos_open(o->secrets[i].keytab, buf_slice(&o->token[AP_REQ]),
				  buf_slice(&o->token[AP_REP]), out, &why) == 0)
			return 0;
		if (best.code == ERR_NOTFOUND)
			best = why;
	}
	return err_set(e, best.code, "%s", err_text(&best));
}

static int
open_any(const struct auth_open *o, struct auth_opened *out, struct err *e)
{
	if (o->token[AUTHENTICATE].n > 0)
		return open_ntlm(o, out, e);
	if (o->token[AP_REQ].n > 0)
		return open_kerberos(o, out, e);
	if (o->token[NEGOTIATE].n > 0)
		return err_set(e, ERR_TRUNCATED, "the client's NTLM AUTHENTICATE is missing");
	return err_set(e, ERR_UNSUPPORTED, "the logon uses neither NTLM nor Kerberos");
}

int
auth_open_key(const struct auth_open *o, struct auth_opened *out, struct err *e)
{
	int ret;

	*out = (struct auth_opened){0};
	ret = open_any(o, out, e);
	if (ret != 0) {
		hash_wipe(out->key, sizeof(out->key));
		out->key_len = 0;
	}
	return ret;
}
