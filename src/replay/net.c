/* Sockets, timers and the clock: the only user of libevent. */
#include "config.h"

#include "replay/net.h"
#include "replay/console.h"
#include "replay/outq.h"
#include "replay/target.h"
#include "replay/writer.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define READ_SIZE ((size_t)256 * 1024)
#define MAX_READS                                                                                  \
	16 /* of a connection in a row: a server that never stops sending must not keep the others \
	      and time waiting */
#define TICK_NS 100000000u
#define SHARP_SPIN 500000u /* ns: so long before a barrier or gap we stay awake */
#define SHARP_ALONE 20000u /* so long before it we do not even look at sockets */
#define PAIR_LATE 100000u  /* ns: so late what is to go out by two threads may be for the second */

struct net_conn {
	struct net *net;
	uint32_t id;
	int fd;
	struct event *read_ev,
		*write_ev; /* write_ev only while it connects or the socket is full */
	struct outq out;
	bool ended;                     /* the server's FIN came */
	bool connecting, finish, reset; /* `finish`, `reset`: when all went out */
	size_t addr, tries;             /* of n->addrs: which one it is, how many it was before */
};

struct net {
	struct event_base *base;
	struct event *timer;
	int timer_fd; /* absolute times in nanoseconds, where libevent's own are rounded and
		       * relative
		       */
	struct net_conn *conns;
	size_t n_conns;
	struct engine *engine;
	struct target_addr *addrs; /* the target's, in getaddrinfo's order */
	size_t n_addrs, good;      /* the one that answered last */
	const struct sources *sources;
	const uint32_t *source_of; /* of each connection; NULL: the system chooses */
	char target[TARGET_NAME];
	uint8_t *read_buf; /* shared by all connections */
	int fatal;
	struct err *err;
	void (*tick)(void *ctx);
	void *tick_ctx;
	uint64_t next_tick;
	uint64_t patience;
	uint64_t spin;
	uint64_t timer_at; /* when the timer goes off; 0: it does not */
	uint64_t wake;     /* when the engine wants to be called again */
	bool idle;         /* messages may be made ready */
	bool spinning;     /* that is so soon that nothing is slept any more */
	const struct gate *gate;
	struct console console;
	struct event *console_ev;
	struct writer *writer;      /* for send_all; NULL: there is none */
	struct writer_job *jobs;    /* of all connections */
	uint64_t called_for;        /* the time that it was called for last */
	uint64_t shut_at, shut_for; /* the gate is shut, since then; was, for so long */
};

uint64_t
net_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Messages that are due together are written by two threads. */
static int
make_writer(struct net *n)
{
	n->jobs = calloc(n->n_conns, sizeof(*n->jobs));
	return n->jobs != NULL ? writer_new(&n->writer) : ERR_NOMEM;
}

static int make_timer(struct net *n);
static void on_command(evutil_socket_t fd, short what, void *ctx);
static void on_writable(evutil_socket_t fd, short what, void *ctx);

int
net_new(const struct net_options *opt, struct net **out, struct err *err)
{
	struct net *n = calloc(1, sizeof(*n));
	int r = ERR_NOMEM;

	if (n == NULL)
		return ERR_NOMEM;
	n->timer_fd = -1;
	n->base = event_base_new();
	n->conns = calloc(opt->n_conns + 1, sizeof(*n->conns));
	n->read_buf = malloc(READ_SIZE);
	if (n->base == NULL || n->conns == NULL || n->read_buf == NULL)
		goto out;
	r = make_timer(n);
	if (r != 0)
		goto out;
	n->gate = opt->gate;
	if (n->gate != NULL) {
		n->console.fd = n->gate->commands;
		n->console_ev = event_new(n->base, n->console.fd, EV_READ, on_command, n);
		if (n->console_ev == NULL)
			goto out;
	}
	n->n_conns = opt->n_conns;
	n->patience = opt->patience;
	n->spin = opt->spin;
	n->sources = opt->sources;
	n->source_of = opt->source_of;
	for (size_t i = 0; i < n->n_conns; i++)
		n->conns[i] = (struct net_conn){
			.net = n, .id = (uint32_t)i, .fd = -1, .out = {.apart = opt->apart}};
	if (opt->pairs && writer_is_of_use())
		r = make_writer(n);
	if (r == 0)
		r = target_resolve(opt->host, opt->port, opt->sources, &n->addrs, &n->n_addrs, err);
	if (r == 0)
		target_name(&n->addrs[0], n->target);
out:
	if (r != 0) {
		net_free(n);
		return r;
	}
	*out = n;
	return 0;
}

