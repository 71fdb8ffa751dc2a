/*
 * The layouts of what surrounds PDUs (session service, SMB1 negotiation, transform and compression
 * headers) and of those IOCTL bodies that hold identifiers. The form of a list: smb2_def.h.
 */
#ifndef SMB_PROTO_SMB2_DEF_MISC_H
#define SMB_PROTO_SMB2_DEF_MISC_H

// clang-format off

/* MS-SMB2 2.2.31.3 and 2.2.32.3 SRV_REQUEST_RESUME_KEY */
#define SMB2_RESUME_KEY_RESP(F, V, s) \
	F(s, B24,  resume_key,     RESUME_KEY) \
	F(s, U32,  context_length, LAYOUT) \
	V(s, context, NEXT, BYTES(s, context_length), RAW, DATA)

/* MS-SMB2 2.2.31.1, 2.2.31.1.1 SRV_COPYCHUNK */
#define SMB2_COPYCHUNK_REQ(F, V, s) \
	F(s, B24,  source_key,    RESUME_KEY) \
	F(s, U32,  chunk_count,   LAYOUT) \
	F(s, U32,  reserved,      RESERVED) \
	V(s, chunks, NEXT, COUNT(s, chunk_count), CHUNKS, DATA)
#define SMB2_SRV_COPYCHUNK(F, V, s) \
	F(s, U64,  source_offset, DATA) \
	F(s, U64,  target_offset, DATA) \
	F(s, U32,  length,        DATA) \
	F(s, U32,  reserved,      RESERVED)

/* MS-SMB2 2.2.32.1 */
#define SMB2_COPYCHUNK_RESP(F, V, s) \
	F(s, U32,  chunks_written,      COUNT) \
	F(s, U32,  chunk_bytes_written, COUNT) \
	F(s, U32,  total_bytes_written, COUNT)

/* MS-SMB2 2.2.31.4, 2.2.32.6 */
#define SMB2_VALIDATE_NEGOTIATE_REQ(F, V, s) \
	F(s, U32,  capabilities,  DATA) \
	F(s, GUID, guid,          ENTROPY) \
	F(s, U16,  security_mode, DATA) \
	F(s, U16,  dialect_count, LAYOUT) \
	V(s, dialects, NEXT, COUNT(s, dialect_count), U16S, DATA)
#define SMB2_VALIDATE_NEGOTIATE_RESP(F, V, s) \
	F(s, U32,  capabilities,  DATA) \
	F(s, GUID, guid,          ENTROPY) \
	F(s, U16,  security_mode, DATA) \
	F(s, U16,  dialect,       DATA)

/* MS-SMB2 2.2.31.3 NETWORK_RESILIENCY_REQUEST */
#define SMB2_LMR_RESILIENCY_REQ(F, V, s) \
	F(s, U32,  timeout,       DATA) \
	F(s, U32,  reserved,      RESERVED)

/* MS-FSCC 2.3.7.2 and 2.3.9.2, SMB2 forms */
#define SMB2_DUPLICATE_EXTENTS_REQ(F, V, s) \
	F(s, FID,  source_file_id,     FILE_ID) \
	F(s, U64,  source_file_offset, DATA) \
	F(s, U64,  target_file_offset, DATA) \
	F(s, U64,  byte_count,         DATA)
#define SMB2_DUPLICATE_EXTENTS_EX_REQ(F, V, s) \
	F(s, U64,  structure_size,     FIXED) \
	F(s, FID,  source_file_id,     FILE_ID) \
	F(s, U64,  source_file_offset, DATA) \
	F(s, U64,  target_file_offset, DATA) \
	F(s, U64,  byte_count,         DATA) \
	F(s, U32,  flags,              DATA) \
	F(s, U32,  reserved,           RESERVED)

