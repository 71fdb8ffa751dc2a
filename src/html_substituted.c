/* What the run sent otherwise than recorded, on the page. */
#include "config.h"

#include "html_page.h"

#include "base/hex.h"

static const char *const meanings[IR_N_WHATS] = {
	[IR_SESSION] = "SessionId",
	[IR_TREE] = "TreeId",
	[IR_ASYNC] = "AsyncId",
	[IR_OPEN] = "FileId",
	[IR_RESUME] = "Resume key",
	[IR_VALUE] = "Values that an answer gave",
	[IR_SIGNATURE] = "Signature",
	[IR_TOKEN] = "Logon token",
	[IR_SERVER] = "Server and share of a UNC path",
	[IR_LAYOUT] = "Lengths and offsets that follow",
};

static void
put_kind(const struct substituted_kind *k, const char *meaning, struct buf *out)
{
	if (k->places == 0)
		return;
	html_put(out, "<tr><th scope=\"row\">");
	html_text(out, meaning);
	html_put(out, "</th><td class=\"n\">");
	html_count(out, k->places);
	html_put(out, "</td><td class=\"n\">");
	html_count(out, k->changed);
	html_put(out, "</td><td class=\"v\">");
	if (k->changed > 0)
		buf_printf(out, "#%llu", (unsigned long long)k->event);
	if (k->changed > 0 && k->shown > 0) {
		html_put(out, ": ");
		hex_add(out, k->recorded, k->shown);
		html_put(out, " \xe2\x86\x92 ");
		hex_add(out, k->sent, k->shown);
	}
	html_put(out, "</td></tr>\n");
}

static void
put_sums(const struct substituted *s, struct buf *out)
{
	html_put(out, "<p>");
	html_count(out, s->changed);
	html_put(out, " of ");
	html_counted(out, s->messages, "recorded message");
	html_put(out, " went out with other bytes than recorded");
	if (s->relaid > 0) {
		html_put(out, ", ");
		html_count(out, s->relaid);
		html_put(out, " of them with another length");
	}
	html_put(out, ".");
	if (s->own > 0) {
		html_put(out, " ");
		html_counted(out, s->own, "message");
		html_put(out, s->own == 1 ? " was" : " were");
		html_put(out, " sent that no recording has.");
	}
	html_put(out, "</p>\n");
}

/* What no patch covers: moved MessageIds, what is signed or sealed otherwise. */
static void
put_fields(const struct substituted *s, struct buf *out)
{
	if (s->n_fields == 0)
		return;
	html_put(out, "<p>Beside these, by what the run had to do otherwise: ");
	for (size_t i = 0; i < s->n_fields; i++) {
		html_put(out, i > 0 ? ", <code>" : "<code>");
		html_text(out, s->fields[i].name);
		html_put(out, "</code> in ");
		html_counted(out, s->fields[i].n, "message");
	}
	if (s->other > 0) {
		html_put(out, ", other fields in ");
		html_count(out, s->other);
	}
	html_put(out, ".</p>\n");
}

void
html_put_substituted(const struct substituted *s, struct buf *out)
{
	html_put(out, "<section><h2 id=\"substituted\">What was substituted</h2>\n");
	put_sums(s, out);
	html_put(out,
		 "<div class=\"wide\"><table class=\"substituted\"><thead><tr><th>What</th><th "
		 "class=\"n\">Places</th><th class=\"n\">Changed</th><th>First "
		 "change</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < IR_N_WHATS; i++)
		put_kind(&s->of[i], meanings[i], out);
	html_put(out, "</tbody></table></div>\n");
	put_fields(s, out);
	html_put(out, "</section>\n");
}
