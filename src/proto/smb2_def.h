/*
 * The layouts: every structure of MS-SMB2 (and what of its sister specifications is needed), listed
 * once. Here the header and the commands; smb2_def_ctx.h has the contexts, smb2_def_misc.h what
 * surrounds PDUs and those bodies of IOCTL that hold symbols; fscc_def_info.h information classes,
 * fscc_def_fsctl.h the other bodies of IOCTL, dtyp_def.h security descriptors.
 *
 * A list is a macro LIST(F, V, s) of rows, `s` being the C struct's name:
 *
 *   F(s, KIND, name, ROLE)                 a field of fixed width; kinds and roles in smb2_codec.h
 *   V(s, name, AT, LEN, CONTENT, ROLE)     bytes of variable length, a slice in the C struct;
 * behind all F rows AT       OFF(s, field)   the field holds its offset, from the header of the PDU
 * (or from the structure's own start: OWN) OWNOFF(s, field) the same, always from the structure's
 * own start TAIL(s, field)  the same, from behind the structure's F rows NEXT            right
 * behind what precedes LEN      BYTES(s, field) the field holds its length in bytes COUNT(s, field)
 * the field holds the number of elements REST            to the end of what the structure lies in
 *               ZERO            to the next zero byte, which belongs to it
 *               WHOLE(s, field) the field holds the length of the whole structure, whose last part
 * it is SELF            what the structure there takes, as itself says; with OFF, offset 0: none
 *      CONTENT  a line of SMB2_CONTENTS below, or SELECT(s, line, key): one structure, found in
 * SMB2_SELECTS by the line, the direction and the field `key`; or ASKED(line): found by what the
 * request asks for, where that is known (smb2_pdu_open)
 *
 * Names are MS-SMB2's in lower_snake, so that a search finds both. Nobody types an offset: wire
 * offsets follow from the order. To add a structure: its list, its line in SMB2_STRUCTS (and where
 * a key selects it, its line in SMB2_SELECTS), one golden vector in tests/vectors/.
 */
#ifndef SMB_PROTO_SMB2_DEF_H
#define SMB_PROTO_SMB2_DEF_H

#include "proto/dtyp_def.h"
#include "proto/fscc_def_fsctl.h"
#include "proto/fscc_def_info.h"
#include "proto/smb2_def_ctx.h"
#include "proto/smb2_def_misc.h"

// clang-format off

/*
 * What V rows hold: C(name, cut, element structure or NONE or SELECT, in which direction a symbol
 * can lie in it). The last column lets smb2_find_symbols pass over what cannot hold any; a test
 * derives it anew from the lists.
 */
#define SMB2_CONTENTS(C) \
	C(RAW,                NONE,  NONE,                     NEITHER) \
	C(TEXT,               TEXT,  NONE,                     NEITHER) \
	C(U16S,               U16S,  NONE,                     NEITHER) \
	C(CREATE_CONTEXTS,    NEXT,  smb2_create_context,      REQUEST) \
	C(CONTEXT_DATA,       ONE,   SELECT,                   REQUEST) \
	C(AAPL_DATA,          ONE,   SELECT,                   NEITHER) \
	C(EAS,                NEXT,  smb2_ea,                  NEITHER) \
	C(NEGOTIATE_CONTEXTS, LIST8, smb2_negotiate_context,   NEITHER) \
	C(NEGOTIATE_DATA,     ONE,   SELECT,                   NEITHER) \
	C(TREE_CONTEXTS,      LIST8, smb2_tree_connect_context, NEITHER) \
	C(TREE_DATA,          ONE,   SELECT,                   NEITHER) \
	C(ERROR_CONTEXTS,     LIST8, smb2_error_context,       NEITHER) \
	C(ERROR_DATA,         ONE,   SELECT,                   NEITHER) \
	C(SYMLINK,            ONE,   smb2_symlink_error,       NEITHER) \
	C(MOVE_ADDRS,         ARRAY, smb2_move_dst_ipaddr,     NEITHER) \
	C(LOCKS,              ARRAY, smb2_lock_element,        NEITHER) \
	C(IOCTL_IN,           ONE,   SELECT,                   REQUEST) \
	C(IOCTL_OUT,          ONE,   SELECT,                   RESPONSE) \
	C(CHUNKS,             ARRAY, smb2_srv_copychunk,       NEITHER) \
	C(PAYLOADS,           ARRAY, smb2_compression_payload, NEITHER) \
	C(PAYLOAD_DATA,       ONE,   SELECT,                   NEITHER) \
	C(SMB1_DIALECTS,      ARRAY, smb1_dialect,             NEITHER) \
	DTYP_CONTENTS(C) FSCC_INFO_CONTENTS(C) FSCC_FSCTL_CONTENTS(C)

/*
 * MS-SMB2 2.2.1: the header, in its four forms: request or response, SYNC or ASYNC. The parts that
 * they share:
 */
#define SMB2_HDR_HEAD(F, V, s) \
	F(s, B4,   protocol_id,      FIXED) \
	F(s, U16,  structure_size,   FIXED) \
	F(s, U16,  credit_charge,    DATA)
#define SMB2_HDR_REQ(F, V, s) \
	F(s, U16,  channel_sequence, DATA) \
	F(s, U16,  reserved_1,       RESERVED)
#define SMB2_HDR_RESP(F, V, s) \
	F(s, U32,  status,           DATA)