/* MS-SMB2 2.2.41 */
#define SMB2_TRANSFORM(F, V, s) \
	F(s, B4,   protocol_id,           FIXED) \
	F(s, B16,  signature,             SIGNATURE) \
	F(s, B16,  nonce,                 ENTROPY) \
	F(s, U32,  original_message_size, LAYOUT) \
	F(s, U16,  reserved,              RESERVED) \
	F(s, U16,  flags,                 DATA) \
	F(s, U64,  session_id,            SESSION_ID) \
	V(s, sealed, NEXT, REST, RAW, BODY)

/* MS-SMB2 2.2.42.1; `Offset` is how much stands before the compressed data uncompressed */
#define SMB2_COMPRESSED(F, V, s) \
	F(s, B4,   protocol_id,                      FIXED) \
	F(s, U32,  original_compressed_segment_size, LAYOUT) \
	F(s, U16,  compression_algorithm,            DATA) \
	F(s, U16,  flags,                            DATA) \
	F(s, U32,  offset,                           LAYOUT) \
	V(s, uncompressed, NEXT, BYTES(s, offset), RAW, BODY) \
	V(s, compressed, NEXT, REST, RAW, BODY)

/* MS-SMB2 2.2.42.2, 2.2.42.2.1, 2.2.42.2.2 */
#define SMB2_COMPRESSED_CHAIN(F, V, s) \
	F(s, B4,   protocol_id,                      FIXED) \
	F(s, U32,  original_compressed_segment_size, LAYOUT) \
	V(s, payloads, NEXT, REST, PAYLOADS, DATA)
#define SMB2_COMPRESSION_PAYLOAD(F, V, s) \
	F(s, U16,  compression_algorithm, DATA) \
	F(s, U16,  flags,                 DATA) \
	F(s, U32,  length,                LAYOUT) \
	V(s, payload, NEXT, BYTES(s, length), SELECT(s, PAYLOAD_DATA, compression_algorithm), BODY)
#define SMB2_COMPRESSION_LZ(F, V, s) \
	F(s, U32,  original_payload_size, LAYOUT) \
	V(s, compressed, NEXT, REST, RAW, BODY)
#define SMB2_COMPRESSION_PATTERN_V1(F, V, s) \
	F(s, U8,   pattern,     DATA) \
	F(s, U8,   reserved1,   RESERVED) \
	F(s, U16,  reserved2,   RESERVED) \
	F(s, U32,  repetitions, DATA)

/* RFC 1002 4.3.1 (with MS-SMB2 2.1: 24 bits of length over TCP port 445) */
#define NBSS_HEADER_ROWS(F, V, s) \
	F(s, U8,   type,   DATA) \
	F(s, BE24, length, LAYOUT)

/* RFC 1002 4.3.2: names in second-level encoding, each up to its zero label */
#define NBSS_SESSION_REQUEST(F, V, s) \
	NBSS_HEADER_ROWS(F, V, s) \
	V(s, called_name,  NEXT, ZERO, RAW, NAME) \
	V(s, calling_name, NEXT, ZERO, RAW, NAME)

/* RFC 1002 4.3.4, 4.3.5 */
#define NBSS_NEGATIVE_RESPONSE(F, V, s) \
	NBSS_HEADER_ROWS(F, V, s) \
	F(s, U8,   error_code, DATA)
#define NBSS_RETARGET_RESPONSE(F, V, s) \
	NBSS_HEADER_ROWS(F, V, s) \
	F(s, BE32, retarget_ip_address, DATA) \
	F(s, BE16, port,                DATA)

/* What goes over pipes, C706 12.6.3.1: the common header of connection-oriented RPC, little-endian */
#define RPC_HEADER_ROWS(F, V, s) \
	F(s, U8,   version,       DATA) \
	F(s, U8,   version_minor, DATA) \
	F(s, U8,   ptype,         DATA) \
	F(s, U8,   pfc_flags,     DATA) \
	F(s, B4,   drep,          DATA) \
	F(s, U16,  frag_length,   LAYOUT) \
	F(s, U16,  auth_length,   LAYOUT) \
	F(s, U32,  call_id,       ECHO)

