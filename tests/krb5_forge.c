/* A Kerberos realm without a KDC. */
#include "config.h"

#include "tests/krb5_forge.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "auth/der.h"

#define USAGE_TICKET 2

static void
must(krb5_error_code code, const char *what)
{
	if (code == 0)
		return;
	(void)fprintf(stderr, "%s: error %ld\n", what, (long)code);
	abort();
}

/* [n] EXPLICIT around one element. */
static void
put_member(struct buf *out, unsigned n, uint8_t tag, struct slice content)
{
	struct buf b = {0};

	der_put(&b, tag, content);
	der_put(out, (uint8_t)DER_CONTEXT(n), buf_slice(&b));
	buf_free(&b);
}

static void
put_int(struct buf *out, unsigned n, unsigned v)
{
	put_member(out, n, DER_INTEGER, slice_of(&(uint8_t){(uint8_t)v}, 1));
}

/* PrincipalName, its components separated by "/". */
static void
put_name(struct buf *out, unsigned n, unsigned type, const char *name)
{
	struct buf parts = {0}, b = {0};

	for (const char *p = name; *p != '\0'; p += p[strcspn(p, "/")] != '\0') {
		size_t len = strcspn(p, "/");

		der_put(&parts, DER_GENERAL_STRING, slice_of(p, len));
		p += len;
		if (*p == '\0')
			break;
	}
	put_int(&b, 0, type);
	put_member(&b, 1, DER_SEQUENCE, buf_slice(&parts));
	der_wrap(&b, DER_SEQUENCE);
	der_put(out, (uint8_t)DER_CONTEXT(n), buf_slice(&b));
	buf_free(&b);
	buf_free(&parts);
}

static void
put_time(struct buf *out, unsigned n, time_t t)
{
	char text[24];
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		abort();
	(void)strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm);
	put_member(out, n, 0x18, slice_of(text, strlen(text)));
}

/* EncTicketPart, RFC 4120 5.3 */
static void
put_ticket_part(struct buf *out, const krb5_keyblock *session, time_t now, int lifetime)
{
	static const uint8_t flags[] = {0, 0, 0, 0, 0}; /* BIT STRING: no unused bits, no flags */
	struct buf key = {0}, transited = {0};

	put_int(&key, 0, (unsigned)session->enctype);
	put_member(&key, 1, DER_OCTETS, slice_of(session->contents, session->length));
	put_int(&transited, 0, 0);
	put_member(&transited, 1, DER_OCTETS, (struct slice){0});
	put_member(out, 0, 0x03, slice_of(flags, sizeof(flags)));
	put_member(out, 1, DER_SEQUENCE, buf_slice(&key));
	put_member(out, 2, DER_GENERAL_STRING, slice_of(FORGE_REALM, strlen(FORGE_REALM)));
	put_name(out, 3, 1, "alice");
	put_member(out, 4, DER_SEQUENCE, buf_slice(&transited));
	put_time(out, 5, now - 7200);
	put_time(out, 7, now + lifetime);
	der_wrap(out, DER_SEQUENCE);
	der_wrap(out, (uint8_t)DER_APPLICATION(3));
	buf_free(&key);
	buf_free(&transited);
}

static void
put_ticket(struct forge *f, struct slice plain, struct buf *out)
{
	krb5_data in = {.length = (unsigned)plain.n, .data = (char *)(uintptr_t)plain.p};
	krb5_enc_data sealed = {0};
	struct buf enc = {0};
	size_t n;

	must(krb5_c_encrypt_length(f->ctx, f->etype, plain.n, &n), "length");
	sealed.ciphertext.length = (unsigned)n;
	sealed.ciphertext.data = malloc(n);
	must(krb5_c_encrypt(f->ctx, &f->service, USAGE_TICKET, NULL, &in, &sealed), "encrypt");
	put_int(&enc, 0, (unsigned)f->etype);
	put_int(&enc, 1, FORGE_KVNO);
	put_member(&enc, 2, DER_OCTETS, slice_of(sealed.ciphertext.data, n));
	put_int(out, 0, 5);
	put_member(out, 1, DER_GENERAL_STRING, slice_of(FORGE_REALM, strlen(FORGE_REALM)));
	put_name(out, 2, 2, FORGE_SPN);
	put_member(out, 3, DER_SEQUENCE, buf_slice(&enc));
	der_wrap(out, DER_SEQUENCE);
	der_wrap(out, (uint8_t)DER_APPLICATION(1));
	free(sealed.ciphertext.data);
	buf_free(&enc);
}

static void
make_ccache(struct forge *f, int lifetime)
{
	struct buf plain = {0}, ticket = {0};
	krb5_creds creds = {0};
	krb5_ccache cc;
	time_t now = time(NULL);

	must(krb5_parse_name(f->ctx, "alice@" FORGE_REALM, &creds.client), "client");
	must(krb5_parse_name(f->ctx, FORGE_SPN "@" FORGE_REALM, &creds.server), "server");
	must(krb5_c_make_random_key(f->ctx, f->etype, &creds.keyblock), "session key");
	put_ticket_part(&plain, &creds.keyblock, now, lifetime);
	put_ticket(f, buf_slice(&plain), &ticket);
	creds.times = (krb5_ticket_times){.authtime = (krb5_timestamp)(now - 7200),
					  .starttime = (krb5_timestamp)(now - 7200),
					  .endtime = (krb5_timestamp)(now + lifetime)};
	creds.ticket = (krb5_data){.length = (unsigned)ticket.n, .data = (char *)ticket.p};
	must(krb5_cc_resolve(f->ctx, f->ccache, &cc), "cache");
	must(krb5_cc_initialize(f->ctx, cc, creds.client), "cache");
	must(krb5_cc_store_cred(f->ctx, cc, &creds), "cache");
	must(krb5_cc_close(f->ctx, cc), "cache");
	creds.ticket = (krb5_data){0};
	krb5_free_cred_contents(f->ctx, &creds);
	buf_free(&plain);
	buf_free(&ticket);
}

