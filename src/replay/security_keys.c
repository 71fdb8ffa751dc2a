/* Channels and their keys: signing, sealing. */
#include "config.h"

#include "replay/security_int.h"

#include <stdlib.h>

#include "crypto/hash.h"

void
security_keys_free(struct security *s)
{
	for (size_t i = 0; i < s->n_signers; i++)
		signer_free(s->signers[i]);
	for (uint32_t i = 0; i <= s->index.n; i++) {
		sealer_free(s->sessions[i].sealers[0]);
		sealer_free(s->sessions[i].sealers[1]);
	}
	free(s->signers);
	free(s->sessions);
	ir_index_free(&s->index);
}

/* The keys of a session by its number (0: one that is not known); NULL: there is none. */
static struct session_keys *
keys_of(const struct security *s, uint32_t session)
{
	uint32_t at = ir_index_at(&s->index, session);

	return at != 0 || session == 0 ? &s->sessions[at] : NULL;
}

void
security_forget(struct security *s, uint32_t session)
{
	struct session_keys *k = keys_of(s, session);

	if (k == NULL)
		return;
	sealer_free(k->sealers[0]);
	sealer_free(k->sealers[1]);
	*k = (struct session_keys){.session_id = 0};
	s->changes++;
}

static struct channel *
find_channel(const struct security_conn *c, uint32_t session)
{
	for (size_t i = 0; i < c->n_channels; i++)
		if (c->channels[i].session == session)
			return &c->channels[i];
	return NULL;
}

bool
security_has_channel(const struct security_conn *c, uint32_t session)
{
	return find_channel(c, session) != NULL;
}

/* The signers of all channels are freed with `security`. */
static int
keep_signer(struct security *s, struct signer *signer)
{
	struct signer **more = realloc(s->signers, (s->n_signers + 1) * sizeof(struct signer *));

	if (more == NULL) {
		signer_free(signer);
		return ERR_NOMEM;
	}
	s->signers = more;
	s->signers[s->n_signers++] = signer;
	return 0;
}

static int
add_signer(struct security_conn *c, const struct logon *l, struct slice key, struct signer **out)
{
	uint8_t signing[SIGN_KEY_LEN];
	int r = kdf_signing_key(c->negotiated.dialect, key, &l->preauth, signing);

	if (r == 0)
		r = signer_new(c->negotiated.alg, signing, out);
	hash_wipe(signing, sizeof(signing));
	return r == 0 ? keep_signer(c->security, *out) : r;
}

/* A session's cipher keys come from the logon that set it up, never from a binding
 * (MS-SMB2 3.2.5.3.1). */
static int
add_sealers(struct security_conn *c, const struct logon *l, struct slice key,
	    struct session_keys *s)
{
	enum seal_cipher cipher = (enum seal_cipher)c->negotiated.cipher;
	struct seal_keys keys = {0};
	int r = kdf_cipher_keys(c->negotiated.dialect, cipher, key, &l->preauth, &keys);

	if (r == ERR_UNSUPPORTED)
		return 0; /* no cipher was negotiated: nothing is sealed */
	if (r == 0)
		r = sealer_new(cipher, slice_of(keys.c2s, keys.n), &s->sealers[0]);
	if (r == 0)
		r = sealer_new(cipher, slice_of(keys.s2c, keys.n), &s->sealers[1]);
	if (r == 0)
		r = seal_nonce_init(&s->nonce);
	if (r == 0 && c->security->creds.keylog != NULL)
		c->security->creds.keylog(c->security->creds.ctx, s->session_id, key, &keys);
	hash_wipe(&keys, sizeof(keys));
	return r;
}

int
security_add_channel(struct security_conn *c, const struct logon *l, uint64_t session_id)
{
	struct session_keys *s = keys_of(c->security, l->session);
	struct channel *more, new = {.session = l->session, .session_id = session_id};
	uint8_t key[AUTH_KEY_MAX];
	size_t n = auth_session_key(l->auth, key);
	int r = 0;

	if (n == 0)
		return 0;
	r = add_signer(c, l, slice_of(key, n), &new.signer);
	if (r == 0 && s != NULL && s->first == NULL) {
		s->first = new.signer;
		s->session_id = session_id;
		r = add_sealers(c, l, slice_of(key, n), s);
	}
	hash_wipe(key, sizeof(key));
	if (r != 0)
		return r;
	more = realloc(c->channels, (c->n_channels + 1) * sizeof(*more));
	if (more == NULL)
		return ERR_NOMEM;
	c->channels = more;
	c->channels[c->n_channels++] = new;
	c->security->changes++;
	return 0;
}

void
security_add_guest(struct security_conn *c, const struct logon *l)
{
	struct session_keys *s = keys_of(c->security, l->session);

	if (s != NULL)
		s->guest = s->first == NULL;
}

bool
security_is_guest(const struct security_conn *c, uint32_t session)
{
	const struct session_keys *s = keys_of(c->security, session);

	return session != 0 && s != NULL && s->guest;
}

struct signer *
security_signer(const struct security_conn *c, uint32_t session, bool binding)
{
	const struct channel *ch = binding ? NULL : find_channel(c, session);
	const struct session_keys *s = keys_of(c->security, session);

	if (ch != NULL)
		return ch->signer;
	return s != NULL ? s->first : NULL;
}

struct signer *
security_signer_live(const struct security_conn *c, uint64_t session_id)
{
	for (size_t i = c->n_channels; i > 0; i--)
		if (c->channels[i - 1].session_id == session_id)
			return c->channels[i - 1].signer;
	return NULL;
}

uint64_t
security_changes(const struct security_conn *c)
{
	return c->security->changes;
}

bool
security_can_seal(const struct security_conn *c, uint32_t session)
{
	const struct session_keys *s = keys_of(c->security, session);

	return session != 0 && s != NULL && s->sealers[0] != NULL;
}

int
security_seal(const struct security_conn *c, uint32_t session, struct slice plain, struct buf *out)
{
	struct session_keys *s = keys_of(c->security, session);
	uint8_t nonce[SEAL_NONCE_FIELD];
	int r = seal_nonce_next(&s->nonce, sealer_cipher(s->sealers[0]), nonce);

	return r != 0 ? r
		      : seal_message(s->sealers[0], s->session_id, SEAL_FLAGS_ENCRYPTED, plain,
				     nonce, out);
}

/* Channels are looked through first: a session that another connection set up is found by its live
 * id too. */
static struct session_keys *
keys_of_live(const struct security_conn *c, uint64_t session_id)
{
	for (size_t i = c->n_channels; i > 0; i--)
		if (c->channels[i - 1].session_id == session_id)
			return keys_of(c->security, c->channels[i - 1].session);
	for (uint32_t i = c->security->index.n; i > 0; i--)
		if (c->security->sessions[i].session_id == session_id)
			return &c->security->sessions[i];
	return NULL;
}

int
security_unseal(const struct security_conn *c, struct slice sealed, struct buf *out, struct err *e)
{
	struct smb2_transform t;
	struct session_keys *s;
	int r = seal_header(sealed, &t, e);

	if (r != 0)
		return r;
	s = keys_of_live(c, t.session_id);
	if (s == NULL || s->sealers[1] == NULL)
		return err_set(e, ERR_NOTFOUND, "sealed for a session without a key");
	return unseal_message(s->sealers[1], sealed, out, e);
}
