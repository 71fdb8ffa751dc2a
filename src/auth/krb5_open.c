/*
 * Opening a captured Kerberos logon with a keytab. libkrb5's krb5_rd_req wants the present time, an
 * own principal and a replay cache, so the messages are read here and libkrb5 decrypts.
 */
#include "config.h"

#include "auth/krb5_open.h"

#include <krb5/krb5.h>

#include <stdio.h>
#include <stdlib.h>

#include "auth/der.h"
#include "crypto/hash.h"

/* RFC 4120 5.10 and 7.5.1 */
#define APP_TICKET 1
#define APP_AUTHENTICATOR 2
#define APP_ENC_TICKET 3
#define APP_AP_REQ 14
#define APP_AP_REP 15
#define APP_ENC_AP_REP 27
#define USAGE_TICKET 2
#define USAGE_AP_REQ 11
#define USAGE_AP_REP 12
#define MUTUAL_REQUIRED 0x20 /* in the first byte of ap-options */

/* RFC 4121 4.1 */
#define TOKEN_AP_REQ 0x0100
#define TOKEN_AP_REP 0x0200

/* EncryptedData of RFC 4120 5.2.9 */
struct sealed {
	krb5_enctype etype;
	int32_t kvno; /* -1: none */
	struct slice cipher;
};

struct ap_req {
	struct slice realm, sname; /* of the service; the PrincipalName's contents */
	bool mutual;
	struct sealed ticket, authenticator;
};

/* The contents of the KerberosString or whatever stands in context element `n` of a SEQUENCE. */
static struct slice
member(struct slice sequence, unsigned n, uint8_t tag)
{
	return der_open(der_find(sequence, (uint8_t)DER_CONTEXT(n)), tag);
}

static struct slice
application(struct slice in, unsigned n)
{
	return der_open(der_open(in, (uint8_t)DER_APPLICATION(n)), DER_SEQUENCE);
}

static int
read_sealed(struct slice sequence, unsigned n, struct sealed *out)
{
	struct slice s = member(sequence, n, DER_SEQUENCE);

	out->etype = der_integer(member(s, 0, DER_INTEGER), 0);
	out->kvno = der_integer(member(s, 1, DER_INTEGER), -1);
	out->cipher = member(s, 2, DER_OCTETS);
	return out->cipher.n > 0 && out->etype != 0 ? 0 : ERR_MALFORMED;
}

/* What follows the mechanism and the token id; an empty slice where the id is another. */
static struct slice
gss_body(struct slice token, unsigned id)
{
	struct wire_rd r = wire_rd_init(der_open(token, DER_APPLICATION(0)));
	struct der oid;

	if (!der_next(&r, &oid) || wire_get_be16(&r) != id)
		return (struct slice){0};
	return wire_get_slice(&r, wire_rd_left(&r));
}

static int
read_ap_req(struct slice token, struct ap_req *out)
{
	struct slice req = application(gss_body(token, TOKEN_AP_REQ), APP_AP_REQ), ticket;
	struct slice options = member(req, 2, 0x03); /* BIT STRING: unused bits, then the bits */

	ticket = application(der_find(req, DER_CONTEXT(3)), APP_TICKET);
	out->mutual = options.n > 1 && (options.p[1] & MUTUAL_REQUIRED) != 0;
	out->realm = member(ticket, 1, DER_GENERAL_STRING);
	out->sname = member(ticket, 2, DER_SEQUENCE);
	if (read_sealed(ticket, 3, &out->ticket) != 0)
		return ERR_MALFORMED;
	return read_sealed(req, 4, &out->authenticator);
}

/* Append a PrincipalName's components as text, "/" between them; control characters as "?". */
static void
put_principal(struct slice name, struct buf *out)
{
	struct wire_rd r = wire_rd_init(member(name, 1, DER_SEQUENCE));
	struct der d;

	for (bool first = true; der_next(&r, &d); first = false) {
		if (!first)
			buf_le(out, 1, '/');
		for (size_t i = 0; i < d.content.n; i++)
			buf_le(out, 1, d.content.p[i] < ' ' ? '?' : d.content.p[i]);
	}
}

static void
to_text(const struct buf *b, char *out, size_t size)
{
	size_t n = b->n < size - 1 ? b->n : size - 1;

	if (n > 0)
		memcpy(out, b->p, n);
	out[n] = '\0';
}

static void
principal_text(struct slice name, char *out, size_t size)
{
	struct buf b = {0};

	put_principal(name, &b);
	to_text(&b, out, size);
	buf_free(&b);
}

/* An EncryptionKey of RFC 4120 5.2.9, as libkrb5 takes it: borrowed bytes. */
static bool
read_key(struct slice sequence, unsigned n, krb5_keyblock *out)
{
	struct slice s = member(sequence, n, DER_SEQUENCE), value = member(s, 1, DER_OCTETS);

	*out = (krb5_keyblock){.enctype = der_integer(member(s, 0, DER_INTEGER), 0),
			       .length = (unsigned)value.n,
			       .contents = (krb5_octet *)(uintptr_t)value.p};
	return value.n > 0;
}

