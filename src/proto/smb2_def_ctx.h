/*
 * The layouts of contexts: those of CREATE, NEGOTIATE, TREE_CONNECT and ERROR. The form of a list:
 * smb2_def.h.
 */
#ifndef SMB_PROTO_SMB2_DEF_CTX_H
#define SMB_PROTO_SMB2_DEF_CTX_H

// clang-format off

/* MS-SMB2 2.2.13.2 */
#define SMB2_CREATE_CONTEXT(F, V, s) \
	F(s, U32,  next,             LAYOUT) \
	F(s, U16,  name_offset,      LAYOUT) \
	F(s, U16,  name_length,      LAYOUT) \
	F(s, U16,  reserved,         RESERVED) \
	F(s, U16,  data_offset,      LAYOUT) \
	F(s, U32,  data_length,      LAYOUT) \
	V(s, name, OFF(s, name_offset), BYTES(s, name_length), RAW, DATA) \
	V(s, data, OFF(s, data_offset), BYTES(s, data_length), SELECT(s, CONTEXT_DATA, name), DATA)

/* MS-SMB2 2.2.13.2.1 and MS-FSCC 2.4.16 */
#define SMB2_CTX_EXTA(F, V, s) \
	V(s, extended_attributes, NEXT, REST, EAS, DATA)
#define SMB2_EA(F, V, s) \
	F(s, U32,  next,             LAYOUT) \
	F(s, U8,   flags,            DATA) \
	F(s, U8,   ea_name_length,   LAYOUT) \
	F(s, U16,  ea_value_length,  LAYOUT) \
	V(s, ea_name,  NEXT, ZERO, RAW, NAME) \
	V(s, ea_value, NEXT, BYTES(s, ea_value_length), RAW, DATA)

/* MS-SMB2 2.2.13.2.2 */
#define SMB2_CTX_SECD(F, V, s) \
	V(s, security_descriptor, NEXT, REST, SECURITY, DATA)

/* MS-SMB2 2.2.13.2.3, 2.2.14.2.3 */
#define SMB2_CTX_DHNQ_REQ(F, V, s) \
	F(s, B16,  durable_request,  RESERVED)
#define SMB2_CTX_DHNQ_RESP(F, V, s) \
	F(s, U64,  reserved,         RESERVED)

/* MS-SMB2 2.2.13.2.4 */
#define SMB2_CTX_DHNC_REQ(F, V, s) \
	F(s, FID,  file_id,          FILE_ID)

/* MS-SMB2 2.2.13.2.5; the response has the timestamp away (2.2.14.2.5) */
#define SMB2_CTX_MXAC_REQ(F, V, s) \
	F(s, U64,  timestamp,        DATA)
#define SMB2_CTX_MXAC_RESP(F, V, s) \
	F(s, U32,  query_status,     DATA) \
	F(s, U32,  maximal_access,   DATA)

/* MS-SMB2 2.2.13.2.6 */
#define SMB2_CTX_ALSI(F, V, s) \
	F(s, U64,  allocation_size,  DATA)

/* MS-SMB2 2.2.13.2.7 */
#define SMB2_CTX_TWRP(F, V, s) \
	F(s, U64,  timestamp,        DATA)

/* MS-SMB2 2.2.14.2.9; the request has no data */
#define SMB2_CTX_QFID_RESP(F, V, s) \
	F(s, U64,  disk_file_id,     ENTROPY) \
	F(s, U64,  volume_id,        ENTROPY) \
	F(s, B16,  reserved,         RESERVED)

/* MS-SMB2 2.2.13.2.8, 2.2.14.2.10 */
#define SMB2_CTX_RQLS(F, V, s) \
	F(s, B16,  lease_key,        DATA) \
	F(s, U32,  lease_state,      DATA) \
	F(s, U32,  lease_flags,      DATA) \
	F(s, U64,  lease_duration,   RESERVED)

/* MS-SMB2 2.2.13.2.10, 2.2.14.2.11 */
#define SMB2_CTX_RQLS_V2(F, V, s) \
	SMB2_CTX_RQLS(F, V, s) \
	F(s, B16,  parent_lease_key, DATA) \
	F(s, U16,  epoch,            DATA) \
	F(s, U16,  reserved,         RESERVED)

