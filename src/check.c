/* Checking a workload: codec, references, names, requests and responses. */
#include "config.h"

#include "check.h"

#include <stdlib.h>

/* Without memory an element is left out, which its owner sees. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

#include "base/log.h"
#include "proto/ntstatus.h"

#define PROGRESS_EVERY ((size_t)4096)
#define CUT_NAMES ((size_t)100) /* bytes of "cmd" from which on it may have been cut short */
#define MAX_SAID 50             /* problems or remarks of which each is printed */

/* A request that was sent, by connection and message id. */
struct request {
	struct {
		uint64_t message_id;
		uint64_t conn;
	} key;
	uint64_t event;
	uint16_t command;
	bool answered, left_out;
	UT_hash_handle hh;
};

struct checker {
	const char *path;
	const struct ir *ir;
	FILE *out;
	struct check_result *result;
	struct request *requests;
	struct smb2_questions asked;
	struct buf scratch, says;
	const struct ir_event *ev; /* at hand */
	size_t n;                  /* its number */
	size_t at;                 /* of the PDU at hand in its bytes */
	uint8_t *found;            /* for each patch of the event: it lies on a field of its kind */
	size_t cap_found;
	int err;
};

/* Open the bodies of a PDU with what its request asked for. */
static int
open_bodies(struct smb2_pdu *pdu, uint64_t conn, struct smb2_questions *asked,
	    struct check_codec *counts)
{
	struct smb2_bodies bodies;
	int r = smb2_questions_note(asked, conn, pdu);

	if (r != 0)
		return r;
	smb2_questions_open(asked, conn, pdu);
	if (pdu->response)
		smb2_questions_forget(asked, conn, pdu);
	bodies = smb2_pdu_bodies(pdu);
	counts->bodies += bodies.described;
	counts->plain += bodies.bytes;
	return 0;
}

int
check_pdu(struct slice bytes, uint64_t conn, struct smb2_questions *asked,
	  struct check_codec *counts, struct buf *says)
{
	struct smb2_pdu pdu;
	struct smb2_identity id;
	int r = smb2_pdu_decode(bytes, &pdu);

	counts->pdus++;
	if (r != 0) {
		/* Kept as bytes, so nothing of it is lost. */
		counts->opaque++;
		counts->identical++;
		buf_printf(says, "opaque: no SMB2 header: %s (%zu bytes)", err_str(r), bytes.n);
		return says->err;
	}
	r = open_bodies(&pdu, conn, asked, counts);
	if (r == 0)
		r = smb2_check_identity(&pdu, &id);
	if (r != 0)
		return r;
	counts->identical += id.identical;
	counts->opaque += id.opaque;
	counts->unexplained += id.unexplained;
	if (id.identical && !id.opaque)
		return 0;
	buf_printf(says, "%s %s: ", smb2_command_name(pdu.h.command),
		   pdu.response ? "response" : "request");
	if (id.opaque)
		buf_printf(says, "opaque: %s (%zu bytes)",
			   pdu.opaque != NULL ? pdu.opaque : "unknown", bytes.n);
	if (!id.identical)
		buf_printf(says, "%snot identical after decode and encode", id.opaque ? ", " : "");
	return says->err;
}

static void
say(struct checker *c, uint64_t *count, const char *prefix, const struct buf *what)
{
	if (++*count <= MAX_SAID)
		(void)fprintf(c->out, "%s:%u: %s%.*s\n", c->ir->path, ir_line(c->ir, c->n), prefix,
			      (int)what->n, (const char *)what->p);
	else if (*count == MAX_SAID + 1)
		(void)fprintf(c->out, "%s: more %s are only counted\n", c->path,
			      prefix[0] != '\0' ? "remarks" : "problems");
}

#define SAY(c, count, prefix, ...)                                                                 \
	do {                                                                                       \
		buf_reset(&(c)->says);                                                             \
		buf_printf(&(c)->says, __VA_ARGS__);                                               \
		say(c, &(c)->result->count, prefix, &(c)->says);                                   \
	} while (0)
#define PROBLEM(c, ...) SAY(c, problems, "", __VA_ARGS__)
#define REMARK(c, ...) SAY(c, remarks, "remark: ", __VA_ARGS__)

/* May bytes of that kind stand in a field of that role? */
static bool
fits(enum ir_what what, uint8_t role)
{
	static const uint8_t roles[IR_N_WHATS] = {
		[IR_SESSION] = SMB2_SESSION_ID, [IR_TREE] = SMB2_TREE_ID,
		[IR_ASYNC] = SMB2_ASYNC_ID,     [IR_OPEN] = SMB2_FILE_ID,
		[IR_RESUME] = SMB2_RESUME_KEY,  [IR_SIGNATURE] = SMB2_SIGNATURE,
		[IR_TOKEN] = SMB2_TOKEN,        [IR_SERVER] = SMB2_UNC,
		[IR_LAYOUT] = SMB2_LAYOUT,
	};

	/* What value flow found may lie anywhere. */
	return what == IR_VALUE || roles[what] == role;
}

