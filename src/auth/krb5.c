/*
 * Live Kerberos logons: a ticket cache from whatever secret there is, then a GSSAPI context on it.
 */
#include "config.h"

#include "auth/krb5.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5/krb5.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "crypto/hash.h"

struct kerberos {
	krb5_context ctx;
	krb5_ccache ccache;
	bool own_ccache; /* made here, in memory */
	const char *spn; /* the caller's */
	krb5_principal client;
	gss_cred_id_t cred;
	gss_ctx_id_t context;
	gss_name_t target;
	bool done;
};

/* What the KDC cannot be reached for is a matter of the network, not of who logs on. */
static int
code_of(krb5_error_code code)
{
	if (code == KRB5_KDC_UNREACH || code == KRB5_REALM_CANT_RESOLVE ||
	    code == KRB5_REALM_UNKNOWN)
		return ERR_NET;
	return code == ENOMEM ? ERR_NOMEM : ERR_AUTH;
}

/* "Kerberos: WHAT: REASON"; `what` may be NULL. */
static int
krb_failed(krb5_context ctx, krb5_error_code code, const char *what, struct err *e)
{
	const char *text = krb5_get_error_message(ctx, code);
	int ret = code_of(code);

	(void)err_set(e, ret, "Kerberos: %.100s%s%.140s", what != NULL ? what : "",
		      what != NULL ? ": " : "", text);
	krb5_free_error_message(ctx, text);
	return ret;
}

/* The mechanism's own text says more than GSSAPI's. */
static int
gss_failed(OM_uint32 major, OM_uint32 minor, const char *what, struct err *e)
{
	gss_OID mech = minor != 0 ? (gss_OID)(uintptr_t)gss_mech_krb5 : GSS_C_NO_OID;
	int kind = minor != 0 ? GSS_C_MECH_CODE : GSS_C_GSS_CODE;
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	OM_uint32 ignored, more = 0;
	int ret = code_of((krb5_error_code)minor);

	(void)gss_display_status(&ignored, minor != 0 ? minor : major, kind, mech, &more, &text);
	(void)err_set(e, ret, "Kerberos: %.100s: %.*s", what, (int)text.length,
		      text.length > 0 ? (const char *)text.value : "");
	(void)gss_release_buffer(&ignored, &text);
	return ret;
}

/*
 * USER@REALM as it is; a domain with a dot is a realm, in capitals; a NetBIOS domain is none, so
 * the default realm of krb5.conf is taken.
 */
static int
parse_user(struct kerberos *k, const struct auth_creds *c, struct err *e)
{
	bool realm = strchr(c->user, '@') == NULL && strchr(c->domain, '.') != NULL;
	struct buf name = {0};
	krb5_error_code code = ENOMEM;

	buf_add(&name, c->user, strlen(c->user));
	if (realm)
		buf_le(&name, 1, '@');
	for (const char *p = c->domain; realm && *p != '\0'; p++)
		buf_le(&name, 1, (uint64_t)toupper((unsigned char)*p));
	buf_zero(&name, 1);
	if (name.err == 0)
		code = krb5_parse_name(k->ctx, (const char *)name.p, &k->client);
	buf_free(&name);
	return code != 0 ? krb_failed(k->ctx, code, c->user, e) : 0;
}

/* A cache in memory with the ticket that a password or keytab got. */
static int
keep_ticket(struct kerberos *k, krb5_creds *ticket, struct err *e)
{
	krb5_error_code code = krb5_cc_new_unique(k->ctx, "MEMORY", NULL, &k->ccache);

	if (code == 0) {
		k->own_ccache = true;
		code = krb5_cc_initialize(k->ctx, k->ccache, ticket->client);
	}
	if (code == 0)
		code = krb5_cc_store_cred(k->ctx, k->ccache, ticket);
	krb5_free_cred_contents(k->ctx, ticket);
	return code != 0 ? krb_failed(k->ctx, code, "ticket cache in memory", e) : 0;
}

static int
ticket_by_password(struct kerberos *k, const struct auth_creds *c, struct err *e)
{
	krb5_error_code code;
	krb5_creds ticket;
	int ret = parse_user(k, c, e);

	if (ret != 0)
		return ret;
	code = krb5_get_init_creds_password(k->ctx, &ticket, k->client, c->password, NULL, NULL, 0,
					    NULL, NULL);
	if (code == KRB5KRB_AP_ERR_BAD_INTEGRITY || code == KRB5KDC_ERR_PREAUTH_FAILED)
		return err_set(e, ERR_AUTH, "Kerberos: the password of %.150s is wrong", c->user);
	return code != 0 ? krb_failed(k->ctx, code, c->user, e) : keep_ticket(k, &ticket, e);
}

