/* Rules for paths: extended regular expressions of POSIX, and what takes the place of a match. */
#include "config.h"

#include "ir/map_rules.h"

#include <strings.h>

#include "proto/sid.h"

#define MAX_RULES 4096
#define MAX_PATTERN 1024 /* bytes */
#define MAX_COPIES 6     /* each may double what is compiled */
#define GROUPS 10        /* "$1" to "$9", and the whole */
#define SID_HEAD 8       /* bytes before the sub authorities, MS-DTYP 2.4.2.2 */
#define SID_MOST 15      /* sub authorities */

/* Behind a bracket expression that begins at `p`; in it, a backslash is a separator, too. */
static const char *
copy_bracket(const char *p, struct buf *out)
{
	const char *first = p + 1;

	buf_add(out, p++, 1);
	if (*p == '^')
		buf_add(out, p++, 1), first++;
	while (*p != '\0' && (*p != ']' || p == first)) {
		if (*p == '[' && p[1] != '\0' && strchr(":.=", p[1]) != NULL) {
			const char end[] = {p[1], ']', '\0'}, *close = strstr(p + 2, end);

			if (close == NULL)
				break;
			buf_add(out, p, (size_t)(close - p) + 2);
			p = close + 2;
			continue;
		}
		buf_add(out, *p == '\\' ? "/" : p, 1);
		p++;
	}
	return p;
}

/* A pattern as regcomp wants it: an escaped backslash is a separator. What takes regexec very long
 * is refused, and what takes regcomp much memory: it copies what a count or a "+" repeats. */
static int
add_pattern(const struct json_doc *d, const struct json *v, const char *p, struct buf *out)
{
	unsigned copies = 0;

	for (const char *begin = p; *p != '\0'; p++) {
		if (*p == '+' && p > begin && strchr(")*+?", p[-1]) != NULL &&
		    ++copies > MAX_COPIES)
			return json_fail(d, v, ERR_LIMIT, "\"+\" behind more than %d groups",
					 MAX_COPIES);
		if (*p == '[') {
			p = copy_bracket(p, out);
			if (*p == '\0')
				break;
		} else if (*p == '{') {
			return json_fail(d, v, ERR_UNSUPPORTED,
					 "repetition counts are not supported; the character is"
					 " written \\\\{");
		} else if (*p == '\\' && p[1] >= '0' && p[1] <= '9') {
			return json_fail(d, v, ERR_UNSUPPORTED,
					 "references back are not supported");
		} else if (*p == '\\' && p[1] == '\\') {
			p++;
			buf_add(out, "/", 1);
			continue;
		} else if (*p == '\\' && p[1] != '\0') {
			buf_add(out, p++, 1);
		}
		buf_add(out, p, 1);
	}
	buf_zero(out, 1);
	return out->err;
}

static int
read_from(const struct json_doc *d, const struct json *v, struct map_rule *rule)
{
	struct buf pattern = {0};
	char why[128];
	const char *text;
	int r = json_text(d, v, &text), bad;

	if (r == 0 && strlen(text) > MAX_PATTERN)
		r = json_fail(d, v, ERR_LIMIT, "longer than %d bytes", MAX_PATTERN);
	if (r == 0)
		r = add_pattern(d, v, text, &pattern);
	if (r != 0) {
		buf_free(&pattern);
		return r;
	}
	bad = regcomp(&rule->from, (const char *)pattern.p, REG_EXTENDED | REG_ICASE);
	buf_free(&pattern);
	rule->compiled = bad == 0;
	if (bad == 0)
		return 0;
	(void)regerror(bad, &rule->from, why, sizeof(why));
	return bad == REG_ESPACE ? ERR_NOMEM
				 : json_fail(d, v, ERR_MALFORMED, "no regular expression: %s", why);
}

/* Separators become backslashes; "$" comes with the number of a group, or twice. */
static int
read_to(const struct json_doc *d, const struct json *v, struct arena *a, struct map_rule *rule)
{
	const char *text = "";
	int r = json_text(d, v, &text);
	char *copy;

	if (r != 0)
		return r;
	copy = arena_text(a, text, strlen(text));
	if (copy == NULL)
		return ERR_NOMEM;
	rule->to = copy;
	for (; *copy != '\0'; copy++) {
		if (*copy == '/')
			*copy = '\\';
		if (*copy != '$')
			continue;
		copy++;
		if (*copy != '$' && (*copy < '1' || *copy > '9'))
			return json_fail(d, v, ERR_MALFORMED,
					 "\"$\" must be followed by 1 to 9 or \"$\"");
		if (*copy != '$' && (size_t)(*copy - '0') > rule->from.re_nsub)
			return json_fail(d, v, ERR_MALFORMED, "\"from\" has no group %c", *copy);
	}
	return 0;
}