/* MS-SMB2 2.2.13.2.11, 2.2.14.2.12 */
#define SMB2_CTX_DH2Q_REQ(F, V, s) \
	F(s, U32,  timeout,          DATA) \
	F(s, U32,  flags,            DATA) \
	F(s, B8,   reserved,         RESERVED) \
	F(s, GUID, create_guid,      DATA)
#define SMB2_CTX_DH2Q_RESP(F, V, s) \
	F(s, U32,  timeout,          DATA) \
	F(s, U32,  flags,            DATA)

/* MS-SMB2 2.2.13.2.12 */
#define SMB2_CTX_DH2C_REQ(F, V, s) \
	F(s, FID,  file_id,          FILE_ID) \
	F(s, GUID, create_guid,      DATA) \
	F(s, U32,  flags,            DATA)

/* MS-SMB2 2.2.13.2.13 */
#define SMB2_CTX_APP_INSTANCE_ID(F, V, s) \
	F(s, U16,  structure_size,   FIXED) \
	F(s, U16,  reserved,         RESERVED) \
	F(s, GUID, app_instance_id,  DATA)

/* MS-SMB2 2.2.13.2.15 */
#define SMB2_CTX_APP_INSTANCE_VERSION(F, V, s) \
	F(s, U16,  structure_size,            FIXED) \
	F(s, U16,  reserved,                  RESERVED) \
	F(s, U32,  padding,                   RESERVED) \
	F(s, U64,  app_instance_version_high, DATA) \
	F(s, U64,  app_instance_version_low,  DATA)

/* MS-SMB2 2.2.13.2.14: MS-RSVD 2.2.4.12 request, 2.2.4.31 response */
#define SMB2_CTX_SVHDX(F, V, s) \
	F(s, U32,  version,                    DATA) \
	F(s, U8,   has_initiator_id,           DATA) \
	F(s, B3,   reserved,                   RESERVED) \
	F(s, GUID, initiator_id,               DATA) \
	F(s, U32,  flags,                      DATA) \
	F(s, U32,  originator_flags,           DATA) \
	F(s, U64,  open_request_id,            DATA) \
	F(s, U16,  initiator_host_name_length, DATA) \
	F(s, B126, initiator_host_name,        DATA)

/* MS-RSVD 2.2.4.32 request, 2.2.4.33 response */
#define SMB2_CTX_SVHDX_V2(F, V, s) \
	SMB2_CTX_SVHDX(F, V, s) \
	F(s, U32,  virtual_disk_properties_initialized, DATA) \
	F(s, U32,  server_service_version,     DATA) \
	F(s, U32,  virtual_sector_size,        DATA) \
	F(s, U32,  physical_sector_size,       DATA) \
	F(s, U64,  virtual_size,               DATA)

/*
 * Apple's extension: no public specification; as Samba's vfs_fruit and Apple's smb client have it
 * (AAPL).
 */
#define SMB2_CTX_AAPL(F, V, s) \
	F(s, U32,  command_code,     DATA) \
	F(s, U32,  reserved,         RESERVED) \
	V(s, data, NEXT, REST, SELECT(s, AAPL_DATA, command_code), DATA)
#define SMB2_AAPL_QUERY_REQ(F, V, s) \
	F(s, U64,  request_bitmap,   DATA) \
	F(s, U64,  client_caps,      DATA)
/* Which of the capabilities, volume capabilities and model follow, the bitmap says. */
#define SMB2_AAPL_QUERY_RESP(F, V, s) \
	F(s, U64,  reply_bitmap,     DATA) \
	V(s, replies, NEXT, REST, RAW, DATA)
#define SMB2_AAPL_QUERY_FULL_RESP(F, V, s) \
	F(s, U64,  reply_bitmap,     DATA) \
	F(s, U64,  server_caps,      DATA) \
	F(s, U64,  volume_caps,      DATA) \
	F(s, U32,  reserved,         RESERVED) \
	F(s, U32,  model_length,     LAYOUT) \
	V(s, model, NEXT, BYTES(s, model_length), TEXT, DATA)
