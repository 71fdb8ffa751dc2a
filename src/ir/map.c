/* The mapping of recorded principals, servers and shares to live ones. */
#include "config.h"

#include "ir/map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/hex.h"
#include "base/utf16.h"
#include "crypto/hash.h"
#include "ir/ir.h"
#include "ir/json.h"
#include "ir/map_rules.h"

#define MAX_FILE ((size_t)4 << 20)
#define MAX_NAMES 4096   /* of each kind: they are compared with one another */
#define MAX_PASSWORD 512 /* bytes of a password file's first line */
#define NT_HASH_LEN 16
#define MIN_VALUE 4 /* bytes: what is shorter stands everywhere */

struct pair {
	const char *recorded, *live;
};

struct pairs {
	struct pair *p;
	size_t n;
};

struct values {
	struct slice *list;
	size_t n;
};

struct map {
	struct arena arena;
	const char *path;
	struct map_principal *principals;
	size_t n_principals;
	struct pairs servers, shares, domains;
	struct map_rules paths;
	struct map_sids sids;
	struct values add, forbid;
};

struct reader {
	struct map *m;
	struct json_doc doc;
};

static int
copy_text(struct reader *rd, const struct json *v, char **out)
{
	const char *text;
	int ret;

	*out = NULL;
	if (v == NULL)
		return 0;
	ret = json_text(&rd->doc, v, &text);
	if (ret != 0)
		return ret;
	*out = arena_text(&rd->m->arena, text, strlen(text));
	return *out != NULL ? 0 : ERR_NOMEM;
}

/* A path, from the folder of the map if it is relative. */
static int
copy_path(struct reader *rd, const struct json *v, const char **out)
{
	const char *slash = strrchr(rd->m->path, '/');
	struct buf b = {0};
	char *text;
	int ret = copy_text(rd, v, &text);

	*out = text;
	if (ret != 0 || text == NULL || text[0] == '/' || slash == NULL)
		return ret;
	buf_add(&b, rd->m->path, (size_t)(slash - rd->m->path) + 1);
	buf_add(&b, text, strlen(text));
	*out = b.err == 0 ? arena_text(&rd->m->arena, (const char *)b.p, b.n) : NULL;
	buf_free(&b);
	return *out != NULL ? 0 : ERR_NOMEM;
}

/* "DOMAIN/USER" or "DOMAIN\USER" in two. */
static int
split_user(struct reader *rd, const char *name, struct map_principal *p)
{
	size_t n;

	if (name == NULL)
		return 0;
	n = strcspn(name, "/\\");
	p->domain = arena_text(&rd->m->arena, name, name[n] != '\0' ? n : 0);
	p->user = name[n] != '\0' ? name + n + 1 : name;
	return p->domain != NULL ? 0 : ERR_NOMEM;
}

static int
read_password_file(struct reader *rd, const struct json *v, struct map_principal *p)
{
	char line[MAX_PASSWORD + 2];
	const char *path;
	FILE *f;
	size_t n;
	int ret = copy_path(rd, v, &path);

	if (ret != 0)
		return ret;
	f = fopen(path, "r");
	if (f == NULL)
		return json_fail(&rd->doc, v, -errno, "%s: %s", path, strerror(errno));
	setbuf(f, NULL); /* a buffer would keep the password */
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	(void)fclose(f);
	n = strcspn(line, "\r\n");
	if (n == 0 || n > MAX_PASSWORD)
		ret = json_fail(&rd->doc, v, ERR_MALFORMED, "%s: no password in its first line",
				path);
	else
		p->password = arena_text(&rd->m->arena, line, n);
	hash_wipe(line, sizeof(line));
	return ret != 0 || p->password != NULL ? ret : ERR_NOMEM;
}

static int
read_nt_hash(struct reader *rd, const struct json *v, struct map_principal *p)
{
	const char *text;
	int ret = json_text(&rd->doc, v, &text);

	if (ret != 0)
		return ret;
	p->nt_hash = arena_alloc(&rd->m->arena, NT_HASH_LEN);
	if (p->nt_hash == NULL)
		return ERR_NOMEM;
	if (hex_read(text, p->nt_hash, NT_HASH_LEN) != 0)
		return json_fail(&rd->doc, v, ERR_MALFORMED, "must be 32 hexadecimal digits");
	return 0;
}

