/* Ties requests to their answers and counts how long these took. */
#include "config.h"

#include "ir/latency.h"

#include <stdlib.h>

#include "proto/ntstatus.h"

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->failed = true)
#include <uthash.h>

#define KIB 1024u

const char *const latency_sizes[LATENCY_SIZES] = {"to 4 KiB", "to 64 KiB", "to 1 MiB",
						  "over 1 MiB"};

/* A request that is not answered yet. */
struct asked {
	struct {
		uint64_t message_id;
		uint64_t conn;
	} key;
	uint64_t since;
	uint16_t command;
	uint8_t size;
	bool failed; /* out of memory */
	UT_hash_handle hh;
};

struct reader {
	const struct ir *ir, *workload; /* the latter: count from when it was due, by this one */
	double speed;
	uint64_t begin; /* when the workload's times began in the run */
	struct latency *out;
	struct asked *asked;
};

static uint8_t
size_class(uint64_t n)
{
	return n <= 4 * KIB ? 0 : n <= 64 * KIB ? 1 : n <= KIB * KIB ? 2 : 3;
}

static uint8_t
size_of(const struct smb2_pdu *pdu)
{
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_read_req])
		return size_class(pdu->body.smb2_read_req.length);
	if (pdu->body_def == &smb2_defs[SMB2_DEF_smb2_write_req])
		return size_class(pdu->body.smb2_write_req.length);
	return 0;
}

static void
forget(struct reader *r, struct asked *a)
{
	HASH_DEL(r->asked, a);
	free(a);
}

/* A MessageId that comes again is another request: the connection is another one. */
static int
note_request(struct reader *r, uint64_t conn, const struct smb2_pdu *pdu, uint64_t since)
{
	struct asked *a = calloc(1, sizeof(*a)), *old;

	if (a == NULL)
		return ERR_NOMEM;
	a->key.message_id = pdu->h.message_id;
	a->key.conn = conn;
	a->since = since;
	a->command = pdu->h.command;
	a->size = size_of(pdu);
	HASH_FIND(hh, r->asked, &a->key, sizeof(a->key), old);
	if (old != NULL)
		forget(r, old);
	HASH_ADD(hh, r->asked, key, sizeof(a->key), a);
	if (a->failed) {
		free(a);
		return ERR_NOMEM;
	}
	return 0;
}

static int
note_answer(struct reader *r, uint64_t conn, const struct smb2_pdu *pdu, uint64_t t)
{
	struct asked key = {.key = {.message_id = pdu->h.message_id, .conn = conn}}, *a;
	int ret;

	if (pdu->async && pdu->h.status == STATUS_PENDING)
		return 0;
	HASH_FIND(hh, r->asked, &key.key, sizeof(key.key), a);
	if (a == NULL)
		return 0;
	ret = histogram_add(&r->out->all[a->command][a->size], t > a->since ? t - a->since : 0);
	forget(r, a);
	return ret;
}

/* When a request was due by the workload's times, or went out. */
static uint64_t
since_of(const struct reader *r, const struct ir_event *ev)
{
	uint64_t due;

	if (r->workload == NULL)
		return ev->t_last;
	due = r->begin + (uint64_t)((double)r->workload->events[ev->of - 1].t_first / r->speed);
	return due < ev->t_last ? due : ev->t_last;
}

static bool
is_recorded(const struct reader *r, const struct ir_event *ev)
{
	return r->workload == NULL || (ev->of > 0 && ev->of <= r->workload->n_events);
}

static int
read_message(struct reader *r, const struct ir_event *ev, struct slice bytes)
{
	struct smb2_chain chain = smb2_chain_init(bytes);
	struct smb2_pdu pdu;
	struct slice s;
	int ret = 0;

	if (smb2_msg_kind(bytes) != SMB2_MSG_PLAIN || (ev->kind == IR_SEND && !is_recorded(r, ev)))
		return 0;
	while (ret == 0 && smb2_chain_next(&chain, &s)) {
		if (smb2_pdu_decode(s, &pdu) != 0 || pdu.h.command >= SMB2_N_COMMANDS ||
		    pdu.h.command == SMB2_CMD_CANCEL || pdu.response != (ev->kind == IR_RECV))
			continue;
		ret = ev->kind == IR_SEND ? note_request(r, ev->conn, &pdu, since_of(r, ev))
					  : note_answer(r, ev->conn, &pdu, ev->t_last);
	}
	return ret;
}

static int
read_all(struct reader *r)
{
	struct buf scratch = {0};
	struct asked *a, *next;
	int ret = 0;

	*r->out = (struct latency){0};
	for (size_t i = 0; ret == 0 && i < r->ir->n_events; i++) {
		const struct ir_event *ev = &r->ir->events[i];
		struct slice bytes;

		if (ev->kind != IR_SEND && ev->kind != IR_RECV)
			continue;
		bytes = ir_bytes(r->ir, ev, &scratch);
		ret = scratch.err != 0 ? scratch.err : read_message(r, ev, bytes);
	}
	HASH_ITER(hh, r->asked, a, next)
	forget(r, a);
	buf_free(&scratch);
	return ret;
}

int
latency_of(const struct ir *ir, struct latency *out)
{
	struct reader r = {.ir = ir, .out = out};

	return read_all(&r);
}

int
latency_since_due(const struct ir *run, const struct ir *workload, double speed,
		  struct latency *out)
{
	struct reader r = {.ir = run, .workload = workload, .speed = speed, .out = out};

	/* Nothing goes out before it is due, and what was the least late says when the times began.
	 */
	r.begin = UINT64_MAX;
	for (size_t i = 0; i < run->n_events; i++) {
		const struct ir_event *ev = &run->events[i];
		uint64_t after;

		if (ev->kind != IR_SEND || ev->of == 0 || ev->of > workload->n_events)
			continue;
		after = (uint64_t)((double)workload->events[ev->of - 1].t_first / speed);
		after = ev->t_last > after ? ev->t_last - after : 0;
		r.begin = after < r.begin ? after : r.begin;
	}
	return read_all(&r);
}

double
latency_speed(const struct ir *run)
{
	const char *said =
		run->meta.options != NULL ? strstr(run->meta.options, IR_RUN_SPEED) : NULL;
	double speed = said != NULL ? strtod(said + strlen(IR_RUN_SPEED), NULL) : 0;

	return speed >= 1e-6 && speed <= 1e6 ? speed : 0;
}

void
latency_free(struct latency *l)
{
	for (size_t i = 0; i < SMB2_N_COMMANDS; i++)
		for (size_t k = 0; k < LATENCY_SIZES; k++)
			histogram_free(&l->all[i][k]);
}
