/* replay --dry-run. */
#include "config.h"

#include "dry_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "ir/json_out.h"

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->messages = 0)
#include <uthash.h>

/* A distinct value; its key is kind, share and recorded text, each with its NUL. */
struct value {
	enum mapper_kind kind;
	const char *share, *recorded; /* in `key`; share "": none */
	char *live;
	uint64_t messages;
	uint64_t last; /* the event that was counted last */
	UT_hash_handle hh;
	char key[];
};

/* Who logs on for whom. */
struct logon {
	const struct ir_principal *recorded;
	struct buf live;
	uint64_t sessions;
};

struct dry {
	const struct ir *ir;
	const struct dry_run_options *opt;
	struct value *values;
	struct logon *logons;
	size_t n_logons;
	uint64_t commands[SMB2_N_COMMANDS], others; /* PDUs; messages that are not plain SMB2 */
	uint64_t messages, relaid, event;
	struct json_out json;
	int err;
};

static struct value *
new_value(const struct mapper_value *v, const char *key, size_t n)
{
	struct value *new = calloc(1, sizeof(*new) + n);

	if (new == NULL)
		return NULL;
	memcpy(new->key, key, n);
	new->kind = v->kind;
	new->share = new->key + 1;
	new->recorded = new->share + strlen(new->share) + 1;
	new->live = strdup(v->live);
	new->last = UINT64_MAX;
	new->messages = 1;
	if (new->live != NULL)
		return new;
	free(new);
	return NULL;
}

static void
on_value(void *ctx, const struct mapper_value *v)
{
	struct dry *d = ctx;
	struct buf key = {0};
	struct value *found = NULL;

	buf_le(&key, 1, (uint64_t)v->kind);
	buf_printf(&key, "%s%c%s%c", v->share != NULL ? v->share : "", 0, v->recorded, 0);
	if (key.err == 0)
		HASH_FIND(hh, d->values, key.p, key.n, found);
	if (found == NULL && key.err == 0) {
		found = new_value(v, (char *)key.p, key.n);
		if (found != NULL)
			HASH_ADD(hh, d->values, key, (unsigned)key.n, found);
		if (found != NULL && found->messages == 0) {
			free(found->live);
			free(found);
			found = NULL;
		}
		if (found != NULL)
			found->messages = 0;
	}
	if (found == NULL)
		d->err = ERR_NOMEM;
	else if (found->last != d->event)
		found->messages++;
	if (found != NULL)
		found->last = d->event;
	buf_free(&key);
}

/* "DOMAIN/user", "user" or "nobody". */
static void
put_name(struct buf *out, const char *domain, const char *user)
{
	if (user[0] == '\0')
		buf_printf(out, "anonymous");
	else
		buf_printf(out, "%s%s%s", domain, domain[0] != '\0' ? "/" : "", user);
	buf_zero(out, 1);
}

static void
put_live_name(struct dry *d, const struct ir_principal *p, struct buf *out)
{
	const struct auth_creds *c = d->opt->creds.find(d->opt->creds.ctx, p->user, p->domain);

	if (p->user[0] == '\0')
		put_name(out, "", "");
	else if (c == NULL)
		buf_add(out, "nobody: no credentials", sizeof("nobody: no credentials"));
	else
		put_name(out, c->domain != NULL ? c->domain : "", c->user != NULL ? c->user : "");
}

static int
collect_logons(struct dry *d)
{
	const struct ir_meta *meta = &d->ir->meta;

	d->logons = calloc(meta->n_principals + 1, sizeof(*d->logons));
	if (d->logons == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < meta->n_principals; i++) {
		const struct ir_principal *p = &meta->principals[i];
		size_t k = 0;

		while (k < d->n_logons && (strcmp(d->logons[k].recorded->user, p->user) != 0 ||
					   strcmp(d->logons[k].recorded->domain, p->domain) != 0))
			k++;
		if (k == d->n_logons) {
			d->logons[d->n_logons++].recorded = p;
			put_live_name(d, p, &d->logons[k].live);
		}
		d->logons[k].sessions++;
		if (d->logons[k].live.err != 0)
			return d->logons[k].live.err;
	}
	return 0;
}

