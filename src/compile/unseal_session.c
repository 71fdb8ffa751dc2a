/* The sessions that unseal.c follows, and their keys. */
#include "config.h"

#include "base/list.h"
#include "compile/unseal_session.h"

#include <stdio.h>
#include <stdlib.h>

#include "crypto/hash.h"
#include "ir/layers.h"

static bool
is_session(const struct unseal_entry *s, const struct cap_addr *server, uint64_t session_id)
{
	return s->info.session_id == session_id && !s->replaced && s->server.port == server->port &&
	       s->server.family == server->family &&
	       memcmp(s->server.ip, server->ip, sizeof(server->ip)) == 0;
}

static struct unseal_entry *
find(struct unseal_table *t, const struct cap_addr *server, uint64_t session_id)
{
	if (t->last < t->n && is_session(t->entries[t->last], server, session_id))
		return t->entries[t->last];
	for (size_t i = t->n; i > 0; i--)
		if (is_session(t->entries[i - 1], server, session_id)) {
			t->last = i - 1;
			return t->entries[i - 1];
		}
	return NULL;
}

int
unseal_table_get(struct unseal_table *t, const struct cap_addr *server, uint64_t session_id,
		 struct unseal_entry **out)
{
	struct unseal_entry *s = find(t, server, session_id);

	if (s == NULL && list_room(&t->entries, t->n, &t->cap, sizeof(struct unseal_entry *)) != 0)
		return ERR_NOMEM;
	if (s == NULL) {
		s = calloc(1, sizeof(*s));
		if (s == NULL)
			return ERR_NOMEM;
		s->info.session_id = session_id;
		s->server = *server;
		(void)snprintf(s->info.why, sizeof(s->info.why), "its logon is not in the capture");
		t->entries[t->n++] = s;
	}
	*out = s;
	return 0;
}

void
unseal_table_renew(struct unseal_table *t, const struct cap_addr *server, uint64_t session_id)
{
	struct unseal_entry *s = find(t, server, session_id);

	if (s != NULL)
		s->replaced = true;
}

const struct unseal_session *
unseal_table_at(const struct unseal_table *t, size_t i)
{
	return i < t->n ? &t->entries[i]->info : NULL;
}

void
unseal_table_free(struct unseal_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct unseal_entry *s = t->entries[i];

		sealer_free(s->sealers[0]);
		sealer_free(s->sealers[1]);
		for (size_t k = 0; k < s->n_channels; k++)
			signer_free(s->channels[k].signer);
		free(s->channels);
		hash_wipe(s, sizeof(*s));
		free(s);
	}
	free(t->entries);
	*t = (struct unseal_table){0};
}

static const struct unseal_key *
given_key(const struct unseal_secrets *secrets, uint64_t session_id)
{
	for (size_t i = 0; i < secrets->n_keys; i++)
		if (secrets->keys[i].session_id == session_id)
			return &secrets->keys[i];
	return NULL;
}

static int
add_signer(struct unseal_entry *s, const struct unseal_channel *ch, struct slice key)
{
	struct unseal_signer *more, new = {.conn = ch->conn};
	uint8_t signing[16];
	int r;

	for (size_t i = 0; i < s->n_channels; i++)
		if (s->channels[i].conn == ch->conn)
			return 0; /* a reauthentication keeps the key */
	r = kdf_signing_key(ch->wire.dialect, slice_sub(key, 0, key.n < 16 ? key.n : 16),
			    ch->preauth, signing);
	if (r == 0)
		r = signer_new(ch->wire.alg, signing, &new.signer);
	hash_wipe(signing, sizeof(signing));
	if (r != 0)
		return r;
	more = realloc(s->channels, (s->n_channels + 1) * sizeof(*more));
	if (more == NULL) {
		signer_free(new.signer);
		return ERR_NOMEM;
	}
	s->channels = more;
	s->channels[s->n_channels++] = new;
	return 0;
}

static int
add_sealers(struct unseal_entry *s, const struct seal_keys *keys, uint16_t cipher)
{
	int r = sealer_new((enum seal_cipher)cipher, slice_of(keys->c2s, keys->n), &s->sealers[0]);

	if (r == 0)
		r = sealer_new((enum seal_cipher)cipher, slice_of(keys->s2c, keys->n),
			       &s->sealers[1]);
	if (r != 0)
		return r;
	s->info.cipher = cipher;
	s->info.have_cipher_keys = true;
	s->info.cipher_key_len = keys->n;
	memcpy(s->info.c2s, keys->c2s, keys->n);
	memcpy(s->info.s2c, keys->s2c, keys->n);
	return 0;
}