static void
close_conn(struct net_conn *c)
{
	if (c->read_ev != NULL)
		event_free(c->read_ev);
	if (c->write_ev != NULL)
		event_free(c->write_ev);
	c->read_ev = c->write_ev = NULL;
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
	outq_free(&c->out);
}

void
net_free(struct net *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->n_conns; i++)
		close_conn(&n->conns[i]);
	writer_free(n->writer);
	free(n->jobs);
	free(n->conns);
	free(n->addrs);
	free(n->read_buf);
	if (n->timer != NULL)
		event_free(n->timer);
	if (n->timer_fd >= 0)
		(void)close(n->timer_fd);
	if (n->console_ev != NULL)
		event_free(n->console_ev);
	console_free(&n->console);
	if (n->base != NULL)
		event_base_free(n->base);
	free(n);
}

const char *
net_target(const struct net *n)
{
	return n->target;
}

static void
fail(struct net *n, int r)
{
	if (n->fatal == 0)
		n->fatal = r;
	(void)event_base_loopbreak(n->base);
}

/* Let the timer go off at a time, unless it does so earlier anyhow: it finds nothing to do then and
 * sets itself anew. */
static void
set_timer(struct net *n, uint64_t at, uint64_t now)
{
	struct itimerspec t = {.it_value = {.tv_sec = (time_t)(at / 1000000000u),
					    .tv_nsec = (long)(at % 1000000000u)}};

	if (n->timer_at > now && n->timer_at <= at)
		return;
	n->timer_at = at;
	if (timerfd_settime(n->timer_fd, TFD_TIMER_ABSTIME, &t, NULL) != 0)
		fail(n, -errno);
}

/* The engine's time, which stands still while the gate is shut. */
static uint64_t
time_of(const struct net *n)
{
	return (n->shut_at != 0 ? n->shut_at : net_now()) - n->shut_for;
}

/* One call of the engine. Time stands still from where it finds the gate shut. */
static int
call_engine(struct net *n)
{
	int r = n->fatal != 0 ? n->fatal : engine_run(n->engine, time_of(n), &n->wake, n->err);
	bool shut = engine_is_shut(n->engine);

	if (shut && n->shut_at == 0)
		n->shut_at = net_now();
	if (!shut && n->shut_at != 0) {
		n->shut_for += net_now() - n->shut_at;
		n->shut_at = 0;
	}
	if (shut)
		n->wake = ENGINE_NEVER;
	else if (n->wake != ENGINE_NEVER)
		n->wake += n->shut_for;
	return r;
}

/* Commands open the gate, or not; where there are none yet, their coming is awaited. */
static int
take_commands(struct net *n)
{
	enum console_got got;
	const char *line;
	int r = 0;

	while (r == 0 && n->gate != NULL && engine_is_shut(n->engine)) {
		r = console_next(&n->console, &line, &got);
		if (r == ERR_LIMIT)
			return err_set(n->err, r, "a command line of more than %zu bytes",
				       CONSOLE_LINE_MAX);
		if (r == 0 && got == CONSOLE_NOTHING)
			return event_add(n->console_ev, NULL) != 0 ? ERR_NOMEM : 0;
		if (r != 0)
			return err_set(n->err, r, "cannot read commands: %s", err_str(r));
		n->gate->line(n->gate->ctx, n->engine, got == CONSOLE_END ? NULL : line);
		r = call_engine(n);
	}
	return r;
}

/* Let the engine do what is due, then sleep until it wants to be called again; the last of that
 * time is spent awake. */