static int
see_field(void *ctx, const struct smb2_item *it)
{
	struct checker *c = ctx;
	size_t off = c->at + it->off;

	for (uint32_t i = 0; it->row != NULL && i < c->ev->n_patches; i++) {
		const struct ir_patch *p = &c->ev->patches[i];

		if (p->off >= off && p->off - off <= it->len &&
		    p->width <= it->len - (p->off - off) &&
		    fits((enum ir_what)p->what, it->row->role))
			c->found[i] = 1;
	}
	return 0;
}

static void
check_patches(struct checker *c)
{
	for (uint32_t i = 0; i < c->ev->n_patches; i++) {
		const struct ir_patch *p = &c->ev->patches[i];
		/* The length in the frame header. */
		bool frame = p->what == IR_LAYOUT && p->off < NBSS_HEADER &&
			     p->width <= NBSS_HEADER - p->off;

		/* Of an answer that is expected to fail nothing has a place. */
		if (c->found[i] || frame || c->ev->expecting)
			continue;
		if (p->what < IR_N_SYMBOL_KINDS)
			PROBLEM(c, "%s.%u at %u lies on no field that holds such a value",
				ir_what_names[p->what], p->number, p->off);
		else
			PROBLEM(c, "%s at %u lies on no such field", ir_what_names[p->what],
				p->off);
	}
}

static struct request *
find_request(struct checker *c, uint64_t message_id)
{
	struct request probe = {.key = {message_id, c->ev->conn}}, *found = NULL;

	HASH_FIND(hh, c->requests, &probe.key, sizeof(probe.key), found);
	return found;
}

static void
add_request(struct checker *c, uint64_t message_id, uint16_t command)
{
	struct request *r = find_request(c, message_id);

	if (r != NULL) {
		REMARK(c, "message id %llu was used by event %llu", (unsigned long long)message_id,
		       (unsigned long long)r->event);
		return;
	}
	r = calloc(1, sizeof(*r));
	if (r == NULL) {
		c->err = ERR_NOMEM;
		return;
	}
	r->key.message_id = message_id;
	r->key.conn = c->ev->conn;
	r->event = c->n;
	r->command = command;
	HASH_ADD(hh, c->requests, key, sizeof(r->key), r);
	if (r->left_out) {
		free(r);
		c->err = ERR_NOMEM;
	}
}

static void
see_response(struct checker *c, const struct smb2_pdu *pdu)
{
	struct request *r = find_request(c, pdu->h.message_id);
	const char *name = smb2_command_name(pdu->h.command);

	if (pdu->h.message_id == SMB2_NO_MESSAGE_ID)
		return;
	if (r == NULL)
		REMARK(c, "%s response to no request that was captured", name);
	else if (r->command != pdu->h.command)
		REMARK(c, "%s response to the request of another command in event %llu", name,
		       (unsigned long long)r->event);
	else if (r->answered)
		REMARK(c, "%s response to a request that was answered before", name);
	if (r != NULL && !smb2_is_interim(pdu))
		r->answered = true;
}

static int
see_pdu(struct checker *c, struct slice bytes)
{
	const struct smb2_visitor v = {.ctx = c, .leaf = see_field};
	struct smb2_pdu pdu;
	bool sent = c->ev->kind == IR_SEND;
	int r;

	buf_reset(&c->says);
	/* What stands in for an answer is no PDU of anybody. */
	r = c->ev->expecting
		    ? 0
		    : check_pdu(bytes, c->ev->conn, &c->asked, &c->result->codec, &c->says);
	if (r != 0)
		return r;
	if (c->says.n > 0)
		say(c, &c->result->remarks, "remark: ", &c->says);
	if (smb2_pdu_decode(bytes, &pdu) != 0)
		return 0;
	if (c->ev->n_patches > 0 &&
	    (smb2_walk_header(&pdu, &v) != 0 || smb2_walk_body(&pdu, &v) != 0))
		return ERR_INTERNAL;
	if (sent != !pdu.response)
		REMARK(c, "%s: its flags say that it goes the other way",
		       smb2_command_name(pdu.h.command));
	else if (!sent)
		see_response(c, &pdu);
	else if (pdu.h.command != SMB2_CMD_CANCEL)
		add_request(c, pdu.h.message_id, pdu.h.command);
	return c->err;
}

