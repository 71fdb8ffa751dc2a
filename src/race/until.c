/* Expressions over what became of requests. */
#include "config.h"

#include "race/until.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "proto/ntstatus.h"
#include "proto/smb2_set.h"

#define MAX_DEPTH 64    /* of parentheses */
#define MAX_NODES 4096u /* of an expression */
#define MAX_WORD 256    /* bytes of a name or value */

enum op { OP_EQ, OP_NE, OP_LE, OP_GE, OP_LT, OP_GT, N_OPS };
static const char *const op_texts[N_OPS] = {"==", "!=", "<=", ">=", "<", ">"};

enum kind { TEST, NOT, AND, OR };

struct node {
	enum kind kind;
	uint32_t left, right;
	enum op op;
	size_t request;
	uint32_t event;
	size_t at, len;      /* of the text: what the message is called */
	char pdu[8];         /* to stand behind another name of it: ".1", or nothing */
	char *field, *value; /* owned */
};

struct until {
	struct node *nodes; /* owned */
	size_t n, cap;
	uint32_t root;
};

struct parser {
	const struct trial_requests *requests;
	struct until *u;
	const char *text, *at;
	unsigned depth;
	struct err *e;
};

static int
fail(const struct parser *p, const char *what)
{
	return err_set(p->e, ERR_USAGE, "%s at '%.40s'", what, p->at);
}

static void
skip_space(struct parser *p)
{
	p->at += strspn(p->at, " \t\n");
}

static bool
take_text(struct parser *p, const char *text)
{
	size_t n = strlen(text);

	skip_space(p);
	if (strncmp(p->at, text, n) != 0)
		return false;
	if (isalpha((unsigned char)text[0]) &&
	    (isalnum((unsigned char)p->at[n]) || p->at[n] == '_'))
		return false;
	p->at += n;
	return true;
}