#define SMB2_AAPL_RESOLVE_REQ(F, V, s) \
	F(s, U64,  catalog_id,       DATA)
#define SMB2_AAPL_RESOLVE_RESP(F, V, s) \
	F(s, U32,  query_status,     DATA) \
	F(s, U32,  path_length,      LAYOUT) \
	V(s, path, NEXT, BYTES(s, path_length), TEXT, NAME)

/* SMB3 POSIX extensions, POSIX-SMB2 2.2.13.2.16 and 2.2.14.2.16 */
#define SMB2_CTX_POSIX_REQ(F, V, s) \
	F(s, U32,  mode,             DATA)
#define SMB2_CTX_POSIX_RESP(F, V, s) \
	F(s, U32,  number_of_links,  DATA) \
	F(s, U32,  reparse_tag,      DATA) \
	F(s, U32,  mode,             DATA) \
	V(s, owner, NEXT, SELF, SID, PRINCIPAL) \
	V(s, group, NEXT, SELF, SID, PRINCIPAL)

/* MS-SMB2 2.2.3.1 */
#define SMB2_NEGOTIATE_CONTEXT(F, V, s) \
	F(s, U16,  context_type,     DATA) \
	F(s, U16,  data_length,      LAYOUT) \
	F(s, U32,  reserved,         RESERVED) \
	V(s, data, NEXT, BYTES(s, data_length), SELECT(s, NEGOTIATE_DATA, context_type), DATA)

/* MS-SMB2 2.2.3.1.1 */
#define SMB2_NEG_PREAUTH(F, V, s) \
	F(s, U16,  hash_algorithm_count, LAYOUT) \
	F(s, U16,  salt_length,          LAYOUT) \
	V(s, hash_algorithms, NEXT, COUNT(s, hash_algorithm_count), U16S, DATA) \
	V(s, salt,            NEXT, BYTES(s, salt_length), RAW, ENTROPY)

/* MS-SMB2 2.2.3.1.2 */
#define SMB2_NEG_ENCRYPTION(F, V, s) \
	F(s, U16,  cipher_count,     LAYOUT) \
	V(s, ciphers, NEXT, COUNT(s, cipher_count), U16S, DATA)

/* MS-SMB2 2.2.3.1.3 */
#define SMB2_NEG_COMPRESSION(F, V, s) \
	F(s, U16,  compression_algorithm_count, LAYOUT) \
	F(s, U16,  padding,          RESERVED) \
	F(s, U32,  flags,            DATA) \
	V(s, compression_algorithms, NEXT, COUNT(s, compression_algorithm_count), U16S, DATA)

/* MS-SMB2 2.2.3.1.4 */
#define SMB2_NEG_NETNAME(F, V, s) \
	V(s, net_name, NEXT, REST, TEXT, NAME)

/* MS-SMB2 2.2.3.1.5 */
#define SMB2_NEG_TRANSPORT(F, V, s) \
	F(s, U32,  flags,            DATA)

/* MS-SMB2 2.2.3.1.6 */
#define SMB2_NEG_RDMA(F, V, s) \
	F(s, U16,  transform_count,  LAYOUT) \
	F(s, U16,  reserved1,        RESERVED) \
	F(s, U32,  reserved2,        RESERVED) \
	V(s, rdma_transform_ids, NEXT, COUNT(s, transform_count), U16S, DATA)

/* MS-SMB2 2.2.3.1.7 */
#define SMB2_NEG_SIGNING(F, V, s) \
	F(s, U16,  signing_algorithm_count, LAYOUT) \
	V(s, signing_algorithms, NEXT, COUNT(s, signing_algorithm_count), U16S, DATA)

/* SMB3 POSIX extensions, POSIX-SMB2 2.2.3.1.8 */
#define SMB2_NEG_POSIX(F, V, s) \
	F(s, B16,  posix_guid,       DATA)