static int
read_rule(const struct json_doc *d, const struct json *v, struct arena *a, struct map_rule *rule)
{
	enum { SHARE, FROM, TO, N };
	static const struct json_key keys[N] = {{"share", false}, {"from", true}, {"to", true}};
	const struct json *m[N];
	const char *share = NULL;
	int r = json_object(d, v, keys, N, m);

	if (r == 0 && m[SHARE] != NULL)
		r = json_text(d, m[SHARE], &share);
	if (r == 0 && share != NULL) {
		rule->share = arena_text(a, share, strlen(share));
		if (rule->share == NULL)
			return ERR_NOMEM;
	}
	if (r == 0)
		r = read_from(d, m[FROM], rule);
	return r == 0 ? read_to(d, m[TO], a, rule) : r;
}

int
map_rules_read(const struct json_doc *d, const struct json *v, struct arena *a,
	       struct map_rules *out)
{
	int r = json_need_array(d, v);

	if (r != 0)
		return r;
	if (json_count(v) > MAX_RULES)
		return json_fail(d, v, ERR_LIMIT, "more than %d rules", MAX_RULES);
	out->list = arena_alloc(a, (json_count(v) + 1) * sizeof(*out->list));
	if (out->list == NULL)
		return ERR_NOMEM;
	for (const struct json *o = json_first(v); r == 0 && o != NULL; o = json_next(o))
		r = read_rule(d, o, a, &out->list[out->n++]);
	return r;
}

void
map_rules_free(struct map_rules *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->list[i].compiled)
			regfree(&r->list[i].from);
	*r = (struct map_rules){.n = 0};
}

/* A path and its parts. */
struct path {
	const char *text;   /* as recorded */
	size_t lead;        /* separators that it begins with */
	size_t end;         /* of what rules see: before the name of a stream */
	struct buf slashed; /* that, with slashes; twice: with one more slash in the end, and not */
	size_t n;           /* bytes of it without */
};

static bool
is_separator(char c)
{
	return c == '\\' || c == '/';
}

static int
take_apart(const char *text, struct path *p)
{
	const char *last = text + strlen(text), *colon;

	*p = (struct path){.text = text};
	while (is_separator(text[p->lead]))
		p->lead++;
	while (last > text + p->lead && !is_separator(last[-1]))
		last--;
	colon = strchr(last, ':');
	p->end = colon != NULL ? (size_t)(colon - text) : strlen(text);
	p->n = p->end - p->lead;
	buf_add(&p->slashed, text + p->lead, p->n);
	for (size_t i = 0; i < p->slashed.n; i++)
		if (p->slashed.p[i] == '\\')
			p->slashed.p[i] = '/';
	buf_zero(&p->slashed, 2);
	return p->slashed.err;
}

/* Does the whole path match, as it is or, being a directory, with a slash behind it? */
static bool
matches(const struct map_rule *rule, struct path *p, regmatch_t *groups)
{
	char *s = (char *)p->slashed.p;
	bool found;

	s[p->n] = '\0';
	if (regexec(&rule->from, s, GROUPS, groups, 0) == 0 && groups[0].rm_so == 0 &&
	    (size_t)groups[0].rm_eo == p->n)
		return true;
	if (p->n == 0 || s[p->n - 1] == '/')
		return false;
	s[p->n] = '/';
	s[p->n + 1] = '\0';
	found = regexec(&rule->from, s, GROUPS, groups, 0) == 0 && groups[0].rm_so == 0 &&
		(size_t)groups[0].rm_eo == p->n + 1;
	s[p->n] = '\0';
	return found;
}

static void
expand(const struct map_rule *rule, const struct path *p, const regmatch_t *groups, struct buf *out)
{
	for (const char *c = rule->to; *c != '\0'; c++) {
		const regmatch_t *g;
		size_t from, to;

		if (*c != '$' || *++c == '$') {
			buf_add(out, c, 1);
			continue;
		}
		g = &groups[*c - '0'];
		from = g->rm_so >= 0 ? (size_t)g->rm_so : 0;
		to = g->rm_eo >= 0 ? (size_t)g->rm_eo : 0;
		to = to < p->n ? to : p->n;
		if (from < to)
			buf_add(out, p->text + p->lead + from, to - from);
	}
}

