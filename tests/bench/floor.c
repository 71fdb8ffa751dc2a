/*
 * The floor of a replay: writes the same bytes as a replay of the workload does and waits for the
 * answers in the same pattern, and does nothing else.
 *
 * The logon is played first, then every request is made ready, signature included; only what
 * follows, up to the workload's first event that is no ECHO or READ, is measured. Prints the number
 * of requests, seconds and CPU seconds. Without PORT it prints the memory that the workload takes
 * when it is loaded.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "replay/assemble.h"

#define INPUT ((size_t)256 * 1024)

struct input {
	uint8_t *p;
	size_t pos, n;
};

struct floor {
	struct ir ir;
	struct judge *judge;
	struct security *security;
	struct security_conn *conn;
	struct mapper *mapper;
	struct assemble assemble;
	struct auth_env env;
	struct auth_creds creds;
	struct err err;
	struct input in;
	int fd;
	size_t first, end; /* what is measured */
};

static void
check(const struct floor *f, bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "floor: %s %s\n", what, f->err.text);
	exit(2);
}

static int
random_bytes(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	return hash_random(out, n);
}

static const struct auth_creds *
find_creds(void *ctx, const char *user, const char *domain)
{
	const struct floor *f = ctx;

	(void)user;
	(void)domain;
	return &f->creds;
}

static bool
is_measured(const struct floor *f, size_t i)
{
	struct buf scratch = {0};
	struct slice message, bytes;
	struct smb2_chain chain;
	unsigned command;

	if (f->ir.events[i].kind != IR_SEND && f->ir.events[i].kind != IR_RECV)
		return false;
	message = ir_bytes(&f->ir, &f->ir.events[i], &scratch);
	chain = smb2_chain_init(message);
	command = smb2_chain_next(&chain, &bytes)
			  ? (unsigned)wire_le(bytes.p + SMB2_HDR_AT(command), 2)
			  : 0;
	buf_free(&scratch);
	return command == SMB2_CMD_ECHO || command == SMB2_CMD_READ;
}

static void
prepare(struct floor *f)
{
	const struct judge_sink sink = {0};
	const struct mapper_options names = {.server = "127.0.0.1", .share = ""};
	const struct security_creds creds = {.find = find_creds, .ctx = f};

	while (f->first < f->ir.n_events && !is_measured(f, f->first))
		f->first++;
	for (f->end = f->first; f->end < f->ir.n_events && is_measured(f, f->end); f->end++)
		continue;
	f->env = (struct auth_env){.random = random_bytes,
				   .filetime = ((uint64_t)time(NULL) + 11644473600u) * 10000000u};
	check(f, judge_new(&f->ir, &sink, &f->judge) == 0, "out of memory");
	check(f, security_new(&f->ir, &creds, &f->env, &f->security) == 0, "out of memory");
	check(f, security_conn_new(f->security, &f->conn) == 0, "out of memory");
	check(f, mapper_new(&f->ir, &names, &f->mapper) == 0, "out of memory");
	f->assemble = (struct assemble){.ir = &f->ir, .judge = f->judge, .mapper = f->mapper};
	f->in.p = malloc(INPUT);
	check(f, f->in.p != NULL, "out of memory");
}

static void
dial(struct floor *f, const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	int one = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	f->fd = socket(AF_INET, SOCK_STREAM, 0);
	check(f, f->fd >= 0 && connect(f->fd, (struct sockaddr *)&to, sizeof(to)) == 0,
	      "cannot connect");
	(void)setsockopt(f->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void
put(struct floor *f, struct slice s)
{
	while (s.n > 0) {
		ssize_t n = write(f->fd, s.p, s.n);

		check(f, n > 0, "cannot write");
		s = slice_of(s.p + n, s.n - (size_t)n);
	}
}

static struct slice
get(struct floor *f)
{
	struct input *in = &f->in;
	struct slice frame;

	for (;;) {
		size_t have = in->n - in->pos,
		       want = have < 4 ? 4 : 4 + (size_t)wire_be(in->p + in->pos + 1, 3);
		ssize_t n;

		if (have >= want) {
			frame = slice_of(in->p + in->pos, want);
			in->pos += want;
			return frame;
		}
		memmove(in->p, in->p + in->pos, have);
		in->pos = 0;
		in->n = have;
		n = read(f->fd, in->p + have, INPUT - have);
		check(f, n > 0 && want <= INPUT, "cannot read");
		in->n += (size_t)n;
	}
}

/* An answer of the logon: what it assigns, and keys. */
static void
learn(struct floor *f, struct slice message)
{
	struct smb2_chain chain = smb2_chain_init(message);
	struct judge_match m;
	struct smb2_pdu live;
	struct slice bytes;
	uint32_t session = 0;

	while (smb2_chain_next(&chain, &bytes)) {
		check(f,
		      smb2_pdu_decode(bytes, &live) == 0 &&
			      judge_pdu(f->judge, 0, &live, &m) == 0 && m.found,
		      "unexpected answer");
		for (uint32_t i = 0; i < f->ir.events[m.event].n_patches; i++)
			if (f->ir.events[m.event].patches[i].what == IR_SESSION)
				session = f->ir.events[m.event].patches[i].number;
		check(f, security_received(f->conn, &live, message, session, &f->err) == 0,
		      "no logon:");
	}
}

static void
prologue(struct floor *f)
{
	struct buf out = {0};

	for (size_t i = 0; i < f->first; i++) {
		if (f->ir.events[i].kind == IR_SEND) {
			buf_reset(&out);
			check(f, assemble_event(&f->assemble, f->conn, i, &out, &f->err) == 0,
			      "no request:");
			put(f, buf_slice(&out));
		} else if (f->ir.events[i].kind == IR_RECV) {
			learn(f, get(f));
		}
	}
	buf_free(&out);
}

static double
seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Bytes of memory that the loaded workload takes, as the kernel counts them. */
static size_t
resident(void)
{
	struct rusage u = {0};

	(void)getrusage(RUSAGE_SELF, &u);
	return (size_t)u.ru_maxrss * 1024;
}

int
main(int argc, char **argv)
{
	struct floor f = {.creds = {.user = "smbtest", .domain = "LAB", .password = "Secret1x"}};
	struct buf out = {0};
	size_t *ends, ops = 0, pos = 0;
	double wall, cpu;

	check(&f, argc == 2 || argc == 3, "usage: floor WORKLOAD [PORT]");
	check(&f, ir_load(argv[1], &f.ir, &f.err) == 0, "cannot load");
	if (argc == 2) {
		(void)printf("%zu\n", resident());
		return 0;
	}
	prepare(&f);
	dial(&f, argv[2]);
	prologue(&f);
	ends = calloc(f.end - f.first + 1, sizeof(*ends));
	check(&f, ends != NULL, "out of memory");
	for (size_t i = f.first; i < f.end; i++) {
		if (f.ir.events[i].kind == IR_SEND) {
			check(&f, assemble_event(&f.assemble, f.conn, i, &out, &f.err) == 0,
			      "no request:");
			ops++;
		}
		ends[i - f.first] = out.n;
	}
	wall = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (size_t i = f.first; i < f.end; pos = ends[i++ - f.first]) {
		if (f.ir.events[i].kind == IR_SEND)
			put(&f, slice_of(out.p + pos, ends[i - f.first] - pos));
		else
			(void)get(&f);
	}
	(void)printf("%zu %.9f %.9f\n", ops, seconds(CLOCK_MONOTONIC) - wall,
		     seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	free(ends);
	return 0;
}