#define SMB2_HDR_MID(F, V, s) \
	F(s, U16,  command,          ECHO) \
	F(s, U16,  credits,          CREDIT) \
	F(s, U32,  flags,            DATA) \
	F(s, U32,  next_command,     LAYOUT) \
	F(s, U64,  message_id,       ECHO)
#define SMB2_HDR_ASYNC(F, V, s) \
	F(s, U64,  async_id,         ASYNC_ID)
#define SMB2_HDR_SYNC(F, V, s) \
	F(s, U32,  reserved,         RESERVED) \
	F(s, U32,  tree_id,          TREE_ID)
#define SMB2_HDR_TAIL(F, V, s) \
	F(s, U64,  session_id,       SESSION_ID) \
	F(s, B16,  signature,        SIGNATURE)

/* MS-SMB2 2.2.1.1 and 2.2.1.2 */
#define SMB2_HDR_REQ_SYNC(F, V, s) \
	SMB2_HDR_HEAD(F, V, s) SMB2_HDR_REQ(F, V, s) SMB2_HDR_MID(F, V, s) SMB2_HDR_SYNC(F, V, s) SMB2_HDR_TAIL(F, V, s)
#define SMB2_HDR_REQ_ASYNC(F, V, s) \
	SMB2_HDR_HEAD(F, V, s) SMB2_HDR_REQ(F, V, s) SMB2_HDR_MID(F, V, s) SMB2_HDR_ASYNC(F, V, s) SMB2_HDR_TAIL(F, V, s)
#define SMB2_HDR_RESP_SYNC(F, V, s) \
	SMB2_HDR_HEAD(F, V, s) SMB2_HDR_RESP(F, V, s) SMB2_HDR_MID(F, V, s) SMB2_HDR_SYNC(F, V, s) SMB2_HDR_TAIL(F, V, s)
#define SMB2_HDR_RESP_ASYNC(F, V, s) \
	SMB2_HDR_HEAD(F, V, s) SMB2_HDR_RESP(F, V, s) SMB2_HDR_MID(F, V, s) SMB2_HDR_ASYNC(F, V, s) SMB2_HDR_TAIL(F, V, s)

/* Each member of the four forms once. */
#define SMB2_HDR_MEMBERS(F, V, s) \
	SMB2_HDR_HEAD(F, V, s) SMB2_HDR_REQ(F, V, s) SMB2_HDR_RESP(F, V, s) SMB2_HDR_MID(F, V, s) \
	SMB2_HDR_ASYNC(F, V, s) SMB2_HDR_SYNC(F, V, s) SMB2_HDR_TAIL(F, V, s)

#define SMB2_HDRS(S) \
	S(smb2_hdr_req_sync,   SMB2_HDR_REQ_SYNC,   "MS-SMB2 2.2.1.2", HEADER) \
	S(smb2_hdr_req_async,  SMB2_HDR_REQ_ASYNC,  "MS-SMB2 2.2.1.1", HEADER) \
	S(smb2_hdr_resp_sync,  SMB2_HDR_RESP_SYNC,  "MS-SMB2 2.2.1.2", HEADER) \
	S(smb2_hdr_resp_async, SMB2_HDR_RESP_ASYNC, "MS-SMB2 2.2.1.1", HEADER)

/* MS-SMB2 2.2.2: without contexts; with contexts (3.1.1); with a symbolic link */
#define SMB2_ERROR_FIXED(F, V, s) \
	F(s, U16,  structure_size,      FIXED) \
	F(s, U8,   error_context_count, COUNT) \
	F(s, U8,   reserved,            RESERVED) \
	F(s, U32,  byte_count,          LAYOUT)
#define SMB2_ERROR_RESP(F, V, s) \
	SMB2_ERROR_FIXED(F, V, s) \
	V(s, error_data, NEXT, BYTES(s, byte_count), RAW, DATA)
#define SMB2_ERROR_CONTEXTS_RESP(F, V, s) \
	SMB2_ERROR_FIXED(F, V, s) \
	V(s, error_data, NEXT, BYTES(s, byte_count), ERROR_CONTEXTS, DATA)
#define SMB2_ERROR_SYMLINK_RESP(F, V, s) \
	SMB2_ERROR_FIXED(F, V, s) \
	V(s, error_data, NEXT, BYTES(s, byte_count), SYMLINK, DATA)

/*
 * MS-SMB2 2.2.3: what both forms begin with; SMB 2.x and 3.0 end with a time, 3.1.1 with contexts
 */
#define SMB2_NEGOTIATE_REQ_FIXED(F, V, s) \
	F(s, U16,  structure_size,           FIXED) \
	F(s, U16,  dialect_count,            LAYOUT) \
	F(s, U16,  security_mode,            DATA) \
	F(s, U16,  reserved,                 RESERVED) \
	F(s, U32,  capabilities,             DATA) \
	F(s, GUID, client_guid,              ENTROPY)
#define SMB2_NEGOTIATE_REQ(F, V, s) \
	SMB2_NEGOTIATE_REQ_FIXED(F, V, s) \
	F(s, U64,  client_start_time,        TIME) \
	V(s, dialects, NEXT, COUNT(s, dialect_count), U16S, DATA)
