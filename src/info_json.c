/* What info says as JSON: everything, under keys that stay. */
#include "config.h"

#include <stdlib.h>

#include "info.h"
#include "proto/ntstatus.h"
#include "show.h"

#define MOST ((size_t)4096) /* users, files and kinds of errors */

static void
number(struct json_out *o, const char *key, uint64_t v)
{
	json_out_key(o, key);
	json_out_uint(o, v);
}

static void
text(struct json_out *o, const char *key, const char *v)
{
	json_out_key(o, key);
	json_out_text(o, v != NULL ? v : "");
}

static void
boolean(struct json_out *o, const char *key, bool v)
{
	json_out_key(o, key);
	json_out_bool(o, v);
}

static void
begin(struct json_out *o, const char *key, char bracket)
{
	json_out_key(o, key);
	json_out_open(o, bracket);
}

/* The lines of a text as a list; `between`: what a newline within an element becomes. */
static void
put_reasons(struct json_out *o, const struct buf *why)
{
	begin(o, "reasons", '[');
	for (size_t i = 0, from = 0; i < why->n; i++) {
		if (why->p[i] != '\n')
			continue;
		json_out_text_n(o, (const char *)why->p + from, i - from);
		from = i + 1;
	}
	json_out_close(o, ']');
}

static void
put_next(struct json_out *o, const struct info_next *next)
{
	begin(o, "next", '[');
	for (size_t i = 0; i < next->n; i++) {
		struct buf line = {0};

		buf_add(&line, next->commands[i].p, next->commands[i].n);
		for (size_t k = 0; k < line.n; k++)
			line.p[k] = line.p[k] == '\n' ? ' ' : line.p[k];
		if (line.n > 0)
			json_out_text_n(o, (const char *)line.p, line.n - 1);
		buf_free(&line);
	}
	json_out_close(o, ']');
}

