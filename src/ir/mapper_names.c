/* Names as texts: what stands for paths, UNC paths and the targets of symbolic links. */
#include "config.h"

#include <strings.h>

#include "base/utf16.h"
#include "ir/mapper_int.h"

#define MAX_PARTS 256 /* of a path in the target of a symbolic link */

bool
mapper_text(struct slice s, struct buf *out)
{
	size_t before = out->n;

	utf16_to_utf8(s, out);
	if (out->err != 0 || (out->n > before && memchr(out->p + before, 0, out->n - before)))
		return false;
	buf_zero(out, 1);
	return out->err == 0;
}

void
mapper_see(struct mapper *m, enum mapper_kind kind, const char *share, const char *recorded,
	   const char *live)
{
	if (m->opt.see != NULL)
		m->opt.see(m->opt.ctx, &(struct mapper_value){kind, share, recorded, live});
}

static int
map_recorded(const struct mapper *m, const char *share, const char *path, struct buf *out)
{
	return m->opt.map != NULL ? map_path(m->opt.map, share, path, out) : 0;
}

/* The clone's name is what stands in the map's place of the recorded one. */
static int
map_cloned(const struct mapper *m, const char *share, const char *path, struct buf *out)
{
	struct buf fresh = {0};
	int r = clone_path(m->opt.clone, share, path, &fresh);

	buf_zero(&fresh, 1);
	if (r >= 0 && fresh.err != 0)
		r = fresh.err;
	if (r == 1 && map_recorded(m, share, (char *)fresh.p, out) == 0)
		buf_add(out, fresh.p, fresh.n - 1);
	else if (r == 0)
		r = map_recorded(m, share, path, out);
	buf_free(&fresh);
	return r;
}

int
mapper_map_path(struct mapper *m, const char *share, const char *path, struct buf *out)
{
	int r = m->opt.clone != NULL ? map_cloned(m, share, path, out)
				     : map_recorded(m, share, path, out);

	if (r == 1)
		buf_zero(out, 1);
	return r == 1 && out->err != 0 ? out->err : r;
}

/* "dir\name"; the root's name is empty. */
static void
join(struct buf *out, const char *dir, const char *name)
{
	buf_printf(out, "%s%s%s", dir, dir[0] != '\0' ? "\\" : "", name);
	buf_zero(out, 1);
}

int
mapper_map_child(struct mapper *m, const char *share, const char *dir, const char *name,
		 struct buf *out)
{
	struct buf full = {0}, live = {0}, live_dir = {0};
	int r = 0, d;

	join(&full, dir, name);
	if (full.err == 0)
		r = mapper_map_path(m, share, (char *)full.p, &live);
	d = r == 1 ? mapper_map_path(m, share, dir, &live_dir) : 0;
	if (d == 0)
		buf_add(&live_dir, dir, strlen(dir) + 1);
	if (r == 1 && live_dir.err == 0) {
		size_t n = live_dir.n - 1, skip = n > 0 ? n + 1 : 0;

		r = live.n > skip && strncasecmp((char *)live.p, (char *)live_dir.p, n) == 0 &&
		    (n == 0 || live.p[n] == '\\');
		if (r == 1)
			buf_add(out, live.p + skip, live.n - skip);
	}
	if (full.err != 0 || live_dir.err != 0 || out->err != 0 || d < 0)
		r = ERR_NOMEM;
	buf_free(&full);
	buf_free(&live);
	buf_free(&live_dir);
	return r;
}

/* Do recorded UNC paths name that server? */
static bool
is_recorded_host(const struct mapper *m, const char *host)
{
	size_t n = strlen(host);

	for (size_t i = 0; i < m->ir->meta.n_shares; i++) {
		const char *s = m->ir->meta.shares[i];

		while (*s == '\\')
			s++;
		if (strncasecmp(s, host, n) == 0 && (s[n] == '\\' || s[n] == '\0'))
			return true;
	}
	return false;
}

static const char *
live_host(struct mapper *m, const char *host, bool always)
{
	const char *live = m->opt.map != NULL ? map_server(m->opt.map, host) : NULL;

	if (live == NULL && (always || is_recorded_host(m, host)))
		live = m->opt.server;
	mapper_see(m, MAPPER_SERVER, NULL, host, live != NULL ? live : host);
	return live != NULL ? live : host;
}

static const char *
live_share(struct mapper *m, const char *share)
{
	const char *live = m->opt.map != NULL ? map_share(m->opt.map, share) : NULL;

	/* That share is a server's own, never a customer's. */
	if (live == NULL && m->opt.share[0] != '\0' && strcasecmp(share, "IPC$") != 0)
		live = m->opt.share;
	mapper_see(m, MAPPER_SHARE, NULL, share, live != NULL ? live : share);
	return live != NULL ? live : share;
}

/* Cut a text in two at its first backslash; the rest, or NULL. */
static char *
cut(char *text)
{
	char *slash = strchr(text, '\\');

	if (slash == NULL)
		return NULL;
	*slash = '\0';
	return slash + 1;
}

/* `always`: whatever the host's name, the target is meant. */
static int
map_unc(struct mapper *m, const char *unc, bool always, struct buf *out)
{
	struct buf copy = {0};
	char *share, *path;
	size_t at;
	int r = 1;

	buf_add(&copy, unc, strlen(unc) + 1);
	if (copy.err != 0)
		return copy.err;
	share = cut((char *)copy.p);
	path = share != NULL ? cut(share) : NULL;
	buf_printf(out, "%s", live_host(m, (char *)copy.p, always));
	if (share != NULL)
		buf_printf(out, "\\%s", live_share(m, share));
	if (path != NULL) {
		buf_printf(out, "\\");
		at = out->n;
		r = mapper_map_path(m, share, path, out);
		mapper_see(m, MAPPER_PATH, share, path, r == 1 ? (char *)out->p + at : path);
		if (r == 0)
			buf_printf(out, "%s", path);
	}
	if (path == NULL || r == 0)
		buf_zero(out, 1);
	buf_free(&copy);
	return r < 0 || out->err != 0 ? ERR_NOMEM : 1;
}

