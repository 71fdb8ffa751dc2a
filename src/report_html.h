/* compare --html: one page that needs nothing else. */
#ifndef SMB_REPORT_HTML_H
#define SMB_REPORT_HTML_H

#include "findings.h"

/* Write it, of finished findings, to a file, which is replaced where it exists. Returns 0,
 * ERR_NOMEM or a negated errno with a text in `e`. */
int report_html_write(const struct findings *f, const struct judge_totals *totals, const char *path,
		      struct err *e) MUST_CHECK;

#endif