static void
put_wants(struct json_out *o, const struct survey_verdicts *v)
{
	static const char *const kinds[] = {"", "password", "keytab", "keys"};

	begin(o, "secrets_wanted", '[');
	for (size_t i = 0; i < v->n_wants; i++) {
		const struct survey_want *w = &v->wants[i];

		json_out_open(o, '{');
		text(o, "kind", kinds[w->kind]);
		text(o, "domain", w->domain);
		text(o, "user", w->user);
		text(o, "service", w->service);
		number(o, "sessions", w->sessions);
		number(o, "messages", w->messages);
		text(o, "note", w->why);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
put_verdict(struct json_out *o, const struct info *i)
{
	text(o, "verdict", survey_verdict_name(i->verdicts->verdict));
	put_reasons(o, &i->verdicts->why);
	put_next(o, i->next);
	put_wants(o, i->verdicts);
}

static void
put_totals(struct json_out *o, const struct survey *s)
{
	double seconds = (double)(s->last - s->first) / 1e9;

	number(o, "packets", s->totals.packets);
	number(o, "messages", s->messages);
	number(o, "pdus", s->pdus);
	number(o, "opaque", s->opaque + s->malformed);
	json_out_key(o, "start");
	json_out_raw(o, "%llu.%09llu", (unsigned long long)(s->first / 1000000000),
		     (unsigned long long)(s->first % 1000000000));
	json_out_key(o, "seconds");
	json_out_raw(o, "%.9f", seconds);
	json_out_key(o, "messages_per_second");
	json_out_raw(o, "%.3f", seconds > 0 ? (double)s->messages / seconds : 0);
	number(o, "most_messages_in_a_second", s->peak);
	number(o, "read_bytes", s->counts.read_bytes);
	number(o, "written_bytes", s->counts.written_bytes);
	begin(o, "message_kinds", '{');
	for (int k = 0; k <= SMB2_MSG_UNKNOWN; k++)
		number(o, smb2_msg_kind_name((enum smb2_msg_kind)k), s->kinds[k]);
	json_out_close(o, '}');
}

static void
put_hosts(struct json_out *o, const char *key, const struct survey *s, bool servers)
{
	begin(o, key, '[');
	for (size_t i = 0; i < s->n_hosts; i++) {
		const struct survey_host *h = &s->hosts[i];

		if (h->server != servers)
			continue;
		json_out_open(o, '{');
		text(o, "address", h->address);
		begin(o, "names", '[');
		for (size_t k = 0; k < SURVEY_HOST_NAMES && h->names[k] != NULL; k++)
			json_out_text(o, h->names[k]);
		json_out_close(o, ']');
		number(o, "connections", h->connections);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
put_conn(struct json_out *o, const struct survey_conn *c)
{
	bool known = c->negotiated;

	json_out_open(o, '{');
	text(o, "client", c->client);
	text(o, "server", c->server);
	boolean(o, "syn_seen", c->syn_seen);
	text(o, "dialect", known ? show_value_name("dialect_revision", c->wire.dialect) : NULL);
	boolean(o, "signing_required", c->signing_required);
	text(o, "signing", known ? show_value_name("signing_algorithms", c->wire.alg) : NULL);
	text(o, "sealing", known ? show_value_name("ciphers", c->wire.cipher) : NULL);
	number(o, "pdus", c->pdus);
	number(o, "signed", c->signed_pdus);
	number(o, "sealed", c->sealed);
	number(o, "compressed", c->compressed);
	number(o, "smb1", c->smb1);
	number(o, "unknown", c->unknown);
	number(o, "gaps", c->gaps);
	number(o, "gap_bytes", c->gap_bytes);
	number(o, "junk_bytes", c->junk_bytes);
	boolean(o, "fin_by_client", c->fin[CAP_C2S]);
	boolean(o, "fin_by_server", c->fin[CAP_S2C]);
	boolean(o, "rst_by_client", c->rst[CAP_C2S]);
	boolean(o, "rst_by_server", c->rst[CAP_S2C]);
	json_out_close(o, '}');
}

static void
put_who(struct json_out *o, const struct survey *s)
{
	put_hosts(o, "clients", s, false);
	put_hosts(o, "servers", s, true);
	begin(o, "connections", '[');
	for (size_t i = 0; i < s->n_conns; i++)
		put_conn(o, &s->conns[i]);
	json_out_close(o, ']');
}

static void
put_logons(struct json_out *o, const struct survey *s)
{
	begin(o, "logons", '[');
	for (size_t i = 0; i < s->n_sessions; i++) {
		const struct survey_session *x = &s->sessions[i];

		json_out_open(o, '{');
		number(o, "connection", x->conn);
		number(o, "session_id", x->id);
		text(o, "domain", x->domain);
		text(o, "user", x->user);
		boolean(o, "anonymous", x->anonymous);
		boolean(o, "guest", x->guest);
		text(o, "mechanism", x->mechanism);
		text(o, "service", x->service);
		text(o, "status", x->answered ? ntstatus_name(x->status) : NULL);
		boolean(o, "binding", x->binding);
		number(o, "previous_session_id", x->previous);
		boolean(o, "reauthentication", x->again);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
put_users(struct json_out *o, const struct info *i)
{
	struct info_user *users = calloc(MOST, sizeof(*users));
	size_t all, n;

	if (users == NULL) {
		o->b.err = ERR_NOMEM;
		return;
	}
	n = info_users(i->survey, i->unseal, users, MOST, &all);
	begin(o, "users", '[');
	for (size_t k = 0; k < n; k++) {
		json_out_open(o, '{');
		text(o, "domain", users[k].domain);
		text(o, "user", users[k].user);
		boolean(o, "anonymous", users[k].anonymous);
		text(o, "mechanism", users[k].mechanism);
		text(o, "service", users[k].service);
		number(o, "logons", users[k].logons);
		number(o, "succeeded", users[k].succeeded);
		number(o, "failed", users[k].failed);
		number(o, "unfinished", users[k].unanswered);
		number(o, "guest", users[k].guests);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
	free(users);
}

static void
put_shares(struct json_out *o, const struct survey *s)
{
	begin(o, "shares", '[');
	for (size_t i = 0; i < s->n_shares; i++) {
		const struct survey_share *x = &s->shares[i];

		json_out_open(o, '{');
		text(o, "path", x->path);
		text(o, "type", show_value_name("share_type", x->type));
		boolean(o, "sealed", x->sealed);
		number(o, "connects", x->connects);
		number(o, "failed", x->failed);
		number(o, "operations", x->operations);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
put_sessions(struct json_out *o, const struct unseal *u)
{
	const struct unseal_session *s;

	begin(o, "sessions", '[');
	for (size_t i = 0; (s = unseal_session(u, i)) != NULL; i++) {
		json_out_open(o, '{');
		number(o, "session_id", s->session_id);
		number(o, "sealed", s->sealed);
		number(o, "opened", s->opened);
		number(o, "signed", s->is_signed);
		number(o, "checked", s->checked);
		number(o, "valid", s->valid);
		text(o, "missing", s->why);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
put_errors(struct json_out *o, const struct survey *s)
{
	const struct tally_row **rows = calloc(MOST, sizeof(struct tally_row *));
	uint64_t all;
	size_t kinds, n;

	if (rows == NULL) {
		o->b.err = ERR_NOMEM;
		return;
	}
	n = tally_errors(&s->tally, rows, MOST, &all, &kinds);
	begin(o, "errors", '[');
	for (size_t i = 0; i < n; i++) {
		json_out_open(o, '{');
		text(o, "command", smb2_command_name(rows[i]->command));
		text(o, "status", ntstatus_name(rows[i]->status));
		number(o, "count", rows[i]->n);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
	free(rows);
}

static void
put_files(struct json_out *o, const struct survey *s)
{
	const struct survey_top *t = &s->top;

	begin(o, "files", '[');
	for (size_t i = 0; i < t->n; i++) {
		json_out_open(o, '{');
		text(o, "name", t->files[i].name);
		number(o, "opens", t->files[i].opens);
		number(o, "operations", t->files[i].operations);
		number(o, "read_bytes", t->files[i].read_bytes);
		number(o, "written_bytes", t->files[i].written_bytes);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
	number(o, "files_left_out", t->evicted);
	begin(o, "initial_state", '{');
	number(o, "existing", s->names.existing);
	number(o, "absent", s->names.absent);
	number(o, "listings", s->names.listings);
	boolean(o, "at_least", s->names.at_least);
	json_out_close(o, '}');
}

static void
put_events(struct json_out *o, const struct survey *s)
{
	const struct survey_counts *c = &s->counts;
	struct info_reconnects again = info_reconnects(s);
	uint64_t bound, bindings = info_bindings(s, &bound);

	begin(o, "breaks", '{');
	number(o, "lease", c->lease_breaks);
	number(o, "oplock", c->oplock_breaks);
	number(o, "acknowledged", c->break_acks);
	number(o, "answered_by_close", c->break_closes);
	number(o, "not_acknowledged", s->breaks.n);
	json_out_close(o, '}');
	begin(o, "reconnects", '{');
	number(o, "sessions", again.sessions);
	number(o, "sessions_succeeded", again.succeeded);
	number(o, "sessions_known", again.known);
	number(o, "durable_handles", c->reclaims);
	number(o, "durable_handles_succeeded", c->reclaimed);
	number(o, "replayed_requests", c->replays);
	json_out_close(o, '}');
	begin(o, "granted", '{');
	number(o, "leases_requested", c->lease_requests);
	number(o, "leases", c->leases);
	number(o, "oplocks", c->oplocks);
	number(o, "durable_requested", c->durable_requests);
	number(o, "durable", c->durable);
	number(o, "persistent", c->persistent);
	json_out_close(o, '}');
	begin(o, "channels", '{');
	number(o, "bindings", bindings);
	number(o, "bindings_succeeded", bound);
	json_out_close(o, '}');
	number(o, "compounds", c->compounds);
	number(o, "related_compounds", c->related);
	number(o, "interim_responses", c->interim);
	number(o, "cancels", c->cancels);
	number(o, "unanswered", s->flights.n);
	number(o, "unknown_handles", c->unknown_handles);
	number(o, "left_open", s->opens.n);
}

static void
put_losses(struct json_out *o, const struct survey *s)
{
	const struct cap_totals *t = &s->totals;

	begin(o, "lost", '{');
	number(o, "gap_bytes", t->gap_bytes);
	number(o, "damaged_message_bytes", t->gap_known_bytes);
	number(o, "junk_bytes", t->junk_bytes);
	number(o, "snaplen_cut_packets", t->snaplen_cut);
	number(o, "lost_fragments", t->fragments_lost);
	number(o, "bad_packets", t->bad_packets);
	number(o, "conflicting_bytes", t->tcp_conflicting_bytes);
	number(o, "not_listed", s->not_listed);
	json_out_close(o, '}');
}

void
info_put_json(const struct info *i, struct json_out *o)
{
	struct survey *s = i->survey;

	json_out_open(o, '{');
	put_verdict(o, i);
	put_totals(o, s);
	put_who(o, s);
	put_logons(o, s);
	put_users(o, i);
	put_shares(o, s);
	put_sessions(o, i->unseal);
	json_out_key(o, "commands");
	tally_put_json(&s->tally, o);
	put_errors(o, s);
	put_files(o, s);
	put_events(o, s);
	put_losses(o, s);
	json_out_close(o, '}');
	buf_add(&o->b, "\n", 1);
}