/* Behind it: C706 12.6.4.3, 12.6.4.4 bind and bind_ack; 12.6.4.9, 12.6.4.10 request and response */
#define RPC_BIND_ROWS(F, V, s) \
	F(s, U16,  max_xmit_frag,  DATA) \
	F(s, U16,  max_recv_frag,  DATA) \
	F(s, U32,  assoc_group_id, ENTROPY)
#define RPC_CALL_ROWS(F, V, s) \
	F(s, U32,  alloc_hint,     DATA) \
	F(s, U16,  context_id,     DATA) \
	F(s, U16,  opnum,          DATA)

/* MS-RPCE 2.2.2.11: before the authentication token at the end of a PDU */
#define RPC_TRAILER_ROWS(F, V, s) \
	F(s, U8,   auth_type,       DATA) \
	F(s, U8,   auth_level,      DATA) \
	F(s, U8,   auth_pad_length, LAYOUT) \
	F(s, U8,   reserved,        RESERVED) \
	F(s, U32,  auth_context_id, DATA)

/* MS-CIFS 2.2.3.1 */
#define SMB1_HEADER_ROWS(F, V, s) \
	F(s, B4,   protocol_id,       FIXED) \
	F(s, U8,   command,           DATA) \
	F(s, U32,  status,            DATA) \
	F(s, U8,   flags,             DATA) \
	F(s, U16,  flags2,            DATA) \
	F(s, U16,  pid_high,          DATA) \
	F(s, B8,   security_features, SIGNATURE) \
	F(s, U16,  reserved,          RESERVED) \
	F(s, U16,  tid,               DATA) \
	F(s, U16,  pid_low,           DATA) \
	F(s, U16,  uid,               DATA) \
	F(s, U16,  mid,               DATA)

/* MS-CIFS 2.2.4.52.1, header included */
#define SMB1_NEGOTIATE_REQ(F, V, s) \
	SMB1_HEADER_ROWS(F, V, s) \
	F(s, U8,   word_count, FIXED) \
	F(s, U16,  byte_count, LAYOUT) \
	V(s, dialects, NEXT, BYTES(s, byte_count), SMB1_DIALECTS, DATA)
#define SMB1_DIALECT(F, V, s) \
	F(s, U8,   buffer_format, FIXED) \
	V(s, dialect_string, NEXT, ZERO, RAW, DATA)

