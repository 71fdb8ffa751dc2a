/* The divergences on the page: a line for each cause, and the first of each in full. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "html_page.h"

#define TEXT_IN_TABLE ((size_t)90)

/* Causes that show first in one message are one card. */
struct card {
	const struct group *group; /* the first of them */
	uint64_t request;          /* the event of its request, UINT64_MAX: it has none */
	uint16_t asked;            /* smb2_asked of that */
};

struct writer {
	const struct findings *f;
	const struct group *
		*groups; /* owned: those of behaviour, in the order in which they came */
	size_t n;
	struct card cards[HTML_DETAILED];
	size_t n_cards;
	struct captions captions;
	struct buf *out;
};

/* The event of an answer's request, found by connection and MessageId, and what it asks for.
 * UINT64_MAX: not found. */
static uint64_t
request_of(const struct ir *ir, uint64_t answer, unsigned index, uint16_t *asked)
{
	struct buf scratch = {0};
	struct smb2_chain chain;
	struct smb2_pdu pdu;
	struct slice one;
	uint64_t id = SMB2_NO_MESSAGE_ID, found = UINT64_MAX;

	chain = smb2_chain_init(ir_bytes(ir, &ir->events[answer], &scratch));
	for (unsigned i = 0; smb2_chain_next(&chain, &one); i++)
		if (i == index && smb2_pdu_decode(one, &pdu) == 0)
			id = pdu.h.message_id;
	for (uint64_t i = answer; i > 0 && id != SMB2_NO_MESSAGE_ID && found == UINT64_MAX; i--) {
		const struct ir_event *ev = &ir->events[i - 1];

		if (ev->kind != IR_SEND || ev->conn != ir->events[answer].conn)
			continue;
		chain = smb2_chain_init(ir_bytes(ir, ev, &scratch));
		while (smb2_chain_next(&chain, &one))
			if (smb2_pdu_decode(one, &pdu) == 0 && pdu.h.message_id == id &&
			    pdu.h.command != SMB2_CMD_CANCEL) {
				found = i - 1;
				*asked = smb2_asked(&pdu);
			}
	}
	buf_free(&scratch);
	return found;
}

static void
put_kind(enum judge_kind kind, struct buf *out)
{
	buf_printf(out, "<span class=\"kind\">%s</span>", judge_kind_names[kind]);
}

static void
put_place(uint64_t event, uint64_t frame, struct buf *out)
{
	if (event == UINT64_MAX)
		html_put(out, "live only");
	else
		buf_printf(out, "#%llu", (unsigned long long)event);
	if (frame != 0)
		buf_printf(out, " <span class=\"frame\">frame %llu</span>",
			   (unsigned long long)frame);
}

static bool
same_message(const struct group *a, const struct group *b)
{
	return a->first.event == b->first.event && a->first.pdu == b->first.pdu &&
	       a->live.event == b->live.event && a->live.off == b->live.off;
}

/* The card that a cause is on; n_cards: on none. */
static size_t
card_of(const struct writer *w, const struct group *g)
{
	size_t i = 0;

	while (i < w->n_cards && !same_message(w->cards[i].group, g))
		i++;
	return i;
}

static void
put_index_row(const struct writer *w, size_t i)
{
	const struct judge_divergence *d = &w->groups[i]->first;
	size_t card = card_of(w, w->groups[i]);
	struct buf *out = w->out;

	html_put(out, "<tr><td class=\"n\">");
	html_count(out, w->groups[i]->n);
	html_put(out, "</td><td>");
	put_kind(d->kind, out);
	html_put(out, "</td><td class=\"what\">");
	if (card < w->n_cards)
		buf_printf(out, "<a href=\"#d%zu\">", card + 1);
	html_text_cut(out, d->message, TEXT_IN_TABLE);
	html_put(out, card < w->n_cards ? "</a> <code>" : " <code>");
	html_text_cut(out, d->field, TEXT_IN_TABLE);
	html_put(out, "</code></td><td class=\"v\">");
	html_text_cut(out, d->expected, TEXT_IN_TABLE);
	html_put(out, "</td><td class=\"v\">");
	html_text_cut(out, d->got, TEXT_IN_TABLE);
	html_put(out, "</td><td class=\"place\">");
	put_place(d->event, d->frame, out);
	html_put(out, "</td></tr>\n");
}