#define SMB2_NEGOTIATE_311_REQ(F, V, s) \
	SMB2_NEGOTIATE_REQ_FIXED(F, V, s) \
	F(s, U32,  negotiate_context_offset, LAYOUT) \
	F(s, U16,  negotiate_context_count,  LAYOUT) \
	F(s, U16,  reserved2,                RESERVED) \
	V(s, dialects, NEXT, COUNT(s, dialect_count), U16S, DATA) \
	V(s, negotiate_contexts, OFF(s, negotiate_context_offset), COUNT(s, negotiate_context_count), NEGOTIATE_CONTEXTS, DATA)

/* MS-SMB2 2.2.4 */
#define SMB2_NEGOTIATE_RESP_HEAD(F, V, s) \
	F(s, U16,  structure_size,           FIXED) \
	F(s, U16,  security_mode,            DATA) \
	F(s, U16,  dialect_revision,         DATA)
#define SMB2_NEGOTIATE_RESP_MID(F, V, s) \
	F(s, GUID, server_guid,              ENTROPY) \
	F(s, U32,  capabilities,             DATA) \
	F(s, U32,  max_transact_size,        DATA) \
	F(s, U32,  max_read_size,            DATA) \
	F(s, U32,  max_write_size,           DATA) \
	F(s, U64,  system_time,              TIME) \
	F(s, U64,  server_start_time,        TIME) \
	F(s, U16,  security_buffer_offset,   LAYOUT) \
	F(s, U16,  security_buffer_length,   LAYOUT)
#define SMB2_NEGOTIATE_RESP(F, V, s) \
	SMB2_NEGOTIATE_RESP_HEAD(F, V, s) \
	F(s, U16,  reserved,                 RESERVED) \
	SMB2_NEGOTIATE_RESP_MID(F, V, s) \
	F(s, U32,  reserved2,                RESERVED) \
	V(s, security_buffer, OFF(s, security_buffer_offset), BYTES(s, security_buffer_length), RAW, TOKEN)
#define SMB2_NEGOTIATE_311_RESP(F, V, s) \
	SMB2_NEGOTIATE_RESP_HEAD(F, V, s) \
	F(s, U16,  negotiate_context_count,  LAYOUT) \
	SMB2_NEGOTIATE_RESP_MID(F, V, s) \
	F(s, U32,  negotiate_context_offset, LAYOUT) \
	V(s, security_buffer, OFF(s, security_buffer_offset), BYTES(s, security_buffer_length), RAW, TOKEN) \
	V(s, negotiate_contexts, OFF(s, negotiate_context_offset), COUNT(s, negotiate_context_count), NEGOTIATE_CONTEXTS, DATA)

/* MS-SMB2 2.2.5 */
#define SMB2_SESSION_SETUP_REQ(F, V, s) \
	F(s, U16,  structure_size,         FIXED) \
	F(s, U8,   flags,                  DATA) \
	F(s, U8,   security_mode,          DATA) \
	F(s, U32,  capabilities,           DATA) \
	F(s, U32,  channel,                RESERVED) \
	F(s, U16,  security_buffer_offset, LAYOUT) \
	F(s, U16,  security_buffer_length, LAYOUT) \
	F(s, U64,  previous_session_id,    SESSION_ID) \
	V(s, security_buffer, OFF(s, security_buffer_offset), BYTES(s, security_buffer_length), RAW, TOKEN)

/* MS-SMB2 2.2.6 */
#define SMB2_SESSION_SETUP_RESP(F, V, s) \
	F(s, U16,  structure_size,         FIXED) \
	F(s, U16,  session_flags,          DATA) \
	F(s, U16,  security_buffer_offset, LAYOUT) \
	F(s, U16,  security_buffer_length, LAYOUT) \
	V(s, security_buffer, OFF(s, security_buffer_offset), BYTES(s, security_buffer_length), RAW, TOKEN)

/*
 * MS-SMB2 2.2.7, 2.2.8 LOGOFF, 2.2.11, 2.2.12 TREE_DISCONNECT, 2.2.18 FLUSH response, 2.2.27 LOCK
 * response, 2.2.28, 2.2.29 ECHO, 2.2.30 CANCEL
 */
#define SMB2_EMPTY(F, V, s) \
	F(s, U16,  structure_size,         FIXED) \
	F(s, U16,  reserved,               RESERVED)

/*
 * MS-SMB2 2.2.9; and 2.2.9.1 with its extension, whose contexts are located from the start of the
 * request
 */
#define SMB2_TREE_CONNECT_REQ(F, V, s) \
	F(s, U16,  structure_size,              FIXED) \
	F(s, U16,  flags,                       DATA) \
	F(s, U16,  path_offset,                 LAYOUT) \
	F(s, U16,  path_length,                 LAYOUT) \
	V(s, path, OFF(s, path_offset), BYTES(s, path_length), TEXT, UNC)
#define SMB2_TREE_CONNECT_EXT_REQ(F, V, s) \
	F(s, U16,  structure_size,              FIXED) \
	F(s, U16,  flags,                       DATA) \
	F(s, U16,  path_offset,                 LAYOUT) \
	F(s, U16,  path_length,                 LAYOUT) \
	F(s, U32,  tree_connect_context_offset, LAYOUT) \
	F(s, U16,  tree_connect_context_count,  LAYOUT) \
	F(s, B10,  reserved,                    RESERVED) \
	V(s, path, OFF(s, path_offset), BYTES(s, path_length), TEXT, UNC) \
	V(s, tree_connect_contexts, OWNOFF(s, tree_connect_context_offset), COUNT(s, tree_connect_context_count), TREE_CONTEXTS, DATA)