/* Letters, digits and what names and paths have in them. */
static int
take_word(struct parser *p, const char *what, char out[MAX_WORD])
{
	size_t n;

	skip_space(p);
	n = strspn(p->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.#[]");
	if (n == 0 || n >= MAX_WORD)
		return fail(p, what);
	memcpy(out, p->at, n);
	out[n] = '\0';
	p->at += n;
	return 0;
}

static int
add(struct parser *p, const struct node *n, uint32_t *out)
{
	int r = p->u->n < MAX_NODES ? list_room(&p->u->nodes, p->u->n, &p->u->cap, sizeof(*n))
				    : fail(p, "too long");

	if (r != 0)
		return r;
	*out = (uint32_t)p->u->n;
	p->u->nodes[p->u->n++] = *n;
	return 0;
}

static bool
parse_number(const char *text, uint64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	*out = strtoull(text, &end, 0);
	return *end == '\0';
}

/* The longest beginning of a word that is the label of a request's event, up to its end or a
 * point. */
static bool
find_label(const struct parser *p, const char *word, size_t *request, size_t *len)
{
	const struct trial_requests *q = p->requests;

	*len = 0;
	for (size_t i = 0; i < q->n; i++) {
		const char *label = q->ir->events[q->list[i].event].label;
		size_t n = label != NULL ? strlen(label) : 0;

		if (n > *len && q->list[i].pdu == 0 && strncmp(word, label, n) == 0 &&
		    (word[n] == '.' || word[n] == '\0')) {
			*request = i;
			*len = n;
		}
	}
	return *len > 0;
}

/* "CREATE#2", "#17". */
static bool
find_numbered(const struct parser *p, const char *word, size_t *request, size_t *len)
{
	const struct trial_requests *q = p->requests;
	size_t name = strcspn(word, "#"),
	       digits = word[name] == '#' ? strspn(word + name + 1, "0123456789") : 0;
	unsigned long n = digits > 0 && digits < 10 ? strtoul(word + name + 1, NULL, 10) : 0,
		      seen = 0;

	if (digits == 0 || digits >= 10)
		return false;
	*len = name + 1 + digits;
	for (*request = 0; *request < q->n; (*request)++) {
		const struct trial_request *x = &q->list[*request];
		const char *command = smb2_command_name(x->command);

		if (name == 0 && x->event == n)
			return true;
		if (name > 0 && strlen(command) == name && strncmp(command, word, name) == 0 &&
		    ++seen == n)
			return true;
	}
	return false;
}

/* A message and its field: the PDU's number may stand between. */
static int
read_message(struct parser *p, struct node *n, char *word)
{
	size_t len;
	char *rest;
	unsigned long pdu;

	if (!find_label(p, word, &n->request, &len) && !find_numbered(p, word, &n->request, &len))
		return fail(p, "no request is called that: before this,");
	n->event = p->requests->list[n->request].event;
	n->at = (size_t)(p->at - p->text) - strlen(word);
	n->len = len;
	if (p->requests->list[n->request].pdu > 0)
		(void)snprintf(n->pdu, sizeof(n->pdu), ".%u", p->requests->list[n->request].pdu);
	word += len;
	if (*word != '\0' && *word != '.')
		return fail(p, "a field is named behind a point: before this,");
	word += *word == '.';
	pdu = isdigit((unsigned char)*word) ? strtoul(word, &rest, 10) : 0;
	if (isdigit((unsigned char)*word)) {
		if (pdu > UINT16_MAX || (*rest != '.' && *rest != '\0') ||
		    n->request + pdu >= p->requests->n ||
		    p->requests->list[n->request + pdu].event !=
			    p->requests->list[n->request].event)
			return fail(p, "the message has no such request: before this,");
		n->request += pdu;
		word = rest + (*rest == '.');
	}
	n->field = strdup(*word != '\0' ? word : "status");
	return n->field != NULL ? 0 : ERR_NOMEM;
}

static int
read_test(struct parser *p, uint32_t *out)
{
	struct node n = {.kind = TEST};
	char word[MAX_WORD];
	uint32_t status;
	int r = take_word(p, "a message is expected", word);

	if (r == 0)
		r = read_message(p, &n, word);
	for (n.op = 0; r == 0 && n.op < N_OPS && !take_text(p, op_texts[n.op]); n.op++)
		continue;
	if (r == 0 && n.op == N_OPS)
		r = fail(p, "==, !=, <, <=, > or >= is expected");
	if (r == 0)
		r = take_word(p, "a value is expected", word);
	if (r == 0 && strcmp(n.field, "status") == 0 && ntstatus_parse(word, &status) != 0)
		r = fail(p, "no status is called that: before this,");
	if (r == 0 && (n.value = strdup(word)) == NULL)
		r = ERR_NOMEM;
	if (r == 0)
		r = add(p, &n, out);
	if (r != 0) {
		free(n.field);
		free(n.value);
	}
	return r;
}

static int read_or(struct parser *p, uint32_t *out);

static int
read_not(struct parser *p, uint32_t *out)
{
	struct node n = {.kind = NOT};
	bool no = false;
	int r;

	while (take_text(p, "not") || (p->at[0] == '!' && p->at[1] != '=' && take_text(p, "!")))
		no = !no;
	if (!take_text(p, "(")) {
		r = read_test(p, out);
	} else {
		r = ++p->depth > MAX_DEPTH ? fail(p, "too deep") : read_or(p, out);
		p->depth--;
		if (r == 0 && !take_text(p, ")"))
			r = fail(p, "')' is expected");
	}
	n.left = *out;
	return r == 0 && no ? add(p, &n, out) : r;
}

/* A list of terms between which a word stands. */
static int
read_list(struct parser *p, enum kind kind, uint32_t *out)
{
	struct node n = {.kind = kind};
	int r = kind == OR ? read_list(p, AND, out) : read_not(p, out);

	while (r == 0 && (take_text(p, kind == OR ? "or" : "and") ||
			  take_text(p, kind == OR ? "||" : "&&"))) {
		n.left = *out;
		r = kind == OR ? read_list(p, AND, &n.right) : read_not(p, &n.right);
		if (r == 0)
			r = add(p, &n, out);
	}
	return r;
}

static int
read_or(struct parser *p, uint32_t *out)
{
	return read_list(p, OR, out);
}

int
until_new(const char *text, const struct trial_requests *requests, struct until **out,
	  struct err *e)
{
	struct parser p = {.requests = requests, .text = text, .at = text, .e = e};
	int r;

	p.u = calloc(1, sizeof(*p.u));
	if (p.u == NULL)
		return ERR_NOMEM;
	r = read_or(&p, &p.u->root);
	skip_space(&p);
	if (r == 0 && *p.at != '\0')
		r = fail(&p, "and, or, or the end is expected");
	if (r != 0) {
		until_free(p.u);
		return r;
	}
	*out = p.u;
	return 0;
}

void
until_free(struct until *u)
{
	for (size_t i = 0; u != NULL && i < u->n; i++) {
		free(u->nodes[i].field);
		free(u->nodes[i].value);
	}
	if (u != NULL)
		free(u->nodes);
	free(u);
}

size_t
until_events(const struct until *u, uint32_t *out, size_t max)
{
	size_t n = 0, k;

	for (size_t i = 0; i < u->n; i++) {
		if (u->nodes[i].kind != TEST)
			continue;
		for (k = 0; k < n && k < max && out[k] != u->nodes[i].event; k++)
			continue;
		if (k == n && n < max)
			out[n++] = u->nodes[i].event;
	}
	return n;
}

/* Tests stand in the order of the text. */
void
until_rename(const struct until *u, const char *text, const struct ir *names, struct buf *out)
{
	size_t done = 0;

	for (size_t i = 0; i < u->n; i++) {
		const struct node *n = &u->nodes[i];

		if (n->kind != TEST || names->events[n->event].label == NULL)
			continue;
		buf_add(out, text + done, n->at - done);
		buf_printf(out, "%s%s", names->events[n->event].label, n->pdu);
		done = n->at + n->len;
	}
	buf_add(out, text + done, strlen(text + done));
}

static bool
compare(enum op op, int x)
{
	switch (op) {
	case OP_EQ:
		return x == 0;
	case OP_NE:
		return x != 0;
	case OP_LE:
		return x <= 0;
	case OP_GE:
		return x >= 0;
	case OP_LT:
		return x < 0;
	case OP_GT:
		return x > 0;
	case N_OPS:
		break;
	}
	return false;
}

static bool
compare_numbers(enum op op, uint64_t a, const char *value)
{
	uint64_t b;

	return parse_number(value, &b) && compare(op, (a > b) - (a < b));
}

/* A field of the answer: a number where it has up to 8 bytes, else bytes. */
static bool
compare_field(const struct node *n, const struct smb2_pdu *pdu)
{
	struct smb2_item it;
	struct buf bytes = {0};
	uint64_t number;
	bool holds = false;

	if (!smb2_find_field(pdu, n->field, &it))
		return false;
	if (it.len <= 8 && parse_number(n->value, &number))
		return compare_numbers(n->op, wire_le(pdu->bytes.p + it.off, it.len), n->value);
	buf_zero(&bytes, it.len > 0 ? it.len : 1);
	if (bytes.err == 0 && smb2_put_value(bytes.p, &it, n->value) == 0)
		holds = compare(n->op, memcmp(pdu->bytes.p + it.off, bytes.p, it.len));
	buf_free(&bytes);
	return holds;
}

static bool
holds(const struct node *n, const struct trial *t)
{
	const struct trial_answer *a = &t->answers[n->request];
	struct smb2_pdu pdu;
	uint32_t status;

	if (strcmp(n->field, "answered") == 0)
		return compare_numbers(n->op, a->state == TRIAL_ANSWERED, n->value);
	if (strcmp(n->field, "lost") == 0)
		return compare_numbers(n->op, a->state == TRIAL_LOST, n->value);
	if (a->state != TRIAL_ANSWERED)
		return false;
	if (strcmp(n->field, "status") == 0)
		return ntstatus_parse(n->value, &status) == 0 &&
		       compare(n->op, (a->status > status) - (a->status < status));
	return trial_pdu(t, n->request, &pdu) && compare_field(n, &pdu);
}

/* Nodes stand behind those that they have in them. */
bool
until_holds(const struct until *u, const struct trial *t)
{
	static _Thread_local bool value[MAX_NODES];

	for (size_t i = 0; i < u->n; i++) {
		const struct node *n = &u->nodes[i];

		value[i] = n->kind == TEST  ? holds(n, t)
			   : n->kind == NOT ? !value[n->left]
			   : n->kind == AND ? value[n->left] && value[n->right]
					    : value[n->left] || value[n->right];
	}
	return value[u->root];
}
