/* How late a replay's messages went out: for the terminal, and for programs. */
#ifndef SMB_REPORT_LATENESS_H
#define SMB_REPORT_LATENESS_H

#include "ir/json_out.h"
#include "ir/lateness.h"

/* One line, or two where something was much too late; nothing where nothing was due at a time. */
void report_lateness_text(const struct lateness *l);

/* The member "lateness", or nothing. */
void report_lateness_json(struct json_out *o, const struct lateness *l);

#endif