/* MS-SMB2 2.2.10 */
#define SMB2_TREE_CONNECT_RESP(F, V, s) \
	F(s, U16,  structure_size, FIXED) \
	F(s, U8,   share_type,     DATA) \
	F(s, U8,   reserved,       RESERVED) \
	F(s, U32,  share_flags,    DATA) \
	F(s, U32,  capabilities,   DATA) \
	F(s, U32,  maximal_access, DATA)

/* MS-SMB2 2.2.13 */
#define SMB2_CREATE_REQ(F, V, s) \
	F(s, U16,  structure_size,         FIXED) \
	F(s, U8,   security_flags,         RESERVED) \
	F(s, U8,   requested_oplock_level, DATA) \
	F(s, U32,  impersonation_level,    DATA) \
	F(s, U64,  smb_create_flags,       RESERVED) \
	F(s, U64,  reserved,               RESERVED) \
	F(s, U32,  desired_access,         DATA) \
	F(s, U32,  file_attributes,        DATA) \
	F(s, U32,  share_access,           DATA) \
	F(s, U32,  create_disposition,     DATA) \
	F(s, U32,  create_options,         DATA) \
	F(s, U16,  name_offset,            LAYOUT) \
	F(s, U16,  name_length,            LAYOUT) \
	F(s, U32,  create_contexts_offset, LAYOUT) \
	F(s, U32,  create_contexts_length, LAYOUT) \
	V(s, name, OFF(s, name_offset), BYTES(s, name_length), TEXT, NAME) \
	V(s, create_contexts, OFF(s, create_contexts_offset), BYTES(s, create_contexts_length), CREATE_CONTEXTS, DATA)

/* The times and sizes of a file as CREATE and CLOSE responses give them */
#define SMB2_FILE_TIMES_AND_SIZES(F, V, s) \
	F(s, U64,  creation_time,          TIME) \
	F(s, U64,  last_access_time,       TIME) \
	F(s, U64,  last_write_time,        TIME) \
	F(s, U64,  change_time,            TIME) \
	F(s, U64,  allocation_size,        HOST) \
	F(s, U64,  end_of_file,            DATA) \
	F(s, U32,  file_attributes,        DATA)

/* MS-SMB2 2.2.14 */
#define SMB2_CREATE_RESP(F, V, s) \
	F(s, U16,  structure_size,         FIXED) \
	F(s, U8,   oplock_level,           DATA) \
	F(s, U8,   flags,                  DATA) \
	F(s, U32,  create_action,          DATA) \
	SMB2_FILE_TIMES_AND_SIZES(F, V, s) \
	F(s, U32,  reserved2,              RESERVED) \
	F(s, FID,  file_id,                FILE_ID) \
	F(s, U32,  create_contexts_offset, LAYOUT) \
	F(s, U32,  create_contexts_length, LAYOUT) \
	V(s, create_contexts, OFF(s, create_contexts_offset), BYTES(s, create_contexts_length), CREATE_CONTEXTS, DATA)

/* MS-SMB2 2.2.15 */
#define SMB2_CLOSE_REQ(F, V, s) \
	F(s, U16,  structure_size,   FIXED) \
	F(s, U16,  flags,            DATA) \
	F(s, U32,  reserved,         RESERVED) \
	F(s, FID,  file_id,          FILE_ID)

/* MS-SMB2 2.2.16 */
#define SMB2_CLOSE_RESP(F, V, s) \
	F(s, U16,  structure_size,   FIXED) \
	F(s, U16,  flags,            DATA) \
	F(s, U32,  reserved,         RESERVED) \
	SMB2_FILE_TIMES_AND_SIZES(F, V, s)

/* MS-SMB2 2.2.17 */
#define SMB2_FLUSH_REQ(F, V, s) \
	F(s, U16,  structure_size,   FIXED) \
	F(s, U16,  reserved1,        RESERVED) \
	F(s, U32,  reserved2,        RESERVED) \
	F(s, FID,  file_id,          FILE_ID)

/* MS-SMB2 2.2.19 */
#define SMB2_READ_REQ(F, V, s) \
	F(s, U16,  structure_size,           FIXED) \
	F(s, U8,   padding,                  RESERVED) \
	F(s, U8,   flags,                    DATA) \
	F(s, U32,  length,                   DATA) \
	F(s, U64,  offset,                   DATA) \
	F(s, FID,  file_id,                  FILE_ID) \
	F(s, U32,  minimum_count,            DATA) \
	F(s, U32,  channel,                  DATA) \
	F(s, U32,  remaining_bytes,          DATA) \
	F(s, U16,  read_channel_info_offset, LAYOUT) \
	F(s, U16,  read_channel_info_length, LAYOUT) \
	V(s, read_channel_info, OFF(s, read_channel_info_offset), BYTES(s, read_channel_info_length), RAW, BODY)

/* MS-SMB2 2.2.20 */
#define SMB2_READ_RESP(F, V, s) \
	F(s, U16,  structure_size,   FIXED) \
	F(s, U8,   data_offset,      LAYOUT) \
	F(s, U8,   reserved,         RESERVED) \
	F(s, U32,  data_length,      COUNT) \
	F(s, U32,  data_remaining,   COUNT) \
	F(s, U32,  reserved2,        RESERVED) \
	V(s, data, OFF(s, data_offset), BYTES(s, data_length), RAW, PAYLOAD)

