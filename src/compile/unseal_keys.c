/* Files of session keys in Wireshark's smb2_seskey_list form. */
#include "config.h"

#include "compile/unseal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "crypto/hash.h"

/* The next comma-separated field in hex, in quotes or not; *n bytes. Returns 0 or ERR_MALFORMED. */
static int
hex_field(const char **p, uint8_t *out, size_t max, size_t *n)
{
	bool quoted;

	*p += strspn(*p, " \t");
	quoted = **p == '"';
	*p += quoted;
	for (*n = 0; hex_digit((*p)[0]) >= 0; *p += 2) {
		if (hex_digit((*p)[1]) < 0 || *n == max)
			return ERR_MALFORMED;
		out[(*n)++] = (uint8_t)(hex_digit((*p)[0]) << 4 | hex_digit((*p)[1]));
	}
	if (quoted && *(*p)++ != '"')
		return ERR_MALFORMED;
	*p += strspn(*p, " \t");
	if (**p == ',')
		(*p)++;
	else if (**p != '\0')
		return ERR_MALFORMED;
	return 0;
}

static bool
is_key_len(size_t n)
{
	return n == 0 || n == 16 || n == 32;
}

static int
parse_line(const char *line, struct unseal_key *k)
{
	uint8_t id[8];
	size_t n;
	int r = hex_field(&line, id, sizeof(id), &n);

	if (r != 0 || n != sizeof(id))
		return ERR_MALFORMED;
	k->session_id = wire_le(id, 8);
	r = hex_field(&line, k->session, sizeof(k->session), &k->session_len);
	if (r == 0)
		r = hex_field(&line, k->s2c, sizeof(k->s2c), &k->s2c_len);
	if (r == 0)
		r = hex_field(&line, k->c2s, sizeof(k->c2s), &k->c2s_len);
	if (r != 0 || *line != '\0' || !is_key_len(k->session_len) || !is_key_len(k->s2c_len) ||
	    !is_key_len(k->c2s_len))
		return ERR_MALFORMED;
	return k->session_len + k->s2c_len + k->c2s_len > 0 ? 0 : ERR_MALFORMED;
}

static int
append_key(struct unseal_key **keys, size_t *n, const struct unseal_key *k)
{
	struct unseal_key *more = realloc(*keys, (*n + 1) * sizeof(*more));

	if (more == NULL)
		return ERR_NOMEM;
	*keys = more;
	more[(*n)++] = *k;
	return 0;
}

int
unseal_read_keys(const char *path, struct unseal_key **keys, size_t *n, struct err *e)
{
	FILE *f = fopen(path, "r");
	char line[512];
	int r = 0;

	if (f == NULL)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	for (int number = 1; r == 0 && fgets(line, sizeof(line), f) != NULL; number++) {
		struct unseal_key k = {0};

		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		r = parse_line(line, &k);
		if (r == 0)
			r = append_key(keys, n, &k);
		hash_wipe(&k, sizeof(k));
		if (r != 0)
			(void)err_set(e, r,
				      "%s:%d: not SESSION_ID,SESSION_KEY,S2C_KEY,C2S_KEY in hex",
				      path, number);
	}
	hash_wipe(line, sizeof(line));
	(void)fclose(f);
	return r;
}
