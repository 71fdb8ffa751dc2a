/*
 * Reading JSON through cJSON, with what it leaves out: strict texts, repeated keys, places of
 * failures.
 */
#include "config.h"

#include "ir/json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "crypto/hash.h"
#include "ir/json_out.h"

static bool memory_out; /* cJSON does not tell it from bad text */

static void *CJSON_CDECL
get_memory(size_t n)
{
	void *p = malloc(n);

	memory_out = memory_out || p == NULL;
	return p;
}

static void CJSON_CDECL
put_memory(void *p)
{
	free(p);
}

static const cJSON *
node(const struct json *v)
{
	return (const cJSON *)(const void *)v;
}

static const struct json *
value(const cJSON *c)
{
	return (const struct json *)(const void *)c;
}

/* A NUL in a text would cut it short, and cJSON reads a bad "\u" as one. */
static bool
is_good_escape(const uint8_t *p, size_t left)
{
	bool zero = true;

	if (left < 2 || p[1] != 'u')
		return left >= 2;
	if (left < 6)
		return false;
	for (size_t i = 2; i < 6; i++) {
		if (!isxdigit(p[i]))
			return false;
		zero = zero && p[i] == '0';
	}
	return !zero;
}

/* What cJSON does not check. Returns the offset of the first bad byte, or text.n. */
static size_t
find_bad_text(struct slice text)
{
	for (size_t i = 0; i < text.n;) {
		size_t n = 1;

		if (text.p[i] == '\\')
			n = is_good_escape(text.p + i, text.n - i) ? 2 : 0;
		else if (text.p[i] >= 0x80)
			n = json_utf8_len(text.p + i, text.n - i);
		else if (text.p[i] < 0x20 && !isspace(text.p[i]))
			n = 0;
		if (n == 0)
			return i;
		i += n;
	}
	return text.n;
}

static size_t
line_at(const struct json_doc *d, size_t off)
{
	size_t line = d->line;

	for (size_t i = 0; i < off && i < d->text.n; i++)
		line += d->text.p[i] == '\n';
	return line;
}

static int
fail_at(const struct json_doc *d, size_t off, const char *what)
{
	return err_set(d->e, ERR_MALFORMED, "%s:%zu: %s", d->file, line_at(d, off), what);
}

int
json_parse(struct json_doc *d)
{
	cJSON_Hooks hooks = {.malloc_fn = get_memory, .free_fn = put_memory};
	const char *end = NULL, *text = (const char *)d->text.p;
	size_t off = find_bad_text(d->text);

	cJSON_InitHooks(&hooks);
	memory_out = false;
	d->root = NULL;
	if (off < d->text.n)
		return fail_at(d, off, "not UTF-8 text without control characters");
	if (d->text.n > 0)
		d->root = (struct json *)cJSON_ParseWithLengthOpts(text, d->text.n, &end, 0);
	off = end != NULL ? (size_t)(end - text) : 0;
	if (d->root == NULL && memory_out)
		return err_set(d->e, ERR_NOMEM, "%s: out of memory", d->file);
	if (d->root == NULL)
		return fail_at(d, off, "not valid JSON");
	while (off < d->text.n && isspace(d->text.p[off]))
		off++;
	return off == d->text.n ? 0 : fail_at(d, off, "text behind the JSON value");
}

void
json_doc_free(struct json_doc *d)
{
	cJSON_Delete((cJSON *)(void *)d->root);
	d->root = NULL;
}

/* cJSON bounds the depth of nesting. */
static void
wipe_texts(const cJSON *v)
{
	for (; v != NULL; v = v->next) {
		if (v->valuestring != NULL)
			hash_wipe(v->valuestring, strlen(v->valuestring));
		wipe_texts(v->child);
	}
}

void
json_doc_wipe(struct json_doc *d)
{
	wipe_texts(node(d->root));
	json_doc_free(d);
}

bool
json_is_array(const struct json *v)
{
	return cJSON_IsArray(node(v));
}

bool
json_is_bool(const struct json *v)
{
	return cJSON_IsBool(node(v));
}

bool
json_is_text(const struct json *v)
{
	return cJSON_IsString(node(v));
}

bool
json_is_object(const struct json *v)
{
	return cJSON_IsObject(node(v));
}

bool
json_is_number(const struct json *v)
{
	return cJSON_IsNumber(node(v));
}

size_t
json_count(const struct json *v)
{
	size_t n = 0;

	for (const struct json *i = json_first(v); i != NULL; i = json_next(i))
		n++;
	return n;
}

const struct json *
json_first(const struct json *v)
{
	return value(node(v)->child);
}

const struct json *
json_next(const struct json *v)
{
	return value(node(v)->next);
}

const char *
json_name(const struct json *v)
{
	return node(v)->string;
}

int
json_need_array(const struct json_doc *d, const struct json *v)
{
	return cJSON_IsArray(node(v)) ? 0 : json_fail(d, v, ERR_MALFORMED, "must be an array");
}

int
json_need_object(const struct json_doc *d, const struct json *v)
{
	return cJSON_IsObject(node(v)) ? 0 : json_fail(d, v, ERR_MALFORMED, "must be an object");
}

int
json_uint(const struct json_doc *d, const struct json *v, uint64_t max, uint64_t *out)
{
	double x = node(v)->valuedouble;

	if (max > JSON_MAX_INT)
		max = JSON_MAX_INT;
	if (!cJSON_IsNumber(node(v)))
		return json_fail(d, v, ERR_MALFORMED, "must be a number");
	/* Compared as doubles first: a conversion of what does not fit is undefined. */
	if (!(x >= 0 && x <= (double)max))
		return json_fail(d, v, ERR_MALFORMED, "must be a number from 0 to %llu",
				 (unsigned long long)max);
	*out = (uint64_t)x;
	if ((double)*out != x)
		return json_fail(d, v, ERR_MALFORMED, "must be a whole number");
	return 0;
}