static uint64_t
count_from(const struct writer *w, size_t from)
{
	uint64_t n = 0;

	for (; from < w->n; from++)
		n += w->groups[from]->n;
	return n + w->f->groups.n_beyond;
}

static void
put_index(const struct writer *w)
{
	struct buf *out = w->out;
	uint64_t rest = count_from(w, HTML_LISTED < w->n ? HTML_LISTED : w->n);

	html_put(out, "<div class=\"wide\"><table class=\"index\"><thead><tr><th "
		      "class=\"n\">Count</th><th>Kind</th><th>Message, field</th><th "
		      "class=\"rec\">Recorded</th><th class=\"live\">Live</th><th>First "
		      "at</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < w->n && i < HTML_LISTED; i++)
		put_index_row(w, i);
	html_put(out, "</tbody></table></div>\n");
	if (rest > 0) {
		html_put(out, "<p class=\"note\">And ");
		html_count(out, rest);
		html_put(out, " more of other causes; <code>smbench compare --json</code> lists "
			      "them all.</p>\n");
	}
}

/* Causes that differ in values only. */
static void
put_values(const struct group *g, struct buf *out)
{
	if (g->n_values < 2)
		return;
	html_put(out, "<div class=\"wide\"><table class=\"values\"><thead><tr><th "
		      "class=\"n\">Count</th><th class=\"rec\">Recorded</th><th "
		      "class=\"live\">Live</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < g->n_values; i++) {
		html_put(out, "<tr><td class=\"n\">");
		html_count(out, g->values[i].n);
		html_put(out, "</td><td class=\"v\">");
		html_text_cut(out, g->values[i].expected, TEXT_IN_TABLE);
		html_put(out, "</td><td class=\"v\">");
		html_text_cut(out, g->values[i].got, TEXT_IN_TABLE);
		html_put(out, "</td></tr>\n");
	}
	html_put(out, "</tbody></table></div>\n");
	if (g->other_values > 0) {
		html_put(out, "<p class=\"note\">And ");
		html_count(out, g->other_values);
		html_put(out, " with other values.</p>\n");
	}
}

static void
put_more_places(const struct group *g, struct buf *out)
{
	if (g->n_more == 0)
		return;
	html_put(out, "<p class=\"places\">Also at ");
	for (size_t i = 0; i < g->n_more; i++) {
		html_put(out, i > 0 ? ", " : "");
		put_place(g->more[i].event, g->more[i].frame, out);
	}
	if (g->n > g->n_more + 1) {
		html_put(out, " and ");
		html_count(out, g->n - g->n_more - 1);
		html_put(out, " more");
	}
	html_put(out, ".</p>\n");
}

/* The PDU of that index in a recorded answer; false: there is none. */
static bool
recorded_pdu(const struct ir *ir, const struct judge_divergence *d, struct buf *scratch,
	     struct smb2_pdu *out)
{
	struct smb2_chain chain;
	struct slice one;

	if (d->event >= ir->n_events || ir->events[d->event].kind != IR_RECV)
		return false;
	chain = smb2_chain_init(ir_bytes(ir, &ir->events[d->event], scratch));
	for (unsigned i = 0; smb2_chain_next(&chain, &one); i++)
		if (i == d->pdu)
			return smb2_pdu_decode(one, out) == 0;
	return false;
}

static int
put_message(const struct writer *w, const struct card *c)
{
	const struct group *g = c->group;
	const struct ir *workload = w->f->workload, *run = w->f->run;
	const struct judge_divergence *d = &g->first;
	struct html_pdus p = {.n_about = 0};
	struct buf a = {0}, b = {0};
	struct smb2_pdu recorded, live;
	struct slice bytes;
	int r = 0;

	if (recorded_pdu(workload, d, &a, &recorded)) {
		p.recorded = &recorded;
		p.event = &workload->events[d->event];
		smb2_pdu_open(&recorded, c->asked);
	}
	if (g->live.event != 0) {
		bytes = ir_bytes(run, &run->events[g->live.event - 1], &b);
		if (smb2_pdu_decode(slice_sub(bytes, g->live.off, g->live.len), &live) == 0) {
			p.live = &live;
			smb2_pdu_open(&live, c->asked);
		}
	}
	for (size_t i = 0; i < w->n && p.n_about < HTML_CAUSES; i++)
		if (same_message(w->groups[i], g))
			p.about[p.n_about++] = &w->groups[i]->first;
	if (p.recorded != NULL || p.live != NULL)
		r = html_put_fields(&p, w->out);
	buf_free(&a);
	buf_free(&b);
	return r;
}

static void
put_cause(const struct group *g, struct buf *out)
{
	const struct judge_divergence *d = &g->first;

	html_put(out, "<span class=\"cause\"><span class=\"count\">");
	html_counted(out, g->n, "time");
	html_put(out, "</span>");
	put_kind(d->kind, out);
	html_put(out, " <span class=\"msg\">");
	html_text_cut(out, d->message, TEXT_IN_TABLE);
	html_put(out, "</span> <code>");
	html_text_cut(out, d->field, TEXT_IN_TABLE);
	html_put(out, "</code><span class=\"change\"><span class=\"v\">");
	html_text_cut(out, d->expected, TEXT_IN_TABLE);
	html_put(out, "</span> <span class=\"to\">\xe2\x86\x92</span> <span class=\"v bad\">");
	html_text_cut(out, d->got, TEXT_IN_TABLE);
	html_put(out, "</span></span></span>\n");
}

static void
put_where(const struct writer *w, const struct judge_divergence *d, uint64_t request)
{
	struct buf *out = w->out;

	html_put(out, "<dl class=\"where\"><dt>First at</dt><dd>");
	put_place(d->event, d->frame, out);
	buf_printf(out, ", connection %u", (unsigned)d->conn);
	if (d->pdu > 0)
		buf_printf(out, ", PDU %u of its message", d->pdu);
	if (d->path != NULL) {
		html_put(out, ", ");
		html_text(out, d->path);
		buf_printf(out, ":%u", (unsigned)d->line);
	}
	if (d->label != NULL) {
		html_put(out, ", @");
		html_text(out, d->label);
	}
	html_put(out, "</dd>");
	if (request != UINT64_MAX) {
		html_put(out, "<dt>Request</dt><dd><code>");
		html_text_cut(out, captions_of(&w->captions, request), 160);
		buf_printf(out, "</code> #%llu</dd>", (unsigned long long)request);
	}
	if (d->event < w->f->workload->n_events &&
	    w->f->workload->events[d->event].kind == IR_RECV) {
		html_put(out, "<dt>Recorded</dt><dd><code>");
		html_text_cut(out, captions_of(&w->captions, d->event), 160);
		html_put(out, "</code></dd>");
	}
	html_put(out, "</dl>\n");
}

/* UINT64_MAX: it belongs to none. */
static uint64_t
request_behind(const struct ir *ir, const struct judge_divergence *d, uint16_t *asked)
{
	if (d->event >= ir->n_events)
		return UINT64_MAX;
	return ir->events[d->event].kind == IR_RECV   ? request_of(ir, d->event, d->pdu, asked)
	       : ir->events[d->event].kind == IR_SEND ? d->event
						      : UINT64_MAX;
}

/* What is said of each cause of a card alone. */
static void
put_causes(const struct writer *w, const struct card *c,
	   void (*put)(const struct group *g, struct buf *out))
{
	for (size_t i = 0; i < w->n; i++)
		if (same_message(w->groups[i], c->group))
			put(w->groups[i], w->out);
}

static int
put_card(const struct writer *w, size_t i)
{
	const struct card *c = &w->cards[i];
	struct ladder ladder;
	int r;

	buf_printf(w->out, "<details class=\"group\" id=\"d%zu\"%s><summary>\n", i + 1,
		   i < HTML_OPEN ? " open" : "");
	put_causes(w, c, put_cause);
	html_put(w->out, "</summary><div class=\"inside\">\n");
	put_where(w, &c->group->first, c->request);
	r = put_message(w, c);
	put_causes(w, c, put_values);
	ladder_choose(w->f->workload, c->group->first.event, &ladder);
	html_put_ladder(w->f, &w->captions, &ladder, c->group, w->out);
	put_causes(w, c, put_more_places);
	html_put(w->out, "</div></details>\n");
	return r;
}

static int
want_captions(struct writer *w)
{
	struct ladder ladder;
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->n_cards; i++) {
		ladder_choose(w->f->workload, w->cards[i].group->first.event, &ladder);
		for (size_t k = 0; r == 0 && k < ladder.n; k++)
			r = captions_want(&w->captions, ladder.events[k]);
		if (r == 0 && w->cards[i].request != UINT64_MAX)
			r = captions_want(&w->captions, w->cards[i].request);
	}
	return r != 0 ? r : captions_make(&w->captions, w->f->workload);
}