static bool
is_of_share(const struct map_rule *rule, const char *share)
{
	if (rule->share != NULL)
		return share != NULL && strcasecmp(rule->share, share) == 0;
	return share == NULL || strcasecmp(share, "IPC$") != 0;
}

/* The path as the rule has it; separators at its ends are as they were. */
static void
put_mapped(const struct map_rule *rule, const struct path *p, const regmatch_t *groups,
	   struct buf *out)
{
	struct buf b = {0};
	size_t lead = 0;

	expand(rule, p, groups, &b);
	while (lead < b.n && is_separator((char)b.p[lead]))
		lead++;
	while (b.n > lead && is_separator((char)b.p[b.n - 1]) &&
	       !(p->n > 0 && is_separator(p->text[p->end - 1])))
		b.n--;
	buf_add(out, p->text, p->lead);
	if (b.n > lead)
		buf_add(out, b.p + lead, b.n - lead);
	buf_add(out, p->text + p->end, strlen(p->text + p->end));
	if (b.err != 0)
		out->err = b.err;
	buf_free(&b);
}

int
map_rules_apply(const struct map_rules *r, const char *share, const char *path, struct buf *out)
{
	regmatch_t groups[GROUPS];
	struct path p;
	int ret = take_apart(path, &p);

	/* ":stream" alone is no path from the root. */
	for (size_t i = 0; ret == 0 && i < r->n && path[p.lead] != ':'; i++) {
		if (!is_of_share(&r->list[i], share) || !matches(&r->list[i], &p, groups))
			continue;
		put_mapped(&r->list[i], &p, groups, out);
		ret = out->err != 0 ? out->err : 1;
	}
	buf_free(&p.slashed);
	return ret;
}

static int
read_sid(const struct json_doc *d, const struct json *v, const char *text, struct arena *a,
	 struct slice *out)
{
	struct buf b = {0};
	uint8_t *p;
	int r = sid_parse(text, &b);

	if (r == ERR_MALFORMED)
		r = json_fail(d, v, r, "no SID: %.80s", text);
	p = r == 0 ? arena_alloc(a, b.n) : NULL;
	if (r == 0 && p == NULL)
		r = ERR_NOMEM;
	if (r == 0) {
		memcpy(p, b.p, b.n);
		*out = slice_of(p, b.n);
	}
	buf_free(&b);
	return r;
}

int
map_sids_read(const struct json_doc *d, const struct json *v, struct arena *a, struct map_sids *out)
{
	int r = json_need_object(d, v);

	if (r != 0)
		return r;
	if (json_count(v) > MAX_RULES)
		return json_fail(d, v, ERR_LIMIT, "more than %d SIDs", MAX_RULES);
	out->list = arena_alloc(a, (json_count(v) + 1) * sizeof(*out->list));
	if (out->list == NULL)
		return ERR_NOMEM;
	for (const struct json *o = json_first(v); r == 0 && o != NULL; o = json_next(o)) {
		struct map_sid *s = &out->list[out->n];
		const char *live = "";

		r = read_sid(d, o, json_name(o), a, &s->recorded);
		for (size_t i = 0; r == 0 && i < out->n; i++)
			if (slice_eq(out->list[i].recorded, s->recorded))
				r = json_fail(d, o, ERR_MALFORMED, "a SID that stands there twice");
		if (r == 0)
			r = json_text(d, o, &live);
		if (r == 0)
			r = read_sid(d, o, live, a, &s->live);
		out->n++;
	}
	return r;
}

/* The same authority, and as many sub authorities as it has. */
static bool
begins_with(struct slice sid, struct slice with)
{
	return sid.n >= with.n && sid.p[0] == with.p[0] &&
	       memcmp(sid.p + 2, with.p + 2, with.n - 2) == 0;
}

int
map_sids_apply(const struct map_sids *s, struct slice sid, struct buf *out)
{
	const struct map_sid *best = NULL;
	size_t rest, count;

	for (size_t i = 0; sid.n >= SID_HEAD && i < s->n; i++)
		if (begins_with(sid, s->list[i].recorded) &&
		    (best == NULL || s->list[i].recorded.n > best->recorded.n))
			best = &s->list[i];
	if (best == NULL)
		return 0;
	rest = sid.n - best->recorded.n;
	count = (best->live.n + rest - SID_HEAD) / 4;
	if (count > SID_MOST)
		return 0;
	buf_add(out, best->live.p, best->live.n);
	buf_add(out, sid.p + best->recorded.n, rest);
	if (out->err != 0)
		return out->err;
	out->p[out->n - best->live.n - rest + 1] = (uint8_t)count;
	return 1;
}
