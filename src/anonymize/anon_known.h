/* Names that stay as they are: everybody has them, and servers and clients go by them. */
#ifndef SMB_ANONYMIZE_ANON_KNOWN_H
#define SMB_ANONYMIZE_ANON_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A component of a path: "desktop.ini", "IPC$", "srvsvc", "$DATA", "@GMT-...", "..", "con". */
bool anon_is_well_known(const uint16_t *units, size_t n);

/* A part of a principal, or a host: "cifs", "krbtgt", "localhost". */
bool anon_is_known_host(const uint16_t *units, size_t n);

#endif