static int
read_principal(struct reader *rd, const struct json *v, struct map_principal *p)
{
	enum { USER, PASSWORD, PASSWORD_FILE, NT_HASH, KEYTAB, CCACHE, N };
	static const struct json_key keys[N] = {{"user", false},          {"password", false},
						{"password_file", false}, {"nt_hash", false},
						{"keytab", false},        {"ccache", false}};
	const struct json *m[N];
	char *user, *ccache;
	size_t secrets = 0;
	int ret = json_object(&rd->doc, v, keys, N, m);

	for (size_t i = PASSWORD; ret == 0 && i < N; i++)
		secrets += m[i] != NULL;
	if (ret == 0 && secrets != 1)
		return json_fail(&rd->doc, v, ERR_MALFORMED,
				 "must have one of \"password\", \"password_file\", \"nt_hash\","
				 " \"keytab\", \"ccache\"");
	if (ret == 0)
		ret = copy_text(rd, m[USER], &user);
	if (ret == 0)
		ret = split_user(rd, user, p);
	if (ret == 0)
		ret = copy_text(rd, m[PASSWORD], &p->password);
	if (ret == 0 && m[PASSWORD_FILE] != NULL)
		ret = read_password_file(rd, m[PASSWORD_FILE], p);
	if (ret == 0 && m[NT_HASH] != NULL)
		ret = read_nt_hash(rd, m[NT_HASH], p);
	if (ret == 0)
		ret = copy_path(rd, m[KEYTAB], &p->keytab);
	if (ret == 0)
		ret = copy_text(rd, m[CCACHE], &ccache);
	if (ret == 0)
		p->ccache = ccache;
	return ret;
}

/* Names differ in more than their case. */
static int
check_new(struct reader *rd, const struct json *v, const char *other)
{
	if (!utf16_same_name(json_name(v), other))
		return 0;
	return json_fail(&rd->doc, v, ERR_MALFORMED, "the same name as \"%.80s\"", other);
}

static int
copy_name(struct reader *rd, const struct json *v, const char **out)
{
	*out = arena_text(&rd->m->arena, json_name(v), strlen(json_name(v)));
	return *out != NULL ? 0 : ERR_NOMEM;
}

static int
read_principals(struct reader *rd, const struct json *v)
{
	struct map *m = rd->m;
	int ret = json_need_object(&rd->doc, v);

	if (ret != 0)
		return ret;
	if (json_count(v) > MAX_NAMES)
		return json_fail(&rd->doc, v, ERR_LIMIT, "more than %d names", MAX_NAMES);
	m->principals = arena_alloc(&m->arena, (json_count(v) + 1) * sizeof(*m->principals));
	if (m->principals == NULL)
		return ERR_NOMEM;
	for (const struct json *o = json_first(v); ret == 0 && o != NULL; o = json_next(o)) {
		for (size_t i = 0; ret == 0 && i < m->n_principals; i++)
			ret = check_new(rd, o, m->principals[i].recorded);
		if (ret == 0)
			ret = copy_name(rd, o, &m->principals[m->n_principals].recorded);
		if (ret == 0)
			ret = read_principal(rd, o, &m->principals[m->n_principals++]);
	}
	return ret;
}

static int
read_pairs(struct reader *rd, const struct json *v, struct pairs *out)
{
	int ret = json_need_object(&rd->doc, v);

	if (ret != 0)
		return ret;
	if (json_count(v) > MAX_NAMES)
		return json_fail(&rd->doc, v, ERR_LIMIT, "more than %d names", MAX_NAMES);
	out->p = arena_alloc(&rd->m->arena, (json_count(v) + 1) * sizeof(*out->p));
	if (out->p == NULL)
		return ERR_NOMEM;
	for (const struct json *o = json_first(v); ret == 0 && o != NULL; o = json_next(o)) {
		struct pair *p = &out->p[out->n];
		char *live = NULL;

		for (size_t i = 0; ret == 0 && i < out->n; i++)
			ret = check_new(rd, o, out->p[i].recorded);
		if (ret == 0)
			ret = copy_name(rd, o, &p->recorded);
		if (ret == 0)
			ret = copy_text(rd, o, &live);
		if (ret == 0 && (live[0] == '\0' || strpbrk(live, "/\\") != NULL))
			ret = json_fail(&rd->doc, o, ERR_MALFORMED,
					"must be a name without slashes");
		p->live = live;
		out->n++;
	}
	return ret;
}

