/* workload.json: what a workload is, read and written. */
#include "config.h"

#include "ir/ir_files.h"
#include "ir/json.h"
#include "ir/json_out.h"

struct reader {
	struct json_doc doc;
	struct arena *arena;
	struct ir_meta *out;
};

/* An optional text, copied; "" where it is absent. */
static int
read_text(struct reader *rd, const struct json *v, const char **out)
{
	const char *text = "";
	int r = v != NULL ? json_text(&rd->doc, v, &text) : 0;

	if (r != 0)
		return r;
	*out = arena_text(rd->arena, text, strlen(text));
	return *out != NULL ? 0 : ERR_NOMEM;
}

static int
read_uint(struct reader *rd, const struct json *v, uint64_t max, uint64_t *out)
{
	*out = 0;
	return v != NULL ? json_uint(&rd->doc, v, max, out) : 0;
}

/* Memory for the elements of an array or object; absent is empty. */
static int
make_list(struct reader *rd, const struct json *v, size_t size, void *out, size_t *n)
{
	void *p;

	*n = 0;
	if (v == NULL)
		return 0;
	*n = json_count(v);
	p = arena_alloc(rd->arena, *n * size);
	memcpy(out, &p, sizeof(p));
	return p != NULL ? 0 : ERR_NOMEM;
}

/* "SECONDS.NANOSECONDS", nine digits behind the point. */
static int
read_start(struct reader *rd, const struct json *v, uint64_t *out)
{
	const char *p = "0.000000000";
	uint64_t s = 0, ns = 0;
	size_t n = 0, digits = 0;
	int r = v != NULL ? json_text(&rd->doc, v, &p) : 0;

	if (r != 0)
		return r;
	for (; *p >= '0' && *p <= '9' && n < 11; p++, n++)
		s = s * 10 + (uint64_t)(*p - '0');
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++, digits++)
			ns = ns * 10 + (uint64_t)(*p - '0');
	if (n == 0 || digits != 9 || *p != '\0' || s > UINT64_MAX / IR_NS_PER_S - 1)
		return json_fail(&rd->doc, v, ERR_MALFORMED,
				 "must be \"SECONDS.NANOSECONDS\", nine digits behind the point");
	*out = s * IR_NS_PER_S + ns;
	return 0;
}

static int
read_source(struct reader *rd, const struct json *v, struct ir_source *out)
{
	enum { NAME, BYTES, XXH128, SHA256, N };
	static const struct json_key keys[N] = {
		{"name", true}, {"bytes", false}, {"xxh128", false}, {"sha256", false}};
	const struct json *m[N];
	int r = json_object(&rd->doc, v, keys, N, m);

	if (r == 0)
		r = read_text(rd, m[NAME], &out->name);
	if (r == 0)
		r = read_uint(rd, m[BYTES], JSON_MAX_INT, &out->bytes);
	if (r == 0)
		r = read_text(rd, m[XXH128], &out->xxh128);
	if (r == 0)
		r = read_text(rd, m[SHA256], &out->sha256);
	return r;
}

static int
read_conn(struct reader *rd, const struct json *v, struct ir_conn *out)
{
	enum { CLIENT, SERVER, SYN, N };
	static const struct json_key keys[N] = {
		{"client", true}, {"server", true}, {"syn_seen", false}};
	const struct json *m[N];
	int r = json_object(&rd->doc, v, keys, N, m);

	out->syn_seen = true;
	if (r == 0)
		r = read_text(rd, m[CLIENT], &out->client);
	if (r == 0)
		r = read_text(rd, m[SERVER], &out->server);
	if (r == 0 && m[SYN] != NULL)
		r = json_bool(&rd->doc, m[SYN], &out->syn_seen);
	return r;
}

static int
read_principal(struct reader *rd, const struct json *v, struct ir_principal *out)
{
	enum { DOMAIN, USER, MECHANISM, SESSION, N };
	static const struct json_key keys[N] = {
		{"domain", false}, {"user", true}, {"mechanism", false}, {"session", false}};
	const struct json *m[N];
	uint64_t session = 0;
	int r = json_object(&rd->doc, v, keys, N, m);

	if (r == 0)
		r = read_text(rd, m[DOMAIN], &out->domain);
	if (r == 0)
		r = read_text(rd, m[USER], &out->user);
	if (r == 0)
		r = read_text(rd, m[MECHANISM], &out->mechanism);
	if (r == 0)
		r = read_uint(rd, m[SESSION], IR_MAX_SYMBOL, &session);
	out->session = (uint32_t)session;
	return r;
}