static void
run_engine(struct net *n)
{
	uint64_t now, spin = n->spin, at;
	int r = call_engine(n);

	if (r == 0)
		r = take_commands(n);
	if (r != 0) {
		fail(n, r);
		return;
	}
	if (engine_done(n->engine)) {
		(void)event_base_loopbreak(n->base);
		return;
	}
	now = net_now();
	if (n->tick != NULL && now >= n->next_tick) {
		n->tick(n->tick_ctx);
		n->next_tick = now + TICK_NS;
	}
	now = net_now();
	n->idle = true;
	if (engine_is_sharp(n->engine) && spin < SHARP_SPIN)
		spin = SHARP_SPIN;
	n->spinning = n->wake <= now || n->wake - now <= spin;
	at = n->wake == ENGINE_NEVER ? ENGINE_NEVER : n->wake - spin;
	if (n->tick != NULL && n->next_tick < at)
		at = n->next_tick;
	if (at == ENGINE_NEVER)
		at = n->timer_at = 0; /* it does not go off */
	if (!n->spinning)
		set_timer(n, at, now);
}

static void
on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct net *n = ctx;
	uint64_t times;

	(void)what;
	if (read(fd, &times, sizeof(times)) == sizeof(times))
		n->timer_at = 0;
	run_engine(n);
}

static int
make_timer(struct net *n)
{
	n->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (n->timer_fd < 0)
		return -errno;
	n->timer = event_new(n->base, n->timer_fd, EV_READ | EV_PERSIST, on_timer, n);
	return n->timer != NULL && event_add(n->timer, NULL) == 0 ? 0 : ERR_NOMEM;
}

static void
on_command(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	run_engine(ctx);
}

/* One read; false: there is no more for now. */
static bool
read_once(struct net_conn *c)
{
	struct net *n = c->net;
	ssize_t got = recv(c->fd, n->read_buf, READ_SIZE, 0);
	int r;

	if (got > 0) {
		r = engine_input(n->engine, c->id, slice_of(n->read_buf, (size_t)got), time_of(n));
		if (r != 0)
			fail(n, r);
		return r == 0 && c->fd >= 0 && (size_t)got == READ_SIZE;
	}
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return false;
	c->ended = got == 0;
	if (got == 0)
		engine_finished(n->engine, c->id, time_of(n));
	else
		engine_closed(n->engine, c->id, true, "reset by the server", time_of(n));
	return false;
}

static void
on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct net_conn *c = ctx;
	struct net *n = c->net;

	(void)fd;
	(void)what;
	for (unsigned i = 0; i < MAX_READS && read_once(c); i++)
		continue;
	run_engine(n); /* may close the connection: nothing of it is touched after this */
}

static void
broken(struct net_conn *c, const char *why)
{
	engine_closed(c->net->engine, c->id, true, why, time_of(c->net));
	if (c->fd >= 0) /* the engine had done with it before */
		close_conn(c);
}

/* SO_LINGER 0: what the kernel has not sent is discarded. */
static void
reset_conn(struct net_conn *c)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close_conn(c);
}

/* The end of our side, when all that stands before it was handed to the kernel. */
static void
end_sending(struct net_conn *c)
{
	if (outq_waits(&c->out))
		return;
	if (c->reset)
		reset_conn(c);
	else if (c->finish && shutdown(c->fd, SHUT_WR) == 0 && c->ended)
		close_conn(c);
}