int
unseal_add_channel(struct unseal_entry *s, const struct unseal_secrets *secrets,
		   const struct unseal_channel *ch, const char *why)
{
	const struct unseal_key *given = given_key(secrets, s->info.session_id);
	struct slice key = slice_of(ch->opened.key, ch->opened.key_len);
	struct seal_keys keys;
	int r;

	(void)snprintf(s->info.user, sizeof(s->info.user), "%s", ch->opened.user);
	(void)snprintf(s->info.domain, sizeof(s->info.domain), "%s", ch->opened.domain);
	s->info.dialect = ch->wire.dialect;
	if (why != NULL && given != NULL && given->session_len > 0)
		key = slice_of(given->session, given->session_len);
	else if (why != NULL) {
		(void)snprintf(s->info.why, sizeof(s->info.why), "%s", why);
		return 0;
	}
	s->info.why[0] = '\0';
	if (!s->info.have_key) {
		s->info.have_key = true;
		s->info.key_len = key.n;
		memcpy(s->info.key, key.p, key.n);
	}
	r = ch->wire.dialect != 0 ? add_signer(s, ch, key) : 0;
	if (r != 0 || s->sealers[0] != NULL || ch->wire.cipher == 0)
		return r;
	r = kdf_cipher_keys(ch->wire.dialect, (enum seal_cipher)ch->wire.cipher, key, ch->preauth,
			    &keys);
	if (r == 0)
		r = add_sealers(s, &keys, ch->wire.cipher);
	hash_wipe(&keys, sizeof(keys));
	return r == ERR_UNSUPPORTED ? 0 : r;
}

struct signer *
unseal_signer(const struct unseal_entry *s, uint32_t conn)
{
	for (size_t i = 0; i < s->n_channels; i++)
		if (s->channels[i].conn == conn)
			return s->channels[i].signer;
	return s->n_channels > 0 ? s->channels[0].signer : NULL;
}

/* Cipher keys that were given: with the cipher that was negotiated, else with each that takes a key
 * of that length, until one fits. */
static int
open_given(struct unseal_entry *s, const struct unseal_key *given, uint16_t cipher,
	   bool from_server, struct slice sealed, struct buf *out)
{
	struct seal_keys keys = {.n = given->c2s_len};
	size_t before = out->n;
	int r = ERR_NOTFOUND;

	memcpy(keys.c2s, given->c2s, sizeof(keys.c2s));
	memcpy(keys.s2c, given->s2c, sizeof(keys.s2c));
	for (uint16_t c = SEAL_AES_128_CCM; r != 0 && c <= SEAL_AES_256_GCM; c++) {
		if (seal_key_len((enum seal_cipher)c) != keys.n || (cipher != 0 && c != cipher))
			continue;
		r = add_sealers(s, &keys, c);
		out->n = before;
		if (r == 0)
			r = unseal_message(s->sealers[from_server], sealed, out, NULL);
		if (r == 0)
			break;
		sealer_free(s->sealers[0]);
		sealer_free(s->sealers[1]);
		s->sealers[0] = s->sealers[1] = NULL;
		s->info.have_cipher_keys = false;
	}
	hash_wipe(&keys, sizeof(keys));
	if (r == 0)
		s->info.why[0] = '\0';
	return r;
}

int
unseal_open(struct unseal_entry *s, const struct unseal_secrets *secrets,
	    const struct negotiated *wire, bool from_server, struct slice sealed, struct buf *out)
{
	const struct unseal_key *given;
	int r;

	if (s->sealers[from_server] == NULL) {
		given = given_key(secrets, s->info.session_id);
		if (given == NULL || given->c2s_len == 0 || given->c2s_len != given->s2c_len)
			return ERR_NOTFOUND;
		r = open_given(s, given, wire->cipher, from_server, sealed, out);
	} else {
		r = unseal_message(s->sealers[from_server], sealed, out, NULL);
	}
	if (r == ERR_VERIFY && s->info.why[0] == '\0')
		(void)snprintf(s->info.why, sizeof(s->info.why),
			       "the key does not open it, or the message was damaged");
	return r;
}