#define READ_LIST(name, type)                                                                      \
	static int read_##name##s(struct reader *rd, const struct json *v,                         \
				  const struct type **out, size_t *n)                              \
	{                                                                                          \
		struct type *list = NULL;                                                          \
		const struct json *item = v != NULL ? json_first(v) : NULL;                        \
		int r = v != NULL ? json_need_array(&rd->doc, v) : 0;                              \
                                                                                                   \
		if (r == 0)                                                                        \
			r = make_list(rd, v, sizeof(*list), &list, n);                             \
		*out = list;                                                                       \
		for (size_t i = 0; r == 0 && i < *n; i++, item = json_next(item))                  \
			r = read_##name(rd, item, &list[i]);                                       \
		return r;                                                                          \
	}

/* [event, offset, width, "value.N"] */
static int
read_value(struct reader *rd, const struct json *v, struct ir_value *out)
{
	const size_t prefix = strlen(ir_what_names[IR_VALUE]);
	const char *text = "", *p;
	uint64_t x[3] = {0}, number = 0;
	const struct json *item = NULL;
	int r = json_need_array(&rd->doc, v);

	if (r == 0 && json_count(v) != 4)
		return json_fail(&rd->doc, v, ERR_MALFORMED,
				 "must be [event, offset, width, symbol]");
	item = r == 0 ? json_first(v) : NULL;
	for (size_t i = 0; r == 0 && i < 3; i++, item = json_next(item))
		r = json_uint(&rd->doc, item, i == 0 ? IR_MAX_EVENTS : IR_MAX_BYTES, &x[i]);
	if (r == 0)
		r = json_text(&rd->doc, item, &text);
	if (r != 0)
		return r;
	if (x[2] == 0 || x[2] > IR_MAX_VALUE)
		return json_fail(&rd->doc, v, ERR_MALFORMED, "a value has 1 to %d bytes",
				 IR_MAX_VALUE);
	p = strncmp(text, ir_what_names[IR_VALUE], prefix) == 0 && text[prefix] == '.'
		    ? text + prefix + 1
		    : "";
	for (; *p >= '0' && *p <= '9' && number <= IR_MAX_SYMBOL && (number > 0 || *p != '0'); p++)
		number = number * 10 + (uint64_t)(*p - '0');
	if (number == 0 || number > IR_MAX_SYMBOL || *p != '\0')
		return json_fail(&rd->doc, item, ERR_MALFORMED,
				 "must be \"%s.N\" with a number from 1 to %u",
				 ir_what_names[IR_VALUE], IR_MAX_SYMBOL);
	*out = (struct ir_value){(uint32_t)x[0], (uint32_t)x[1], (uint32_t)x[2], (uint32_t)number};
	return 0;
}

READ_LIST(source, ir_source)
READ_LIST(value, ir_value)
READ_LIST(conn, ir_conn)
READ_LIST(principal, ir_principal)

static int
read_shares(struct reader *rd, const struct json *v)
{
	const char **list = NULL;
	const struct json *item = v != NULL ? json_first(v) : NULL;
	int r = v != NULL ? json_need_array(&rd->doc, v) : 0;

	if (r == 0)
		r = make_list(rd, v, sizeof(*list), &list, &rd->out->n_shares);
	rd->out->shares = list;
	for (size_t i = 0; r == 0 && i < rd->out->n_shares; i++, item = json_next(item))
		r = read_text(rd, item, &list[i]);
	return r;
}

static int
read_totals(struct reader *rd, const struct json *v, const struct ir_total **out, size_t *n)
{
	struct ir_total *list = NULL;
	const struct json *item = v != NULL ? json_first(v) : NULL;
	int r = v != NULL ? json_need_object(&rd->doc, v) : 0;

	if (r == 0)
		r = make_list(rd, v, sizeof(*list), &list, n);
	*out = list;
	for (size_t i = 0; r == 0 && i < *n; i++, item = json_next(item)) {
		list[i].name = arena_text(rd->arena, json_name(item), strlen(json_name(item)));
		r = list[i].name == NULL ? ERR_NOMEM
					 : read_uint(rd, item, JSON_MAX_INT, &list[i].value);
	}
	return r;
}

enum meta_key {
	M_FORMAT,
	M_VERSION,
	M_KIND,
	M_TOOL,
	M_START,
	M_OPTIONS,
	M_SOURCES,
	M_CONNECTIONS,
	M_PRINCIPALS,
	M_SHARES,
	M_TOTALS,
	M_LOST,
	M_VALUES,
	N_KEYS
};

