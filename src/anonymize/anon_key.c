/* The key of a rewrite, from a file or from nowhere. */
#include "config.h"

#include "anonymize/anon_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "crypto/kdf.h"

static int
read_all(int fd, uint8_t *p, size_t most, size_t *n)
{
	*n = 0;
	while (*n < most) {
		ssize_t got = read(fd, p + *n, most - *n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		*n += (size_t)got;
	}
	return 0;
}

int
anon_key_load(const char *path, struct anon_key *out, struct err *e)
{
	uint8_t *text = malloc(ANON_KEY_FILE_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	int r = fd >= 0 ? 0 : -errno;

	if (text == NULL)
		r = ERR_NOMEM;
	if (r == 0)
		r = read_all(fd, text, ANON_KEY_FILE_MAX + 1, &n);
	if (fd >= 0)
		(void)close(fd);
	if (r != 0)
		(void)err_set(e, r, "%s: %s", path, err_str(r));
	else if (n < ANON_KEY_FILE_MIN || n > ANON_KEY_FILE_MAX)
		r = err_set(e, ERR_USAGE, "%s: a key is a file of %zu to %zu bytes", path,
			    ANON_KEY_FILE_MIN, ANON_KEY_FILE_MAX);
	if (r == 0 && hash_sha256(slice_of(text, n), out->k) != 0)
		r = err_set(e, ERR_CRYPTO, "%s: %s", path, err_str(ERR_CRYPTO));
	hash_wipe(text, text != NULL ? ANON_KEY_FILE_MAX + 1 : 0);
	free(text);
	return r;
}

int
anon_key_random(struct anon_key *out, struct err *e)
{
	int r = hash_random(out->k, sizeof(out->k));

	return r != 0 ? err_set(e, r, "no random key: %s", err_str(r)) : 0;
}

int
anon_key_derive(const struct anon_key *k, const char *purpose, struct anon_key *out)
{
	return kdf_sp800_108(slice_of(k->k, sizeof(k->k)), slice_of(purpose, strlen(purpose)),
			     (struct slice){0}, out->k, sizeof(out->k));
}

void
anon_key_wipe(struct anon_key *k)
{
	hash_wipe(k, sizeof(*k));
}