int
json_int(const struct json_doc *d, const struct json *v, int64_t *out)
{
	double x = node(v)->valuedouble;

	if (!cJSON_IsNumber(node(v)) || !(x >= -(double)JSON_MAX_INT && x <= (double)JSON_MAX_INT))
		return json_fail(d, v, ERR_MALFORMED, "must be a number of up to 53 bits");
	*out = (int64_t)x;
	if ((double)*out != x)
		return json_fail(d, v, ERR_MALFORMED, "must be a whole number");
	return 0;
}

int
json_bool(const struct json_doc *d, const struct json *v, bool *out)
{
	if (!cJSON_IsBool(node(v)))
		return json_fail(d, v, ERR_MALFORMED, "must be true or false");
	*out = cJSON_IsTrue(node(v));
	return 0;
}

int
json_text(const struct json_doc *d, const struct json *v, const char **out)
{
	if (!cJSON_IsString(node(v)))
		return json_fail(d, v, ERR_MALFORMED, "must be a text");
	*out = node(v)->valuestring;
	return 0;
}

/* Where a value is: its number among all values in order of the text, and the keys that lead to it.
 */
struct place {
	const cJSON *want;
	size_t index;
	char path[160];
	size_t n;
};

static void
place_step(struct place *p, const cJSON *child, size_t i)
{
	char *to = p->path + p->n;
	size_t room = sizeof(p->path) - p->n;
	int n;

	if (child->string != NULL)
		n = snprintf(to, room, "%s%.64s", p->n > 0 ? "." : "", child->string);
	else
		n = snprintf(to, room, "[%zu]", i);
	p->n += n > 0 && (size_t)n < room ? (size_t)n : 0;
	p->path[p->n] = '\0';
}

static bool
place_find(struct place *p, const cJSON *at)
{
	size_t n = p->n, i = 0;

	p->index++;
	if (at == p->want)
		return true;
	for (const cJSON *c = at->child; c != NULL; c = c->next, i++) {
		place_step(p, c, i);
		if (place_find(p, c))
			return true;
		p->n = n;
		p->path[n] = '\0';
	}
	return false;
}

/* Behind the string whose quote is at `i`. */
static size_t
skip_string(struct slice t, size_t i)
{
	for (i++; i < t.n && t.p[i] != '"'; i++)
		i += t.p[i] == '\\';
	return i < t.n ? i + 1 : t.n;
}

static bool
is_key(struct slice t, size_t behind)
{
	while (behind < t.n && isspace(t.p[behind]))
		behind++;
	return behind < t.n && t.p[behind] == ':';
}

/* The offset of the value with that number (from 1) in a valid JSON text. */
static size_t
value_offset(struct slice t, size_t index)
{
	size_t i = 0;

	while (i < t.n) {
		size_t start = i;
		bool is_value = true;

		if (t.p[i] == '"') {
			i = skip_string(t, i);
			is_value = !is_key(t, i);
		} else if (isalnum(t.p[i]) || t.p[i] == '-') {
			while (i < t.n && strchr(",]} \t\r\n", t.p[i]) == NULL)
				i++;
		} else {
			is_value = t.p[i] == '{' || t.p[i] == '[';
			i++;
		}
		if (is_value && --index == 0)
			return start;
	}
	return t.n;
}

/* "FILE:LINE: KEY: text": the line of one value, the keys that lead to another. */
static int
fail_place(const struct json_doc *d, const struct json *at, const struct json *named, int code,
	   const char *text)
{
	struct place p = {.want = node(at)}, q = {.want = node(named)};
	size_t line = d->line;

	if (at != NULL && place_find(&p, node(d->root)))
		line = line_at(d, value_offset(d->text, p.index));
	if (named != NULL)
		(void)place_find(&q, node(d->root));
	return err_set(d->e, code, "%s:%zu: %s%s%s", d->file, line, q.path, q.n > 0 ? ": " : "",
		       text);
}

int
json_fail(const struct json_doc *d, const struct json *v, int code, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return fail_place(d, v, v, code, text);
}

/* Files keep the order in which they were written, so the search goes on behind the last hit. */
static size_t
find_key(const struct json_key *keys, size_t n, size_t hint, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = hint + i < n ? hint + i : hint + i - n;

		if (strcmp(keys[k].name, name) == 0)
			return k;
	}
	return n;
}

static int
fail_key(const struct json_doc *d, const struct json *object, const struct json *m,
	 const char *fault)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "%s \"%.64s\"", fault, json_name(m));
	return fail_place(d, m, object, ERR_MALFORMED, text);
}

int
json_object(const struct json_doc *d, const struct json *v, const struct json_key *keys, size_t n,
	    const struct json **out)
{
	size_t k = 0;
	int r = json_need_object(d, v);

	for (size_t i = 0; i < n; i++)
		out[i] = NULL;
	for (const struct json *m = r == 0 ? json_first(v) : NULL; m != NULL; m = json_next(m)) {
		k = find_key(keys, n, k, json_name(m));
		if (k == n)
			return fail_key(d, v, m, "unknown key");
		if (out[k] != NULL)
			return fail_key(d, v, m, "repeated key");
		out[k] = m;
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		if (keys[i].required && out[i] == NULL)
			return json_fail(d, v, ERR_MALFORMED, "key \"%s\" is missing",
					 keys[i].name);
	return r;
}