static const struct json_key meta_keys[N_KEYS] = {
	[M_FORMAT] = {"format", true},
	[M_VERSION] = {"version", true},
	[M_KIND] = {"kind", true},
	[M_TOOL] = {"tool", false},
	[M_START] = {"start", false},
	[M_OPTIONS] = {"options", false},
	[M_SOURCES] = {"sources", false},
	[M_CONNECTIONS] = {"connections", false},
	[M_PRINCIPALS] = {"principals", false},
	[M_SHARES] = {"shares", false},
	[M_TOTALS] = {"totals", false},
	[M_LOST] = {"lost", false},
	[M_VALUES] = {"values", false},
};

/* Before anything else: what another version holds is not known here. */
static int
check_version(struct reader *rd)
{
	uint64_t version = IR_VERSION;
	const struct json *v = rd->doc.root != NULL ? json_first(rd->doc.root) : NULL;
	int r;

	while (v != NULL && (json_name(v) == NULL || strcmp(json_name(v), "version") != 0))
		v = json_next(v);
	if (v == NULL)
		return 0;
	r = json_uint(&rd->doc, v, JSON_MAX_INT, &version);
	if (r == 0 && version != IR_VERSION)
		r = json_fail(&rd->doc, v, ERR_UNSUPPORTED,
			      "format version %llu, this program reads version %d",
			      (unsigned long long)version, IR_VERSION);
	return r;
}

static int
read_format(struct reader *rd, const struct json *const *m)
{
	const char *format = "", *kind = "";
	int r = json_text(&rd->doc, m[M_FORMAT], &format);

	if (r == 0 && strcmp(format, IR_FORMAT) != 0)
		return json_fail(&rd->doc, m[M_FORMAT], ERR_MALFORMED, "must be \"" IR_FORMAT "\"");
	if (r == 0)
		r = json_text(&rd->doc, m[M_KIND], &kind);
	if (r != 0)
		return r;
	rd->out->run = strcmp(kind, "run") == 0;
	if (!rd->out->run && strcmp(kind, "workload") != 0)
		return json_fail(&rd->doc, m[M_KIND], ERR_MALFORMED,
				 "must be \"workload\" or \"run\"");
	return 0;
}

static int
read_meta(struct reader *rd)
{
	const struct json *m[N_KEYS];
	struct ir_meta *o = rd->out;
	int r = check_version(rd);

	if (r == 0)
		r = json_object(&rd->doc, rd->doc.root, meta_keys, N_KEYS, m);
	if (r == 0)
		r = read_format(rd, m);
	if (r == 0)
		r = read_text(rd, m[M_TOOL], &o->tool);
	if (r == 0)
		r = read_start(rd, m[M_START], &o->start);
	if (r == 0)
		r = read_text(rd, m[M_OPTIONS], &o->options);
	if (r == 0)
		r = read_sources(rd, m[M_SOURCES], &o->sources, &o->n_sources);
	if (r == 0)
		r = read_conns(rd, m[M_CONNECTIONS], &o->conns, &o->n_conns);
	if (r == 0)
		r = read_principals(rd, m[M_PRINCIPALS], &o->principals, &o->n_principals);
	if (r == 0)
		r = read_shares(rd, m[M_SHARES]);
	if (r == 0)
		r = read_totals(rd, m[M_TOTALS], &o->totals, &o->n_totals);
	if (r == 0)
		r = read_totals(rd, m[M_LOST], &o->lost, &o->n_lost);
	if (r == 0)
		r = read_values(rd, m[M_VALUES], &o->values, &o->n_values);
	return r;
}

int
ir_parse_meta(const char *file, struct slice text, struct arena *arena, struct ir_meta *out,
	      struct err *e)
{
	struct reader rd = {
		.doc = {.file = file, .line = 1, .text = text, .e = e}, .arena = arena, .out = out};
	int r = json_parse(&rd.doc);

	*out = (struct ir_meta){0};
	if (r == 0)
		r = read_meta(&rd);
	json_doc_free(&rd.doc);
	return r == ERR_NOMEM ? err_set(e, r, "%s: out of memory", file) : r;
}

static void
put_key(struct json_out *o, const char *key)
{
	json_out_line(o, 1);
	json_out_key(o, key);
	buf_add(&o->b, " ", 1);
}

static void
put_text(struct json_out *o, const char *key, const char *text)
{
	json_out_key_text(o, key, text != NULL ? text : "");
}