#define SMB2_MISC_STRUCTS(S) \
	S(smb2_resume_key_resp,         SMB2_RESUME_KEY_RESP,         "MS-SMB2 2.2.32.3",   OWN) \
	S(smb2_copychunk_req,           SMB2_COPYCHUNK_REQ,           "MS-SMB2 2.2.31.1",   OWN) \
	S(smb2_srv_copychunk,           SMB2_SRV_COPYCHUNK,           "MS-SMB2 2.2.31.1.1", OWN) \
	S(smb2_copychunk_resp,          SMB2_COPYCHUNK_RESP,          "MS-SMB2 2.2.32.1",   OWN) \
	S(smb2_validate_negotiate_req,  SMB2_VALIDATE_NEGOTIATE_REQ,  "MS-SMB2 2.2.31.4",   OWN) \
	S(smb2_validate_negotiate_resp, SMB2_VALIDATE_NEGOTIATE_RESP, "MS-SMB2 2.2.32.6",   OWN) \
	S(smb2_lmr_resiliency_req,      SMB2_LMR_RESILIENCY_REQ,      "MS-SMB2 2.2.31.3",   OWN) \
	S(smb2_duplicate_extents_req,   SMB2_DUPLICATE_EXTENTS_REQ,   "MS-FSCC 2.3.7.2",    OWN) \
	S(smb2_duplicate_extents_ex_req, SMB2_DUPLICATE_EXTENTS_EX_REQ, "MS-FSCC 2.3.9.2",  OWN) \
	S(smb2_transform,               SMB2_TRANSFORM,               "MS-SMB2 2.2.41",     OWN) \
	S(smb2_compressed,              SMB2_COMPRESSED,              "MS-SMB2 2.2.42.1",   OWN) \
	S(smb2_compressed_chain,        SMB2_COMPRESSED_CHAIN,        "MS-SMB2 2.2.42.2",   OWN) \
	S(smb2_compression_payload,     SMB2_COMPRESSION_PAYLOAD,     "MS-SMB2 2.2.42.2.1", OWN) \
	S(smb2_compression_lz,          SMB2_COMPRESSION_LZ,          "MS-SMB2 2.2.42.2.1", OWN) \
	S(smb2_compression_pattern_v1,  SMB2_COMPRESSION_PATTERN_V1,  "MS-SMB2 2.2.42.2.2", OWN) \
	S(nbss_header,                  NBSS_HEADER_ROWS,             "RFC 1002 4.3.1",     OWN) \
	S(nbss_session_request,         NBSS_SESSION_REQUEST,         "RFC 1002 4.3.2",     OWN) \
	S(nbss_negative_response,       NBSS_NEGATIVE_RESPONSE,       "RFC 1002 4.3.4",     OWN) \
	S(nbss_retarget_response,       NBSS_RETARGET_RESPONSE,       "RFC 1002 4.3.5",     OWN) \
	S(rpc_header,                   RPC_HEADER_ROWS,              "C706 12.6.3.1",      OWN) \
	S(rpc_bind,                     RPC_BIND_ROWS,                "C706 12.6.4.3",      OWN) \
	S(rpc_call,                     RPC_CALL_ROWS,                "C706 12.6.4.9",      OWN) \
	S(rpc_trailer,                  RPC_TRAILER_ROWS,             "MS-RPCE 2.2.2.11",   OWN) \
	S(smb1_header,                  SMB1_HEADER_ROWS,             "MS-CIFS 2.2.3.1",    OWN) \
	S(smb1_negotiate_req,           SMB1_NEGOTIATE_REQ,           "MS-CIFS 2.2.4.52.1", OWN) \
	S(smb1_dialect,                 SMB1_DIALECT,                 "MS-CIFS 2.2.4.52.1", OWN)

/* The keys of IOCTL are FSCTL codes (MS-FSCC 2.3, MS-SMB2 2.2.31); more of them: fscc_def_fsctl.h. */
#define SMB2_IN_SELECTS(X) \
	X(IOCTL_IN,     REQUEST,  NUM(0x001440f2), smb2_copychunk_req) \
	X(IOCTL_IN,     REQUEST,  NUM(0x001480f2), smb2_copychunk_req) \
	X(IOCTL_IN,     REQUEST,  NUM(0x00140204), smb2_validate_negotiate_req) \
	X(IOCTL_IN,     REQUEST,  NUM(0x001401d4), smb2_lmr_resiliency_req) \
	X(IOCTL_IN,     REQUEST,  NUM(0x00098344), smb2_duplicate_extents_req) \
	X(IOCTL_IN,     REQUEST,  NUM(0x000983e8), smb2_duplicate_extents_ex_req)
#define SMB2_OUT_SELECTS(X) \
	X(IOCTL_OUT,    RESPONSE, NUM(0x00140078), smb2_resume_key_resp) \
	X(IOCTL_OUT,    RESPONSE, NUM(0x001440f2), smb2_copychunk_resp) \
	X(IOCTL_OUT,    RESPONSE, NUM(0x001480f2), smb2_copychunk_resp) \
	X(IOCTL_OUT,    RESPONSE, NUM(0x00140204), smb2_validate_negotiate_resp)

/* The keys of payloads are compression algorithms (MS-SMB2 2.2.3.1.3). */
#define SMB2_MISC_SELECTS(X) \
	X(PAYLOAD_DATA, BOTH,     NUM(1),          smb2_compression_lz) \
	X(PAYLOAD_DATA, BOTH,     NUM(2),          smb2_compression_lz) \
	X(PAYLOAD_DATA, BOTH,     NUM(3),          smb2_compression_lz) \
	X(PAYLOAD_DATA, BOTH,     NUM(4),          smb2_compression_pattern_v1) \
	X(PAYLOAD_DATA, BOTH,     NUM(5),          smb2_compression_lz)

// clang-format on

#endif
