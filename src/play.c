/* How a workload is played: options that are one of several words, and others. */
#include "config.h"

#include "play.h"

#include "words.h"

#define SPIN_MAX 1000000000u /* ns */

const char play_help[] =
	"      --order ORDER         total (default): all sends and receipts in recorded order;\n"
	"                            causal: each send behind what its client had received, and\n"
	"                            behind earlier requests of others that it conflicts with;\n"
	"                            connection: in order on each connection;\n"
	"                            none: sends wait only for values and credits they need\n"
	"      --pace PACE           recorded (default): at recorded times, counted from the "
	"start;\n"
	"                            think: by the recorded gap behind what came last; none: as "
	"fast\n"
	"                            as order allows\n"
	"      --speed FACTOR        play recorded times FACTOR times as fast\n"
	"      --spin TIME           stay awake so long before each send (default 50us; 0: sleep)\n"
	"      --credits WHAT        where the server granted fewer credits than recorded: wait "
	"(default),\n"
	"                            ask: and ask for more, force: send all the same\n"
	"      --segments WHICH      message (default): each message is one write; recorded: what "
	"was\n"
	"                            one TCP segment is\n"
	"      --timeout SECONDS     wait for an answer so much longer than recorded (default 10)\n"
	"      --on-divergence WHAT  continue (default) or stop at the first one\n"
	"      --on-break WHAT       answer breaks that were not recorded and wait for an answer:\n"
	"                            ack (default): acknowledge; close: close what is broken; "
	"ignore\n"
	"      --on-drop WHAT        where a connection is lost, unlike recorded: stop (default) "
	"sending on it,\n"
	"                            or reconnect, and reclaim session, trees and durable opens\n"
	"      --without-break WHAT  recorded acknowledgments of breaks that do not come:\n"
	"                            hold (default) them back, or send\n"
	"      --seal WHICH          as-recorded (default), always, or never\n"
	"      --leave-sealed-out    pass over messages that compile could not open\n"
	"      --require-same-negotiation\n"
	"                            stop where the server negotiates otherwise than recorded\n";

static const char *const orders[] = {"total", "causal", "connection", "none", NULL};
static const char *const paces[] = {"recorded", "think", "none", NULL};
static const char *const credits[] = {"wait", "force", "ask", NULL};
static const char *const segments[] = {"message", "recorded", NULL};
static const char *const seals[] = {"as-recorded", "always", "never", NULL};
static const char *const breaks[] = {"ack", "ignore", "close", NULL};
static const char *const drops[] = {"stop", "reconnect", NULL};
static const char *const idle[] = {"hold", "send", NULL};
static const char *const reactions[] = {"continue", "stop", NULL};

/* In the order of enum PLAY_OPT_*, and their words in the order of the engine's enums. */
static const char *const *const words[] = {orders, paces, credits, segments, seals,
					   breaks, drops, idle,    reactions};

static int
take_word(struct engine_options *o, int option, int i)
{
	switch (option) {
	case PLAY_OPT_ORDER:
		o->order = (enum engine_order)i;
		return 0;
	case PLAY_OPT_PACE:
		o->pace = (enum engine_pace)i;
		return 0;
	case PLAY_OPT_CREDITS:
		o->credits = (enum engine_wait)i;
		return 0;
	case PLAY_OPT_SEGMENTS:
		o->segments = (enum engine_segments)i;
		return 0;
	case PLAY_OPT_SEAL:
		o->seal = (enum seal_mode)i;
		return 0;
	case PLAY_OPT_ON_BREAK:
		o->on_break = (enum engine_on_break)i;
		return 0;
	case PLAY_OPT_ON_DROP:
		o->on_drop = (enum engine_on_drop)i;
		return 0;
	case PLAY_OPT_WITHOUT_BREAK:
		o->send_idle_acks = i == 1;
		return 0;
	default:
		o->stop = i == 1;
		return 0;
	}
}

static int
take_timeout(struct engine_options *o, const char *value)
{
	double seconds;

	if (word_positive(value, 1e6, &seconds) != 0)
		return ERR_USAGE;
	o->timeout = (uint64_t)(seconds * 1e9);
	return 0;
}

int
play_option(struct engine_options *o, int option, const char *value)
{
	int i;

	switch (option) {
	case PLAY_OPT_SPEED:
		return word_positive(value, 1e6, &o->speed);
	case PLAY_OPT_SPIN:
		return word_duration(value, SPIN_MAX, &o->spin);
	case PLAY_OPT_TIMEOUT:
		return take_timeout(o, value);
	case PLAY_OPT_LEAVE_SEALED_OUT:
		o->leave_sealed_out = true;
		return 0;
	case PLAY_OPT_SAME_NEGOTIATION:
		o->same_negotiation = true;
		return 0;
	default:
		if (option < PLAY_OPT_ORDER || option > PLAY_OPT_ON_DIVERGENCE)
			return ERR_USAGE;
		i = word_of(value, words[option - PLAY_OPT_ORDER]);
		return i < 0 ? ERR_USAGE : take_word(o, option, i);
	}
}

struct engine_options
play_defaults(void)
{
	return (struct engine_options){.speed = 1, .timeout = 10000000000u, .spin = 50000};
}
