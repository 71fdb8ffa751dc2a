/* The logons of a batch, as a hand would write them. */
#include "config.h"

#include "provision/batch_logon.h"

#include "crypto/hash.h"
#include "ir/json_out.h"

#define FIRST_CREDITS 512 /* asked for before the first message */

static void
put_tree_connect(struct json_out *o, uint32_t conn, const char *share)
{
	struct buf path = {0};

	buf_printf(&path, "\\\\server\\%s", share);
	json_out_open(o, '{');
	json_out_key_text(o, "ev", "send");
	json_out_key_uint(o, "c", conn);
	json_out_key_open(o, "fields", '{');
	json_out_key_text(o, "command", "TREE_CONNECT");
	json_out_key(o, "body.path");
	json_out_text_n(o, (const char *)path.p, path.n);
	json_out_close(o, '}');
	json_out_close(o, '}');
	o->comma = false;
	buf_add(&o->b, "\n", 1);
	if (path.err != 0)
		o->b.err = path.err;
	buf_free(&path);
}

/* Each connection is a client of its own, else smbd serves all of them in one process. */
static void
put_negotiate(uint32_t conn, struct json_out *o)
{
	uint8_t guid[16];

	if (hash_random(guid, sizeof(guid)) != 0)
		o->b.err = ERR_CRYPTO;
	json_out_open(o, '{');
	json_out_key_text(o, "ev", "send");
	json_out_key_uint(o, "c", conn);
	json_out_key_open(o, "fields", '{');
	json_out_key_text(o, "command", "NEGOTIATE");
	json_out_key(o, "body.client_guid");
	json_out_hex(o, slice_of(guid, sizeof(guid)));
	json_out_close(o, '}');
	json_out_close(o, '}');
	o->comma = false;
	buf_add(&o->b, "\n", 1);
}

static void
put_logon(const struct batch_options *opt, uint32_t conn, struct json_out *o)
{
	json_out_open(o, '{');
	json_out_key_text(o, "ev", "logon");
	json_out_key_uint(o, "c", conn);
	json_out_key_text(o, "share", "");
	json_out_key_open(o, "principal", '{');
	json_out_key_text(o, "user", opt->user);
	json_out_key_text(o, "domain", opt->domain);
	json_out_close(o, '}');
	json_out_close(o, '}');
	o->comma = false;
	buf_printf(
		&o->b,
		"\n{\"ev\":\"send\",\"c\":%u,\"fields\":{\"command\":\"ECHO\",\"credits\":%d}}\n",
		conn, FIRST_CREDITS);
}

int
batch_logons(const struct batch_options *opt, struct buf *out)
{
	struct json_out o = {.b = *out};

	for (uint32_t c = 0; c < BATCH_CONNS; c++) {
		put_negotiate(c, &o);
		put_logon(opt, c, &o);
		for (size_t i = 0; i < opt->n_shares; i++)
			put_tree_connect(&o, c, opt->shares[i]);
	}
	*out = o.b;
	return out->err;
}
