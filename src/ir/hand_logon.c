/* A logon in one line: the messages that it stands for, as a hand would write them. */
#include "config.h"

#include "ir/hand_int.h"

#include "ir/json_out.h"

enum key { K_N, K_EV, K_C, K_LABEL, K_SHARE, K_PRINCIPAL, K_BINDS, K_SEALED, N_KEYS };

static const struct json_key keys[N_KEYS] = {
	[K_N] = {"n", false},         [K_EV] = {"ev", true},
	[K_C] = {"c", true},          [K_LABEL] = {"label", false},
	[K_SHARE] = {"share", false}, [K_PRINCIPAL] = {"principal", false},
	[K_BINDS] = {"binds", false}, [K_SEALED] = {"sealed", false},
};

struct logon {
	struct hand *h;
	uint32_t conn;
	const char *label, *share, *binds, *user, *domain; /* NULL: none */
	bool sealed;
};

static int
read_text(const struct json_doc *d, const struct json *v, const char **out)
{
	return v != NULL ? json_text(d, v, out) : 0;
}

static int
read_principal(const struct json_doc *d, const struct json *v, struct logon *g)
{
	static const struct json_key names[] = {{"user", true}, {"domain", false}};
	const struct json *m[2] = {NULL, NULL};
	int r = v != NULL ? json_object(d, v, names, 2, m) : 0;

	if (r == 0)
		r = read_text(d, m[0], &g->user);
	return r == 0 ? read_text(d, m[1], &g->domain) : r;
}

/* The object of a message that is being written; play takes it. */
static void
open_line(const struct logon *g, struct json_out *o, const char *label)
{
	o->comma = false;
	json_out_open(o, '{');
	json_out_key_text(o, "ev", "send");
	json_out_key_uint(o, "c", g->conn);
	if (label != NULL)
		json_out_key_text(o, "label", label);
}

static void
open_fields(struct json_out *o, const char *command)
{
	json_out_key_open(o, "fields", '{');
	json_out_key_text(o, "command", command);
}

/* Close the object and read it as a line of its own. */
static int
play(const struct logon *g, struct json_out *o, const char *status)
{
	struct ir_loader *l = g->h->l;
	struct json_doc outer = l->doc;
	int r;

	json_out_close(o, '}');
	json_out_key_open(o, "expect", '{');
	json_out_key_text(o, "status", status);
	json_out_close(o, '}');
	json_out_close(o, '}');
	r = o->b.err;
	l->doc.text = buf_slice(&o->b);
	l->doc.root = NULL;
	if (r == 0)
		r = json_parse(&l->doc);
	if (r == 0)
		r = hand_read(l);
	json_doc_free(&l->doc);
	l->doc = outer;
	buf_reset(&o->b);
	return r;
}

static int
negotiate(const struct logon *g, struct json_out *o)
{
	open_line(g, o, NULL);
	open_fields(o, "NEGOTIATE");
	return play(g, o, "STATUS_SUCCESS");
}

static void
put_principal(const struct logon *g, struct json_out *o)
{
	json_out_key_open(o, "principal", '{');
	json_out_key_text(o, "user", g->user);
	if (g->domain != NULL)
		json_out_key_text(o, "domain", g->domain);
	json_out_close(o, '}');
}

/* MS-SMB2 2.2.5: a binding one has flags 1 and the session's id. */
static int
setup(const struct logon *g, struct json_out *o, bool first)
{
	struct buf id = {0};

	open_line(g, o, !first && g->share[0] == '\0' ? g->label : NULL);
	if (first && g->user != NULL && g->binds == NULL)
		put_principal(g, o);
	open_fields(o, "SESSION_SETUP");
	if (g->binds != NULL) {
		buf_printf(&id, "@%s.session_id", g->binds);
		json_out_key(o, "session_id");
		json_out_text_n(o, (const char *)id.p, id.n);
		json_out_key_uint(o, "body.flags", 1);
		if (id.err != 0)
			o->b.err = id.err;
		buf_free(&id);
	}
	return play(g, o, first ? "STATUS_MORE_PROCESSING_REQUIRED" : "STATUS_SUCCESS");
}

static int
tree_connect(const struct logon *g, struct json_out *o)
{
	struct buf path = {0};
	int r;

	buf_printf(&path, "\\\\server\\%s", g->share);
	open_line(g, o, g->label);
	if (g->sealed)
		json_out_key_bool(o, "sealed", true);
	open_fields(o, "TREE_CONNECT");
	json_out_key(o, "body.path");
	json_out_text_n(o, (const char *)path.p, path.n);
	r = path.err != 0 ? path.err : play(g, o, "STATUS_SUCCESS");
	buf_free(&path);
	return r;
}

static int
play_all(const struct logon *g)
{
	struct json_out o = {.comma = false};
	struct hand_conn *c = hand_conn(g->h, g->conn);
	int r = 0;

	if (c == NULL)
		return ERR_NOMEM;
	if (!c->negotiated)
		r = negotiate(g, &o);
	if (r == 0)
		r = setup(g, &o, true);
	if (r == 0)
		r = setup(g, &o, false);
	if (r == 0 && g->share[0] != '\0')
		r = tree_connect(g, &o);
	buf_free(&o.b);
	return r;
}

int
hand_read_logon(struct hand *h)
{
	const struct json_doc *d = &h->l->doc;
	struct logon g = {.h = h, .share = "share"};
	const struct json *m[N_KEYS];
	int r = json_object(d, d->root, keys, N_KEYS, m);

	if (r == 0)
		r = ir_read_number(h->l, m[K_N], true);
	if (r == 0)
		r = ir_read_conn(h->l, m[K_C], &g.conn);
	if (r == 0)
		r = read_text(d, m[K_LABEL], &g.label);
	if (r == 0)
		r = read_text(d, m[K_SHARE], &g.share);
	if (r == 0)
		r = read_text(d, m[K_BINDS], &g.binds);
	if (r == 0)
		r = read_principal(d, m[K_PRINCIPAL], &g);
	if (r == 0 && m[K_SEALED] != NULL)
		r = json_bool(d, m[K_SEALED], &g.sealed);
	return r == 0 ? play_all(&g) : r;
}
