/*
 * The layouts of what FSCTLs take and give (MS-FSCC 2.3, MS-SMB2 2.2.31 and 2.2.32, MS-DFSC,
 * MS-RSVD, MS-SQOS) and of reparse points (MS-FSCC 2.1.2). The form of a list: smb2_def.h; those
 * that hold symbols are in smb2_def_misc.h.
 */
#ifndef SMB_PROTO_FSCC_DEF_FSCTL_H
#define SMB_PROTO_FSCC_DEF_FSCTL_H

// clang-format off

#define FSCC_FSCTL_CONTENTS(C) \
	C(REPARSE,        ONE,   SELECT,                   NEITHER) \
	C(RANGES,         ARRAY, fscc_range,               NEITHER) \
	C(REGIONS,        ARRAY, fscc_region,              NEITHER) \
	C(EXTENTS,        ARRAY, fscc_extent,              NEITHER) \
	C(EXTENTS_REF,    ARRAY, fscc_extent_and_refcount, NEITHER) \
	C(OFFLOAD_TOKEN,  ONE,   fscc_offload_token,       NEITHER) \
	C(INTERFACES,     NEXT,  smb2_network_interface,   NEITHER) \
	C(SOCKADDR,       ONE,   SELECT,                   NEITHER) \
	C(REFERRALS,      ARRAY, dfsc_referral,            NEITHER) \
	C(REFERRAL_DATA,  ONE,   SELECT,                   NEITHER) \
	C(REFERRAL_NAMES, ONE,   dfsc_request_data,        NEITHER) \
	C(REFERRAL_SITE,  ONE,   dfsc_site,                NEITHER) \
	C(USN_DATA,       ONE,   SELECT,                   NEITHER) \
	C(FOUND_NAMES,    LIST8, fscc_name,                NEITHER)

/* ---- MS-SMB2 2.2.31, 2.2.32 ---- */

/* 2.2.32.2 SRV_SNAPSHOT_ARRAY: the names, each with a zero behind it */
#define SMB2_SNAPSHOTS(F, V, s) \
	F(s, U32,  number_of_snapshots,          HOST) \
	F(s, U32,  number_of_snapshots_returned, HOST) \
	F(s, U32,  snapshot_array_size,          LAYOUT) \
	V(s, snapshots, NEXT, REST, TEXT, HOST)
/* 2.2.31.2 SRV_READ_HASH */
#define SMB2_READ_HASH_REQ(F, V, s) \
	F(s, U32,  hash_type,           DATA) \
	F(s, U32,  hash_version,        DATA) \
	F(s, U32,  hash_retrieval_type, DATA) \
	F(s, U32,  length,              DATA) \
	F(s, U64,  offset,              DATA)
/* 2.2.32.5 NETWORK_INTERFACE_INFO Response, with its addresses (2.2.32.5.1) in 128 bytes */
#define SMB2_NETWORK_INTERFACE(F, V, s) \
	F(s, U32,  next,       LAYOUT) \
	F(s, U32,  if_index,   HOST) \
	F(s, U32,  capability, HOST) \
	F(s, U32,  reserved,   RESERVED) \
	F(s, U64,  link_speed, HOST) \
	F(s, U16,  family,     HOST) \
	V(s, sock_addr, NEXT, REST, SELECT(s, SOCKADDR, family), HOST)
#define SMB2_NETWORK_INTERFACES(F, V, s) V(s, interfaces, NEXT, REST, INTERFACES, HOST)
#define SMB2_SOCKADDR_IN(F, V, s) \
	F(s, BE16, port,         HOST) \
	F(s, B4,   ipv4_address, HOST) \
	F(s, B8,   reserved,     RESERVED) \
	V(s, unused, NEXT, REST, RAW, RESERVED)
#define SMB2_SOCKADDR_IN6(F, V, s) \
	F(s, BE16, port,         HOST) \
	F(s, BE32, flow_info,    HOST) \
	F(s, B16,  ipv6_address, HOST) \
	F(s, U32,  scope_id,     HOST) \
	V(s, unused, NEXT, REST, RAW, RESERVED)

/* ---- Pipes, MS-FSCC 2.3.46, 2.3.49 ---- */
#define FSCC_PIPE_PEEK(F, V, s) \
	F(s, U32,  named_pipe_state,    DATA) \
	F(s, U32,  read_data_available, DATA) \
	F(s, U32,  number_of_messages,  DATA) \
	F(s, U32,  message_length,      DATA) \
	V(s, data, NEXT, REST, RAW, BODY)