/* Begin to connect to the address that is at hand. Returns 0 or a negative error. */
static int
begin(struct net_conn *c)
{
	struct net *n = c->net;
	const struct target_addr *a = &n->addrs[c->addr];
	const struct source *from = n->source_of != NULL && n->sources->n > 0
					    ? &n->sources->list[n->source_of[c->id]]
					    : NULL;
	int one = 1;

	c->fd = socket(a->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -errno;
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* The port is chosen for the whole 4-tuple, so that an address serves any number of
	 * connections. */
	(void)setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (from != NULL && bind(c->fd, (const struct sockaddr *)&from->addr, from->len) != 0)
		return -errno;
	c->read_ev = event_new(n->base, c->fd, EV_READ | EV_PERSIST, on_readable, c);
	c->write_ev = event_new(n->base, c->fd, EV_WRITE, on_writable, c);
	if (c->read_ev == NULL || c->write_ev == NULL || event_add(c->write_ev, NULL) != 0)
		return ERR_NOMEM;
	c->connecting = true;
	if (connect(c->fd, (const struct sockaddr *)&a->addr, a->len) != 0 && errno != EINPROGRESS)
		return -errno;
	return 0;
}

/* Begin with the address at hand, or the next one that lets itself be begun with. */
static int
begin_any(struct net_conn *c)
{
	int r = begin(c);

	while (r != 0 && c->tries + 1 < c->net->n_addrs) {
		close_conn(c);
		c->tries++;
		c->addr = (c->addr + 1) % c->net->n_addrs;
		r = begin(c);
	}
	if (r != 0)
		close_conn(c);
	return r;
}

/* The address at hand does not answer. */
static void
try_next(struct net_conn *c, int error)
{
	close_conn(c);
	if (c->tries + 1 < c->net->n_addrs) {
		c->tries++;
		c->addr = (c->addr + 1) % c->net->n_addrs;
		error = -begin_any(c);
	}
	if (error != 0)
		broken(c, strerror(error));
}

static void
on_connected(struct net_conn *c)
{
	int error = 0;
	socklen_t len = sizeof(error);

	c->connecting = false;
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0) {
		try_next(c, error);
		return;
	}
	if (c->addr != c->net->good)
		target_name(&c->net->addrs[c->addr], c->net->target);
	c->net->good = c->addr;
	if (event_add(c->read_ev, NULL) != 0) {
		fail(c->net, ERR_NOMEM);
		return;
	}
	engine_connected(c->net->engine, c->id, time_of(c->net));
}

/* The socket has taken some more. */
static void
flushed(struct net_conn *c)
{
	engine_flushed(c->net->engine, c->id, outq_waiting(&c->out), time_of(c->net));
	end_sending(c);
}

static void
on_writable(evutil_socket_t fd, short what, void *ctx)
{
	struct net_conn *c = ctx;
	struct net *n = c->net;

	(void)fd;
	(void)what;
	if (c->connecting)
		on_connected(c);
	else if (outq_flush(&c->out, c->fd) != 0)
		broken(c, "reset by the server");
	else
		flushed(c);
	if (c->fd >= 0 && outq_waits(&c->out) && event_add(c->write_ev, NULL) != 0)
		fail(n, ERR_NOMEM);
	run_engine(n);
}

static int
io_connect(void *ctx, uint32_t conn)
{
	struct net *n = ctx;
	struct net_conn *c = &n->conns[conn];

	c->finish = c->reset = c->ended = false;
	c->tries = 0;
	c->addr = n->good;
	return begin_any(c);
}

/* Bytes were given to the socket with result `r`: what it did not take goes out when it can. */
static int
gave(struct net_conn *c, int r)
{
	if (r != 0 || !outq_waits(&c->out))
		return r;
	return event_add(c->write_ev, NULL) != 0 ? ERR_NOMEM : 0;
}

static int
io_send(void *ctx, uint32_t conn, struct slice bytes, struct engine_wrote *wrote)
{
	struct net *n = ctx;
	struct net_conn *c = &n->conns[conn];
	int r = outq_send(&c->out, c->fd, bytes);

	*wrote = (struct engine_wrote){.at = time_of(n), .waiting = outq_waiting(&c->out)};
	return gave(c, r);
}

/* By two threads; nothing of it is left to the other one behind this. */
static void
io_send_all(void *ctx, struct engine_put *puts, size_t n_puts)
{
	struct net *n = ctx;

	for (size_t i = 0; i < n_puts; i++) {
		const struct net_conn *c = &n->conns[puts[i].conn];

		n->jobs[i] = (struct writer_job){.fd = c->fd,
						 .held = outq_waits(&c->out),
						 .apart = c->out.apart,
						 .bytes = puts[i].bytes,
						 .at = puts[i].at + n->shut_for};
	}
	(void)writer_send(n->writer, n->jobs, n_puts);
	for (size_t i = 0; i < n_puts; i++) {
		const struct writer_job *j = &n->jobs[i];
		struct engine_put *p = &puts[i];
		struct net_conn *c = &n->conns[p->conn];

		p->began = j->began - n->shut_for;
		p->r = gave(c, outq_wrote(&c->out, p->bytes, j->sent));
		p->wrote = (struct engine_wrote){.at = j->ended - n->shut_for,
						 .waiting = outq_waiting(&c->out)};
	}
}

