/* replay --step: the commands. */
#include "config.h"

#include "step.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd.h"
#include "show.h"
#include "step_state.h"

#define NOTHING UINT64_MAX

struct step {
	struct gate gate;
	struct ir *ir;
	struct step_state state;
	struct show_line *line;
	struct smb2_questions asked;
	uint64_t learned; /* events below this one: the printers know them */
	uint64_t held;    /* the event that waits at the gate; NOTHING */
	bool opened;      /* it may pass now, with `verdict` */
	enum gate_verdict verdict;
	uint64_t passes;     /* so many messages go out without a stop */
	uint64_t until;      /* and all below this event */
	uint64_t until_time; /* and before this time, in ns */
	bool colour, prompt;
	struct buf out, bytes;
};

static const char commands_help[] =
	"  next [N]         n  send the message, or N messages\n"
	"  until N          u  send all up to message N\n"
	"  until LABEL         or up to the one with that label\n"
	"  until SECONDSs      or up to that recorded time, as 1.5s\n"
	"  continue         c  send all the rest\n"
	"  skip                leave the message out\n"
	"  print [N]        p  the message, or message N, with all fields\n"
	"  set FIELD VALUE     change a field of the message, as \"set\" in smbench-ir(5)\n"
	"  state            s  connections, credits, requests without answers, live ids\n"
	"  quit             q  end the replay here\n"
	"  help             h  this list\n";

static void
flush_text(struct step *s)
{
	(void)fwrite(s->out.p, 1, s->out.n, stdout);
	buf_reset(&s->out);
	(void)fflush(stdout);
}

static struct show_event
event_of(struct step *s, uint64_t n)
{
	struct show_event e = {.ir = s->ir,
			       .ev = &s->ir->events[n],
			       .n = n,
			       .kind = SMB2_MSG_UNKNOWN,
			       .colour = s->colour,
			       .asked = &s->asked};

	buf_reset(&s->bytes);
	e.bytes = ir_bytes(s->ir, e.ev, &s->bytes);
	if (e.ev->kind == IR_SEND || e.ev->kind == IR_RECV)
		e.kind = smb2_msg_kind(e.bytes);
	return e;
}

/* The printers know names of opens from the answers before, and what answers hold from requests. */
static void
learn(struct step *s, uint64_t n)
{
	for (; s->learned < n; s->learned++) {
		struct show_event e = event_of(s, s->learned);

		show_line_learn(s->line, &e);
		if (show_note(&e, &s->asked) != 0)
			return; /* bodies stay bytes */
	}
}

static void
print_line(struct step *s, uint64_t n)
{
	struct show_event e;

	learn(s, n);
	e = event_of(s, n);
	show_line_put(s->line, &e, &s->out);
}

static void
put_prompt(struct step *s)
{
	if (s->prompt)
		buf_printf(&s->out, "(smbench) ");
	flush_text(s);
}

static bool
goes_through(struct step *s, uint64_t event)
{
	if (event < s->until || s->ir->events[event].t_first < s->until_time)
		return true;
	if (s->passes == 0)
		return false;
	s->passes--;
	return true;
}

static enum gate_verdict
ask(void *ctx, uint64_t event)
{
	struct step *s = ctx;

	if (s->held == event && s->opened) {
		s->held = NOTHING;
		s->opened = false;
		return s->verdict;
	}
	if (s->held != NOTHING)
		return s->opened ? GATE_LATER : GATE_SHUT;
	print_line(s, event);
	if (goes_through(s, event))
		return GATE_SEND;
	s->held = event;
	put_prompt(s);
	return GATE_SHUT;
}

static void
on_sent(void *ctx, uint32_t conn, const struct engine_message *m)
{
	struct step *s = ctx;

	step_state_sent(&s->state, conn, m->plain);
}

static void
on_received(void *ctx, uint32_t conn, const struct engine_message *m)
{
	struct step *s = ctx;
	const struct ir_event live = {.kind = IR_RECV, .conn = conn};
	const struct show_event e = {
		.ir = s->ir, .ev = &live, .bytes = m->plain, .kind = smb2_msg_kind(m->plain)};

	step_state_received(&s->state, conn, m->plain);
	buf_printf(&s->out, "%18s %3u \xe2\x86\x90 ", "live", conn);
	show_line_message(s->line, &e, &s->out);
	buf_add(&s->out, "\n", 1);
	flush_text(s);
}

/* --- the commands; all have a message that waits --- */

static void
open_gate(struct step *s, enum gate_verdict verdict)
{
	s->opened = true;
	s->verdict = verdict;
}

static bool
parse_number(const char *text, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0';
}

static bool
do_next(struct step *s, const char *arg)
{
	uint64_t n = 1;

	if (*arg != '\0' && (!parse_number(arg, &n) || n == 0))
		return false;
	s->passes = n - 1;
	open_gate(s, GATE_SEND);
	return true;
}

static bool
find_label(const struct step *s, const char *label, uint64_t *out)
{
	for (*out = 0; *out < s->ir->n_events; ++*out)
		if (s->ir->events[*out].label != NULL &&
		    strcmp(s->ir->events[*out].label, label) == 0)
			return true;
	return false;
}