#define FSCC_PIPE_WAIT(F, V, s) \
	F(s, U64,  timeout,           DATA) \
	F(s, U32,  name_length,       LAYOUT) \
	F(s, U8,   timeout_specified, DATA) \
	F(s, U8,   padding,           RESERVED) \
	V(s, name, NEXT, BYTES(s, name_length), TEXT, NAME)

/* ---- Reparse points, MS-FSCC 2.1.2.2 to 2.1.2.6 ---- */
#define FSCC_REPARSE(F, V, s) \
	F(s, U32,  reparse_tag,         DATA) \
	F(s, U16,  reparse_data_length, LAYOUT) \
	F(s, U16,  reserved,            RESERVED) \
	V(s, data, NEXT, BYTES(s, reparse_data_length), SELECT(s, REPARSE, reparse_tag), DATA)
#define FSCC_REPARSE_NAMES(F, s) \
	F(s, U16,  substitute_name_offset, LAYOUT) \
	F(s, U16,  substitute_name_length, LAYOUT) \
	F(s, U16,  print_name_offset,      LAYOUT) \
	F(s, U16,  print_name_length,      LAYOUT)
#define FSCC_REPARSE_PATHS(V, s) \
	V(s, substitute_name, TAIL(s, substitute_name_offset), BYTES(s, substitute_name_length), TEXT, NAME) \
	V(s, print_name, TAIL(s, print_name_offset), BYTES(s, print_name_length), TEXT, NAME)
#define FSCC_REPARSE_SYMLINK(F, V, s) \
	FSCC_REPARSE_NAMES(F, s) \
	F(s, U32,  flags,                  DATA) \
	FSCC_REPARSE_PATHS(V, s)
#define FSCC_REPARSE_MOUNT_POINT(F, V, s) \
	FSCC_REPARSE_NAMES(F, s) \
	FSCC_REPARSE_PATHS(V, s)
#define FSCC_REPARSE_NFS(F, V, s) \
	F(s, U64,  type,                   DATA) \
	V(s, data, NEXT, REST, RAW, DATA)

/* ---- Files, MS-FSCC 2.3 ---- */
#define FSCC_SET_SPARSE(F, V, s) \
	F(s, U8,   set_sparse,        DATA)
#define FSCC_ZERO_DATA(F, V, s) \
	F(s, U64,  file_offset,       DATA) \
	F(s, U64,  beyond_final_zero, DATA)
#define FSCC_RANGE(F, V, s) \
	F(s, U64,  file_offset,       DATA) \
	F(s, U64,  length,            DATA)
#define FSCC_ALLOCATED_RANGES(F, V, s) V(s, ranges, NEXT, REST, RANGES, DATA)
#define FSCC_FILE_REGIONS_REQ(F, V, s) \
	F(s, U64,  file_offset,       DATA) \
	F(s, U64,  length,            DATA) \
	F(s, U32,  desired_usage,     DATA) \
	F(s, U32,  reserved,          RESERVED)
#define FSCC_FILE_REGIONS_RESP(F, V, s) \
	F(s, U32,  flags,                    DATA) \
	F(s, U32,  total_region_entry_count, COUNT) \
	F(s, U32,  region_entry_count,       COUNT) \
	F(s, U32,  reserved,                 RESERVED) \
	V(s, regions, NEXT, COUNT(s, region_entry_count), REGIONS, DATA)
#define FSCC_REGION(F, V, s) \
	F(s, U64,  file_offset,       DATA) \
	F(s, U64,  length,            DATA) \
	F(s, U32,  desired_usage,     DATA) \
	F(s, U32,  reserved,          RESERVED)
#define FSCC_TRIM_REQ(F, V, s) \
	F(s, U32,  key,               DATA) \
	F(s, U32,  num_ranges,        LAYOUT) \
	V(s, ranges, NEXT, COUNT(s, num_ranges), RANGES, DATA)
#define FSCC_TRIM_RESP(F, V, s) \
	F(s, U32,  num_ranges_processed, DATA)