int
mapper_map_unc(struct mapper *m, const char *unc, struct buf *out)
{
	return map_unc(m, unc, false, out);
}

int
mapper_unc(struct mapper *m, struct slice host_share, struct buf *out)
{
	struct buf text = {0}, live = {0};
	int r = 0;

	if (!mapper_text(host_share, &text))
		buf_add(out, host_share.p, host_share.n);
	else
		r = map_unc(m, (char *)text.p, true, &live);
	if (r == 1)
		r = utf16_from_utf8((char *)live.p, out);
	if (text.err != 0)
		r = text.err;
	buf_free(&text);
	buf_free(&live);
	return r != 0 ? r : out->err;
}

int
mapper_path(struct mapper *m, uint32_t tree, struct slice path, struct buf *out)
{
	struct buf text = {0}, live = {0};
	int r = 0;

	if (m->names && mapper_text(path, &text))
		r = mapper_map_path(m, mapper_share_of(m, tree), (char *)text.p, &live);
	if (r == 1)
		r = utf16_from_utf8((char *)live.p, out);
	else if (r == 0)
		buf_add(out, path.p, path.n);
	if (text.err != 0)
		r = text.err;
	buf_free(&text);
	buf_free(&live);
	return r != 0 ? r : out->err;
}

/* The parts of a path, "." and ".." resolved. */
struct parts {
	struct slice part[MAX_PARTS];
	size_t n;
};

/* False where it leads above the root, or has too many. */
static bool
add_parts(struct parts *p, const char *path)
{
	for (const char *s = path;; s++) {
		size_t n = strcspn(s, "\\/");

		if (n == 2 && memcmp(s, "..", 2) == 0) {
			if (p->n-- == 0)
				return false;
		} else if (n > 0 && !(n == 1 && *s == '.')) {
			if (p->n == MAX_PARTS)
				return false;
			p->part[p->n++] = slice_of(s, n);
		}
		s += n;
		if (*s == '\0')
			return true;
	}
}

static void
put_parts(const struct parts *p, size_t from, struct buf *out)
{
	for (size_t i = from; i < p->n; i++) {
		buf_printf(out, "%s", i > from ? "\\" : "");
		buf_add(out, p->part[i].p, p->part[i].n);
	}
	buf_zero(out, 1);
}

/* The way from the directory `from` to `to`, both from the root. */
static bool
put_way(const char *from, const char *to, struct buf *out)
{
	struct parts a = {.n = 0}, b = {.n = 0};
	size_t same = 0;

	if (!add_parts(&a, from) || !add_parts(&b, to))
		return false;
	while (same < a.n && same + 1 < b.n && slice_eq(a.part[same], b.part[same]))
		same++;
	for (size_t i = same; i < a.n; i++)
		buf_printf(out, "..\\");
	put_parts(&b, same, out);
	return true;
}

/* Make a path that of the directory that it is in. */
static void
to_directory(struct buf *path)
{
	char *slash = strrchr((char *)path->p, '\\');

	*(slash != NULL ? slash : (char *)path->p) = '\0';
}

/* A link's path becomes that of its directory; in `live` the same as the live server has it. */
static int
map_directory(struct mapper *m, const char *share, struct buf *link, struct buf *live)
{
	int r = mapper_map_path(m, share, (char *)link->p, live);

	if (r == 0)
		buf_add(live, link->p, link->n);
	if (live->err != 0)
		return live->err;
	to_directory(link);
	to_directory(live);
	return r;
}

/* A relative target: where it leads, from the root, and from the live link to what stands for that.
 */
static int
map_relative(struct mapper *m, const char *share, const char *link, const char *target,
	     struct buf *out)
{
	struct buf dir = {0}, live_dir = {0}, full = {0}, live = {0};
	struct parts p = {.n = 0};
	int r = 0, d = 0;

	buf_add(&dir, link, strlen(link) + 1);
	d = dir.err != 0 ? dir.err : map_directory(m, share, &dir, &live_dir);
	if (d >= 0 && add_parts(&p, (char *)dir.p) && add_parts(&p, target)) {
		put_parts(&p, 0, &full);
		r = full.err != 0 ? full.err : mapper_map_path(m, share, (char *)full.p, &live);
		if (r > 0 || (r == 0 && d > 0))
			r = put_way((char *)live_dir.p, (char *)(r > 0 ? live.p : full.p), out);
	}
	if (d < 0 || out->err != 0)
		r = ERR_NOMEM;
	buf_free(&dir);
	buf_free(&live_dir);
	buf_free(&full);
	buf_free(&live);
	return r;
}

int
mapper_map_target(struct mapper *m, const char *share, const char *link, const char *target,
		  struct buf *out)
{
	static const char *const uncs[] = {"\\??\\UNC\\", "\\\\"};

	if (link != NULL)
		return map_relative(m, share, link, target, out);
	for (size_t i = 0; i < sizeof(uncs) / sizeof(uncs[0]); i++) {
		size_t n = strlen(uncs[i]);

		if (strncasecmp(target, uncs[i], n) != 0)
			continue;
		buf_add(out, target, n);
		return mapper_map_unc(m, target + n, out);
	}
	return 0; /* of the client's own drives */
}