/* Bytes in hexadecimal, as `check --symbols` prints them. */
static int
read_value(struct reader *rd, const struct json *v, struct slice *out)
{
	const char *text = "";
	int ret = json_text(&rd->doc, v, &text);
	size_t n = ret == 0 ? strlen(text) / 2 : 0;
	uint8_t *p;

	if (ret != 0)
		return ret;
	if (n < MIN_VALUE || n > IR_MAX_VALUE || strlen(text) % 2 != 0)
		return json_fail(&rd->doc, v, ERR_MALFORMED,
				 "must be %d to %d bytes in hexadecimal", MIN_VALUE, IR_MAX_VALUE);
	p = arena_alloc(&rd->m->arena, n);
	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return json_fail(&rd->doc, v, ERR_MALFORMED, "must be hexadecimal");
		p[i] = (uint8_t)(high << 4 | low);
	}
	*out = slice_of(p, n);
	return 0;
}

static int
read_value_list(struct reader *rd, const struct json *v, struct values *out)
{
	int ret = v != NULL ? json_need_array(&rd->doc, v) : 0;

	if (v == NULL || ret != 0)
		return ret;
	if (json_count(v) > MAX_NAMES)
		return json_fail(&rd->doc, v, ERR_LIMIT, "more than %d values", MAX_NAMES);
	out->list = arena_alloc(&rd->m->arena, (json_count(v) + 1) * sizeof(*out->list));
	if (out->list == NULL)
		return ERR_NOMEM;
	for (const struct json *o = json_first(v); ret == 0 && o != NULL; o = json_next(o))
		ret = read_value(rd, o, &out->list[out->n++]);
	return ret;
}

static int
read_values(struct reader *rd, const struct json *v)
{
	enum { ADD, FORBID, N };
	static const struct json_key keys[N] = {{"add", false}, {"forbid", false}};
	const struct json *m[N];
	int ret = json_object(&rd->doc, v, keys, N, m);

	if (ret == 0)
		ret = read_value_list(rd, m[ADD], &rd->m->add);
	return ret == 0 ? read_value_list(rd, m[FORBID], &rd->m->forbid) : ret;
}

static int
read_map(struct reader *rd)
{
	enum { PRINCIPALS, SERVERS, SHARES, DOMAINS, PATHS, SIDS, VALUES, N };
	static const struct json_key keys[N] = {
		{"principals", false}, {"servers", false}, {"shares", false}, {"domains", false},
		{"paths", false},      {"sids", false},    {"values", false}};
	const struct json *m[N];
	int ret = json_object(&rd->doc, rd->doc.root, keys, N, m);

	if (ret == 0 && m[PRINCIPALS] != NULL)
		ret = read_principals(rd, m[PRINCIPALS]);
	if (ret == 0 && m[SERVERS] != NULL)
		ret = read_pairs(rd, m[SERVERS], &rd->m->servers);
	if (ret == 0 && m[SHARES] != NULL)
		ret = read_pairs(rd, m[SHARES], &rd->m->shares);
	if (ret == 0 && m[DOMAINS] != NULL)
		ret = read_pairs(rd, m[DOMAINS], &rd->m->domains);
	if (ret == 0 && m[PATHS] != NULL)
		ret = map_rules_read(&rd->doc, m[PATHS], &rd->m->arena, &rd->m->paths);
	if (ret == 0 && m[SIDS] != NULL)
		ret = map_sids_read(&rd->doc, m[SIDS], &rd->m->arena, &rd->m->sids);
	if (ret == 0 && m[VALUES] != NULL)
		ret = read_values(rd, m[VALUES]);
	return ret;
}