/* "CREATE+CLOSE", and whether the line says so; long ones are cut short there. */
static void
check_names(struct checker *c, struct slice bytes)
{
	const char *said = c->ev->commands;
	struct smb2_chain chain = smb2_chain_init(bytes);
	struct buf names = {0};
	struct slice pdu;
	size_t n = said != NULL ? strlen(said) : 0;

	while (smb2_chain_next(&chain, &pdu)) {
		struct smb2_pdu p;

		if (smb2_pdu_decode(pdu, &p) == 0)
			buf_printf(&names, "%s%s", names.n > 0 ? "+" : "",
				   smb2_command_name(p.h.command));
	}
	if (n > names.n || (n > 0 && memcmp(said, names.p, n) != 0) ||
	    (said != NULL && n < names.n && n < CUT_NAMES))
		PROBLEM(c, "cmd says %s, the bytes %.*s", said, (int)names.n,
			(const char *)names.p);
	buf_free(&names);
}

static int
check_message(struct checker *c, struct slice bytes)
{
	struct smb2_chain chain = smb2_chain_init(bytes);
	struct slice pdu;
	int r = 0;

	/* MS-SMB2 3.3.5.3: SMB2 answers the SMB1 NEGOTIATE. */
	if (smb2_msg_kind(bytes) == SMB2_MSG_SMB1 && c->ev->kind == IR_SEND &&
	    find_request(c, 0) == NULL)
		add_request(c, 0, SMB2_CMD_NEGOTIATE);
	if (smb2_msg_kind(bytes) == SMB2_MSG_PLAIN) {
		while (r == 0 && smb2_chain_next(&chain, &pdu)) {
			c->at = (size_t)(pdu.p - bytes.p);
			r = see_pdu(c, pdu);
		}
		if (chain.broken)
			REMARK(c, "a NextCommand points nowhere");
		check_names(c, bytes);
	}
	if (r == 0)
		check_patches(c);
	return r != 0 ? r : c->err;
}

/* What goes wrong on purpose. */
static void
check_fault(struct checker *c, const struct ir_fault *f)
{
	c->result->unsent += f->unsent;
	c->result->faults += !f->unsent;
	if (f->cut >= c->ev->size)
		REMARK(c, "cut %u: the message has only %u bytes", f->cut, c->ev->size);
}

static int
check_event(struct checker *c)
{
	struct slice bytes;

	if (c->ev->kind == IR_GAP)
		REMARK(c, "the capture lost %llu bytes here", (unsigned long long)c->ev->lost);
	c->result->timings += c->ev->timing != NULL || c->ev->n_pauses > 0;
	if (c->ev->kind == IR_JUNK)
		REMARK(c, "%u bytes that are no message", c->ev->size);
	if (c->ev->kind != IR_SEND && c->ev->kind != IR_RECV)
		return 0;
	if (c->ev->fault != NULL)
		check_fault(c, c->ev->fault);
	if (c->ev->n_patches > c->cap_found) {
		uint8_t *more = realloc(c->found, c->ev->n_patches);

		if (more == NULL)
			return ERR_NOMEM;
		c->found = more;
		c->cap_found = c->ev->n_patches;
	}
	if (c->ev->n_patches > 0)
		memset(c->found, 0, c->ev->n_patches);
	bytes = ir_bytes(c->ir, c->ev, &c->scratch);
	return c->scratch.err == 0 ? check_message(c, bytes) : c->scratch.err;
}

/* Requests that were never answered; frees all of them. */
static void
end_requests(struct checker *c)
{
	struct request *r, *next;

	HASH_ITER(hh, c->requests, r, next)
	{
		if (!r->answered && c->err == 0) {
			c->n = (size_t)r->event;
			REMARK(c, "%s request without a response", smb2_command_name(r->command));
		}
		HASH_DEL(c->requests, r);
		free(r);
	}
}

int
check_ir(const char *path, const struct ir *ir, FILE *out, struct check_result *result)
{
	struct checker c = {.path = path, .ir = ir, .out = out, .result = result};

	*result = (struct check_result){0};
	for (size_t i = 0; i < ir->n_events && c.err == 0; i++) {
		c.ev = &ir->events[i];
		c.n = i;
		c.err = check_event(&c);
		if (i % PROGRESS_EVERY == 0)
			log_progress("checked %zu of %zu events", i, ir->n_events);
	}
	log_progress_end();
	end_requests(&c);
	smb2_questions_free(&c.asked);
	buf_free(&c.scratch);
	buf_free(&c.says);
	free(c.found);
	return c.err;
}