/* "1.5s" */
static bool
parse_until_time(const char *arg, uint64_t *out)
{
	char text[32];
	size_t n = strlen(arg);

	if (n < 2 || n > sizeof(text) || arg[n - 1] != 's')
		return false;
	(void)snprintf(text, sizeof(text), "%.*s", (int)(n - 1), arg);
	return cmd_parse_time(text, out) == 0;
}

static bool
do_until(struct step *s, const char *arg)
{
	uint64_t n;

	if (parse_number(arg, &n) || find_label(s, arg, &n))
		s->until = n;
	else if (!parse_until_time(arg, &s->until_time))
		return false;
	/* The message that waits goes where the others go: through, or it is where to stop. */
	if (s->held < s->until || s->ir->events[s->held].t_first < s->until_time)
		open_gate(s, GATE_SEND);
	return true;
}

static bool
do_continue(struct step *s, const char *arg)
{
	s->passes = UINT64_MAX;
	open_gate(s, GATE_SEND);
	return *arg == '\0';
}

static bool
do_skip(struct step *s, const char *arg)
{
	open_gate(s, GATE_SKIP);
	return *arg == '\0';
}

static bool
do_print(struct step *s, const char *arg)
{
	uint64_t n = s->held;
	struct show_event e;

	if (*arg != '\0' && (!parse_number(arg, &n) || n >= s->ir->n_events))
		return false;
	print_line(s, n);
	e = event_of(s, n);
	show_tree_put(&e, &s->out);
	return true;
}

static bool
do_set(struct step *s, const char *arg)
{
	size_t n = strcspn(arg, " \t");
	const char *value = arg + n + strspn(arg + n, " \t");
	char path[256];
	struct err e = {0};

	if (n == 0 || n >= sizeof(path) || *value == '\0')
		return false;
	(void)snprintf(path, sizeof(path), "%.*s", (int)n, arg);
	if (ir_edit(s->ir, s->held, path, value, &e) != 0)
		buf_printf(&s->out, "%s\n", err_text(&e));
	else
		print_line(s, s->held);
	return true;
}

static bool
do_help(struct step *s, const char *arg)
{
	buf_add(&s->out, commands_help, sizeof(commands_help) - 1);
	return *arg == '\0';
}

static const struct {
	const char *name, *brief;
	bool (*run)(struct step *s, const char *arg); /* false: what is behind it makes no sense */
} commands[] = {
	{"next", "n", do_next}, {"until", "u", do_until}, {"continue", "c", do_continue},
	{"skip", "", do_skip},  {"print", "p", do_print}, {"set", "", do_set},
	{"help", "h", do_help},
};

static void
run_command(struct step *s, const char *verb, const char *arg)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(verb, commands[i].name) != 0 && strcmp(verb, commands[i].brief) != 0)
			continue;
		if (!commands[i].run(s, arg))
			buf_printf(&s->out,
				   "%s: '%s' makes no sense here; help lists the commands\n",
				   commands[i].name, arg);
		return;
	}
	buf_printf(&s->out, "'%s' is no command; help lists them\n", verb);
}

static void
on_line(void *ctx, struct engine *e, const char *line)
{
	struct step *s = ctx;
	char verb[16] = "";
	size_t n;

	if (line == NULL)
		line = "quit";
	line += strspn(line, " \t");
	n = strcspn(line, " \t");
	(void)snprintf(verb, sizeof(verb), "%.*s", (int)(n < 16 ? n : 15), line);
	line += n + strspn(line + n, " \t");
	if (strcmp(verb, "quit") == 0 || strcmp(verb, "q") == 0) {
		engine_stop(e);
		return;
	}
	if (strcmp(verb, "state") == 0 || strcmp(verb, "s") == 0)
		step_state_put(&s->state, s->ir, e, &s->out);
	else if (verb[0] != '\0' && verb[0] != '#')
		run_command(s, verb, line);
	if (s->opened)
		flush_text(s);
	else
		put_prompt(s);
}

int
step_new(struct ir *ir, struct step **out)
{
	struct step *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR_NOMEM;
	s->gate = (struct gate){.ctx = s,
				.ask = ask,
				.sent = on_sent,
				.received = on_received,
				.line = on_line,
				.commands = STDIN_FILENO};
	s->ir = ir;
	s->held = NOTHING;
	s->colour = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL;
	s->prompt = isatty(STDIN_FILENO) == 1;
	s->line = show_line_new(ir);
	if (s->line == NULL) {
		free(s);
		return ERR_NOMEM;
	}
	*out = s;
	return 0;
}

const struct gate *
step_gate(struct step *s)
{
	return &s->gate;
}

void
step_free(struct step *s)
{
	if (s == NULL)
		return;
	show_line_free(s->line);
	smb2_questions_free(&s->asked);
	step_state_free(&s->state);
	buf_free(&s->out);
	buf_free(&s->bytes);
	free(s);
}