static int
open_keytab(struct kerberos *k, const char *path, krb5_keytab *out, struct err *e)
{
	struct buf name = {0};
	krb5_error_code code = ENOMEM;

	buf_printf(&name, "FILE:%s", path);
	buf_zero(&name, 1);
	if (name.err == 0)
		code = krb5_kt_resolve(k->ctx, (const char *)name.p, out);
	buf_free(&name);
	return code != 0 ? krb_failed(k->ctx, code, path, e) : 0;
}

static int
ticket_by_keytab(struct kerberos *k, const struct auth_creds *c, struct err *e)
{
	krb5_error_code code;
	krb5_keytab keytab;
	krb5_creds ticket;
	int ret = parse_user(k, c, e);

	if (ret == 0)
		ret = open_keytab(k, c->keytab, &keytab, e);
	if (ret != 0)
		return ret;
	code = krb5_get_init_creds_keytab(k->ctx, &ticket, k->client, keytab, 0, NULL, NULL);
	(void)krb5_kt_close(k->ctx, keytab);
	if (code == KRB5KRB_AP_ERR_BAD_INTEGRITY || code == KRB5KDC_ERR_PREAUTH_FAILED)
		return err_set(e, ERR_AUTH, "Kerberos: the key of %.80s in keytab %.120s is wrong",
			       c->user, c->keytab);
	return code != 0 ? krb_failed(k->ctx, code, c->keytab, e) : keep_ticket(k, &ticket, e);
}

/* The named cache, or the default one; it must be of the user, where one is named. */
static int
ticket_from_cache(struct kerberos *k, const struct auth_creds *c, struct err *e)
{
	const char *name = c->ccache != NULL ? c->ccache : krb5_cc_default_name(k->ctx);
	krb5_error_code code = krb5_cc_resolve(k->ctx, name, &k->ccache);
	krb5_principal wanted;
	bool same;
	int ret;

	if (code == 0)
		code = krb5_cc_get_principal(k->ctx, k->ccache, &k->client);
	if (code != 0)
		return krb_failed(k->ctx, code, "no ticket", e);
	if (c->user[0] == '\0')
		return 0;
	wanted = k->client;
	k->client = NULL;
	ret = parse_user(k, c, e);
	same = ret == 0 && krb5_principal_compare(k->ctx, k->client, wanted);
	krb5_free_principal(k->ctx, wanted);
	if (ret == 0 && !same)
		return err_set(e, ERR_AUTH, "Kerberos: ticket cache %.100s is not of user %.100s",
			       name, c->user);
	return ret;
}

/* The service, in the user's realm if it names none. */
static int
name_target(struct kerberos *k, const char *spn, struct err *e)
{
	gss_buffer_desc name = GSS_C_EMPTY_BUFFER;
	OM_uint32 major, minor;
	struct buf b = {0};

	buf_add(&b, spn, strlen(spn));
	if (strchr(spn, '@') == NULL) {
		krb5_data *realm = krb5_princ_realm(k->ctx, k->client);

		buf_le(&b, 1, '@');
		buf_add(&b, realm->data, realm->length);
	}
	if (b.err != 0) {
		buf_free(&b);
		return ERR_NOMEM;
	}
	name = (gss_buffer_desc){.length = b.n, .value = b.p};
	major = gss_import_name(&minor, &name, GSS_KRB5_NT_PRINCIPAL_NAME, &k->target);
	buf_free(&b);
	return GSS_ERROR(major) ? gss_failed(major, minor, spn, e) : 0;
}

static int
get_ready(struct kerberos *k, const struct auth_creds *c, struct err *e)
{
	OM_uint32 major, minor;
	int ret;

	if (c->keytab != NULL)
		ret = ticket_by_keytab(k, c, e);
	else if (c->ccache == NULL && c->password != NULL)
		ret = ticket_by_password(k, c, e);
	else
		ret = ticket_from_cache(k, c, e);
	if (ret == 0)
		ret = name_target(k, c->spn, e);
	if (ret != 0)
		return ret;
	major = gss_krb5_import_cred(&minor, k->ccache, NULL, NULL, &k->cred);
	return GSS_ERROR(major) ? gss_failed(major, minor, "ticket cache", e) : 0;
}

