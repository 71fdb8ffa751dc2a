/* The state of shares made in a directory of this machine. */
#include "config.h"

#include "provision/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "provision/work.h"
#include "replay/net.h"

#define CHUNK ((uint32_t)1 << 20)
#define FILETIME_1970 ((uint64_t)116444736000000000)
#define DOSATTRIB_VERSION 5 /* of Samba's librpc/idl/xattr.idl, with two parts: */
#define DOSATTRIB_ATTRIBUTES 0x01
#define DOSATTRIB_CREATED 0x10

struct local {
	struct work w; /* names and lines */
	int root;
	bool many; /* shares: each has a directory */
};

static void
refuse(struct local *l, struct work_item *item, const char *what, int error)
{
	char text[512];

	item->found = WORK_LEFT;
	(void)snprintf(text, sizeof(text), "%s%s%s", what, what[0] != '\0' ? ": " : "",
		       strerror(error));
	work_say(&l->w, PROVISION_REFUSED, item, text);
}

/* ---- paths: opened step by step, so that no link leads out ---- */

static bool
is_name(const char *s, size_t n)
{
	return n > 0 && n <= 255 && memchr(s, '/', n) == NULL && !(n == 1 && s[0] == '.') &&
	       !(n == 2 && s[0] == '.' && s[1] == '.');
}