static void
choose_cards(struct writer *w)
{
	for (size_t i = 0; i < w->n && w->n_cards < HTML_DETAILED; i++) {
		const struct group *g = w->groups[i];

		struct card c = {.group = g};

		if (card_of(w, g) != w->n_cards)
			continue;
		c.request = request_behind(w->f->workload, &g->first, &c.asked);
		w->cards[w->n_cards++] = c;
	}
}

/* Hints of what servers negotiate stand in a table of their own: they are no behaviour yet. */
static void
put_negotiated(const struct findings *f, struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < f->groups.n; i++) {
		const struct judge_divergence *d = &f->groups.list[i].first;

		if (d->kind != JUDGE_NEGOTIATED)
			continue;
		if (n++ == 0)
			html_put(out, "<h3>Negotiated otherwise</h3>\n<p class=\"note\">What the "
				      "servers are; not yet what they do.</p>\n<div "
				      "class=\"wide\"><table class=\"fields\"><thead><tr>"
				      "<th>Field</th><th class=\"rec\">Recorded</th><th "
				      "class=\"live\">Live</th></tr></thead><tbody>\n");
		html_put(out, "<tr><th scope=\"row\">");
		html_text(out, d->field);
		html_put(out, "</th><td class=\"v\">");
		html_text_cut(out, d->expected, 160);
		html_put(out, "</td><td class=\"v\">");
		html_text_cut(out, d->got, 160);
		html_put(out, "</td></tr>\n");
	}
	if (n > 0)
		html_put(out, "</tbody></table></div>\n");
}

static int
choose_groups(struct writer *w)
{
	const struct groups *all = &w->f->groups;

	w->groups = calloc(all->n + 1, sizeof(*w->groups));
	if (w->groups == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].first.kind != JUDGE_NEGOTIATED)
			w->groups[w->n++] = &all->list[i];
	return 0;
}

static int
put_groups(struct writer *w)
{
	int r;

	choose_cards(w);
	r = want_captions(w);
	html_put(w->out, "<h2 id=\"divergences\">Divergences</h2>\n");
	if (w->n > 1 || w->f->groups.n_beyond > 0)
		put_index(w);
	for (size_t i = 0; r == 0 && i < w->n_cards; i++)
		r = put_card(w, i);
	return r;
}

int
html_put_divergences(const struct findings *f, struct buf *out)
{
	struct writer w = {.f = f, .out = out};
	int r = choose_groups(&w);

	html_put(out, "<section>\n");
	if (r == 0 && w.n > 0)
		r = put_groups(&w);
	put_negotiated(f, out);
	html_put(out, "</section>\n");
	captions_free(&w.captions);
	free(w.groups);
	return r;
}
