/* What info prints for people: one screen, the verdict first. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "info.h"
#include "page.h"
#include "proto/ntstatus.h"
#include "show.h"

#define FEW ((size_t)4)    /* lines of one list: all of it is on one screen */
#define PAIRS ((size_t)64) /* clients and servers that are told apart */
#define REASONS ((size_t)6)

static const char *
ending(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* "1.2 MiB". */
static const char *
size_text(uint64_t n, char out[32])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double v = (double)n;
	size_t u = 0;

	for (; v >= 1024 && u + 1 < sizeof(units) / sizeof(units[0]); u++)
		v /= 1024;
	(void)snprintf(out, 32, u == 0 || v >= 99.95 ? "%.0f %s" : "%.1f %s", v, units[u]);
	return out;
}

static void
put_more(struct page *p, size_t n, size_t shown, const char *what)
{
	if (n > shown)
		page_line(p, "and %zu more %s", n - shown, what);
}

/* Facts with commas between them; the newlines are where a line may be broken. */
struct facts {
	char text[512];
	size_t n;
};

static void PRINTF_LIKE(2, 3) add_fact(struct facts *f, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (f->n > 0 && f->n + 2 < sizeof(f->text)) {
		memcpy(f->text + f->n, ",\n", 3);
		f->n += 2;
	}
	va_start(ap, fmt);
	n = vsnprintf(f->text + f->n, sizeof(f->text) - f->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		f->n += (size_t)n < sizeof(f->text) - f->n ? (size_t)n : sizeof(f->text) - f->n - 1;
}

/* "1 gap", "2 gaps"; `one` and `more` behind the number, nothing for none. */
static void
add_count(struct facts *f, uint64_t n, const char *one, const char *more)
{
	if (n > 0)
		add_fact(f, "%llu %s", (unsigned long long)n, n == 1 ? one : more);
}

/* The facts on one line. */
static const char *
one_line(struct facts *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->text[i] == '\n')
			f->text[i] = ' ';
	return f->text;
}

/* The facts on as many lines as they take. */
static void
put_facts(struct page *p, const char *label, const struct facts *f)
{
	struct page_wrap how = {.indent = PAGE_LABEL, .part = '\n'};
	struct buf text = {0};
	struct page inner = {.out = &text, .width = p->width};

	if (f->n == 0)
		return;
	page_wrap(&inner, &how, f->text, f->n);
	page_colour(p, "1");
	buf_printf(p->out, "%-*s", (int)PAGE_LABEL, label);
	page_colour(p, "0");
	if (text.n > PAGE_LABEL)
		buf_add(p->out, text.p + PAGE_LABEL, text.n - PAGE_LABEL);
	buf_free(&text);
}

/* ---- The verdict ---- */

static const char *
verdict_colour(enum survey_verdict v)
{
	return v == SURVEY_NOT ? "1;31" : v == SURVEY_REPLAYABLE ? "1;32" : "1;33";
}

static void
put_verdict(struct page *p, const struct info *i)
{
	const struct page_wrap how = {.indent = 2, .further = 4, .part = ' '};
	const struct buf *why = &i->verdicts->why;
	size_t shown = 0, left = 0;

	page_colour(p, verdict_colour(i->verdicts->verdict));
	buf_printf(p->out, "verdict: %s", survey_verdict_name(i->verdicts->verdict));
	page_colour(p, "0");
	buf_printf(p->out, "\n");
	for (size_t k = 0, from = 0; k < why->n; k++) {
		if (why->p[k] != '\n')
			continue;
		if (shown++ < REASONS)
			page_wrap(p, &how, (const char *)why->p + from, k - from);
		else
			left++;
		from = k + 1;
	}
	if (left > 0)
		buf_printf(p->out, "  and %zu more reason%s (--json has all)\n", left,
			   ending(left));
}

static void
put_next(struct page *p, const struct info *i)
{
	const struct page_wrap how = {.indent = 2, .further = 4, .part = '\n', .end = " \\"};

	buf_printf(p->out, i->verdicts->verdict == SURVEY_NOT
				   ? "next, capture again, whole, before the client connects:\n"
				   : "next:\n");
	for (size_t k = 0; k < i->next->n; k++) {
		const struct buf *c = &i->next->commands[k];

		if (c->n > 0)
			page_wrap(p, &how, (const char *)c->p, c->n - 1);
	}
	buf_printf(p->out, "\n");
}

/* ---- The capture ---- */