/* The directory `name` in `dir`, which is closed; made where `make`. Negated errno on failure. */
static int
enter(int dir, const char *name, size_t n, bool make)
{
	char text[256];
	int fd = -1, error = EINVAL;

	if (is_name(name, n)) {
		memcpy(text, name, n);
		text[n] = '\0';
		if (make && mkdirat(dir, text, 0777) != 0 && errno != EEXIST)
			error = errno;
		fd = openat(dir, text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			error = errno;
		else
			error = 0;
	}
	(void)close(dir);
	return error != 0 ? -error : fd;
}

/*
 * The directory that an entry is to lie in, and `*name`, what it is to be called there, "" for the
 * root of a share; borrowed until the next call. Negated errno on failure.
 */
static int
parent_of(struct local *l, const struct state_entry *e, bool make, const char **name)
{
	const char *path = work_live_path(&l->w, e), *share = work_live_share(&l->w, e->share);
	int dir = openat(l->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return -errno;
	if (l->many)
		dir = enter(dir, share, strlen(share), make);
	for (const char *next; dir >= 0 && (next = strchr(path, '\\')) != NULL; path = next + 1)
		dir = enter(dir, path, (size_t)(next - path), make);
	if (dir >= 0 && path[0] != '\0' && !is_name(path, strlen(path))) {
		(void)close(dir);
		return -EINVAL;
	}
	*name = path;
	return dir;
}

/* ---- what a file has ---- */

static void
set_attribute(struct local *l, struct work_item *item, int fd, const char *name, struct slice v)
{
	if (fsetxattr(fd, name, v.p, v.n, 0) != 0)
		refuse(l, item, name, errno);
}

static struct timespec
time_of(uint64_t t)
{
	if (t == 0 || t > INT64_MAX)
		return (struct timespec){.tv_nsec = UTIME_OMIT};
	return (struct timespec){.tv_sec = (time_t)(t / 10000000) -
					   (time_t)(FILETIME_1970 / 10000000),
				 .tv_nsec = (long)(t % 10000000) * 100};
}

static void
put_times(struct local *l, struct work_item *item, int fd)
{
	const struct state_entry *e = item->entry;
	const struct timespec t[2] = {time_of(e->times[STATE_ACCESS]),
				      time_of(e->times[STATE_WRITE])};

	if (futimens(fd, t) != 0)
		refuse(l, item, "times", errno);
}

/* Samba's xattr_DOSATTRIB: an empty text, version twice, which parts there are, and they. */
static int
put_dos_attributes(struct local *l, struct work_item *item, int fd)
{
	const struct state_entry *e = item->entry;
	uint32_t attributes = work_attributes(e);
	struct buf b = {0};
	int r;

	if (attributes == 0 && e->times[STATE_CREATION] == 0)
		return 0;
	buf_le(&b, 2, 0);
	buf_le(&b, 2, DOSATTRIB_VERSION);
	buf_le(&b, 4, DOSATTRIB_VERSION);
	buf_le(&b, 4,
	       (attributes != 0 ? DOSATTRIB_ATTRIBUTES : 0u) |
		       (e->times[STATE_CREATION] != 0 ? DOSATTRIB_CREATED : 0u));
	buf_le(&b, 4, attributes);
	buf_le(&b, 8, e->times[STATE_CREATION]);
	r = b.err;
	if (r == 0)
		set_attribute(l, item, fd, "user.DOSATTRIB", buf_slice(&b));
	buf_free(&b);
	return r;
}

static void
put_eas(struct local *l, struct work_item *item, int fd)
{
	const struct state_entry *e = item->entry;
	char name[sizeof("user.") + 255];

	for (size_t i = 0; i < e->n_eas; i++) {
		(void)snprintf(name, sizeof(name), "user.%.*s", (int)e->eas[i].name.n,
			       (const char *)e->eas[i].name.p);
		set_attribute(l, item, fd, name, e->eas[i].value);
	}
}

/* What streams_xattr calls them; a zero byte stands behind the value. */
static int
put_streams(struct local *l, struct work_item *item, int fd)
{
	const struct state_entry *e = item->entry;
	char name[sizeof("user.DosStream.:$DATA") + 255];
	struct buf b = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < e->n_streams; i++) {
		struct content c = content_of(l->w.state, e, (long)i);
		uint64_t size = state_size(&e->streams[i].data);

		(void)snprintf(name, sizeof(name), "user.DosStream.%s:$DATA", e->streams[i].name);
		if (size > CONTENT_MADE_UP) {
			refuse(l, item, name, E2BIG);
			continue;
		}
		buf_reset(&b);
		buf_zero(&b, (size_t)size + 1);
		if (b.err == 0 && size > 0)
			content_read(&c, 0, b.p, (uint32_t)size);
		r = b.err;
		if (r == 0)
			set_attribute(l, item, fd, name, buf_slice(&b));
	}
	buf_free(&b);
	return r;
}

static void
say_not_done(struct local *l, const struct work_item *item)
{
	if (item->entry->security.n > 0)
		work_say(&l->w, PROVISION_NOT_DONE, item, "owner, group and ACLs");
	if (item->entry->reparse.n > 0)
		work_say(&l->w, PROVISION_NOT_DONE, item, "reparse point");
}

static int
put_parts(struct local *l, struct work_item *item, int fd)
{
	int r;

	put_eas(l, item, fd);
	r = put_streams(l, item, fd);
	if (r == 0)
		r = put_dos_attributes(l, item, fd);
	say_not_done(l, item);
	return r;
}

/* ---- contents ---- */

/* Do the bytes from `off` on differ? If they are to be written, that is done. */
static int
chunk(struct local *l, int fd, const struct content *c, uint64_t off, uint32_t n, bool write)
{
	struct buf *b = &l->w.scratch;
	uint8_t *p;
	ssize_t did;

	buf_reset(b);
	p = buf_reserve(b, (size_t)2 * n);
	if (p == NULL)
		return -ENOMEM;
	content_read(c, off, p, n);
	if (write) {
		did = pwrite(fd, p, n, (off_t)off);
		l->w.result->bytes += did > 0 ? (uint64_t)did : 0;
		return did == (ssize_t)n ? 0 : did < 0 ? -errno : -ENOSPC;
	}
	did = pread(fd, p + n, n, (off_t)off);
	return did != (ssize_t)n || memcmp(p, p + n, n) != 0;
}

/* 0 when all of it is the same, or was written; 1 when something differs; else a negated errno. */
static int
contents(struct local *l, int fd, const struct state_entry *e, bool write)
{
	struct content c = content_of(l->w.state, e, -1);
	uint64_t off = 0;
	uint32_t n;
	int r = 0;

	for (; r == 0 && content_next(&c, &off, CHUNK, &n); off += n)
		r = chunk(l, fd, &c, off, n, write);
	return r;
}

/* Make a file that is there what it is to be. */
static int
match(struct local *l, struct work_item *item, int fd)
{
	const struct state_entry *e = item->entry;
	uint64_t size = state_size(&e->data);
	struct stat st;
	int r;

	if (fstat(fd, &st) != 0)
		return -errno;
	r = st.st_size == (off_t)size ? contents(l, fd, e, false) : 1;
	if (r <= 0) {
		l->w.result->same += r == 0;
		return r;
	}
	work_say(&l->w, PROVISION_CHANGED, item, "contents");
	if (ftruncate(fd, 0) != 0 || ftruncate(fd, (off_t)size) != 0)
		return -errno;
	return contents(l, fd, e, true);
}

/* ---- names ---- */

static int
make_file(struct local *l, struct work_item *item, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666), error,
	    r = 0;

	if (fd >= 0) {
		l->w.result->files++;
		if (ftruncate(fd, (off_t)state_size(&item->entry->data)) != 0)
			error = -errno;
		else
			error = contents(l, fd, item->entry, true);
	} else {
		fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		error = fd >= 0 ? match(l, item, fd) : -errno;
	}
	if (error < 0)
		refuse(l, item, "", -error);
	if (error == 0 && fd >= 0) {
		r = put_parts(l, item, fd);
		put_times(l, item, fd);
	}
	if (fd >= 0)
		(void)close(fd);
	return r;
}