/* MS-SMB2 2.2.9.2 and 2.2.9.2.1 */
#define SMB2_TREE_CONNECT_CONTEXT(F, V, s) \
	F(s, U16,  context_type,     DATA) \
	F(s, U16,  data_length,      LAYOUT) \
	F(s, U32,  reserved,         RESERVED) \
	V(s, data, NEXT, BYTES(s, data_length), SELECT(s, TREE_DATA, context_type), DATA)
#define SMB2_TREE_REMOTED_IDENTITY(F, V, s) \
	F(s, U16,  ticket_type,       DATA) \
	F(s, U16,  ticket_size,       LAYOUT) \
	F(s, U16,  user,              LAYOUT) \
	F(s, U16,  user_name,         LAYOUT) \
	F(s, U16,  domain,            LAYOUT) \
	F(s, U16,  groups,            LAYOUT) \
	F(s, U16,  restricted_groups, LAYOUT) \
	F(s, U16,  privileges,        LAYOUT) \
	F(s, U16,  primary_group,     LAYOUT) \
	F(s, U16,  owner,             LAYOUT) \
	F(s, U16,  default_dacl,      LAYOUT) \
	F(s, U16,  device_groups,     LAYOUT) \
	F(s, U16,  user_claims,       LAYOUT) \
	F(s, U16,  device_claims,     LAYOUT) \
	V(s, ticket_info, NEXT, REST, RAW, DATA)

/* MS-SMB2 2.2.2.1 */
#define SMB2_ERROR_CONTEXT(F, V, s) \
	F(s, U32,  error_data_length, LAYOUT) \
	F(s, U32,  error_id,          DATA) \
	V(s, error_context_data, NEXT, BYTES(s, error_data_length), SELECT(s, ERROR_DATA, error_id), DATA)

/* MS-SMB2 2.2.2.2: what STATUS_BUFFER_TOO_SMALL brings */
#define SMB2_ERROR_REQUIRED_LENGTH(F, V, s) \
	F(s, U32,  required_length,   DATA)

/* MS-SMB2 2.2.2.2.1; both names are located from the start of the path buffer */
#define SMB2_SYMLINK_ERROR(F, V, s) \
	F(s, U32,  sym_link_length,        LAYOUT) \
	F(s, B4,   sym_link_error_tag,     FIXED) \
	F(s, U32,  reparse_tag,            FIXED) \
	F(s, U16,  reparse_data_length,    LAYOUT) \
	F(s, U16,  unparsed_path_length,   DATA) \
	F(s, U16,  substitute_name_offset, LAYOUT) \
	F(s, U16,  substitute_name_length, LAYOUT) \
	F(s, U16,  print_name_offset,      LAYOUT) \
	F(s, U16,  print_name_length,      LAYOUT) \
	F(s, U32,  flags,                  DATA) \
	V(s, substitute_name, TAIL(s, substitute_name_offset), BYTES(s, substitute_name_length), TEXT, NAME) \
	V(s, print_name, TAIL(s, print_name_offset), BYTES(s, print_name_length), TEXT, NAME)

/* MS-SMB2 2.2.2.2.2, 2.2.2.2.2.1 */
#define SMB2_SHARE_REDIRECT_ERROR(F, V, s) \
	F(s, U32,  structure_size,       FIXED) \
	F(s, U32,  notification_type,    DATA) \
	F(s, U32,  resource_name_offset, LAYOUT) \
	F(s, U32,  resource_name_length, LAYOUT) \
	F(s, U16,  reserved,             RESERVED) \
	F(s, U16,  target_type,          DATA) \
	F(s, U32,  ip_addr_count,        LAYOUT) \
	V(s, ip_addr_move_list, NEXT, COUNT(s, ip_addr_count), MOVE_ADDRS, DATA) \
	V(s, resource_name, OFF(s, resource_name_offset), BYTES(s, resource_name_length), TEXT, NAME)
#define SMB2_MOVE_DST_IPADDR(F, V, s) \
	F(s, U32,  type,             DATA) \
	F(s, U32,  reserved,         RESERVED) \
	F(s, B16,  address,          DATA)