static bool
key_fits(const krb5_keyblock *key)
{
	size_t n, length;

	return krb5_c_valid_enctype(key->enctype) &&
	       krb5_c_keylengths(NULL, key->enctype, &n, &length) == 0 && length == key->length;
}

static void
wipe_free(struct buf *b)
{
	hash_wipe(b->p, b->n);
	buf_free(b);
}

/* Decrypt to `out`, which is empty before. Returns 0, ERR_VERIFY (another key) or ERR_NOMEM. */
static int
unseal(krb5_context ctx, const krb5_keyblock *key, krb5_keyusage usage, const struct sealed *in,
       struct buf *out)
{
	krb5_enc_data data = {
		.enctype = in->etype,
		.ciphertext = {.length = (unsigned)in->cipher.n,
			       .data = (char *)(uintptr_t)in->cipher.p},
	};
	krb5_data plain = {.length = (unsigned)in->cipher.n};

	if (!key_fits(key) || key->enctype != in->etype)
		return ERR_VERIFY;
	plain.data = (char *)buf_reserve(out, in->cipher.n);
	if (plain.data == NULL)
		return ERR_NOMEM;
	if (krb5_c_decrypt(ctx, key, usage, NULL, &data, &plain) != 0)
		return ERR_VERIFY;
	out->n = plain.length;
	return 0;
}

/* How near the keytab's entries came to the ticket, for the message. */
enum nearness { NO_ENTRY, OTHER_SERVICE, SERVICE, SERVICE_TYPE, SERVICE_TYPE_VERSION };

struct search {
	krb5_context ctx;
	const struct ap_req *req;
	char service[256];
	enum nearness nearness;
	struct buf *ticket; /* opened */
};

static enum nearness
nearness_of(const struct search *s, const krb5_keytab_entry *entry)
{
	enum nearness near = OTHER_SERVICE;
	char *name = NULL;

	if (krb5_unparse_name(s->ctx, entry->principal, &name) != 0)
		return near;
	if (strcmp(name, s->service) == 0) {
		near = SERVICE;
		if (entry->key.enctype == s->req->ticket.etype)
			near = SERVICE_TYPE;
		if (near == SERVICE_TYPE && (int32_t)entry->vno == s->req->ticket.kvno)
			near = SERVICE_TYPE_VERSION;
	}
	krb5_free_unparsed_name(s->ctx, name);
	return near;
}

/* Returns 0 where the entry's key opens the ticket, ERR_VERIFY where not, or ERR_NOMEM. */
static int
try_entry(struct search *s, const krb5_keytab_entry *entry)
{
	enum nearness near = nearness_of(s, entry);

	if (near > s->nearness)
		s->nearness = near;
	return unseal(s->ctx, &entry->key, USAGE_TICKET, &s->req->ticket, s->ticket);
}

static int
try_entries(struct search *s, krb5_keytab kt)
{
	krb5_kt_cursor cursor;
	krb5_keytab_entry entry;
	krb5_error_code code = krb5_kt_start_seq_get(s->ctx, kt, &cursor);
	int ret = ERR_VERIFY;

	if (code != 0)
		return code > 0 && code < 200 ? -code : ERR_MALFORMED;
	while (ret == ERR_VERIFY && krb5_kt_next_entry(s->ctx, kt, &entry, &cursor) == 0) {
		ret = try_entry(s, &entry);
		(void)krb5_free_keytab_entry_contents(s->ctx, &entry);
	}
	(void)krb5_kt_end_seq_get(s->ctx, kt, &cursor);
	return ret;
}

static int
search_failed(const struct search *s, int code, const char *keytab, struct err *e)
{
	char etype[64] = "?";

	if (code == ERR_NOMEM)
		return err_set(e, code, "%s", err_str(code));
	if (code != ERR_VERIFY)
		return err_set(e, code, "keytab %.120s: %s", keytab,
			       code == ERR_MALFORMED ? "no keytab" : err_str(code));
	(void)krb5_enctype_to_name(s->req->ticket.etype, 0, etype, sizeof(etype));
	switch (s->nearness) {
	case NO_ENTRY:
		return err_set(e, ERR_NOTFOUND, "keytab %.120s: no key in it", keytab);
	case OTHER_SERVICE:
		return err_set(e, ERR_NOTFOUND, "keytab %.80s: no key of service %.120s", keytab,
			       s->service);
	case SERVICE:
		return err_set(e, ERR_NOTFOUND, "keytab %.60s: no %.30s key of service %.100s",
			       keytab, etype, s->service);
	case SERVICE_TYPE:
		return err_set(e, ERR_AUTH,
			       "keytab %.60s: the keys of service %.100s are of another version"
			       " than %d",
			       keytab, s->service, (int)s->req->ticket.kvno);
	case SERVICE_TYPE_VERSION:
		break;
	}
	return err_set(e, ERR_AUTH, "keytab %.80s: the key of service %.120s is wrong", keytab,
		       s->service);
}

