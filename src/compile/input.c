/* The ring of chunks of an input, and the thread behind it, which reads, hashes and unpacks. */
#include "config.h"

#include "compile/input.h"

#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 131072u /* small enough that the hash and the parser find it in the cache */
#define CHUNKS 8      /* in flight; a merge of 32 files then still takes only 32 MiB */
#define STREAM 16384u /* stdio's buffer: what is larger goes past it in one copy */

enum packing { PACK_NONE, PACK_GZIP, PACK_ZSTD };

struct chunk {
	uint8_t *p; /* owned; CHUNK bytes */
	size_t n;
};

struct input {
	const char *path;
	int fd;
	bool close_fd, regular;
	uint64_t size; /* 0: not known */

	pthread_t thread;
	pthread_mutex_t lock; /* guards the next block */
	pthread_cond_t changed;
	uint64_t produced, parsed; /* chunks so far */
	bool done;                 /* the reader has given its last chunk */
	bool unwanted;             /* the parser wants no more */
	uint64_t read;             /* bytes on disk */
	int error;
	const char *why; /* of the error, where it has no errno */

	struct chunk ring[CHUNKS];
	size_t pos; /* the parser's, in its chunk */

	/* The reader's own. */
	XXH3_state_t *hash;
	enum packing packing;
	uint8_t *packed; /* owned; CHUNK bytes as on disk, where packed */
	size_t packed_n, packed_pos;
	bool packed_end;
	bool member_open; /* inside a gzip member or zstd frame */
	z_stream gz;
	ZSTD_DStream *zstd;
};

static int
fail(struct input *in, int code, const char *why)
{
	(void)pthread_mutex_lock(&in->lock);
	if (in->error == 0) {
		in->error = code;
		in->why = why;
	}
	(void)pthread_mutex_unlock(&in->lock);
	return code;
}

/* Fill `to` from the file, in full unless it ends, and hash what came. Returns how much; 0 at the
 * end or on failure. */