#define FSCC_OFFLOAD_READ_REQ(F, V, s) \
	F(s, U32,  size,               FIXED) \
	F(s, U32,  flags,              DATA) \
	F(s, U32,  token_time_to_live, DATA) \
	F(s, U32,  reserved,           RESERVED) \
	F(s, U64,  file_offset,        DATA) \
	F(s, U64,  copy_length,        DATA)
#define FSCC_OFFLOAD_READ_RESP(F, V, s) \
	F(s, U32,  size,               FIXED) \
	F(s, U32,  flags,              DATA) \
	F(s, U64,  transfer_length,    DATA) \
	V(s, token, NEXT, REST, OFFLOAD_TOKEN, HOST)
#define FSCC_OFFLOAD_WRITE_REQ(F, V, s) \
	F(s, U32,  size,               FIXED) \
	F(s, U32,  flags,              DATA) \
	F(s, U64,  file_offset,        DATA) \
	F(s, U64,  copy_length,        DATA) \
	F(s, U64,  transfer_offset,    DATA) \
	V(s, token, NEXT, REST, OFFLOAD_TOKEN, HOST)
#define FSCC_OFFLOAD_WRITE_RESP(F, V, s) \
	F(s, U32,  size,               FIXED) \
	F(s, U32,  flags,              DATA) \
	F(s, U64,  length_written,     DATA)
/* 2.1.11 STORAGE_OFFLOAD_TOKEN */
#define FSCC_OFFLOAD_TOKEN(F, V, s) \
	F(s, BE32, token_type,         DATA) \
	F(s, U16,  reserved,           RESERVED) \
	F(s, BE16, token_id_length,    LAYOUT) \
	V(s, token_id, NEXT, REST, RAW, HOST)
#define FSCC_COMPRESSION_STATE(F, V, s) \
	F(s, U16,  compression_state,  DATA)
#define FSCC_INTEGRITY(F, V, s) \
	F(s, U16,  checksum_algorithm, DATA) \
	F(s, U16,  reserved,           RESERVED) \
	F(s, U32,  flags,              DATA)
#define FSCC_INTEGRITY_RESP(F, V, s) \
	FSCC_INTEGRITY(F, V, s) \
	F(s, U32,  checksum_chunk_size_in_bytes, HOST) \
	F(s, U32,  cluster_size_in_bytes,        HOST)
/* 2.1.3.1, 2.1.3.2 FILE_OBJECTID_BUFFER; SET_OBJECT_ID_EXTENDED has its last three parts */
#define FSCC_OBJECT_ID_EXTENDED(F, V, s) \
	F(s, GUID, birth_volume_id,    HOST) \
	F(s, GUID, birth_object_id,    HOST) \
	F(s, GUID, domain_id,          HOST)
#define FSCC_OBJECT_ID(F, V, s) \
	F(s, GUID, object_id,          HOST) \
	FSCC_OBJECT_ID_EXTENDED(F, V, s)
#define FSCC_MARK_HANDLE(F, V, s) \
	F(s, U32,  usn_source_info,    DATA) \
	F(s, U32,  reserved,           RESERVED) \
	F(s, U64,  volume_handle,      DATA) \
	F(s, U32,  handle_info,        DATA) \
	F(s, U32,  reserved2,          RESERVED)
/* FIND_BY_SID_DATA */
#define FSCC_FIND_BY_SID_REQ(F, V, s) \
	F(s, U32,  restart,            DATA) \
	V(s, sid, NEXT, SELF, SID, PRINCIPAL)
#define FSCC_FIND_BY_SID_RESP(F, V, s) V(s, names, NEXT, REST, FOUND_NAMES, DATA)
#define FSCC_SNAPSHOT_REQ(F, V, s) \
	F(s, U32,  operation,                     DATA) \
	F(s, U16,  snapshot_name_length,          LAYOUT) \
	F(s, U16,  operation_input_buffer_length, LAYOUT) \
	F(s, B16,  reserved,                      RESERVED) \
	V(s, snapshot_name,   NEXT, BYTES(s, snapshot_name_length), TEXT, NAME) \
	V(s, operation_input, NEXT, BYTES(s, operation_input_buffer_length), RAW, DATA)
#define FSCC_RETRIEVAL_REQ(F, V, s) \
	F(s, U64,  starting_vcn,       DATA)
#define FSCC_RETRIEVAL_HEAD(F, s) \
	F(s, U32,  extent_count,       HOST) \
	F(s, U32,  padding,            RESERVED) \
	F(s, U64,  starting_vcn,       DATA)
