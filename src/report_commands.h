/* The brief form of what compare --html shows: answers and latencies by command. */
#ifndef SMB_REPORT_COMMANDS_H
#define SMB_REPORT_COMMANDS_H

#include "findings.h"
#include "ir/json_out.h"

/* Append a table. `pictures`: with the distributions of the latencies as sparklines, which a
 * terminal shows in UTF-8. */
void report_commands_put(const struct findings *f, bool pictures, bool colour, struct buf *out);

/* Append an array of objects. */
void report_commands_put_json(const struct findings *f, struct json_out *out);

/* Whether standard output is a terminal that takes UTF-8, as the locale's name says. */
bool report_commands_pictures(void);

#endif
