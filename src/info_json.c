/* What info says as JSON: everything, under keys that stay. */
#include "config.h"

#include <stdlib.h>

#include "info.h"
#include "proto/ntstatus.h"
#include "show.h"

#define MOST ((size_t)4096) /* users, files and kinds of errors */

/* The lines of a text as a list; `between`: what a newline within an element becomes. */
static void
put_reasons(struct json_out *o, const struct buf *why)
{
	json_out_key_open(o, "reasons", '[');
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
	json_out_key_open(o, "next", '[');
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

	json_out_key_open(o, "secrets_wanted", '[');
	for (size_t i = 0; i < v->n_wants; i++) {
		const struct survey_want *w = &v->wants[i];

		json_out_open(o, '{');
		json_out_key_text(o, "kind", kinds[w->kind]);
		json_out_key_text(o, "domain", w->domain);
		json_out_key_text(o, "user", w->user);
		json_out_key_text(o, "service", w->service);
		json_out_key_uint(o, "sessions", w->sessions);
		json_out_key_uint(o, "messages", w->messages);
		json_out_key_text(o, "note", w->why);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
put_verdict(struct json_out *o, const struct info *i)
{
	json_out_key_text(o, "verdict", survey_verdict_name(i->verdicts->verdict));
	put_reasons(o, &i->verdicts->why);
	put_next(o, i->next);
	put_wants(o, i->verdicts);
}

static void
put_totals(struct json_out *o, const struct survey *s)
{
	double seconds = (double)(s->last - s->first) / 1e9;

	json_out_key_uint(o, "packets", s->totals.packets);
	json_out_key_uint(o, "messages", s->messages);
	json_out_key_uint(o, "pdus", s->pdus);
	json_out_key_uint(o, "opaque", s->opaque + s->malformed);
	json_out_key(o, "start");
	json_out_raw(o, "%llu.%09llu", (unsigned long long)(s->first / 1000000000),
		     (unsigned long long)(s->first % 1000000000));
	json_out_key(o, "seconds");
	json_out_raw(o, "%.9f", seconds);
	json_out_key(o, "messages_per_second");
	json_out_raw(o, "%.3f", seconds > 0 ? (double)s->messages / seconds : 0);
	json_out_key_uint(o, "most_messages_in_a_second", s->peak);
	json_out_key_uint(o, "read_bytes", s->counts.read_bytes);
	json_out_key_uint(o, "written_bytes", s->counts.written_bytes);
	json_out_key_open(o, "message_kinds", '{');
	for (int k = 0; k <= SMB2_MSG_UNKNOWN; k++)
		json_out_key_uint(o, smb2_msg_kind_name((enum smb2_msg_kind)k), s->kinds[k]);
	json_out_close(o, '}');
}

static void
put_hosts(struct json_out *o, const char *key, const struct survey *s, bool servers)
{
	json_out_key_open(o, key, '[');
	for (size_t i = 0; i < s->n_hosts; i++) {
		const struct survey_host *h = &s->hosts[i];

		if (h->server != servers)
			continue;
		json_out_open(o, '{');
		json_out_key_text(o, "address", h->address);
		json_out_key_open(o, "names", '[');
		for (size_t k = 0; k < SURVEY_HOST_NAMES && h->names[k] != NULL; k++)
			json_out_text(o, h->names[k]);
		json_out_close(o, ']');
		json_out_key_uint(o, "connections", h->connections);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
put_conn(struct json_out *o, const struct survey_conn *c)
{
	bool known = c->negotiated;

	json_out_open(o, '{');
	json_out_key_text(o, "client", c->client);
	json_out_key_text(o, "server", c->server);
	json_out_key_bool(o, "syn_seen", c->syn_seen);
	json_out_key_text(o, "dialect",
			  known ? show_value_name("dialect_revision", c->wire.dialect) : NULL);
	json_out_key_bool(o, "signing_required", c->signing_required);
	json_out_key_text(o, "signing",
			  known ? show_value_name("signing_algorithms", c->wire.alg) : NULL);
	json_out_key_text(o, "sealing", known ? show_value_name("ciphers", c->wire.cipher) : NULL);
	json_out_key_uint(o, "pdus", c->pdus);
	json_out_key_uint(o, "signed", c->signed_pdus);
	json_out_key_uint(o, "sealed", c->sealed);
	json_out_key_uint(o, "compressed", c->compressed);
	json_out_key_uint(o, "smb1", c->smb1);
	json_out_key_uint(o, "unknown", c->unknown);
	json_out_key_uint(o, "gaps", c->gaps);
	json_out_key_uint(o, "gap_bytes", c->gap_bytes);
	json_out_key_uint(o, "junk_bytes", c->junk_bytes);
	json_out_key_bool(o, "fin_by_client", c->fin[CAP_C2S]);
	json_out_key_bool(o, "fin_by_server", c->fin[CAP_S2C]);
	json_out_key_bool(o, "rst_by_client", c->rst[CAP_C2S]);
	json_out_key_bool(o, "rst_by_server", c->rst[CAP_S2C]);
	json_out_close(o, '}');
}

static void
put_who(struct json_out *o, const struct survey *s)
{
	put_hosts(o, "clients", s, false);
	put_hosts(o, "servers", s, true);
	json_out_key_open(o, "connections", '[');
	for (size_t i = 0; i < s->n_conns; i++)
		put_conn(o, &s->conns[i]);
	json_out_close(o, ']');
}

static void
put_logons(struct json_out *o, const struct survey *s)
{
	json_out_key_open(o, "logons", '[');
	for (size_t i = 0; i < s->n_sessions; i++) {
		const struct survey_session *x = &s->sessions[i];

		json_out_open(o, '{');
		json_out_key_uint(o, "connection", x->conn);
		json_out_key_uint(o, "session_id", x->id);
		json_out_key_text(o, "domain", x->domain);
		json_out_key_text(o, "user", x->user);
		json_out_key_bool(o, "anonymous", x->anonymous);
		json_out_key_bool(o, "guest", x->guest);
		json_out_key_text(o, "mechanism", x->mechanism);
		json_out_key_text(o, "service", x->service);
		json_out_key_text(o, "status", x->answered ? ntstatus_name(x->status) : NULL);
		json_out_key_bool(o, "binding", x->binding);
		json_out_key_uint(o, "previous_session_id", x->previous);
		json_out_key_bool(o, "reauthentication", x->again);
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
	json_out_key_open(o, "users", '[');
	for (size_t k = 0; k < n; k++) {
		json_out_open(o, '{');
		json_out_key_text(o, "domain", users[k].domain);
		json_out_key_text(o, "user", users[k].user);
		json_out_key_bool(o, "anonymous", users[k].anonymous);
		json_out_key_text(o, "mechanism", users[k].mechanism);
		json_out_key_text(o, "service", users[k].service);
		json_out_key_uint(o, "logons", users[k].logons);
		json_out_key_uint(o, "succeeded", users[k].succeeded);
		json_out_key_uint(o, "failed", users[k].failed);
		json_out_key_uint(o, "unfinished", users[k].unanswered);
		json_out_key_uint(o, "guest", users[k].guests);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
	free(users);
}

static void
put_shares(struct json_out *o, const struct survey *s)
{
	json_out_key_open(o, "shares", '[');
	for (size_t i = 0; i < s->n_shares; i++) {
		const struct survey_share *x = &s->shares[i];

		json_out_open(o, '{');
		json_out_key_text(o, "path", x->path);
		json_out_key_text(o, "type", show_value_name("share_type", x->type));
		json_out_key_bool(o, "sealed", x->sealed);
		json_out_key_uint(o, "connects", x->connects);
		json_out_key_uint(o, "failed", x->failed);
		json_out_key_uint(o, "operations", x->operations);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
}

static void
put_sessions(struct json_out *o, const struct unseal *u)
{
	const struct unseal_session *s;

	json_out_key_open(o, "sessions", '[');
	for (size_t i = 0; (s = unseal_session(u, i)) != NULL; i++) {
		json_out_open(o, '{');
		json_out_key_uint(o, "session_id", s->session_id);
		json_out_key_uint(o, "sealed", s->sealed);
		json_out_key_uint(o, "opened", s->opened);
		json_out_key_uint(o, "signed", s->is_signed);
		json_out_key_uint(o, "checked", s->checked);
		json_out_key_uint(o, "valid", s->valid);
		json_out_key_text(o, "missing", s->why);
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
	json_out_key_open(o, "errors", '[');
	for (size_t i = 0; i < n; i++) {
		json_out_open(o, '{');
		json_out_key_text(o, "command", smb2_command_name(rows[i]->command));
		json_out_key_text(o, "status", ntstatus_name(rows[i]->status));
		json_out_key_uint(o, "count", rows[i]->n);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
	free(rows);
}

static void
put_files(struct json_out *o, const struct survey *s)
{
	const struct survey_top *t = &s->top;

	json_out_key_open(o, "files", '[');
	for (size_t i = 0; i < t->n; i++) {
		json_out_open(o, '{');
		json_out_key_text(o, "name", t->files[i].name);
		json_out_key_uint(o, "opens", t->files[i].opens);
		json_out_key_uint(o, "operations", t->files[i].operations);
		json_out_key_uint(o, "read_bytes", t->files[i].read_bytes);
		json_out_key_uint(o, "written_bytes", t->files[i].written_bytes);
		json_out_close(o, '}');
	}
	json_out_close(o, ']');
	json_out_key_uint(o, "files_left_out", t->evicted);
	json_out_key_open(o, "initial_state", '{');
	plan_put_json_totals(&s->names.totals, o);
	json_out_key_uint(o, "listings", s->names.listings);
	json_out_key_bool(o, "at_least", s->names.at_least);
	json_out_close(o, '}');
}

static void
put_events(struct json_out *o, const struct survey *s)
{
	const struct survey_counts *c = &s->counts;
	struct info_reconnects again = info_reconnects(s);
	uint64_t bound, bindings = info_bindings(s, &bound);

	json_out_key_open(o, "breaks", '{');
	json_out_key_uint(o, "lease", c->lease_breaks);
	json_out_key_uint(o, "oplock", c->oplock_breaks);
	json_out_key_uint(o, "acknowledged", c->break_acks);
	json_out_key_uint(o, "answered_by_close", c->break_closes);
	json_out_key_uint(o, "not_acknowledged", s->breaks.n);
	json_out_close(o, '}');
	json_out_key_open(o, "reconnects", '{');
	json_out_key_uint(o, "sessions", again.sessions);
	json_out_key_uint(o, "sessions_succeeded", again.succeeded);
	json_out_key_uint(o, "sessions_known", again.known);
	json_out_key_uint(o, "durable_handles", c->reclaims);
	json_out_key_uint(o, "durable_handles_succeeded", c->reclaimed);
	json_out_key_uint(o, "replayed_requests", c->replays);
	json_out_close(o, '}');
	json_out_key_open(o, "granted", '{');
	json_out_key_uint(o, "leases_requested", c->lease_requests);
	json_out_key_uint(o, "leases", c->leases);
	json_out_key_uint(o, "oplocks", c->oplocks);
	json_out_key_uint(o, "durable_requested", c->durable_requests);
	json_out_key_uint(o, "durable", c->durable);
	json_out_key_uint(o, "persistent", c->persistent);
	json_out_close(o, '}');
	json_out_key_open(o, "channels", '{');
	json_out_key_uint(o, "bindings", bindings);
	json_out_key_uint(o, "bindings_succeeded", bound);
	json_out_close(o, '}');
	json_out_key_uint(o, "compounds", c->compounds);
	json_out_key_uint(o, "related_compounds", c->related);
	json_out_key_uint(o, "interim_responses", c->interim);
	json_out_key_uint(o, "cancels", c->cancels);
	json_out_key_uint(o, "unanswered", s->flights.n);
	json_out_key_uint(o, "unknown_handles", c->unknown_handles);
	json_out_key_uint(o, "left_open", s->opens.n);
}

static void
put_losses(struct json_out *o, const struct survey *s)
{
	const struct cap_totals *t = &s->totals;

	json_out_key_open(o, "lost", '{');
	json_out_key_uint(o, "gap_bytes", t->gap_bytes);
	json_out_key_uint(o, "damaged_message_bytes", t->gap_known_bytes);
	json_out_key_uint(o, "junk_bytes", t->junk_bytes);
	json_out_key_uint(o, "snaplen_cut_packets", t->snaplen_cut);
	json_out_key_uint(o, "lost_fragments", t->fragments_lost);
	json_out_key_uint(o, "bad_packets", t->bad_packets);
	json_out_key_uint(o, "conflicting_bytes", t->tcp_conflicting_bytes);
	json_out_key_uint(o, "not_listed", s->not_listed);
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