#define FSCC_RETRIEVAL_RESP(F, V, s) \
	FSCC_RETRIEVAL_HEAD(F, s) \
	V(s, extents, NEXT, COUNT(s, extent_count), EXTENTS, HOST)
#define FSCC_RETRIEVAL_REF_RESP(F, V, s) \
	FSCC_RETRIEVAL_HEAD(F, s) \
	V(s, extents, NEXT, COUNT(s, extent_count), EXTENTS_REF, HOST)
#define FSCC_EXTENT(F, V, s) \
	F(s, U64,  next_vcn,           HOST) \
	F(s, U64,  lcn,                HOST)
#define FSCC_EXTENT_REF(F, V, s) \
	F(s, U64,  next_vcn,           HOST) \
	F(s, U64,  lcn,                HOST) \
	F(s, U32,  reference_count,    HOST) \
	F(s, U32,  padding,            RESERVED)

/* ---- Volumes ---- */
#define FSCC_NTFS_VOLUME_DATA(F, V, s) \
	F(s, U64,  volume_serial_number,             HOST) \
	F(s, U64,  number_sectors,                   HOST) \
	F(s, U64,  total_clusters,                   HOST) \
	F(s, U64,  free_clusters,                    HOST) \
	F(s, U64,  total_reserved,                   HOST) \
	F(s, U32,  bytes_per_sector,                 HOST) \
	F(s, U32,  bytes_per_cluster,                HOST) \
	F(s, U32,  bytes_per_file_record_segment,    HOST) \
	F(s, U32,  clusters_per_file_record_segment, HOST) \
	F(s, U64,  mft_valid_data_length,            HOST) \
	F(s, U64,  mft_start_lcn,                    HOST) \
	F(s, U64,  mft2_start_lcn,                   HOST) \
	F(s, U64,  mft_zone_start,                   HOST) \
	F(s, U64,  mft_zone_end,                     HOST)
#define FSCC_ON_DISK_VOLUME_INFO(F, V, s) \
	F(s, U64,  directory_count,                   HOST) \
	F(s, U64,  file_count,                        HOST) \
	F(s, U16,  fs_format_maj_version,             HOST) \
	F(s, U16,  fs_format_min_version,             HOST) \
	F(s, T24,  fs_format_name,                    HOST) \
	F(s, U64,  format_time,                       TIME) \
	F(s, U64,  last_update_time,                  TIME) \
	F(s, T68,  copyright_info,                    HOST) \
	F(s, T68,  abstract_info,                     HOST) \
	F(s, T68,  formatting_implementation_info,    HOST) \
	F(s, T68,  last_modifying_implementation_info, HOST)
/* 2.3.61 READ_FILE_USN_DATA: the versions wanted; 2.3.62 a USN_RECORD of one of them */
#define FSCC_READ_USN_REQ(F, V, s) \
	F(s, U16,  min_major_version,  DATA) \
	F(s, U16,  max_major_version,  DATA)
#define FSCC_USN_RECORD(F, V, s) \
	F(s, U32,  record_length,      LAYOUT) \
	F(s, U16,  major_version,      DATA) \
	F(s, U16,  minor_version,      DATA) \
	V(s, record, NEXT, WHOLE(s, record_length), SELECT(s, USN_DATA, major_version), DATA)
#define FSCC_USN_ROWS(F, V, s) \
	F(s, U64,  usn,                HOST) \
	F(s, U64,  time_stamp,         TIME) \
	F(s, U32,  reason,             DATA) \
	F(s, U32,  source_info,        DATA) \
	F(s, U32,  security_id,        HOST) \
	F(s, U32,  file_attributes,    DATA) \
	F(s, U16,  file_name_length,   LAYOUT) \
	F(s, U16,  file_name_offset,   LAYOUT) \
	V(s, file_name, NEXT, BYTES(s, file_name_length), TEXT, NAME)
#define FSCC_USN_V2(F, V, s) \
	F(s, U64,  file_reference_number,        HOST) \
	F(s, U64,  parent_file_reference_number, HOST) \
	FSCC_USN_ROWS(F, V, s)
#define FSCC_USN_V3(F, V, s) \
	F(s, B16,  file_reference_number,        HOST) \
	F(s, B16,  parent_file_reference_number, HOST) \
	FSCC_USN_ROWS(F, V, s)
