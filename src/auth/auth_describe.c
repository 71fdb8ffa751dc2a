/* What tokens are, for people. */
#include "config.h"

#include <stdlib.h>

#include "auth/auth.h"
#include "auth/krb5_open.h"
#include "auth/ntlm.h"
#include "auth/spnego.h"
#include "base/utf16.h"

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

/* The DNS name of the server, else its NetBIOS name (MS-NLMP 2.2.2.1). */
static int
describe_challenge(struct slice token, struct auth_info *out)
{
	struct ntlm_challenge m;
	struct buf text = {0};
	struct slice name;

	if (ntlm_challenge_parse(token, &m) != 0)
		return 0;
	name = ntlm_challenge_name(&m);
	if (name.n == 0)
		return 0;
	utf16_to_utf8(name, &text);
	buf_zero(&text, 1);
	if (text.err != 0) {
		buf_free(&text);
		return ERR_NOMEM;
	}
	out->server = (char *)text.p;
	return 0;
}

static int
describe_kerberos(struct slice token, struct auth_info *out)
{
	struct buf text = {0};

	kerberos_service(token, &text);
	buf_zero(&text, 1);
	if (text.err != 0 || text.n == 1) {
		int err = text.err;

		buf_free(&text);
		return err != 0 ? ERR_NOMEM : 0;
	}
	out->service = (char *)text.p;
	return 0;
}

int
auth_describe(struct slice token, struct auth_info *out)
{
	struct slice inner = spnego_inner(token);
	enum ntlm_type type = ntlm_type(inner);
	struct spnego spnego;

	*out = (struct auth_info){
		.mechanism = "unknown",
		.spnego = spnego_parse(token, &spnego) == 0,
		.ntlm_type = (int)type,
	};
	if (type != NTLM_NONE) {
		out->mechanism = "NTLMSSP";
		out->ntlm_flags = ntlm_flags(inner);
	} else if (spnego_is_kerberos(inner)) {
		out->mechanism = "Kerberos";
		return describe_kerberos(inner, out);
	} else if (out->spnego) {
		out->mechanism = "SPNEGO";
	}
	if (type == NTLM_CHALLENGE)
		return describe_challenge(inner, out);
	return type == NTLM_AUTHENTICATE ? describe_authenticate(inner, out) : 0;
}

void
auth_describe_free(struct auth_info *i)
{
	free(i->user);
	free(i->domain);
	free(i->workstation);
	free(i->server);
	free(i->service);
	i->user = i->domain = i->workstation = i->server = i->service = NULL;
}