void
forge_keytab(struct forge *f, const char *path, const char *principal, unsigned kvno,
	     const krb5_keyblock *key)
{
	krb5_keytab_entry entry = {.vno = kvno, .key = *key};
	char name[80];
	krb5_keytab kt;

	(void)snprintf(name, sizeof(name), "FILE:%s", path);
	must(krb5_parse_name(f->ctx, principal, &entry.principal), "principal");
	must(krb5_kt_resolve(f->ctx, name, &kt), "keytab");
	must(krb5_kt_add_entry(f->ctx, kt, &entry), "keytab");
	must(krb5_kt_close(f->ctx, kt), "keytab");
	krb5_free_principal(f->ctx, entry.principal);
}

static void
write_config(const struct forge *f, bool all)
{
	char path[64], name[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/krb5.conf", f->dir);
	must(krb5_enctype_to_name(f->etype, 0, name, sizeof(name)), "encryption type");
	file = fopen(path, "w");
	if (file == NULL)
		abort();
	(void)fprintf(
		file,
		"[libdefaults]\ndefault_realm = %s\ndns_lookup_kdc = false\n"
		"dns_canonicalize_hostname = false\nallow_rc4 = true\n%s%s\n"
		"default_ccache_name = FILE:%s/no-cache\n[realms]\n%s = {\nkdc = 127.0.0.1:1\n}\n",
		FORGE_REALM, all ? "" : "permitted_enctypes = ", all ? "" : name, f->dir,
		FORGE_REALM);
	(void)fclose(file);
	(void)setenv("KRB5_CONFIG", path, 1);
	(void)setenv("KRB5RCACHENAME", "none:", 1);
	(void)unsetenv("KRB5CCNAME");
}

void
forge_permit_all(const struct forge *f)
{
	write_config(f, true);
}

void
forge_new(struct forge *f, krb5_enctype etype, int lifetime)
{
	char principal[] = FORGE_SPN "@" FORGE_REALM;

	*f = (struct forge){.dir = "/tmp/krb5_forge.XXXXXX", .etype = etype};
	if (mkdtemp(f->dir) == NULL)
		abort();
	(void)snprintf(f->keytab, sizeof(f->keytab), "%s/service.keytab", f->dir);
	(void)snprintf(f->ccache, sizeof(f->ccache), "FILE:%s/ccache", f->dir);
	write_config(f, false);
	must(krb5_init_context(&f->ctx), "context");
	must(krb5_c_make_random_key(f->ctx, etype, &f->service), "service key");
	forge_keytab(f, f->keytab, principal, FORGE_KVNO, &f->service);
	make_ccache(f, lifetime);
}

void
forge_free(struct forge *f)
{
	static const char *const names[] = {"krb5.conf", "service.keytab", "ccache",
					    "other.keytab"};
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(f->dir);
	krb5_free_keyblock_contents(f->ctx, &f->service);
	krb5_free_context(f->ctx);
}

bool
forge_accept(const struct forge *f, struct slice token, struct buf *reply, uint8_t key[32],
	     size_t *n)
{
	gss_key_value_element_desc element = {.key = "keytab", .value = f->keytab};
	gss_key_value_set_desc store = {.count = 1, .elements = &element};
	gss_buffer_desc in = {.length = token.n, .value = (void *)(uintptr_t)token.p};
	gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
	gss_buffer_set_t set = GSS_C_NO_BUFFER_SET;
	gss_ctx_id_t context = GSS_C_NO_CONTEXT;
	gss_cred_id_t cred;
	OM_uint32 minor, major;

	major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, 0, GSS_C_NO_OID_SET, GSS_C_ACCEPT,
				      &store, &cred, NULL, NULL);
	if (GSS_ERROR(major))
		abort();
	major = gss_accept_sec_context(&minor, &context, cred, &in, GSS_C_NO_CHANNEL_BINDINGS, NULL,
				       NULL, &out, NULL, NULL, NULL);
	buf_add(reply, out.value, out.length);
	*n = 0;
	if (major == GSS_S_COMPLETE &&
	    !GSS_ERROR(gss_inquire_sec_context_by_oid(&minor, context, GSS_C_INQ_SSPI_SESSION_KEY,
						      &set)) &&
	    set->elements[0].length <= 32) {
		*n = set->elements[0].length;
		memcpy(key, set->elements[0].value, *n);
	}
	(void)gss_release_buffer_set(&minor, &set);
	(void)gss_release_buffer(&minor, &out);
	(void)gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
	(void)gss_release_cred(&minor, &cred);
	return major == GSS_S_COMPLETE;
}