/* MS-SMB2 2.2.21 */
#define SMB2_WRITE_REQ(F, V, s) \
	F(s, U16,  structure_size,            FIXED) \
	F(s, U16,  data_offset,               LAYOUT) \
	F(s, U32,  length,                    LAYOUT) \
	F(s, U64,  offset,                    DATA) \
	F(s, FID,  file_id,                   FILE_ID) \
	F(s, U32,  channel,                   DATA) \
	F(s, U32,  remaining_bytes,           DATA) \
	F(s, U16,  write_channel_info_offset, LAYOUT) \
	F(s, U16,  write_channel_info_length, LAYOUT) \
	F(s, U32,  flags,                     DATA) \
	V(s, data, OFF(s, data_offset), BYTES(s, length), RAW, PAYLOAD) \
	V(s, write_channel_info, OFF(s, write_channel_info_offset), BYTES(s, write_channel_info_length), RAW, BODY)

/* MS-SMB2 2.2.22 */
#define SMB2_WRITE_RESP(F, V, s) \
	F(s, U16,  structure_size,            FIXED) \
	F(s, U16,  reserved,                  RESERVED) \
	F(s, U32,  count,                     COUNT) \
	F(s, U32,  remaining,                 COUNT) \
	F(s, U16,  write_channel_info_offset, RESERVED) \
	F(s, U16,  write_channel_info_length, RESERVED)

/* MS-SMB2 2.2.23.1 notification, 2.2.24.1 acknowledgment, 2.2.25.1 response */
#define SMB2_OPLOCK_BREAK(F, V, s) \
	F(s, U16,  structure_size,   FIXED) \
	F(s, U8,   oplock_level,     DATA) \
	F(s, U8,   reserved,         RESERVED) \
	F(s, U32,  reserved2,        RESERVED) \
	F(s, FID,  file_id,          FILE_ID)

/* MS-SMB2 2.2.23.2 */
#define SMB2_LEASE_BREAK_NOTIFY(F, V, s) \
	F(s, U16,  structure_size,      FIXED) \
	F(s, U16,  new_epoch,           DATA) \
	F(s, U32,  flags,               DATA) \
	F(s, B16,  lease_key,           DATA) \
	F(s, U32,  current_lease_state, DATA) \
	F(s, U32,  new_lease_state,     DATA) \
	F(s, U32,  break_reason,        RESERVED) \
	F(s, U32,  access_mask_hint,    RESERVED) \
	F(s, U32,  share_mask_hint,     RESERVED)

/* MS-SMB2 2.2.24.2 acknowledgment, 2.2.25.2 response */
#define SMB2_LEASE_BREAK(F, V, s) \
	F(s, U16,  structure_size,   FIXED) \
	F(s, U16,  reserved,         RESERVED) \
	F(s, U32,  flags,            DATA) \
	F(s, B16,  lease_key,        DATA) \
	F(s, U32,  lease_state,      DATA) \
	F(s, U64,  lease_duration,   RESERVED)

/* MS-SMB2 2.2.26, 2.2.26.1 */
#define SMB2_LOCK_REQ(F, V, s) \
	F(s, U16,  structure_size,   FIXED) \
	F(s, U16,  lock_count,       LAYOUT) \
	F(s, U32,  lock_sequence,    DATA) \
	F(s, FID,  file_id,          FILE_ID) \
	V(s, locks, NEXT, COUNT(s, lock_count), LOCKS, DATA)
#define SMB2_LOCK_ELEMENT(F, V, s) \
	F(s, U64,  offset,           DATA) \
	F(s, U64,  length,           DATA) \
	F(s, U32,  flags,            DATA) \
	F(s, U32,  reserved,         RESERVED)

/* MS-SMB2 2.2.31 */
#define SMB2_IOCTL_REQ(F, V, s) \
	F(s, U16,  structure_size,      FIXED) \
	F(s, U16,  reserved,            RESERVED) \
	F(s, U32,  ctl_code,            DATA) \
	F(s, FID,  file_id,             FILE_ID) \
	F(s, U32,  input_offset,        LAYOUT) \
	F(s, U32,  input_count,         LAYOUT) \
	F(s, U32,  max_input_response,  DATA) \
	F(s, U32,  output_offset,       LAYOUT) \
	F(s, U32,  output_count,        LAYOUT) \
	F(s, U32,  max_output_response, DATA) \
	F(s, U32,  flags,               DATA) \
	F(s, U32,  reserved2,           RESERVED) \
	V(s, input, OFF(s, input_offset), BYTES(s, input_count), SELECT(s, IOCTL_IN, ctl_code), BODY) \
	V(s, output, OFF(s, output_offset), BYTES(s, output_count), RAW, BODY)

/* MS-SMB2 2.2.32 */
#define SMB2_IOCTL_RESP(F, V, s) \
	F(s, U16,  structure_size,   FIXED) \
	F(s, U16,  reserved,         RESERVED) \
	F(s, U32,  ctl_code,         DATA) \
	F(s, FID,  file_id,          FILE_ID) \
	F(s, U32,  input_offset,     LAYOUT) \
	F(s, U32,  input_count,      LAYOUT) \
	F(s, U32,  output_offset,    LAYOUT) \
	F(s, U32,  output_count,     COUNT) \
	F(s, U32,  flags,            DATA) \
	F(s, U32,  reserved2,        RESERVED) \
	V(s, input, OFF(s, input_offset), BYTES(s, input_count), RAW, BODY) \
	V(s, output, OFF(s, output_offset), BYTES(s, output_count), SELECT(s, IOCTL_OUT, ctl_code), BODY)