static void
put_capture(struct page *p, const struct survey *s)
{
	time_t t = (time_t)(s->first / 1000000000);
	double seconds = (double)(s->last - s->first) / 1e9;
	double rate = seconds > 0 ? (double)s->messages / seconds : 0;
	struct facts f = {.n = 0};
	struct tm tm;
	char text[32] = "?";

	if (gmtime_r(&t, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	add_fact(&f, "%s UTC", text);
	add_fact(&f, "%.3f s", seconds);
	add_fact(&f, "%llu packet%s", (unsigned long long)s->totals.packets,
		 ending(s->totals.packets));
	add_fact(&f, "%llu message%s", (unsigned long long)s->messages, ending(s->messages));
	if (seconds >= 2)
		add_fact(&f, "%.*f messages/s, at most %llu in a second", rate < 1 ? 2 : 1, rate,
			 (unsigned long long)s->peak);
	put_facts(p, "capture", &f);
}

static void
put_losses(struct page *p, const struct survey *s)
{
	const struct cap_totals *t = &s->totals;
	struct facts f = {.n = 0};
	uint64_t gaps = 0, middle = 0;

	for (size_t i = 0; i < s->n_conns; i++) {
		gaps += s->conns[i].gaps;
		middle += !s->conns[i].syn_seen;
	}
	add_count(&f, gaps, "gap", "gaps");
	add_count(&f, t->gap_bytes, "byte in gaps", "bytes in gaps");
	add_count(&f, t->gap_known_bytes, "byte of damaged messages", "bytes of damaged messages");
	add_count(&f, t->junk_bytes, "junk byte", "junk bytes");
	add_count(&f, t->snaplen_cut, "packet cut by snaplen", "packets cut by snaplen");
	add_count(&f, t->fragments_lost, "lost fragment", "lost fragments");
	add_count(&f, t->bad_packets, "malformed packet", "malformed packets");
	add_count(&f, t->tcp_conflicting_bytes, "conflicting TCP byte", "conflicting TCP bytes");
	add_count(&f, middle, "connection without its start", "connections without their start");
	put_facts(p, "lost", &f);
}

/* ---- Who ---- */

struct pair {
	uint32_t client, server;
	uint64_t connections, messages, resets;
};

/* Messages by pair of client and server, the busiest first. Returns how many; the rest in `*more`.
 */
static size_t
gather_pairs(const struct survey *s, struct pair pairs[PAIRS], size_t *more)
{
	size_t n = 0;

	for (size_t i = *more = 0; i < s->n_conns; i++) {
		const struct survey_conn *c = &s->conns[i];
		size_t k = 0;

		while (k < n &&
		       (pairs[k].client != c->client_host || pairs[k].server != c->server_host))
			k++;
		if (k == PAIRS) {
			++*more;
			continue;
		}
		if (k == n)
			pairs[n++] = (struct pair){c->client_host, c->server_host, 0, 0, 0};
		pairs[k].connections++;
		pairs[k].messages += c->plain + c->sealed + c->compressed + c->smb1 + c->unknown;
		pairs[k].resets += c->rst[CAP_C2S] || c->rst[CAP_S2C];
	}
	for (size_t i = 1; i < n; i++) {
		struct pair x = pairs[i];
		size_t at = i;

		for (; at > 0 && pairs[at - 1].messages < x.messages; at--)
			pairs[at] = pairs[at - 1];
		pairs[at] = x;
	}
	return n;
}

static void
put_host(const struct survey *s, uint32_t i, struct buf *out)
{
	const struct survey_host *h = i < s->n_hosts ? &s->hosts[i] : NULL;

	buf_printf(out, "%s", h != NULL ? h->address : "?");
	for (size_t k = 0; h != NULL && k < SURVEY_HOST_NAMES && h->names[k] != NULL; k++)
		buf_printf(out, "%s%s", k == 0 ? " (" : ", ", h->names[k]);
	if (h != NULL && h->names[0] != NULL)
		buf_printf(out, ")");
}

/* On two lines where names are long: they matter to who reads this first. */
static void
put_pair(struct page *p, const char *name, const char *figures)
{
	if (PAGE_LABEL + page_columns(name, strlen(name)) + 2 + strlen(figures) <= p->width) {
		page_row(p, name, figures);
		return;
	}
	page_line(p, "%s", name);
	page_line(p, "  %s", figures);
}

static void
put_who(struct page *p, const struct survey *s)
{
	struct pair pairs[PAIRS];
	size_t more, n = gather_pairs(s, pairs, &more);

	p->label = "who";
	for (size_t i = 0; i < n && i < FEW; i++) {
		struct facts f = {.n = 0};
		struct buf name = {0};

		put_host(s, pairs[i].client, &name);
		buf_printf(&name, " to ");
		put_host(s, pairs[i].server, &name);
		buf_zero(&name, 1);
		add_count(&f, pairs[i].connections, "connection", "connections");
		add_count(&f, pairs[i].resets, "reset", "reset");
		if (name.err == 0)
			put_pair(p, (const char *)name.p, one_line(&f));
		buf_free(&name);
	}
	put_more(p, n, FEW, "pairs of client and server");
	if (more > 0)
		page_line(p, "and %zu more connections", more);
	p->label = NULL;
}

/* ---- What they speak ---- */

struct speech {
	struct negotiated wire;
	bool negotiated, signing_required;
	uint64_t connections, sealed, opened;
};

static bool
same_speech(const struct speech *a, const struct speech *b)
{
	return a->negotiated == b->negotiated && a->signing_required == b->signing_required &&
	       a->wire.dialect == b->wire.dialect && a->wire.cipher == b->wire.cipher &&
	       a->wire.alg == b->wire.alg;
}

static void
put_speech(struct page *p, const struct speech *x)
{
	const char *dialect = show_value_name("dialect_revision", x->wire.dialect);
	const char *alg = show_value_name("signing_algorithms", x->wire.alg);
	const char *cipher = show_value_name("ciphers", x->wire.cipher);
	struct facts f = {.n = 0};
	char tail[48];

	(void)snprintf(tail, sizeof(tail), "%llu connection%s", (unsigned long long)x->connections,
		       ending(x->connections));
	if (!x->negotiated) {
		page_row(p, "no SMB2 negotiation", tail);
		return;
	}
	add_fact(&f, "SMB %s", dialect != NULL ? dialect : "of an unknown dialect");
	add_fact(&f, "signs %s%s", alg != NULL ? alg : "unknown",
		 x->signing_required ? " (required)" : "");
	if (x->wire.cipher != 0)
		add_fact(&f, "seals %s", cipher != NULL ? cipher : "unknown");
	page_row(p, one_line(&f), tail);
}

static void
put_dialects(struct page *p, const struct survey *s)
{
	struct speech all[16];
	size_t n = 0, more = 0;

	for (size_t i = 0; i < s->n_conns; i++) {
		const struct survey_conn *c = &s->conns[i];
		struct speech x = {.wire = c->wire,
				   .negotiated = c->negotiated,
				   .signing_required = c->signing_required};
		size_t k = 0;

		while (k < n && !same_speech(&all[k], &x))
			k++;
		if (k == sizeof(all) / sizeof(all[0])) {
			more++;
			continue;
		}
		if (k == n)
			all[n++] = x;
		all[k].connections++;
	}
	p->label = "dialect";
	for (size_t i = 0; i < n && i < FEW; i++)
		put_speech(p, &all[i]);
	put_more(p, n, FEW, "combinations");
	if (more > 0)
		page_line(p, "and %zu more connections", more);
	p->label = NULL;
}

/* How much is sealed and signed, and what of that could be opened and checked. */
static void
put_seals(struct page *p, const struct survey *s, const struct unseal *u)
{
	const struct unseal_session *x;
	uint64_t sessions = 0, sealed = 0, opened = 0, checked = 0, valid = 0, is_signed = 0;
	struct facts f = {.n = 0};

	for (size_t i = 0; (x = unseal_session(u, i)) != NULL; i++) {
		sessions += x->sealed > 0;
		sealed += x->sealed;
		opened += x->opened;
		checked += x->checked;
		valid += x->valid;
	}
	for (size_t i = 0; i < s->n_conns; i++)
		is_signed += s->conns[i].signed_pdus;
	if (sealed > 0)
		add_fact(&f, "%llu message%s of %llu session%s sealed, %llu opened",
			 (unsigned long long)sealed, ending(sealed), (unsigned long long)sessions,
			 ending(sessions), (unsigned long long)opened);
	add_count(&f, is_signed, "PDU signed", "PDUs signed");
	if (checked > 0)
		add_fact(&f, "%llu of %llu signatures checked hold", (unsigned long long)valid,
			 (unsigned long long)checked);
	add_count(&f, s->kinds[SMB2_MSG_COMPRESSED], "compressed message not expanded",
		  "compressed messages not expanded");
	add_count(&f, s->kinds[SMB2_MSG_SMB1], "SMB1 message", "SMB1 messages");
	add_count(&f, s->kinds[SMB2_MSG_UNKNOWN], "message of an unknown kind",
		  "messages of an unknown kind");
	add_count(&f, s->opaque + s->malformed, "PDU without a known form",
		  "PDUs without a known form");
	put_facts(p, "seals", &f);
}

/* ---- Users, shares, files ---- */

static void
put_user(struct page *p, const struct info_user *w)
{
	bool with = w->domain != NULL && w->domain[0] != '\0';
	struct facts f = {.n = 0};
	struct buf name = {0};

	if (w->anonymous)
		buf_printf(&name, "anonymous");
	else if (w->user != NULL && w->user[0] != '\0')
		buf_printf(&name, "%s%s%s", with ? w->domain : "", with ? "\\" : "", w->user);
	else
		buf_printf(&name, "user not said");
	buf_printf(&name, ", %s", w->mechanism != NULL ? w->mechanism : "unknown mechanism");
	if (w->service != NULL)
		buf_printf(&name, " for %s", w->service);
	buf_zero(&name, 1);
	if (w->failed < w->logons)
		add_fact(&f, "%llu logon%s", (unsigned long long)w->logons, ending(w->logons));
	if (w->failed > 0)
		add_fact(&f, "%llu %s", (unsigned long long)w->failed, ntstatus_name(w->status));
	add_count(&f, w->unanswered, "unfinished", "unfinished");
	add_count(&f, w->guests, "as guest", "as guest");
	add_count(&f, w->reauthentications, "reauthenticates", "reauthenticate");
	if (name.err == 0)
		page_row(p, (const char *)name.p, one_line(&f));
	buf_free(&name);
}

static void
put_users(struct page *p, const struct info *i)
{
	struct info_user users[FEW];
	size_t all, n = info_users(i->survey, i->unseal, users, FEW, &all);

	p->label = "users";
	for (size_t k = 0; k < n; k++)
		put_user(p, &users[k]);
	put_more(p, all, n, "users");
	p->label = NULL;
}

static void
put_shares(struct page *p, const struct survey *s)
{
	p->label = "shares";
	for (size_t i = 0; i < s->n_shares && i < FEW; i++) {
		const struct survey_share *x = &s->shares[i];
		const char *type = show_value_name("share_type", x->type);
		struct facts f = {.n = 0};

		add_fact(&f, "%s", type != NULL ? type : "type not said");
		if (x->sealed)
			add_fact(&f, "sealed");
		add_fact(&f, "%llu connect%s", (unsigned long long)x->connects,
			 ending(x->connects));
		if (x->failed > 0)
			add_fact(&f, "%llu failed", (unsigned long long)x->failed);
		add_count(&f, x->operations, "operation", "operations");
		page_row(p, x->path, one_line(&f));
	}
	put_more(p, s->n_shares, FEW, "shares");
	p->label = NULL;
}

static void
put_files(struct page *p, const struct survey *s)
{
	const struct survey_top *t = &s->top;

	p->label = "files";
	for (size_t i = 0; i < t->n && i < FEW; i++) {
		const struct survey_file *x = &t->files[i];
		struct facts f = {.n = 0};
		char size[32];

		add_fact(&f, "%llu operation%s", (unsigned long long)x->operations,
			 ending(x->operations));
		if (x->read_bytes > 0)
			add_fact(&f, "%s read", size_text(x->read_bytes, size));
		if (x->written_bytes > 0)
			add_fact(&f, "%s written", size_text(x->written_bytes, size));
		page_row(p, x->name, one_line(&f));
	}
	if (t->evicted > 0)
		page_line(p, "and more than %zu more names: figures are at least", t->n - FEW);
	else
		put_more(p, t->n, FEW, "names");
	p->label = NULL;
}

/* ---- What they do ---- */

static int
by_count(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return x[1] != y[1] ? (x[1] > y[1] ? -1 : 1) : x[0] < y[0] ? -1 : x[0] > y[0];
}

static void
put_commands(struct page *p, const struct survey *s)
{
	uint64_t counts[SMB2_N_COMMANDS + 1][2] = {{0}};
	struct facts f = {.n = 0};
	char size[32];

	for (uint64_t i = 0; i <= SMB2_N_COMMANDS; i++)
		counts[i][0] = i;
	for (size_t i = 0; i < s->tally.n; i++) {
		const struct tally_row *r = &s->tally.rows[i];

		if (!r->response)
			counts[r->command < SMB2_N_COMMANDS ? r->command : SMB2_N_COMMANDS][1] +=
				r->n;
	}
	qsort(counts, SMB2_N_COMMANDS + 1, sizeof(counts[0]), by_count);
	for (size_t i = 0; i <= SMB2_N_COMMANDS && counts[i][1] > 0; i++)
		add_fact(&f, "%s %llu",
			 counts[i][0] < SMB2_N_COMMANDS ? smb2_command_name((unsigned)counts[i][0])
							: "unknown",
			 (unsigned long long)counts[i][1]);
	put_facts(p, "requests", &f);
	f = (struct facts){.n = 0};
	if (s->counts.read_bytes > 0)
		add_fact(&f, "%s read", size_text(s->counts.read_bytes, size));
	if (s->counts.written_bytes > 0)
		add_fact(&f, "%s written", size_text(s->counts.written_bytes, size));
	put_facts(p, "payload", &f);
}

static void
put_errors(struct page *p, const struct survey *s)
{
	const struct tally_row *rows[FEW + 1];
	uint64_t all;
	size_t kinds, n = tally_errors(&s->tally, rows, FEW + 1, &all, &kinds);

	p->label = "errors";
	for (size_t i = 0; i < n; i++) {
		char text[96], count[32];

		(void)snprintf(text, sizeof(text), "%s %s", smb2_command_name(rows[i]->command),
			       ntstatus_name(rows[i]->status));
		(void)snprintf(count, sizeof(count), "%llu", (unsigned long long)rows[i]->n);
		page_row(p, text, count);
	}
	put_more(p, kinds, n, "kinds of errors");
	p->label = NULL;
}

/* What a replay has to take care of. */
static void
put_events(struct page *p, const struct survey *s)
{
	const struct survey_counts *c = &s->counts;
	struct info_reconnects again = info_reconnects(s);
	uint64_t bound, bindings = info_bindings(s, &bound);
	struct facts f = {.n = 0};

	add_count(&f, c->lease_breaks, "of a lease", "of leases");
	add_count(&f, c->oplock_breaks, "of an oplock", "of oplocks");
	if (f.n > 0) {
		add_fact(&f, "%llu acknowledged", (unsigned long long)c->break_acks);
		add_count(&f, c->break_closes, "answered by CLOSE", "answered by CLOSE");
		add_count(&f, s->breaks.n, "not acknowledged", "not acknowledged");
	}
	put_facts(p, "breaks", &f);
	f = (struct facts){.n = 0};
	if (again.sessions > 0)
		add_fact(&f, "%llu of sessions (%llu good, of %llu the first is here)",
			 (unsigned long long)again.sessions, (unsigned long long)again.succeeded,
			 (unsigned long long)again.known);
	if (c->reclaims > 0)
		add_fact(&f, "%llu of durable handles (%llu good)", (unsigned long long)c->reclaims,
			 (unsigned long long)c->reclaimed);
	add_count(&f, c->replays, "request with the replay flag", "requests with the replay flag");
	put_facts(p, "reconnects", &f);
	f = (struct facts){.n = 0};
	if (c->lease_requests > 0)
		add_fact(&f, "%llu of %llu leases granted", (unsigned long long)c->leases,
			 (unsigned long long)c->lease_requests);
	add_count(&f, c->oplocks, "oplock", "oplocks");
	if (c->durable_requests > 0)
		add_fact(&f, "%llu of %llu durable handles granted", (unsigned long long)c->durable,
			 (unsigned long long)c->durable_requests);
	add_count(&f, c->persistent, "persistent", "persistent");
	if (bindings > 0)
		add_fact(&f, "%llu channel binding%s (%llu good)", (unsigned long long)bindings,
			 ending(bindings), (unsigned long long)bound);
	add_count(&f, c->compounds, "compound", "compounds");
	add_count(&f, c->interim, "STATUS_PENDING", "STATUS_PENDING");
	add_count(&f, c->cancels, "CANCEL", "CANCELs");
	add_count(&f, s->flights.n, "request unanswered", "requests unanswered");
	add_count(&f, c->unknown_handles, "use of a handle whose CREATE is not here",
		  "uses of handles whose CREATEs are not here");
	put_facts(p, "also", &f);
}

void
info_put_text(const struct info *i, size_t width, bool colour, struct buf *out)
{
	struct page p = {.out = out, .width = width, .colour = colour};
	struct survey *s = i->survey;

	put_verdict(&p, i);
	put_next(&p, i);
	put_capture(&p, s);
	put_losses(&p, s);
	put_who(&p, s);
	put_dialects(&p, s);
	put_seals(&p, s, i->unseal);
	put_users(&p, i);
	put_shares(&p, s);
	put_commands(&p, s);
	put_files(&p, s);
	put_errors(&p, s);
	put_events(&p, s);
}