static void
io_finish(void *ctx, uint32_t conn)
{
	struct net *n = ctx;
	struct net_conn *c = &n->conns[conn];

	c->finish = true;
	end_sending(c);
}

static void
io_close(void *ctx, uint32_t conn)
{
	struct net *n = ctx;

	close_conn(&n->conns[conn]);
}

static void
io_reset(void *ctx, uint32_t conn)
{
	struct net *n = ctx;
	struct net_conn *c = &n->conns[conn];

	c->reset = true;
	(void)event_del(c->read_ev);
	end_sending(c);
}

static void
io_read(void *ctx, uint32_t conn, bool on)
{
	struct net *n = ctx;
	struct event *ev = n->conns[conn].read_ev;

	if ((on ? event_add(ev, NULL) : event_del(ev)) != 0)
		fail(n, ERR_NOMEM);
}

static uint64_t
io_now(void *ctx)
{
	return time_of(ctx);
}

struct engine_io
net_io(struct net *n)
{
	return (struct engine_io){.ctx = n,
				  .connect = io_connect,
				  .send = io_send,
				  .finish = io_finish,
				  .reset = io_reset,
				  .close = io_close,
				  .read = io_read,
				  .now = io_now,
				  .send_all = n->writer != NULL ? io_send_all : NULL,
				  .lead = n->writer != NULL ? WRITER_LEAD : 0};
}

/* All was sent and answered, but what sockets did not take is still here: without answers to wait
 * for, the end of the workload. */
static int
drain(struct net *n)
{
	const struct timeval tick = {.tv_usec = TICK_NS / 1000};
	uint64_t until = net_now() + n->patience;

	for (size_t i = 0; i < n->n_conns; i++) {
		while (outq_waits(&n->conns[i].out) && net_now() < until && n->fatal == 0) {
			(void)event_base_loopexit(n->base, &tick);
			if (event_base_loop(n->base, EVLOOP_ONCE) < 0)
				return ERR_INTERNAL;
		}
	}
	return 0;
}

/* Is it so near to messages that are to go out by two threads that the other one must wake up? */
static void
call_writer(struct net *n, uint64_t now)
{
	if (n->writer == NULL || n->called_for == n->wake || n->wake > now + WRITER_LEAD)
		return;
	n->called_for = n->wake;
	if (engine_is_paired(n->engine))
		writer_call(n->writer, n->wake + PAIR_LATE);
}

/* Is a barrier or gap so near that looking at sockets could make it late? */
static bool
is_alone(const struct net *n, uint64_t now)
{
	return n->spinning && engine_is_sharp(n->engine) && n->wake - now < SHARP_ALONE;
}

int
net_run(struct net *n, struct engine *e, void (*tick)(void *ctx), void *ctx, struct err *err)
{
	uint64_t now;

	n->engine = e;
	n->err = err;
	n->tick = tick;
	n->tick_ctx = ctx;
	n->next_tick = net_now() + TICK_NS;
	run_engine(n);
	while (n->fatal == 0 && !engine_done(e)) {
		now = net_now();
		if (n->spinning)
			call_writer(n, now);
		if (n->spinning && now >= n->wake)
			run_engine(n);
		else if (is_alone(n, now))
			continue;
		else if (event_base_loop(n->base, n->spinning || n->idle ? EVLOOP_NONBLOCK
									 : EVLOOP_ONCE) < 0)
			return err_set(err, ERR_INTERNAL, "the event loop failed");
		n->idle = n->idle && engine_make_ahead(e, net_now());
	}
	if (n->fatal == 0 && drain(n) != 0)
		return err_set(err, ERR_INTERNAL, "the event loop failed");
	return n->fatal != 0 ? err_set(err, n->fatal, "%s", err_str(n->fatal)) : 0;
}