/* Its PDUs by command; the UNC paths of a TREE_CONNECT. */
static int
count_message(struct dry *d, struct mapper *m, const struct ir_event *ev, struct slice bytes)
{
	struct smb2_chain chain = smb2_chain_init(bytes);
	struct buf live = {0};
	struct slice pdu;
	int r = 0;

	if (smb2_msg_kind(bytes) != SMB2_MSG_PLAIN) {
		d->others++;
		return 0;
	}
	while (smb2_chain_next(&chain, &pdu)) {
		uint64_t command = pdu.n >= SMB2_HEADER ? wire_le(pdu.p + SMB2_HDR_AT(command), 2)
							: SMB2_N_COMMANDS;

		if (command < SMB2_N_COMMANDS)
			d->commands[command]++;
	}
	for (uint32_t i = 0; r == 0 && i < ev->n_patches; i++)
		if (ev->patches[i].what == IR_SERVER)
			r = mapper_unc(m,
				       slice_sub(bytes, ev->patches[i].off, ev->patches[i].width),
				       &live);
	buf_free(&live);
	return r;
}

/* What stands for its names must fit into it. */
static int
map_message(struct dry *d, struct mapper *m, struct slice bytes, struct err *e)
{
	struct mapper_edits edits = {.n = 0};
	struct buf out = {0};
	int r = mapper_request(m, d->event, bytes, &edits);

	mapper_edits_sort(&edits);
	if (r == 0 && edits.n > 0) {
		r = smb2_relay(bytes, edits.list, edits.n, &out, NULL, e);
		d->relaid += r == 0;
	}
	if (r == ERR_MALFORMED) {
		log_warn("event %" PRIu64 ": its names stay as recorded: %s", d->event,
			 err_text(e));
		*e = (struct err){0};
		r = 0;
	}
	mapper_edits_free(&edits);
	buf_free(&out);
	return r != 0 ? err_prefix(e, "event %" PRIu64, d->event) : 0;
}

static int
collect_messages(struct dry *d, struct mapper *m, struct err *e)
{
	struct buf scratch = {0};
	int r = 0;

	for (d->event = 0; r == 0 && d->event < d->ir->n_events; d->event++) {
		const struct ir_event *ev = &d->ir->events[d->event];
		struct slice bytes;

		if (ev->kind != IR_SEND || (ev->fault != NULL && ev->fault->unsent))
			continue;
		bytes = ir_bytes(d->ir, ev, &scratch);
		d->messages++;
		r = scratch.err != 0 ? scratch.err : count_message(d, m, ev, bytes);
		if (r == 0)
			r = map_message(d, m, bytes, e);
	}
	buf_free(&scratch);
	return r;
}

static int
by_name(struct value *a, struct value *b)
{
	int c = a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : strcasecmp(a->share, b->share);

	return c != 0 ? c : strcmp(a->recorded, b->recorded);
}

static bool
is_changed(const struct value *v)
{
	return strcmp(v->recorded, v->live) != 0;
}

static const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* Names come from the capture: nothing of them is for the terminal. */
static void
print_text(const char *text)
{
	if (text[0] == '\0')
		(void)printf("(the root)");
	for (; *text != '\0'; text++)
		(void)putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '.' : *text);
}

static void
print_value(const struct value *v)
{
	(void)printf("  %-8s ", mapper_kind_names[v->kind]);
	if (v->share[0] != '\0') {
		print_text(v->share);
		(void)printf(": ");
	}
	print_text(v->recorded);
	if (is_changed(v)) {
		(void)printf("  ->  ");
		print_text(v->live);
	}
	(void)printf("  (%" PRIu64 " message%s)\n", v->messages, plural(v->messages));
}

static void
print_values(const struct dry *d)
{
	uint64_t same[MAPPER_N_KINDS] = {0};
	const char *lead = "not touched by any rule: ";
	bool said = false;

	for (const struct value *v = d->values; v != NULL; v = v->hh.next) {
		if (is_changed(v) || d->opt->verbose)
			print_value(v);
		same[v->kind] += !is_changed(v);
	}
	for (size_t k = 0; k < MAPPER_N_KINDS; k++) {
		if (same[k] == 0)
			continue;
		(void)printf("%s%" PRIu64 " %s%s", lead, same[k], mapper_kind_names[k],
			     plural(same[k]));
		lead = ", ";
		said = true;
	}
	if (said)
		(void)printf("%s\n", d->opt->verbose ? "" : " (--verbose lists them)");
}