static int
open_ticket(krb5_context ctx, const char *keytab, const struct ap_req *req, struct buf *ticket,
	    struct err *e)
{
	struct search s = {.ctx = ctx, .req = req, .ticket = ticket};
	struct buf name = {0};
	krb5_keytab kt;
	int ret = ERR_MALFORMED;

	put_principal(req->sname, &name);
	buf_le(&name, 1, '@');
	buf_add(&name, req->realm.p, req->realm.n);
	to_text(&name, s.service, sizeof(s.service));
	buf_reset(&name);
	/* Only files: a name with another prefix could lead to other key stores. */
	buf_printf(&name, "FILE:%s", keytab);
	buf_zero(&name, 1);
	if (name.err != 0)
		ret = ERR_NOMEM;
	else if (krb5_kt_resolve(ctx, (const char *)name.p, &kt) == 0) {
		ret = try_entries(&s, kt);
		(void)krb5_kt_close(ctx, kt);
	}
	buf_free(&name);
	return ret != 0 ? search_failed(&s, ret, keytab, e) : 0;
}

static int
set_key(const krb5_keyblock *key, struct auth_opened *out)
{
	if (key->length > AUTH_KEY_MAX)
		return ERR_MALFORMED;
	memcpy(out->key, key->contents, key->length);
	out->key_len = key->length;
	return 0;
}

/* From the outside in: authenticator and AP-REP, under the ticket's session key. */
static int
open_exchange(krb5_context ctx, const struct ap_req *req, struct slice ap_rep, struct slice ticket,
	      struct auth_opened *out, struct err *e)
{
	struct slice t = application(ticket, APP_ENC_TICKET), rep;
	struct buf authenticator = {0}, reply = {0};
	krb5_keyblock session, sub;
	struct sealed enc;
	int ret;

	rep = application(gss_body(ap_rep, TOKEN_AP_REP), APP_AP_REP);
	principal_text(member(t, 3, DER_SEQUENCE), out->user, sizeof(out->user));
	to_text(&(struct buf){.p = (uint8_t *)(uintptr_t)member(t, 2, DER_GENERAL_STRING).p,
			      .n = member(t, 2, DER_GENERAL_STRING).n},
		out->domain, sizeof(out->domain));
	if (!read_key(t, 1, &session) || set_key(&session, out) != 0)
		return err_set(e, ERR_MALFORMED, "the ticket is malformed");
	ret = unseal(ctx, &session, USAGE_AP_REQ, &req->authenticator, &authenticator);
	if (ret != 0)
		(void)err_set(e, ret, "the AP-REQ's authenticator does not open");
	else if (read_key(application(buf_slice(&authenticator), APP_AUTHENTICATOR), 6, &sub))
		ret = set_key(&sub, out);
	if (ret == 0 && req->mutual && rep.n == 0)
		ret = err_set(e, ERR_TRUNCATED, "the server's AP-REP is missing");
	if (ret == 0 && rep.n > 0) {
		ret = read_sealed(rep, 2, &enc);
		if (ret == 0)
			ret = unseal(ctx, &session, USAGE_AP_REP, &enc, &reply);
		if (ret != 0)
			(void)err_set(e, ret, "the server's AP-REP does not open");
		else if (read_key(application(buf_slice(&reply), APP_ENC_AP_REP), 2, &sub))
			ret = set_key(&sub, out);
	}
	wipe_free(&authenticator);
	wipe_free(&reply);
	return ret != 0 ? err_set(e, ret, "the Kerberos exchange is malformed") : 0;
}

int
kerberos_open(const char *keytab, struct slice ap_req, struct slice ap_rep, struct auth_opened *out,
	      struct err *e)
{
	struct ap_req req;
	struct buf ticket = {0};
	krb5_context ctx;
	int ret;

	if (read_ap_req(ap_req, &req) != 0)
		return err_set(e, ERR_MALFORMED, "the AP-REQ is malformed");
	if (krb5_init_context(&ctx) != 0)
		return err_set(e, ERR_CRYPTO, "libkrb5 does not start: is its krb5.conf valid?");
	ret = open_ticket(ctx, keytab, &req, &ticket, e);
	if (ret == 0)
		ret = open_exchange(ctx, &req, ap_rep, buf_slice(&ticket), out, e);
	wipe_free(&ticket);
	krb5_free_context(ctx);
	return ret;
}

void
kerberos_service(struct slice ap_req, struct buf *out)
{
	struct ap_req req = {0};

	if (read_ap_req(ap_req, &req) != 0)
		return;
	put_principal(req.sname, out);
	if (req.realm.n > 0)
		buf_le(out, 1, '@');
	for (size_t i = 0; i < req.realm.n; i++)
		buf_le(out, 1, req.realm.p[i] < ' ' ? '?' : req.realm.p[i]);
}