#define SMB2_CONTEXT_STRUCTS(S) \
	S(smb2_create_context,          SMB2_CREATE_CONTEXT,        "MS-SMB2 2.2.13.2",    OWN) \
	S(smb2_ctx_exta,                SMB2_CTX_EXTA,              "MS-SMB2 2.2.13.2.1",  OWN) \
	S(smb2_ea,                      SMB2_EA,                    "MS-FSCC 2.4.16",      OWN) \
	S(smb2_ctx_secd,                SMB2_CTX_SECD,              "MS-SMB2 2.2.13.2.2",  OWN) \
	S(smb2_ctx_dhnq_req,            SMB2_CTX_DHNQ_REQ,          "MS-SMB2 2.2.13.2.3",  OWN) \
	S(smb2_ctx_dhnq_resp,           SMB2_CTX_DHNQ_RESP,         "MS-SMB2 2.2.14.2.3",  OWN) \
	S(smb2_ctx_dhnc_req,            SMB2_CTX_DHNC_REQ,          "MS-SMB2 2.2.13.2.4",  OWN) \
	S(smb2_ctx_mxac_req,            SMB2_CTX_MXAC_REQ,          "MS-SMB2 2.2.13.2.5",  OWN) \
	S(smb2_ctx_mxac_resp,           SMB2_CTX_MXAC_RESP,         "MS-SMB2 2.2.14.2.5",  OWN) \
	S(smb2_ctx_alsi,                SMB2_CTX_ALSI,              "MS-SMB2 2.2.13.2.6",  OWN) \
	S(smb2_ctx_twrp,                SMB2_CTX_TWRP,              "MS-SMB2 2.2.13.2.7",  OWN) \
	S(smb2_ctx_qfid_resp,           SMB2_CTX_QFID_RESP,         "MS-SMB2 2.2.14.2.9",  OWN) \
	S(smb2_ctx_rqls,                SMB2_CTX_RQLS,              "MS-SMB2 2.2.13.2.8",  OWN) \
	S(smb2_ctx_rqls_v2,             SMB2_CTX_RQLS_V2,           "MS-SMB2 2.2.13.2.10", OWN) \
	S(smb2_ctx_dh2q_req,            SMB2_CTX_DH2Q_REQ,          "MS-SMB2 2.2.13.2.11", OWN) \
	S(smb2_ctx_dh2q_resp,           SMB2_CTX_DH2Q_RESP,         "MS-SMB2 2.2.14.2.12", OWN) \
	S(smb2_ctx_dh2c_req,            SMB2_CTX_DH2C_REQ,          "MS-SMB2 2.2.13.2.12", OWN) \
	S(smb2_ctx_app_instance_id,     SMB2_CTX_APP_INSTANCE_ID,   "MS-SMB2 2.2.13.2.13", OWN) \
	S(smb2_ctx_app_instance_version, SMB2_CTX_APP_INSTANCE_VERSION, "MS-SMB2 2.2.13.2.15", OWN) \
	S(smb2_ctx_svhdx,               SMB2_CTX_SVHDX,             "MS-RSVD 2.2.4.12",    OWN) \
	S(smb2_ctx_svhdx_v2,            SMB2_CTX_SVHDX_V2,          "MS-RSVD 2.2.4.32",    OWN) \
	S(smb2_ctx_aapl,                SMB2_CTX_AAPL,              "Samba vfs_fruit",     OWN) \
	S(smb2_aapl_query_req,          SMB2_AAPL_QUERY_REQ,        "Samba vfs_fruit",     OWN) \
	S(smb2_aapl_query_resp,         SMB2_AAPL_QUERY_RESP,       "Samba vfs_fruit",     OWN) \
	S(smb2_aapl_query_full_resp,    SMB2_AAPL_QUERY_FULL_RESP,  "Samba vfs_fruit",     OWN) \
	S(smb2_aapl_resolve_req,        SMB2_AAPL_RESOLVE_REQ,      "Samba vfs_fruit",     OWN) \
	S(smb2_aapl_resolve_resp,       SMB2_AAPL_RESOLVE_RESP,     "Samba vfs_fruit",     OWN) \
	S(smb2_ctx_posix_req,           SMB2_CTX_POSIX_REQ,         "POSIX-SMB2 2.2.13.2.16", OWN) \
	S(smb2_ctx_posix_resp,          SMB2_CTX_POSIX_RESP,        "POSIX-SMB2 2.2.14.2.16", OWN) \
	S(smb2_negotiate_context,       SMB2_NEGOTIATE_CONTEXT,     "MS-SMB2 2.2.3.1",     OWN) \
	S(smb2_neg_preauth,             SMB2_NEG_PREAUTH,           "MS-SMB2 2.2.3.1.1",   OWN) \
	S(smb2_neg_encryption,          SMB2_NEG_ENCRYPTION,        "MS-SMB2 2.2.3.1.2",   OWN) \
	S(smb2_neg_compression,         SMB2_NEG_COMPRESSION,       "MS-SMB2 2.2.3.1.3",   OWN) \
	S(smb2_neg_netname,             SMB2_NEG_NETNAME,           "MS-SMB2 2.2.3.1.4",   OWN) \
	S(smb2_neg_transport,           SMB2_NEG_TRANSPORT,         "MS-SMB2 2.2.3.1.5",   OWN) \
	S(smb2_neg_rdma,                SMB2_NEG_RDMA,              "MS-SMB2 2.2.3.1.6",   OWN) \
	S(smb2_neg_signing,             SMB2_NEG_SIGNING,           "MS-SMB2 2.2.3.1.7",   OWN) \
	S(smb2_neg_posix,               SMB2_NEG_POSIX,             "POSIX-SMB2 2.2.3.1.8", OWN) \
	S(smb2_tree_connect_context,    SMB2_TREE_CONNECT_CONTEXT,  "MS-SMB2 2.2.9.2",     OWN) \
	S(smb2_tree_remoted_identity,   SMB2_TREE_REMOTED_IDENTITY, "MS-SMB2 2.2.9.2.1",   OWN) \
	S(smb2_error_context,           SMB2_ERROR_CONTEXT,         "MS-SMB2 2.2.2.1",     OWN) \
	S(smb2_error_required_length,   SMB2_ERROR_REQUIRED_LENGTH, "MS-SMB2 2.2.2.2",     OWN) \
	S(smb2_symlink_error,           SMB2_SYMLINK_ERROR,         "MS-SMB2 2.2.2.2.1",   OWN) \
	S(smb2_share_redirect_error,    SMB2_SHARE_REDIRECT_ERROR,  "MS-SMB2 2.2.2.2.2",   OWN) \
	S(smb2_move_dst_ipaddr,         SMB2_MOVE_DST_IPADDR,       "MS-SMB2 2.2.2.2.2.1", OWN)