#define FSCC_USN(F, V, s) \
	F(s, U64,  usn,                HOST)

/* ---- MS-DFSC 2.2.2, 2.2.3, 2.2.4: what the entries' offsets point to lies behind all entries ---- */
#define DFSC_REFERRALS_REQ(F, V, s) \
	F(s, U16,  max_referral_level,    DATA) \
	V(s, request_file_name, NEXT, REST, TEXT, UNC)
#define DFSC_REFERRALS_EX_REQ(F, V, s) \
	F(s, U16,  max_referral_level,    DATA) \
	F(s, U16,  request_flags,         DATA) \
	F(s, U32,  request_data_length,   LAYOUT) \
	V(s, request_data, NEXT, BYTES(s, request_data_length), REFERRAL_NAMES, DATA)
#define DFSC_REQUEST_DATA(F, V, s) \
	F(s, U16,  request_file_name_length, LAYOUT) \
	V(s, request_file_name, NEXT, BYTES(s, request_file_name_length), TEXT, UNC) \
	V(s, site, NEXT, REST, REFERRAL_SITE, DATA)
#define DFSC_SITE(F, V, s) \
	F(s, U16,  site_name_length,      LAYOUT) \
	V(s, site_name, NEXT, BYTES(s, site_name_length), TEXT, DATA)
#define DFSC_REFERRALS_RESP(F, V, s) \
	F(s, U16,  path_consumed,         DATA) \
	F(s, U16,  number_of_referrals,   COUNT) \
	F(s, U32,  referral_header_flags, DATA) \
	V(s, referrals, NEXT, COUNT(s, number_of_referrals), REFERRALS, DATA) \
	V(s, strings, NEXT, REST, TEXT, UNC)
#define DFSC_REFERRAL(F, V, s) \
	F(s, U16,  version_number,        DATA) \
	F(s, U16,  size,                  LAYOUT) \
	F(s, U16,  server_type,           DATA) \
	F(s, U16,  referral_entry_flags,  DATA) \
	V(s, entry, NEXT, WHOLE(s, size), SELECT(s, REFERRAL_DATA, version_number), DATA)
#define DFSC_REFERRAL_V1(F, V, s) \
	V(s, share_name, NEXT, REST, TEXT, UNC)
#define DFSC_REFERRAL_OFFSETS(F, s) \
	F(s, U32,  time_to_live,              DATA) \
	F(s, U16,  dfs_path_offset,           LAYOUT) \
	F(s, U16,  dfs_alternate_path_offset, LAYOUT) \
	F(s, U16,  network_address_offset,    LAYOUT)
#define DFSC_REFERRAL_V2(F, V, s) \
	F(s, U32,  proximity,                 DATA) \
	DFSC_REFERRAL_OFFSETS(F, s)
#define DFSC_REFERRAL_V3(F, V, s) \
	DFSC_REFERRAL_OFFSETS(F, s) \
	V(s, service_site_guid, NEXT, REST, RAW, HOST)

/* ---- MS-RSVD 2.2.4.3, 2.2.4.11, MS-SQOS 2.2.2.2, 2.2.2.3 ---- */
#define RSVD_SUPPORT_RESP(F, V, s) \
	F(s, U32,  shared_virtual_disk_support,      DATA) \
	F(s, U32,  shared_virtual_disk_handle_state, DATA)
#define RSVD_TUNNEL(F, V, s) \
	F(s, U32,  operation_code, DATA) \
	F(s, U32,  status,         DATA) \
	F(s, U64,  request_id,     DATA) \
	V(s, data, NEXT, REST, RAW, DATA)
#define SQOS_HEAD(F, s) \
	F(s, U16,  protocol_version, DATA) \
	F(s, U16,  reserved,         RESERVED) \
	F(s, U32,  options,          DATA) \
	F(s, GUID, logical_flow_id,  DATA) \
	F(s, GUID, policy_id,        DATA) \
	F(s, GUID, initiator_id,     DATA)
