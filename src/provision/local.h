/* The state of shares made in a directory of this machine, as smbd would keep it there. */
#ifndef SMB_PROVISION_LOCAL_H
#define SMB_PROVISION_LOCAL_H

#include "provision/provision.h"

/*
 * Make it below the directory `dir`, which is there: that of the share, or, where the state has
 * several, with a directory for each share. Streams, extended attributes, attributes and times of
 * creation become the extended attributes in which smbd (streams_xattr, store dos attributes) keeps
 * them; ACLs and reparse points are not made, and a line says so. Nothing is followed out of `dir`.
 * Of `opt` the map, the share and the sink for lines are used. Returns 0 or an error with a text in
 * `e`; what the system refuses is none, but in `result`.
 */
int provision_local(const struct state *s, const char *dir, const struct provision_options *opt,
		    struct provision_result *result, struct err *e) MUST_CHECK;

#endif
