/* NTSTATUS codes: data from the server, never mixed with the program's own errors. */
#ifndef SMB_PROTO_NTSTATUS_H
#define SMB_PROTO_NTSTATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum ntstatus {
	STATUS_SUCCESS = 0,
	STATUS_PENDING = 0x103,
	STATUS_NOTIFY_ENUM_DIR = 0x10c,
	STATUS_BUFFER_OVERFLOW = (int)0x80000005,
	STATUS_NO_MORE_FILES = (int)0x80000006,
	STATUS_STOPPED_ON_SYMLINK = (int)0x8000002d,
	STATUS_NO_SUCH_FILE = (int)0xc000000f,
	STATUS_ACCESS_DENIED = (int)0xc0000022,
	STATUS_OBJECT_NAME_NOT_FOUND = (int)0xc0000034,
	STATUS_OBJECT_NAME_COLLISION = (int)0xc0000035,
	STATUS_OBJECT_PATH_NOT_FOUND = (int)0xc000003a,
	STATUS_SHARING_VIOLATION = (int)0xc0000043,
	STATUS_NO_EAS_ON_FILE = (int)0xc0000052,
	STATUS_DELETE_PENDING = (int)0xc0000056,
	STATUS_FILE_IS_A_DIRECTORY = (int)0xc00000ba,
	STATUS_CANNOT_DELETE = (int)0xc0000121,
	STATUS_USER_MAPPED_FILE = (int)0xc0000243,
	STATUS_NOT_A_DIRECTORY = (int)0xc0000103,
	STATUS_MORE_PROCESSING_REQUIRED = (int)0xc0000016,
	STATUS_LOGON_FAILURE = (int)0xc000006d,
	STATUS_USER_SESSION_DELETED = (int)0xc0000203,
};

/* "STATUS_ACCESS_DENIED"; "0xc0123456" for one without a known name. Valid until the next call. */
const char *ntstatus_name(uint32_t status);

/* The code of a name, or of a number in C notation. Returns 0 or ERR_NOTFOUND. */
int ntstatus_parse(const char *text, uint32_t *out) MUST_CHECK;

/* Severity error or warning (MS-ERREF 2.3): the top bit. */
static inline bool
ntstatus_failed(uint32_t status)
{
	return (status & 0x80000000u) != 0;
}

#endif