#define SQOS_REQ(F, V, s) \
	SQOS_HEAD(F, s) \
	F(s, U64,  limit,                         DATA) \
	F(s, U64,  reservation,                   DATA) \
	F(s, U16,  initiator_name_offset,         LAYOUT) \
	F(s, U16,  initiator_name_length,         LAYOUT) \
	F(s, U16,  initiator_node_name_offset,    LAYOUT) \
	F(s, U16,  initiator_node_name_length,    LAYOUT) \
	F(s, U64,  io_count_increment,            DATA) \
	F(s, U64,  normalized_io_count_increment, DATA) \
	F(s, U64,  latency_increment,             DATA) \
	F(s, U64,  lower_latency_increment,       DATA) \
	V(s, initiator_name, OFF(s, initiator_name_offset), BYTES(s, initiator_name_length), TEXT, DATA) \
	V(s, initiator_node_name, OFF(s, initiator_node_name_offset), BYTES(s, initiator_node_name_length), TEXT, DATA)
#define SQOS_RESP(F, V, s) \
	SQOS_HEAD(F, s) \
	F(s, U32,  time_to_live,    DATA) \
	F(s, U32,  status,          DATA) \
	F(s, U64,  maximum_io_rate, HOST) \
	F(s, U64,  minimum_io_rate, HOST) \
	F(s, U32,  base_io_size,    DATA) \
	F(s, U32,  reserved2,       RESERVED)