/* MS-SMB2 2.2.33 */
#define SMB2_QUERY_DIRECTORY_REQ(F, V, s) \
	F(s, U16,  structure_size,         FIXED) \
	F(s, U8,   file_information_class, DATA) \
	F(s, U8,   flags,                  DATA) \
	F(s, U32,  file_index,             DATA) \
	F(s, FID,  file_id,                FILE_ID) \
	F(s, U16,  file_name_offset,       LAYOUT) \
	F(s, U16,  file_name_length,       LAYOUT) \
	F(s, U32,  output_buffer_length,   DATA) \
	V(s, file_name, OFF(s, file_name_offset), BYTES(s, file_name_length), TEXT, NAME)

/* MS-SMB2 2.2.34 QUERY_DIRECTORY, 2.2.36 CHANGE_NOTIFY, 2.2.38 QUERY_INFO */
#define SMB2_OUTPUT_RESP(F, V, s) \
	F(s, U16,  structure_size,       FIXED) \
	F(s, U16,  output_buffer_offset, LAYOUT) \
	F(s, U32,  output_buffer_length, COUNT) \
	V(s, output_buffer, OFF(s, output_buffer_offset), BYTES(s, output_buffer_length), ASKED(INFO_OUT), BODY)

/* MS-SMB2 2.2.35 */
#define SMB2_CHANGE_NOTIFY_REQ(F, V, s) \
	F(s, U16,  structure_size,       FIXED) \
	F(s, U16,  flags,                DATA) \
	F(s, U32,  output_buffer_length, DATA) \
	F(s, FID,  file_id,              FILE_ID) \
	F(s, U32,  completion_filter,    DATA) \
	F(s, U32,  reserved,             RESERVED)

/* MS-SMB2 2.2.37 */
#define SMB2_QUERY_INFO_REQ(F, V, s) \
	F(s, U16,  structure_size,         FIXED) \
	F(s, U8,   info_type,              DATA) \
	F(s, U8,   file_info_class,        DATA) \
	F(s, U32,  output_buffer_length,   DATA) \
	F(s, U16,  input_buffer_offset,    LAYOUT) \
	F(s, U16,  reserved,               RESERVED) \
	F(s, U32,  input_buffer_length,    LAYOUT) \
	F(s, U32,  additional_information, DATA) \
	F(s, U32,  flags,                  DATA) \
	F(s, FID,  file_id,                FILE_ID) \
	V(s, input_buffer, OFF(s, input_buffer_offset), BYTES(s, input_buffer_length), ASKED(INFO_IN), BODY)

/* MS-SMB2 2.2.39 */
#define SMB2_SET_INFO_REQ(F, V, s) \
	F(s, U16,  structure_size,         FIXED) \
	F(s, U8,   info_type,              DATA) \
	F(s, U8,   file_info_class,        DATA) \
	F(s, U32,  buffer_length,          LAYOUT) \
	F(s, U16,  buffer_offset,          LAYOUT) \
	F(s, U16,  reserved,               RESERVED) \
	F(s, U32,  additional_information, DATA) \
	F(s, FID,  file_id,                FILE_ID) \
	V(s, buffer, OFF(s, buffer_offset), BYTES(s, buffer_length), ASKED(INFO_SET), BODY)

/* MS-SMB2 2.2.40 */
#define SMB2_SET_INFO_RESP(F, V, s) \
	F(s, U16,  structure_size,         FIXED)