int
map_parse(const char *path, struct slice text, struct map **out, struct err *e)
{
	struct reader rd = {.doc = {.file = path, .line = 1, .text = text, .e = e}};
	int ret;

	rd.m = calloc(1, sizeof(*rd.m));
	if (rd.m == NULL)
		return ERR_NOMEM;
	rd.m->path = path;
	ret = json_parse(&rd.doc);
	if (ret == 0)
		ret = read_map(&rd);
	json_doc_wipe(&rd.doc);
	if (ret != 0) {
		map_free(rd.m);
		return err_set(e, ret, "%s: %s", path, err_str(ret));
	}
	*out = rd.m;
	return 0;
}

int
map_load(const char *path, struct map **out, struct err *e)
{
	FILE *f = fopen(path, "r");
	uint8_t *text = f != NULL ? malloc(MAX_FILE + 1) : NULL;
	size_t n;
	int ret;

	if (text == NULL) {
		ret = f == NULL ? -errno : ERR_NOMEM;
		if (f != NULL)
			(void)fclose(f);
		return err_set(e, ret, "%s: %s", path, err_str(ret));
	}
	setbuf(f, NULL);
	n = fread(text, 1, MAX_FILE + 1, f);
	if (ferror(f) != 0)
		ret = err_set(e, -EIO, "%s: cannot be read", path);
	else if (n > MAX_FILE)
		ret = err_set(e, ERR_LIMIT, "%s: larger than %zu bytes", path, MAX_FILE);
	else
		ret = map_parse(path, slice_of(text, n), out, e);
	(void)fclose(f);
	hash_wipe(text, n);
	free(text);
	return ret;
}

void
map_free(struct map *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n_principals; i++) {
		struct map_principal *p = &m->principals[i];

		if (p->password != NULL)
			hash_wipe(p->password, strlen(p->password));
		if (p->nt_hash != NULL)
			hash_wipe(p->nt_hash, NT_HASH_LEN);
	}
	map_rules_free(&m->paths);
	arena_free(&m->arena);
	free(m);
}

/* Whether the map's name "DOMAIN/USER" or "DOMAIN\USER" is this principal. */
static bool
is_full_name(const char *name, const char *user, const char *domain)
{
	size_t n = strcspn(name, "/\\");
	struct buf b = {0};
	bool is = false;

	if (name[n] == '\0' || !utf16_same_name(name + n + 1, user))
		return false;
	buf_add(&b, name, n);
	buf_zero(&b, 1);
	if (b.err == 0)
		is = utf16_same_name((const char *)b.p, domain);
	buf_free(&b);
	return is;
}

const struct map_principal *
map_principal(const struct map *m, const char *user, const char *domain)
{
	const struct map_principal *by_user = NULL, *any = NULL;

	for (size_t i = 0; i < m->n_principals; i++) {
		const struct map_principal *p = &m->principals[i];

		if (is_full_name(p->recorded, user, domain))
			return p;
		if (strcmp(p->recorded, "*") == 0)
			any = p;
		else if (utf16_same_name(p->recorded, user))
			by_user = p;
	}
	return by_user != NULL ? by_user : any;
}

static const char *
find_pair(const struct pairs *pairs, const char *recorded)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (utf16_same_name(pairs->p[i].recorded, recorded))
			return pairs->p[i].live;
	return NULL;
}

const char *
map_server(const struct map *m, const char *recorded)
{
	return find_pair(&m->servers, recorded);
}

const char *
map_share(const struct map *m, const char *recorded)
{
	return find_pair(&m->shares, recorded);
}

const char *
map_domain(const struct map *m, const char *recorded)
{
	return find_pair(&m->domains, recorded);
}

bool
map_has_names(const struct map *m)
{
	return m->paths.n > 0 || m->sids.n > 0 || m->servers.n > 0 || m->shares.n > 0;
}

int
map_path(const struct map *m, const char *share, const char *path, struct buf *out)
{
	return map_rules_apply(&m->paths, share, path, out);
}

int
map_sid(const struct map *m, struct slice sid, struct buf *out)
{
	return map_sids_apply(&m->sids, sid, out);
}

const struct slice *
map_values(const struct map *m, bool forbid, size_t *n)
{
	const struct values *v = forbid ? &m->forbid : &m->add;

	*n = v->n;
	return v->list;
}