#define FSCC_FSCTL_STRUCTS(S) \
	S(smb2_snapshots,             SMB2_SNAPSHOTS,           "MS-SMB2 2.2.32.2",   OWN) \
	S(smb2_read_hash_req,         SMB2_READ_HASH_REQ,       "MS-SMB2 2.2.31.2",   OWN) \
	S(smb2_network_interface,     SMB2_NETWORK_INTERFACE,   "MS-SMB2 2.2.32.5",   OWN) \
	S(smb2_network_interfaces,    SMB2_NETWORK_INTERFACES,  "MS-SMB2 2.2.32.5",   OWN) \
	S(smb2_sockaddr_in,           SMB2_SOCKADDR_IN,         "MS-SMB2 2.2.32.5.1.1", OWN) \
	S(smb2_sockaddr_in6,          SMB2_SOCKADDR_IN6,        "MS-SMB2 2.2.32.5.1.2", OWN) \
	S(fscc_pipe_peek,             FSCC_PIPE_PEEK,           "MS-FSCC 2.3.46",     OWN) \
	S(fscc_pipe_wait,             FSCC_PIPE_WAIT,           "MS-FSCC 2.3.49",     OWN) \
	S(fscc_reparse,               FSCC_REPARSE,             "MS-FSCC 2.1.2.2",    OWN) \
	S(fscc_reparse_symlink,       FSCC_REPARSE_SYMLINK,     "MS-FSCC 2.1.2.4",    OWN) \
	S(fscc_reparse_mount_point,   FSCC_REPARSE_MOUNT_POINT, "MS-FSCC 2.1.2.5",    OWN) \
	S(fscc_reparse_nfs,           FSCC_REPARSE_NFS,         "MS-FSCC 2.1.2.6",    OWN) \
	S(fscc_set_sparse,            FSCC_SET_SPARSE,          "MS-FSCC 2.3.83",     OWN) \
	S(fscc_zero_data,             FSCC_ZERO_DATA,           "MS-FSCC 2.3.85",     OWN) \
	S(fscc_range,                 FSCC_RANGE,               "MS-FSCC 2.3.51",     OWN) \
	S(fscc_allocated_ranges,      FSCC_ALLOCATED_RANGES,    "MS-FSCC 2.3.52",     OWN) \
	S(fscc_file_regions_req,      FSCC_FILE_REGIONS_REQ,    "MS-FSCC 2.3.55",     OWN) \
	S(fscc_file_regions_resp,     FSCC_FILE_REGIONS_RESP,   "MS-FSCC 2.3.56",     OWN) \
	S(fscc_region,                FSCC_REGION,              "MS-FSCC 2.3.56.1",   OWN) \
	S(fscc_trim_req,              FSCC_TRIM_REQ,            "MS-FSCC 2.3.13",     OWN) \
	S(fscc_trim_resp,             FSCC_TRIM_RESP,           "MS-FSCC 2.3.14",     OWN) \
	S(fscc_offload_read_req,      FSCC_OFFLOAD_READ_REQ,    "MS-FSCC 2.3.41",     OWN) \
	S(fscc_offload_read_resp,     FSCC_OFFLOAD_READ_RESP,   "MS-FSCC 2.3.42",     OWN) \
	S(fscc_offload_write_req,     FSCC_OFFLOAD_WRITE_REQ,   "MS-FSCC 2.3.43",     OWN) \
	S(fscc_offload_write_resp,    FSCC_OFFLOAD_WRITE_RESP,  "MS-FSCC 2.3.44",     OWN) \
	S(fscc_offload_token,         FSCC_OFFLOAD_TOKEN,       "MS-FSCC 2.1.11",     OWN) \
	S(fscc_compression_state,     FSCC_COMPRESSION_STATE,   "MS-FSCC 2.3.18",     OWN) \
	S(fscc_integrity_req,         FSCC_INTEGRITY,           "MS-FSCC 2.3.73",     OWN) \
	S(fscc_integrity_resp,        FSCC_INTEGRITY_RESP,      "MS-FSCC 2.3.20",     OWN) \
	S(fscc_object_id,             FSCC_OBJECT_ID,           "MS-FSCC 2.1.3.1",    OWN) \
	S(fscc_object_id_extended,    FSCC_OBJECT_ID_EXTENDED,  "MS-FSCC 2.3.79",     OWN) \
	S(fscc_mark_handle,           FSCC_MARK_HANDLE,         "MS-FSCC 2.3.39",     OWN) \
	S(fscc_find_by_sid_req,       FSCC_FIND_BY_SID_REQ,     "MS-FSCC 2.3.15",     OWN) \
	S(fscc_find_by_sid_resp,      FSCC_FIND_BY_SID_RESP,    "MS-FSCC 2.3.16",     OWN) \
	S(fscc_snapshot_req,          FSCC_SNAPSHOT_REQ,        "MS-FSCC 2.3.65",     OWN) \
	S(fscc_retrieval_req,         FSCC_RETRIEVAL_REQ,       "MS-FSCC 2.3.31",     OWN) \
	S(fscc_retrieval_resp,        FSCC_RETRIEVAL_RESP,      "MS-FSCC 2.3.32",     OWN) \
	S(fscc_retrieval_refcount_resp, FSCC_RETRIEVAL_REF_RESP, "MS-FSCC 2.3.34",    OWN) \
	S(fscc_extent,                FSCC_EXTENT,              "MS-FSCC 2.3.32.1",   OWN) \
	S(fscc_extent_and_refcount,   FSCC_EXTENT_REF,          "MS-FSCC 2.3.34.1",   OWN) \
	S(fscc_ntfs_volume_data,      FSCC_NTFS_VOLUME_DATA,    "MS-FSCC 2.3.22",     OWN) \
	S(fscc_on_disk_volume_info,   FSCC_ON_DISK_VOLUME_INFO, "MS-FSCC 2.3.58",     OWN) \
	S(fscc_read_usn_req,          FSCC_READ_USN_REQ,        "MS-FSCC 2.3.61",     OWN) \
	S(fscc_usn_record,            FSCC_USN_RECORD,          "MS-FSCC 2.3.62.1",     OWN) \
	S(fscc_usn_v2,                FSCC_USN_V2,              "MS-FSCC 2.3.62.2",   OWN) \
	S(fscc_usn_v3,                FSCC_USN_V3,              "MS-FSCC 2.3.62.3",   OWN) \
	S(fscc_usn,                   FSCC_USN,                 "MS-FSCC 2.3.93",     OWN) \
	S(dfsc_referrals_req,         DFSC_REFERRALS_REQ,       "MS-DFSC 2.2.2",      OWN) \
	S(dfsc_referrals_ex_req,      DFSC_REFERRALS_EX_REQ,    "MS-DFSC 2.2.3",      OWN) \
	S(dfsc_request_data,          DFSC_REQUEST_DATA,        "MS-DFSC 2.2.3.1",    OWN) \
	S(dfsc_site,                  DFSC_SITE,                "MS-DFSC 2.2.3.1",    OWN) \
	S(dfsc_referrals_resp,        DFSC_REFERRALS_RESP,      "MS-DFSC 2.2.4",      OWN) \
	S(dfsc_referral,              DFSC_REFERRAL,            "MS-DFSC 2.2.5",      OWN) \
	S(dfsc_referral_v1,           DFSC_REFERRAL_V1,         "MS-DFSC 2.2.5.1",    OWN) \
	S(dfsc_referral_v2,           DFSC_REFERRAL_V2,         "MS-DFSC 2.2.5.2",    OWN) \
	S(dfsc_referral_v3,           DFSC_REFERRAL_V3,         "MS-DFSC 2.2.5.3",    OWN) \
	S(rsvd_support_resp,          RSVD_SUPPORT_RESP,        "MS-RSVD 2.2.3",      OWN) \
	S(rsvd_tunnel,                RSVD_TUNNEL,              "MS-RSVD 2.2.4.11",   OWN) \
	S(sqos_req,                   SQOS_REQ,                 "MS-SQOS 2.2.2.2",    OWN) \
	S(sqos_resp,                  SQOS_RESP,                "MS-SQOS 2.2.2.3",    OWN)