/* S(struct, LIST, section, HEADER or OWN: what its offsets count from) */
#define SMB2_COMMAND_STRUCTS(S) \
	S(smb2_error_resp,            SMB2_ERROR_RESP,            "MS-SMB2 2.2.2",    HEADER) \
	S(smb2_error_contexts_resp,   SMB2_ERROR_CONTEXTS_RESP,   "MS-SMB2 2.2.2",    HEADER) \
	S(smb2_error_symlink_resp,    SMB2_ERROR_SYMLINK_RESP,    "MS-SMB2 2.2.2",    HEADER) \
	S(smb2_negotiate_req,         SMB2_NEGOTIATE_REQ,         "MS-SMB2 2.2.3",    HEADER) \
	S(smb2_negotiate_311_req,     SMB2_NEGOTIATE_311_REQ,     "MS-SMB2 2.2.3",    HEADER) \
	S(smb2_negotiate_resp,        SMB2_NEGOTIATE_RESP,        "MS-SMB2 2.2.4",    HEADER) \
	S(smb2_negotiate_311_resp,    SMB2_NEGOTIATE_311_RESP,    "MS-SMB2 2.2.4",    HEADER) \
	S(smb2_session_setup_req,     SMB2_SESSION_SETUP_REQ,     "MS-SMB2 2.2.5",    HEADER) \
	S(smb2_session_setup_resp,    SMB2_SESSION_SETUP_RESP,    "MS-SMB2 2.2.6",    HEADER) \
	S(smb2_logoff_req,            SMB2_EMPTY,                 "MS-SMB2 2.2.7",    HEADER) \
	S(smb2_logoff_resp,           SMB2_EMPTY,                 "MS-SMB2 2.2.8",    HEADER) \
	S(smb2_tree_connect_req,      SMB2_TREE_CONNECT_REQ,      "MS-SMB2 2.2.9",    HEADER) \
	S(smb2_tree_connect_ext_req,  SMB2_TREE_CONNECT_EXT_REQ,  "MS-SMB2 2.2.9.1",  HEADER) \
	S(smb2_tree_connect_resp,     SMB2_TREE_CONNECT_RESP,     "MS-SMB2 2.2.10",   HEADER) \
	S(smb2_tree_disconnect_req,   SMB2_EMPTY,                 "MS-SMB2 2.2.11",   HEADER) \
	S(smb2_tree_disconnect_resp,  SMB2_EMPTY,                 "MS-SMB2 2.2.12",   HEADER) \
	S(smb2_create_req,            SMB2_CREATE_REQ,            "MS-SMB2 2.2.13",   HEADER) \
	S(smb2_create_resp,           SMB2_CREATE_RESP,           "MS-SMB2 2.2.14",   HEADER) \
	S(smb2_close_req,             SMB2_CLOSE_REQ,             "MS-SMB2 2.2.15",   HEADER) \
	S(smb2_close_resp,            SMB2_CLOSE_RESP,            "MS-SMB2 2.2.16",   HEADER) \
	S(smb2_flush_req,             SMB2_FLUSH_REQ,             "MS-SMB2 2.2.17",   HEADER) \
	S(smb2_flush_resp,            SMB2_EMPTY,                 "MS-SMB2 2.2.18",   HEADER) \
	S(smb2_read_req,              SMB2_READ_REQ,              "MS-SMB2 2.2.19",   HEADER) \
	S(smb2_read_resp,             SMB2_READ_RESP,             "MS-SMB2 2.2.20",   HEADER) \
	S(smb2_write_req,             SMB2_WRITE_REQ,             "MS-SMB2 2.2.21",   HEADER) \
	S(smb2_write_resp,            SMB2_WRITE_RESP,            "MS-SMB2 2.2.22",   HEADER) \
	S(smb2_oplock_break_notify,   SMB2_OPLOCK_BREAK,          "MS-SMB2 2.2.23.1", HEADER) \
	S(smb2_lease_break_notify,    SMB2_LEASE_BREAK_NOTIFY,    "MS-SMB2 2.2.23.2", HEADER) \
	S(smb2_oplock_break_ack,      SMB2_OPLOCK_BREAK,          "MS-SMB2 2.2.24.1", HEADER) \
	S(smb2_lease_break_ack,       SMB2_LEASE_BREAK,           "MS-SMB2 2.2.24.2", HEADER) \
	S(smb2_oplock_break_resp,     SMB2_OPLOCK_BREAK,          "MS-SMB2 2.2.25.1", HEADER) \
	S(smb2_lease_break_resp,      SMB2_LEASE_BREAK,           "MS-SMB2 2.2.25.2", HEADER) \
	S(smb2_lock_req,              SMB2_LOCK_REQ,              "MS-SMB2 2.2.26",   HEADER) \
	S(smb2_lock_element,          SMB2_LOCK_ELEMENT,          "MS-SMB2 2.2.26.1", OWN) \
	S(smb2_lock_resp,             SMB2_EMPTY,                 "MS-SMB2 2.2.27",   HEADER) \
	S(smb2_echo_req,              SMB2_EMPTY,                 "MS-SMB2 2.2.28",   HEADER) \
	S(smb2_echo_resp,             SMB2_EMPTY,                 "MS-SMB2 2.2.29",   HEADER) \
	S(smb2_cancel_req,            SMB2_EMPTY,                 "MS-SMB2 2.2.30",   HEADER) \
	S(smb2_ioctl_req,             SMB2_IOCTL_REQ,             "MS-SMB2 2.2.31",   HEADER) \
	S(smb2_ioctl_resp,            SMB2_IOCTL_RESP,            "MS-SMB2 2.2.32",   HEADER) \
	S(smb2_query_directory_req,   SMB2_QUERY_DIRECTORY_REQ,   "MS-SMB2 2.2.33",   HEADER) \
	S(smb2_query_directory_resp,  SMB2_OUTPUT_RESP,           "MS-SMB2 2.2.34",   HEADER) \
	S(smb2_change_notify_req,     SMB2_CHANGE_NOTIFY_REQ,     "MS-SMB2 2.2.35",   HEADER) \
	S(smb2_change_notify_resp,    SMB2_OUTPUT_RESP,           "MS-SMB2 2.2.36",   HEADER) \
	S(smb2_query_info_req,        SMB2_QUERY_INFO_REQ,        "MS-SMB2 2.2.37",   HEADER) \
	S(smb2_query_info_resp,       SMB2_OUTPUT_RESP,           "MS-SMB2 2.2.38",   HEADER) \
	S(smb2_set_info_req,          SMB2_SET_INFO_REQ,          "MS-SMB2 2.2.39",   HEADER) \
	S(smb2_set_info_resp,         SMB2_SET_INFO_RESP,         "MS-SMB2 2.2.40",   HEADER)

#define SMB2_STRUCTS(S) \
	SMB2_COMMAND_STRUCTS(S) SMB2_CONTEXT_STRUCTS(S) SMB2_MISC_STRUCTS(S) \
	DTYP_STRUCTS(S) FSCC_INFO_STRUCTS(S) FSCC_FSCTL_STRUCTS(S)
#define SMB2_SELECTS(X) \
	SMB2_CONTEXT_SELECTS(X) SMB2_MISC_SELECTS(X) \
	SMB2_IN_SELECTS(X) FSCC_IN_SELECTS(X) SMB2_OUT_SELECTS(X) FSCC_OUT_SELECTS(X) \
	DTYP_SELECTS(X) FSCC_INFO_SELECTS(X) FSCC_FSCTL_SELECTS(X)