static size_t
disk_read(struct input *in, uint8_t *to, size_t n)
{
	size_t have = 0;
	ssize_t got;

	while (have < n) {
		got = read(in->fd, to + have, n - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			(void)fail(in, -errno, NULL);
		if (got <= 0)
			break;
		have += (size_t)got;
	}
	(void)XXH3_128bits_update(in->hash, to, have);
	(void)pthread_mutex_lock(&in->lock);
	in->read += have;
	(void)pthread_mutex_unlock(&in->lock);
	return have;
}

static void
packed_read(struct input *in)
{
	in->packed_pos = 0;
	in->packed_n = disk_read(in, in->packed, CHUNK);
	in->packed_end = in->packed_n < CHUNK;
}

/* Have packed bytes at hand; false at the end of the file. */
static bool
packed_fill(struct input *in)
{
	if (in->packed_pos < in->packed_n)
		return true;
	if (!in->packed_end)
		packed_read(in);
	return in->packed_pos < in->packed_n;
}

/* One step of zlib into `to`. A file may hold several members (RFC 1952 2.2). Returns bytes made,
 * or an error. */
static ssize_t
gzip_step(struct input *in, uint8_t *to, size_t n)
{
	int r;

	if (!in->member_open && inflateReset(&in->gz) != Z_OK)
		return fail(in, ERR_MALFORMED, "gzip: cannot start a member");
	in->gz.next_in = in->packed + in->packed_pos;
	in->gz.avail_in = (uInt)(in->packed_n - in->packed_pos);
	in->gz.next_out = to;
	in->gz.avail_out = (uInt)n;
	r = inflate(&in->gz, Z_NO_FLUSH);
	in->packed_pos = in->packed_n - in->gz.avail_in;
	in->member_open = r != Z_STREAM_END;
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		(void)fail(in, ERR_MALFORMED, "damaged gzip data");
	return (ssize_t)(n - in->gz.avail_out);
}

/* One step of zstd into `to`. */
static ssize_t
zstd_step(struct input *in, uint8_t *to, size_t n)
{
	ZSTD_inBuffer from = {.src = in->packed, .size = in->packed_n, .pos = in->packed_pos};
	ZSTD_outBuffer out = {.dst = to, .size = n};
	size_t r = ZSTD_decompressStream(in->zstd, &out, &from);

	in->packed_pos = from.pos;
	in->member_open = r != 0;
	if (ZSTD_isError(r))
		(void)fail(in, ERR_MALFORMED, "damaged zstd data");
	return (ssize_t)out.pos;
}

/*
 * Fill a chunk with unpacked bytes. An empty one is the end. Both libraries leave input unread
 * while output waits (zlib the trailer, zstd a byte that it holds back), so no output is left
 * behind when the input is used up.
 */
static void
unpack(struct input *in, struct chunk *c)
{
	ssize_t got;

	while (c->n < CHUNK && in->error == 0) {
		if (!packed_fill(in)) {
			if (in->member_open && in->error == 0)
				(void)fail(in, ERR_TRUNCATED, "compressed data end early");
			return;
		}
		got = in->packing == PACK_GZIP ? gzip_step(in, c->p + c->n, CHUNK - c->n)
					       : zstd_step(in, c->p + c->n, CHUNK - c->n);
		if (got > 0)
			c->n += (size_t)got;
	}
}

/* Tell the packing from the first bytes, which are left in in->packed. */
static void
packing_find(struct input *in)
{
	const uint8_t *p = in->packed;

	in->packed_n = disk_read(in, in->packed, CHUNK);
	in->packed_end = in->packed_n < CHUNK;
	if (in->packed_n >= 2 && p[0] == 0x1F && p[1] == 0x8B) {
		in->packing = PACK_GZIP; /* RFC 1952 2.3.1 */
		if (inflateInit2(&in->gz, 15 + 16) != Z_OK)
			(void)fail(in, ERR_NOMEM, "out of memory");
	} else if (in->packed_n >= 4 && wire_le(p, 4) == 0xFD2FB528) {
		in->packing = PACK_ZSTD; /* RFC 8878 3.1.1 */
		if ((in->zstd = ZSTD_createDStream()) == NULL)
			(void)fail(in, ERR_NOMEM, "out of memory");
	}
}

static void
chunk_fill(struct input *in, struct chunk *c)
{
	c->n = 0;
	if (in->packing != PACK_NONE) {
		unpack(in, c);
	} else if (in->packed_n > 0) { /* the first bytes of a file that is not packed */
		uint8_t *p = c->p;

		*c = (struct chunk){.p = in->packed, .n = in->packed_n};
		in->packed = p;
		in->packed_n = 0;
	} else if (!in->packed_end) {
		c->n = disk_read(in, c->p, CHUNK);
		in->packed_end = c->n < CHUNK;
	}
}

/* Wait for a free chunk. NULL when the parser wants no more. */
static struct chunk *
chunk_wait(struct input *in)
{
	struct chunk *c = NULL;

	(void)pthread_mutex_lock(&in->lock);
	/* Once the ring is full, for half of it: a wake-up for each chunk would cost more. */
	if (in->produced - in->parsed == CHUNKS)
		while (in->produced - in->parsed > CHUNKS / 2 && !in->unwanted)
			(void)pthread_cond_wait(&in->changed, &in->lock);
	if (!in->unwanted)
		c = &in->ring[in->produced % CHUNKS];
	(void)pthread_mutex_unlock(&in->lock);
	return c;
}

/* The reader gives a chunk on; an empty one is the end. */
static void
chunk_give(struct input *in, const struct chunk *c)
{
	(void)pthread_mutex_lock(&in->lock);
	in->done = c == NULL || c->n == 0;
	in->produced += !in->done;
	(void)pthread_cond_broadcast(&in->changed);
	(void)pthread_mutex_unlock(&in->lock);
}

static void *
reader(void *arg)
{
	struct input *in = arg;
	struct chunk *c;

	packing_find(in);
	while (!in->done && (c = chunk_wait(in)) != NULL) {
		chunk_fill(in, c);
		chunk_give(in, c);
	}
	chunk_give(in, NULL);
	/* The digest is of the whole file, however the parser ended, but not of more of a pipe. */
	while (in->regular && !in->packed_end)
		packed_read(in);
	return NULL;
}

static void
input_free(struct input *in)
{
	if (in->close_fd)
		(void)close(in->fd);
	for (size_t i = 0; i < CHUNKS; i++)
		free(in->ring[i].p);
	free(in->packed);
	if (in->packing == PACK_GZIP)
		(void)inflateEnd(&in->gz);
	(void)ZSTD_freeDStream(in->zstd);
	(void)XXH3_freeState(in->hash);
	(void)pthread_cond_destroy(&in->changed);
	(void)pthread_mutex_destroy(&in->lock);
	free(in);
}

/* Open the file and allocate what the thread needs. */
static int
input_prepare(struct input *in)
{
	struct stat st;

	in->close_fd = strcmp(in->path, "-") != 0;
	in->fd = in->close_fd ? open(in->path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (in->fd < 0) {
		in->close_fd = false;
		return -errno;
	}
	if (fstat(in->fd, &st) != 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	in->regular = S_ISREG(st.st_mode);
	in->size = in->regular ? (uint64_t)st.st_size : 0;
	if ((in->packed = malloc(CHUNK)) == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < CHUNKS; i++)
		if ((in->ring[i].p = malloc(CHUNK)) == NULL)
			return ERR_NOMEM;
	if ((in->hash = XXH3_createState()) == NULL || XXH3_128bits_reset(in->hash) != XXH_OK)
		return ERR_NOMEM;
	return -pthread_create(&in->thread, NULL, reader, in);
}

int
input_open(struct input **out, const char *path, struct err *e)
{
	struct input *in = calloc(1, sizeof(*in));
	int r;

	if (in == NULL)
		return err_set(e, ERR_NOMEM, "%s: out of memory", path);
	in->path = path;
	(void)pthread_mutex_init(&in->lock, NULL);
	(void)pthread_cond_init(&in->changed, NULL);
	if ((r = input_prepare(in)) != 0) {
		input_free(in);
		return err_set(e, r, "%s: %s", path, err_str(r));
	}
	*out = in;
	return 0;
}

/* The parser's chunk with unread bytes in it; NULL at the end. */
static struct chunk *
chunk_ready(struct input *in)
{
	struct chunk *c = &in->ring[in->parsed % CHUNKS];

	if (in->pos > 0 && in->pos < c->n)
		return c;
	(void)pthread_mutex_lock(&in->lock);
	if (in->pos > 0) { /* the chunk is used up */
		in->parsed++;
		in->pos = 0;
		if (in->produced - in->parsed <= CHUNKS / 2)
			(void)pthread_cond_broadcast(&in->changed);
	}
	while (in->parsed == in->produced && !in->done)
		(void)pthread_cond_wait(&in->changed, &in->lock);
	c = in->parsed < in->produced ? &in->ring[in->parsed % CHUNKS] : NULL;
	(void)pthread_mutex_unlock(&in->lock);
	return c;
}

struct slice
input_peek(struct input *in, size_t n)
{
	struct chunk *c = chunk_ready(in);

	if (c == NULL)
		return (struct slice){0};
	return slice_of(c->p + in->pos, n < c->n - in->pos ? n : c->n - in->pos);
}

/* Consume up to `n` bytes that are ready, copying them unless `to` is NULL. 0 at the end. */
static size_t
consume(struct input *in, void *to, size_t n)
{
	struct slice s = input_peek(in, n);

	if (to != NULL && s.n > 0)
		memcpy(to, s.p, s.n);
	in->pos += s.n;
	return s.n;
}

size_t
input_read(struct input *in, void *to, size_t n)
{
	size_t have = 0, got;

	while (have < n && (got = consume(in, (uint8_t *)to + have, n - have)) > 0)
		have += got;
	return have;
}

uint64_t
input_skip(struct input *in, uint64_t n)
{
	uint64_t have = 0;
	size_t got;

	while (have < n &&
	       (got = consume(in, NULL, n - have < CHUNK ? (size_t)(n - have) : CHUNK)) > 0)
		have += got;
	return have;
}

static ssize_t
stream_read(void *cookie, char *to, size_t n)
{
	return (ssize_t)consume(cookie, to, n);
}

FILE *
input_stream(struct input *in)
{
	FILE *f = fopencookie(in, "rb", (cookie_io_functions_t){.read = stream_read});

	if (f == NULL)
		return NULL;
	(void)setvbuf(f, NULL, _IOFBF, STREAM);
	(void)__fsetlocking(f, FSETLOCKING_BYCALLER); /* one thread uses it: no lock per packet */
	return f;
}

int
input_failure(struct input *in, struct err *e)
{
	const char *why;
	int r;

	(void)pthread_mutex_lock(&in->lock);
	r = in->error;
	why = in->why;
	(void)pthread_mutex_unlock(&in->lock);
	return r == 0 ? 0 : err_set(e, r, "%s: %s", in->path, why != NULL ? why : err_str(r));
}

void
input_progress(struct input *in, uint64_t *done, uint64_t *total)
{
	(void)pthread_mutex_lock(&in->lock);
	*done = in->read;
	(void)pthread_mutex_unlock(&in->lock);
	*total = in->size;
}

void
input_close(struct input *in, struct cap_input *to)
{
	XXH128_canonical_t digest;

	if (in == NULL)
		return;
	(void)pthread_mutex_lock(&in->lock);
	in->unwanted = true;
	(void)pthread_cond_broadcast(&in->changed);
	(void)pthread_mutex_unlock(&in->lock);
	(void)pthread_join(in->thread, NULL);
	to->bytes = in->read;
	XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(in->hash));
	memcpy(to->xxh128, digest.digest, sizeof(to->xxh128));
	input_free(in);
}