/* The keys are FSCTL codes. OPENED: only in PDUs whose bodies were opened (smb2_pdu_open). */
#define FSCC_IN_SELECTS(X) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x001441bb), smb2_read_hash_req) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x00110018), fscc_pipe_wait) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x000900a4), fscc_reparse) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x000900ac), fscc_reparse) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x000900c4), fscc_set_sparse) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x000980c8), fscc_zero_data) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x000940cf), fscc_range) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x00090284), fscc_file_regions_req) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x00098208), fscc_trim_req) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x00094264), fscc_offload_read_req) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x00098268), fscc_offload_write_req) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x0009c040), fscc_compression_state) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x0009c280), fscc_integrity_req) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x00090098), fscc_object_id) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x000900bc), fscc_object_id_extended) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x000900fc), fscc_mark_handle) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x0009008f), fscc_find_by_sid_req) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x00090440), fscc_snapshot_req) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x00090073), fscc_retrieval_req) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x000903d3), fscc_retrieval_req) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x000900eb), fscc_read_usn_req) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x00060194), dfsc_referrals_req) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x000601b0), dfsc_referrals_ex_req) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x00090304), rsvd_tunnel) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x00090364), rsvd_tunnel) \
	X(IOCTL_IN,  OPENED_REQUEST,  NUM(0x00090350), sqos_req)
#define FSCC_OUT_SELECTS(X) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x00144064), smb2_snapshots) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x001401fc), smb2_network_interfaces) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x0011400c), fscc_pipe_peek) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x000900a8), fscc_reparse) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x000940cf), fscc_allocated_ranges) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x00090284), fscc_file_regions_resp) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x00098208), fscc_trim_resp) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x00094264), fscc_offload_read_resp) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x00098268), fscc_offload_write_resp) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x0009003c), fscc_compression_state) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x0009027c), fscc_integrity_resp) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x000900c0), fscc_object_id) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x0009009c), fscc_object_id) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x0009008f), fscc_find_by_sid_resp) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x00090073), fscc_retrieval_resp) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x000903d3), fscc_retrieval_refcount_resp) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x00090064), fscc_ntfs_volume_data) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x0009013c), fscc_on_disk_volume_info) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x000900eb), fscc_usn_record) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x000900ef), fscc_usn) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x00060194), dfsc_referrals_resp) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x000601b0), dfsc_referrals_resp) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x00090300), rsvd_support_resp) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x00090304), rsvd_tunnel) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x00090364), rsvd_tunnel) \
	X(IOCTL_OUT, OPENED_RESPONSE, NUM(0x00090350), sqos_resp)

/* What else has a key: reparse tags, address families, versions. */
#define FSCC_FSCTL_SELECTS(X) \
	X(REPARSE,       BOTH,     NUM(0xa000000c), fscc_reparse_symlink) \
	X(REPARSE,       BOTH,     NUM(0xa0000003), fscc_reparse_mount_point) \
	X(REPARSE,       BOTH,     NUM(0x80000014), fscc_reparse_nfs) \
	X(SOCKADDR,      RESPONSE, NUM(2),          smb2_sockaddr_in) \
	X(SOCKADDR,      RESPONSE, NUM(23),         smb2_sockaddr_in6) \
	X(REFERRAL_DATA, RESPONSE, NUM(1),          dfsc_referral_v1) \
	X(REFERRAL_DATA, RESPONSE, NUM(2),          dfsc_referral_v2) \
	X(REFERRAL_DATA, RESPONSE, NUM(3),          dfsc_referral_v3) \
	X(REFERRAL_DATA, RESPONSE, NUM(4),          dfsc_referral_v3) \
	X(USN_DATA,      RESPONSE, NUM(2),          fscc_usn_v2) \
	X(USN_DATA,      RESPONSE, NUM(3),          fscc_usn_v3)

// clang-format on

#endif
