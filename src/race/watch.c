/* What happens to the server outside of the wire. */
#include "config.h"

#include "race/watch.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define LINE 4096

int
watch_log(struct watch *w, const char *path, const char *line, struct err *e)
{
	char why[128];
	int r = regcomp(&w->line, line, REG_EXTENDED | REG_NOSUB);

	if (r != 0) {
		(void)regerror(r, &w->line, why, sizeof(why));
		return err_set(e, ERR_USAGE, "'%s' is no regular expression: %s", line, why);
	}
	w->log = fopen(path, "re");
	if (w->log == NULL || fseek(w->log, 0, SEEK_END) != 0) {
		r = -errno;
		regfree(&w->line);
		return err_set(e, r, "%s: %s", path, strerror(-r));
	}
	return 0;
}

static bool
look_at_log(struct watch *w)
{
	char line[LINE];
	bool found = false;

	clearerr(w->log);
	while (fgets(line, sizeof(line), w->log) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (found || regexec(&w->line, line, 0, NULL, 0) != 0)
			continue;
		found = true;
		(void)snprintf(w->found, sizeof(w->found), "log: %.150s", line);
	}
	return found;
}

bool
watch_look(struct watch *w)
{
	if (w->pid != 0 && kill(w->pid, 0) != 0 && errno == ESRCH) {
		(void)snprintf(w->found, sizeof(w->found), "process %ld is gone", (long)w->pid);
		return true;
	}
	return w->log != NULL && look_at_log(w);
}

void
watch_free(struct watch *w)
{
	if (w->log == NULL)
		return;
	regfree(&w->line);
	(void)fclose(w->log);
	w->log = NULL;
}