int
kerberos_new(const struct auth_creds *creds, struct kerberos **out, struct err *e)
{
	struct kerberos *k;
	int ret;

	if (creds->spn == NULL)
		return err_set(e, ERR_AUTH, "Kerberos: no service principal name");
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return ERR_NOMEM;
	if (krb5_init_context(&k->ctx) != 0) {
		free(k);
		return err_set(e, ERR_AUTH,
			       "Kerberos: libkrb5 does not start: is its krb5.conf valid?");
	}
	k->spn = creds->spn;
	ret = get_ready(k, creds, e);
	if (ret != 0) {
		kerberos_free(k);
		return ret;
	}
	*out = k;
	return 0;
}

void
kerberos_free(struct kerberos *k)
{
	OM_uint32 ignored;

	if (k == NULL)
		return;
	(void)gss_delete_sec_context(&ignored, &k->context, GSS_C_NO_BUFFER);
	(void)gss_release_cred(&ignored, &k->cred);
	(void)gss_release_name(&ignored, &k->target);
	if (k->own_ccache)
		(void)krb5_cc_destroy(k->ctx, k->ccache);
	else if (k->ccache != NULL)
		(void)krb5_cc_close(k->ctx, k->ccache);
	krb5_free_principal(k->ctx, k->client);
	krb5_free_context(k->ctx);
	free(k);
}

int
kerberos_step(struct kerberos *k, struct slice server, struct buf *out, struct err *e)
{
	const OM_uint32 flags = GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG |
				GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG;
	gss_buffer_desc in = {.length = server.n, .value = (void *)(uintptr_t)server.p};
	gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
	OM_uint32 major, minor, ignored;

	if (k->done)
		return 0;
	major = gss_init_sec_context(&minor, k->cred, &k->context, k->target,
				     (gss_OID)(uintptr_t)gss_mech_krb5, flags, 0,
				     GSS_C_NO_CHANNEL_BINDINGS, &in, NULL, &token, NULL, NULL);
	buf_add(out, token.value, token.length);
	(void)gss_release_buffer(&ignored, &token);
	if (GSS_ERROR(major))
		return gss_failed(major, minor, server.n > 0 ? "the server" : k->spn, e);
	k->done = major == GSS_S_COMPLETE;
	return out->err;
}

bool
kerberos_done(const struct kerberos *k)
{
	return k->done;
}

size_t
kerberos_key(const struct kerberos *k, uint8_t key[AUTH_KEY_MAX])
{
	gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
	OM_uint32 ignored;
	size_t n = 0;

	if (!k->done)
		return 0;
	if (!GSS_ERROR(gss_inquire_sec_context_by_oid(&ignored, k->context,
						      GSS_C_INQ_SSPI_SESSION_KEY, &set)) &&
	    set->count > 0 && set->elements[0].length <= AUTH_KEY_MAX) {
		n = set->elements[0].length;
		memcpy(key, set->elements[0].value, n);
	}
	(void)gss_release_buffer_set(&ignored, &set); /* which wipes it */
	return n;
}

int
kerberos_mic(struct kerberos *k, struct slice message, struct buf *out)
{
	gss_buffer_desc in = {.length = message.n, .value = (void *)(uintptr_t)message.p};
	gss_buffer_desc mic = GSS_C_EMPTY_BUFFER;
	OM_uint32 ignored;

	if (!k->done || GSS_ERROR(gss_get_mic(&ignored, k->context, GSS_C_QOP_DEFAULT, &in, &mic)))
		return ERR_AUTH;
	buf_add(out, mic.value, mic.length);
	(void)gss_release_buffer(&ignored, &mic);
	return out->err;
}

int
kerberos_check_mic(struct kerberos *k, struct slice message, struct slice mic)
{
	gss_buffer_desc in = {.length = message.n, .value = (void *)(uintptr_t)message.p};
	gss_buffer_desc m = {.length = mic.n, .value = (void *)(uintptr_t)mic.p};
	OM_uint32 ignored;

	if (!k->done || GSS_ERROR(gss_verify_mic(&ignored, k->context, &in, &m, NULL)))
		return ERR_VERIFY;
	return 0;
}