/*
 * Which body a PDU has: B(command, REQUEST or RESPONSE, StructureSize on the wire, WHEN, struct);
 * the first line that fits holds. WHEN: ALWAYS; DIALECT_311 (the request offers, or the response
 * chose, 3.1.1); EXTENSION (the request's flag says that 2.2.9.1 is there); UNSOLICITED (a
 * notification, not a response). Error responses are not listed: 2.2.2 rules them all.
 */
#define SMB2_BODIES(B) \
	B(NEGOTIATE,       REQUEST,  36, DIALECT_311, smb2_negotiate_311_req) \
	B(NEGOTIATE,       REQUEST,  36, ALWAYS,      smb2_negotiate_req) \
	B(NEGOTIATE,       RESPONSE, 65, DIALECT_311, smb2_negotiate_311_resp) \
	B(NEGOTIATE,       RESPONSE, 65, ALWAYS,      smb2_negotiate_resp) \
	B(SESSION_SETUP,   REQUEST,  25, ALWAYS,      smb2_session_setup_req) \
	B(SESSION_SETUP,   RESPONSE,  9, ALWAYS,      smb2_session_setup_resp) \
	B(LOGOFF,          REQUEST,   4, ALWAYS,      smb2_logoff_req) \
	B(LOGOFF,          RESPONSE,  4, ALWAYS,      smb2_logoff_resp) \
	B(TREE_CONNECT,    REQUEST,   9, EXTENSION,   smb2_tree_connect_ext_req) \
	B(TREE_CONNECT,    REQUEST,   9, ALWAYS,      smb2_tree_connect_req) \
	B(TREE_CONNECT,    RESPONSE, 16, ALWAYS,      smb2_tree_connect_resp) \
	B(TREE_DISCONNECT, REQUEST,   4, ALWAYS,      smb2_tree_disconnect_req) \
	B(TREE_DISCONNECT, RESPONSE,  4, ALWAYS,      smb2_tree_disconnect_resp) \
	B(CREATE,          REQUEST,  57, ALWAYS,      smb2_create_req) \
	B(CREATE,          RESPONSE, 89, ALWAYS,      smb2_create_resp) \
	B(CLOSE,           REQUEST,  24, ALWAYS,      smb2_close_req) \
	B(CLOSE,           RESPONSE, 60, ALWAYS,      smb2_close_resp) \
	B(FLUSH,           REQUEST,  24, ALWAYS,      smb2_flush_req) \
	B(FLUSH,           RESPONSE,  4, ALWAYS,      smb2_flush_resp) \
	B(READ,            REQUEST,  49, ALWAYS,      smb2_read_req) \
	B(READ,            RESPONSE, 17, ALWAYS,      smb2_read_resp) \
	B(WRITE,           REQUEST,  49, ALWAYS,      smb2_write_req) \
	B(WRITE,           RESPONSE, 17, ALWAYS,      smb2_write_resp) \
	B(LOCK,            REQUEST,  48, ALWAYS,      smb2_lock_req) \
	B(LOCK,            RESPONSE,  4, ALWAYS,      smb2_lock_resp) \
	B(IOCTL,           REQUEST,  57, ALWAYS,      smb2_ioctl_req) \
	B(IOCTL,           RESPONSE, 49, ALWAYS,      smb2_ioctl_resp) \
	B(CANCEL,          REQUEST,   4, ALWAYS,      smb2_cancel_req) \
	B(ECHO,            REQUEST,   4, ALWAYS,      smb2_echo_req) \
	B(ECHO,            RESPONSE,  4, ALWAYS,      smb2_echo_resp) \
	B(QUERY_DIRECTORY, REQUEST,  33, ALWAYS,      smb2_query_directory_req) \
	B(QUERY_DIRECTORY, RESPONSE,  9, ALWAYS,      smb2_query_directory_resp) \
	B(CHANGE_NOTIFY,   REQUEST,  32, ALWAYS,      smb2_change_notify_req) \
	B(CHANGE_NOTIFY,   RESPONSE,  9, ALWAYS,      smb2_change_notify_resp) \
	B(QUERY_INFO,      REQUEST,  41, ALWAYS,      smb2_query_info_req) \
	B(QUERY_INFO,      RESPONSE,  9, ALWAYS,      smb2_query_info_resp) \
	B(SET_INFO,        REQUEST,  33, ALWAYS,      smb2_set_info_req) \
	B(SET_INFO,        RESPONSE,  2, ALWAYS,      smb2_set_info_resp) \
	B(OPLOCK_BREAK,    REQUEST,  24, ALWAYS,      smb2_oplock_break_ack) \
	B(OPLOCK_BREAK,    REQUEST,  36, ALWAYS,      smb2_lease_break_ack) \
	B(OPLOCK_BREAK,    RESPONSE, 24, UNSOLICITED, smb2_oplock_break_notify) \
	B(OPLOCK_BREAK,    RESPONSE, 24, ALWAYS,      smb2_oplock_break_resp) \
	B(OPLOCK_BREAK,    RESPONSE, 36, ALWAYS,      smb2_lease_break_resp) \
	B(OPLOCK_BREAK,    RESPONSE, 44, ALWAYS,      smb2_lease_break_notify)

// clang-format on

#endif