static void
print(const struct dry *d)
{
	(void)printf("%" PRIu64 " message%s to send on %zu connection%s\n", d->messages,
		     plural(d->messages), d->ir->meta.n_conns, plural(d->ir->meta.n_conns));
	for (unsigned c = 0; c < SMB2_N_COMMANDS; c++)
		if (d->commands[c] > 0)
			(void)printf("  %-16s %8" PRIu64 "\n", smb2_command_name(c),
				     d->commands[c]);
	if (d->others > 0)
		(void)printf("  %-16s %8" PRIu64 "\n", "not plain SMB2", d->others);
	(void)printf("logons:\n");
	for (size_t i = 0; i < d->n_logons; i++) {
		const struct logon *l = &d->logons[i];
		struct buf name = {0};

		put_name(&name, l->recorded->domain, l->recorded->user);
		(void)printf("  ");
		print_text(name.err == 0 ? (char *)name.p : "?");
		(void)printf("  ->  ");
		print_text((char *)l->live.p);
		(void)printf("  (%" PRIu64 " session%s)\n", l->sessions, plural(l->sessions));
		buf_free(&name);
	}
	(void)printf("names (%" PRIu64 " message%s relaid for them):\n", d->relaid,
		     d->relaid == 1 ? " is" : "s are");
	print_values(d);
}

static void
put_json_lists(struct dry *d)
{
	struct json_out *o = &d->json;

	json_out_key_open(o, "logons", '[');
	for (size_t i = 0; i < d->n_logons; i++) {
		json_out_open(o, '{');
		json_out_key_text(o, "domain", d->logons[i].recorded->domain);
		json_out_key_text(o, "user", d->logons[i].recorded->user);
		json_out_key_text(o, "live", (char *)d->logons[i].live.p);
		json_out_key_uint(o, "sessions", d->logons[i].sessions);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
	json_out_key_open(o, "names", '[');
	for (const struct value *v = d->values; v != NULL; v = v->hh.next) {
		json_out_open(o, '{');
		json_out_key_text(o, "kind", mapper_kind_names[v->kind]);
		json_out_key_text(o, "share", v->share);
		json_out_key_text(o, "recorded", v->recorded);
		json_out_key_text(o, "live", v->live);
		json_out_key_uint(o, "messages", v->messages);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static int
print_json(struct dry *d)
{
	struct json_out *o = &d->json;

	json_out_open(o, '{');
	json_out_key_uint(o, "messages", d->messages);
	json_out_key_uint(o, "connections", d->ir->meta.n_conns);
	json_out_key_uint(o, "relaid", d->relaid);
	json_out_key_open(o, "commands", '{');
	for (unsigned c = 0; c < SMB2_N_COMMANDS; c++) {
		if (d->commands[c] == 0)
			continue;
		json_out_key_uint(o, smb2_command_name(c), d->commands[c]);
	}
	json_out_close(o, '}');
	put_json_lists(d);
	json_out_close(o, '}');
	if (o->b.err == 0)
		(void)printf("%.*s\n", (int)o->b.n, (const char *)o->b.p);
	return o->b.err;
}

static void
free_dry(struct dry *d)
{
	struct value *v, *next;

	HASH_ITER(hh, d->values, v, next)
	{
		HASH_DEL(d->values, v);
		free(v->live);
		free(v);
	}
	for (size_t i = 0; i < d->n_logons; i++)
		buf_free(&d->logons[i].live);
	free(d->logons);
	buf_free(&d->json.b);
}

int
dry_run(const struct ir *ir, const struct dry_run_options *opt, struct err *e)
{
	struct mapper_options names = opt->names;
	struct dry d = {.ir = ir, .opt = opt};
	struct mapper *m = NULL;
	int r;

	if (ir->meta.run)
		return err_set(e, ERR_USAGE, "this is a run, not a workload");
	names.see = on_value;
	names.ctx = &d;
	r = mapper_new(ir, &names, &m);
	if (r == 0)
		r = collect_logons(&d);
	if (r == 0)
		r = collect_messages(&d, m, e);
	if (r == 0)
		r = d.err;
	HASH_SRT(hh, d.values, by_name);
	if (r == 0 && d.messages == 0)
		r = err_set(e, ERR_NOTFOUND, "the workload has no request to send");
	if (r == 0 && opt->json)
		r = print_json(&d);
	else if (r == 0)
		print(&d);
	mapper_free(m);
	free_dry(&d);
	return r != 0 ? err_set(e, r, "%s", err_str(r)) : 0;
}