static int
make_directory(struct local *l, struct work_item *item, int dir, const char *name)
{
	bool made = mkdirat(dir, name, 0777) == 0;
	int fd = made || errno == EEXIST
			 ? openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
			 : -1,
	    r;

	if (fd < 0) {
		refuse(l, item, "", errno);
		return 0;
	}
	l->w.result->directories += made;
	l->w.result->same += !made;
	r = put_parts(l, item, fd);
	(void)close(fd);
	return r;
}

static int
remove_name(struct local *l, struct work_item *item, int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == 0 ||
	    (errno == EISDIR && unlinkat(dir, name, AT_REMOVEDIR) == 0))
		work_say(&l->w, PROVISION_REMOVED, item, "");
	else if (errno != ENOENT && errno != ENOTDIR)
		refuse(l, item, "", errno);
	return 0;
}

static int
set_directory_times(struct local *l, struct work_item *item, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return 0; /* said when it could not be made */
	put_times(l, item, fd);
	(void)close(fd);
	return 0;
}

/* One entry, by its directory and name there. */
static int
at_parent(struct local *l, uint32_t i, bool make,
	  int (*what)(struct local *, struct work_item *, int, const char *))
{
	struct work_item *item = &l->w.items[i];
	const char *name = "";
	char *own; /* a name that lasts when others are spoken of */
	int dir = parent_of(l, item->entry, make, &name), r = 0;

	if (dir < 0 && make && item->found != WORK_LEFT)
		refuse(l, item, "", -dir);
	if (dir < 0)
		return l->w.err;
	own = strdup(name);
	if (own == NULL)
		r = ERR_NOMEM;
	else if (own[0] != '\0')
		r = what(l, item, dir, own);
	free(own);
	(void)close(dir);
	return r != 0 ? r : l->w.err;
}

static int
make_all(struct local *l)
{
	int r = 0;

	for (uint32_t i = (uint32_t)l->w.n; r == 0 && i > 0; i--)
		if (l->w.items[i - 1].entry->kind == STATE_ABSENT)
			r = at_parent(l, i - 1, false, remove_name);
	for (uint32_t i = 0; r == 0 && i < l->w.n; i++)
		if (l->w.items[i].entry->kind == STATE_DIRECTORY)
			r = at_parent(l, i, true, make_directory);
		else if (l->w.items[i].entry->kind == STATE_FILE)
			r = at_parent(l, i, true, make_file);
	for (uint32_t i = (uint32_t)l->w.n; r == 0 && i > 0; i--)
		if (l->w.items[i - 1].entry->kind == STATE_DIRECTORY)
			r = at_parent(l, i - 1, false, set_directory_times);
	return r;
}

int
provision_local(const struct state *s, const char *dir, const struct provision_options *opt,
		struct provision_result *result, struct err *e)
{
	struct local l = {.w = {.state = s, .opt = opt, .result = result}};
	uint64_t begin = net_now();
	int r;

	*result = (struct provision_result){0};
	l.root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l.root < 0)
		return err_set(e, -errno, "%s: %s", dir, strerror(errno));
	r = work_list(&l.w);
	l.many = l.w.n_shares > 1;
	if (r == 0)
		r = make_all(&l);
	work_end(&l.w);
	(void)close(l.root);
	result->duration = net_now() - begin;
	return r != 0 ? err_set(e, r, "%s", err_str(r)) : 0;
}