/*
 * What a SELECT row holds: X(content, REQUEST or RESPONSE or BOTH, key, struct). A key is NUM(n),
 * TAG(four characters) or BIN16(the 16 bytes, as two big-endian numbers). Of several lines that
 * fit, the largest fixed part that the bytes suffice for. The lines of one content stand together.
 */
#define SMB2_CONTEXT_SELECTS(X) \
	X(CONTEXT_DATA,   BOTH,     TAG('E','x','t','A'), smb2_ctx_exta) \
	X(CONTEXT_DATA,   BOTH,     TAG('S','e','c','D'), smb2_ctx_secd) \
	X(CONTEXT_DATA,   REQUEST,  TAG('D','H','n','Q'), smb2_ctx_dhnq_req) \
	X(CONTEXT_DATA,   RESPONSE, TAG('D','H','n','Q'), smb2_ctx_dhnq_resp) \
	X(CONTEXT_DATA,   REQUEST,  TAG('D','H','n','C'), smb2_ctx_dhnc_req) \
	X(CONTEXT_DATA,   REQUEST,  TAG('M','x','A','c'), smb2_ctx_mxac_req) \
	X(CONTEXT_DATA,   RESPONSE, TAG('M','x','A','c'), smb2_ctx_mxac_resp) \
	X(CONTEXT_DATA,   BOTH,     TAG('A','l','S','i'), smb2_ctx_alsi) \
	X(CONTEXT_DATA,   BOTH,     TAG('T','W','r','p'), smb2_ctx_twrp) \
	X(CONTEXT_DATA,   RESPONSE, TAG('Q','F','i','d'), smb2_ctx_qfid_resp) \
	X(CONTEXT_DATA,   BOTH,     TAG('R','q','L','s'), smb2_ctx_rqls) \
	X(CONTEXT_DATA,   BOTH,     TAG('R','q','L','s'), smb2_ctx_rqls_v2) \
	X(CONTEXT_DATA,   REQUEST,  TAG('D','H','2','Q'), smb2_ctx_dh2q_req) \
	X(CONTEXT_DATA,   RESPONSE, TAG('D','H','2','Q'), smb2_ctx_dh2q_resp) \
	X(CONTEXT_DATA,   REQUEST,  TAG('D','H','2','C'), smb2_ctx_dh2c_req) \
	X(CONTEXT_DATA,   BOTH,     TAG('A','A','P','L'), smb2_ctx_aapl) \
	X(CONTEXT_DATA,   BOTH,     BIN16(0x45bca66aefa7f74a, 0x9008fa462e144d74), smb2_ctx_app_instance_id) \
	X(CONTEXT_DATA,   BOTH,     BIN16(0xb982d0b73b56074f, 0xa07b524a8116a010), smb2_ctx_app_instance_version) \
	X(CONTEXT_DATA,   BOTH,     BIN16(0x9ccbcf9e04c1e643, 0x980e158da1f6ec83), smb2_ctx_svhdx) \
	X(CONTEXT_DATA,   BOTH,     BIN16(0x9ccbcf9e04c1e643, 0x980e158da1f6ec83), smb2_ctx_svhdx_v2) \
	X(CONTEXT_DATA,   REQUEST,  BIN16(0x93ad25509cb411e7, 0xb42383de968bcd7c), smb2_ctx_posix_req) \
	X(CONTEXT_DATA,   RESPONSE, BIN16(0x93ad25509cb411e7, 0xb42383de968bcd7c), smb2_ctx_posix_resp) \
	X(AAPL_DATA,      REQUEST,  NUM(1),          smb2_aapl_query_req) \
	X(AAPL_DATA,      RESPONSE, NUM(1),          smb2_aapl_query_resp) \
	X(AAPL_DATA,      RESPONSE, NUM(1),          smb2_aapl_query_full_resp) \
	X(AAPL_DATA,      REQUEST,  NUM(2),          smb2_aapl_resolve_req) \
	X(AAPL_DATA,      RESPONSE, NUM(2),          smb2_aapl_resolve_resp) \
	X(NEGOTIATE_DATA, BOTH,     NUM(1),          smb2_neg_preauth) \
	X(NEGOTIATE_DATA, BOTH,     NUM(2),          smb2_neg_encryption) \
	X(NEGOTIATE_DATA, BOTH,     NUM(3),          smb2_neg_compression) \
	X(NEGOTIATE_DATA, BOTH,     NUM(5),          smb2_neg_netname) \
	X(NEGOTIATE_DATA, BOTH,     NUM(6),          smb2_neg_transport) \
	X(NEGOTIATE_DATA, BOTH,     NUM(7),          smb2_neg_rdma) \
	X(NEGOTIATE_DATA, BOTH,     NUM(8),          smb2_neg_signing) \
	X(NEGOTIATE_DATA, BOTH,     NUM(0x100),      smb2_neg_posix) \
	X(TREE_DATA,      BOTH,     NUM(1),          smb2_tree_remoted_identity) \
	X(ERROR_DATA,     RESPONSE, NUM(0),          smb2_error_required_length) \
	X(ERROR_DATA,     RESPONSE, NUM(0),          smb2_symlink_error) \
	X(ERROR_DATA,     RESPONSE, NUM(0x72645253), smb2_share_redirect_error)

// clang-format on

#endif
