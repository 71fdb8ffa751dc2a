/* PDUs around the body of an information class or FSCTL, for the test and the fuzz target of them.
 */
#ifndef SMB_TESTS_BODY_BUILD_H
#define SMB_TESTS_BODY_BUILD_H

#include "proto/smb2_pdu.h"

/*
 * Append the PDU that carries `body` where the lists say SMB2_CONTENT_IOCTL_IN, _IOCTL_OUT,
 * _INFO_IN, _INFO_SET or _INFO_OUT: an IOCTL with `key` as its CtlCode, or a request that says
 * `key` (smb2_asked) or its answer. Returns 0 or ERR_NOMEM.
 */
int body_build(enum smb2_content content, uint32_t key, struct slice body,
	       struct buf *out) MUST_CHECK;

#endif