static void
put_digest(struct json_out *o, const char *key, const char *hex)
{
	if (hex != NULL && hex[0] != '\0')
		put_text(o, key, hex);
}

/* Close a list; an empty one stays on its line. */
static void
close_list(struct json_out *o, size_t n, char bracket)
{
	o->comma = false;
	if (n > 0)
		json_out_line(o, 1);
	json_out_close(o, bracket);
}

static void
put_totals(struct json_out *o, const char *key, const struct ir_total *list, size_t n)
{
	put_key(o, key);
	json_out_open(o, '{');
	for (size_t i = 0; i < n; i++) {
		json_out_line(o, 2);
		json_out_name(o, list[i].name, strlen(list[i].name));
		buf_add(&o->b, " ", 1);
		json_out_uint(o, list[i].value);
	}
	close_list(o, n, '}');
}

static void
put_start(struct json_out *o, uint64_t ns)
{
	put_key(o, "start");
	json_out_raw(o, "\"%llu.%09llu\"", (unsigned long long)(ns / IR_NS_PER_S),
		     (unsigned long long)(ns % IR_NS_PER_S));
}

static void
put_lists(struct json_out *o, const struct ir_meta *m)
{
	put_key(o, "sources");
	json_out_open(o, '[');
	for (size_t i = 0; i < m->n_sources; i++) {
		json_out_line(o, 2);
		json_out_open(o, '{');
		put_text(o, "name", m->sources[i].name);
		json_out_key_uint(o, "bytes", m->sources[i].bytes);
		put_digest(o, "xxh128", m->sources[i].xxh128);
		put_digest(o, "sha256", m->sources[i].sha256);
		json_out_close(o, '}');
	}
	close_list(o, m->n_sources, ']');
	put_key(o, "connections");
	json_out_open(o, '[');
	for (size_t i = 0; i < m->n_conns; i++) {
		json_out_line(o, 2);
		json_out_open(o, '{');
		put_text(o, "client", m->conns[i].client);
		put_text(o, "server", m->conns[i].server);
		json_out_key_bool(o, "syn_seen", m->conns[i].syn_seen);
		json_out_close(o, '}');
	}
	close_list(o, m->n_conns, ']');
	put_key(o, "principals");
	json_out_open(o, '[');
	for (size_t i = 0; i < m->n_principals; i++) {
		json_out_line(o, 2);
		json_out_open(o, '{');
		put_text(o, "domain", m->principals[i].domain);
		put_text(o, "user", m->principals[i].user);
		put_text(o, "mechanism", m->principals[i].mechanism);
		json_out_key_uint(o, "session", m->principals[i].session);
		json_out_close(o, '}');
	}
	close_list(o, m->n_principals, ']');
	put_key(o, "shares");
	json_out_open(o, '[');
	for (size_t i = 0; i < m->n_shares; i++) {
		json_out_line(o, 2);
		json_out_text(o, m->shares[i]);
	}
	close_list(o, m->n_shares, ']');
}

/* Only where there are any: older programs do not know the key. */
static void
put_values(struct json_out *o, const struct ir_meta *m)
{
	if (m->n_values == 0)
		return;
	put_key(o, "values");
	json_out_open(o, '[');
	for (size_t i = 0; i < m->n_values; i++) {
		const struct ir_value *v = &m->values[i];

		json_out_line(o, 2);
		json_out_raw(o, "[%u,%u,%u,\"%s.%u\"]", v->event, v->off, v->width,
			     ir_what_names[IR_VALUE], v->number);
	}
	close_list(o, m->n_values, ']');
}

void
ir_format_meta(const struct ir_meta *meta, struct buf *out)
{
	struct json_out o = {.b = *out};

	json_out_open(&o, '{');
	put_key(&o, "format");
	json_out_text(&o, IR_FORMAT);
	put_key(&o, "version");
	json_out_uint(&o, IR_VERSION);
	put_key(&o, "kind");
	json_out_text(&o, meta->run ? "run" : "workload");
	put_key(&o, "tool");
	json_out_text(&o, meta->tool != NULL ? meta->tool : "");
	put_start(&o, meta->start);
	put_key(&o, "options");
	json_out_text(&o, meta->options != NULL ? meta->options : "");
	put_lists(&o, meta);
	put_totals(&o, "totals", meta->totals, meta->n_totals);
	put_totals(&o, "lost", meta->lost, meta->n_lost);
	put_values(&o, meta);
	json_out_last_line(&o, 0);
	json_out_close(&o, '}');
	buf_add(&o.b, "\n", 1);
	*out = o.b;
}
