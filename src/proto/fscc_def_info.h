/*
 * The layouts of information classes: files, directories, file systems, quotas, changes, extended
 * attributes (MS-FSCC 2.4 to 2.8, MS-SMB2 2.2.37.1). The form of a list: smb2_def.h. Sections are
 * numbered as since 2024, when FileDispositionInformationEx and FileRenameInformationEx got theirs.
 */
#ifndef SMB_PROTO_FSCC_DEF_INFO_H
#define SMB_PROTO_FSCC_DEF_INFO_H

// clang-format off

#define FSCC_INFO_CONTENTS(C) \
	C(INFO_IN,        ONE,   SELECT,                   NEITHER) \
	C(INFO_OUT,       ONE,   SELECT,                   NEITHER) \
	C(INFO_SET,       ONE,   SELECT,                   NEITHER) \
	C(GET_EAS,        NEXT,  fscc_get_ea,              NEITHER) \
	C(STREAMS,        NEXT,  fscc_stream,              NEITHER) \
	C(CHANGES,        NEXT,  fscc_notify,              NEITHER) \
	C(QUOTAS,         NEXT,  fscc_quota,               NEITHER) \
	C(GET_QUOTAS,     NEXT,  fscc_get_quota,           NEITHER) \
	C(DIR,            NEXT,  fscc_dir,                 NEITHER) \
	C(FULL_DIR,       NEXT,  fscc_full_dir,            NEITHER) \
	C(BOTH_DIR,       NEXT,  fscc_both_dir,            NEITHER) \
	C(NAMES,          NEXT,  fscc_names,               NEITHER) \
	C(ID_FULL_DIR,    NEXT,  fscc_id_full_dir,         NEITHER) \
	C(ID_BOTH_DIR,    NEXT,  fscc_id_both_dir,         NEITHER) \
	C(ID_TX_DIR,      NEXT,  fscc_id_global_tx_dir,    NEITHER) \
	C(ID_EXTD_DIR,    NEXT,  fscc_id_extd_dir,         NEITHER) \
	C(ID_EXTD_BOTH,   NEXT,  fscc_id_extd_both_dir,    NEITHER) \
	C(ID_64_EXTD,     NEXT,  fscc_id_64_extd_dir,      NEITHER) \
	C(ID_64_BOTH,     NEXT,  fscc_id_64_extd_both_dir, NEITHER) \
	C(ID_ALL_EXTD,    NEXT,  fscc_id_all_extd_dir,     NEITHER) \
	C(ID_ALL_BOTH,    NEXT,  fscc_id_all_extd_both_dir, NEITHER)

/* What several have in common */
#define FSCC_TIMES(F, s) \
	F(s, U64,  creation_time,    TIME) \
	F(s, U64,  last_access_time, TIME) \
	F(s, U64,  last_write_time,  TIME) \
	F(s, U64,  change_time,      TIME)
#define FSCC_NAME_ROWS(F, V, s) \
	F(s, U32,  file_name_length, LAYOUT) \
	V(s, file_name, NEXT, BYTES(s, file_name_length), TEXT, NAME)

/* ---- Directories, MS-FSCC 2.4. Each class is a chain of its entries. ---- */
#define FSCC_DIR_HEAD(F, s) \
	F(s, U32,  next,             LAYOUT) \
	F(s, U32,  file_index,       HOST)
#define FSCC_DIR_ROWS(F, s) \
	FSCC_DIR_HEAD(F, s) \
	FSCC_TIMES(F, s) \
	F(s, U64,  end_of_file,      DATA) \
	F(s, U64,  allocation_size,  HOST) \
	F(s, U32,  file_attributes,  DATA) \
	F(s, U32,  file_name_length, LAYOUT)
#define FSCC_DIR_NAME(V, s) \
	V(s, file_name, NEXT, BYTES(s, file_name_length), TEXT, NAME)
#define FSCC_SHORT_NAME(F, s) \
	F(s, U8,   short_name_length, LAYOUT) \
	F(s, U8,   reserved,         RESERVED) \
	F(s, T24,  short_name,       ALIAS)
#define FSCC_EXTD_ROWS(F, s) \
	FSCC_DIR_ROWS(F, s) \
	F(s, U32,  ea_size,          DATA) \
	F(s, U32,  reparse_point_tag, DATA)

/* 2.4.10 FileDirectoryInformation */
#define FSCC_DIR(F, V, s) \
	FSCC_DIR_ROWS(F, s) FSCC_DIR_NAME(V, s)
/* 2.4.15 FileFullDirectoryInformation */
#define FSCC_FULL_DIR(F, V, s) \
	FSCC_DIR_ROWS(F, s) \
	F(s, U32,  ea_size,          DATA) \
	FSCC_DIR_NAME(V, s)
/* 2.4.8 FileBothDirectoryInformation */
#define FSCC_BOTH_DIR(F, V, s) \
	FSCC_DIR_ROWS(F, s) \
	F(s, U32,  ea_size,          DATA) \
	FSCC_SHORT_NAME(F, s) FSCC_DIR_NAME(V, s)
/* 2.4.33 FileNamesInformation */
#define FSCC_NAMES(F, V, s) \
	FSCC_DIR_HEAD(F, s) \
	F(s, U32,  file_name_length, LAYOUT) \
	FSCC_DIR_NAME(V, s)
/* 2.4.24 FileIdFullDirectoryInformation */
#define FSCC_ID_FULL_DIR(F, V, s) \
	FSCC_DIR_ROWS(F, s) \
	F(s, U32,  ea_size,          DATA) \
	F(s, U32,  reserved,         RESERVED) \
	F(s, U64,  file_id,          HOST) \
	FSCC_DIR_NAME(V, s)
/* 2.4.22 FileIdBothDirectoryInformation */
#define FSCC_ID_BOTH_DIR(F, V, s) \
	FSCC_DIR_ROWS(F, s) \
	F(s, U32,  ea_size,          DATA) \
	FSCC_SHORT_NAME(F, s) \
	F(s, U16,  reserved2,        RESERVED) \
	F(s, U64,  file_id,          HOST) \
	FSCC_DIR_NAME(V, s)
/* 2.4.25 FileIdGlobalTxDirectoryInformation */
#define FSCC_ID_GLOBAL_TX_DIR(F, V, s) \
	FSCC_DIR_ROWS(F, s) \
	F(s, U64,  file_id,                HOST) \
	F(s, GUID, locking_transaction_id, DATA) \
	F(s, U32,  tx_info_flags,          DATA) \
	FSCC_DIR_NAME(V, s)
/* 2.4.23 FileIdExtdDirectoryInformation, and those of 2.4.18 to 2.4.21; class 63 has no section */
#define FSCC_ID_EXTD_DIR(F, V, s) \
	FSCC_EXTD_ROWS(F, s) \
	F(s, B16,  file_id,          HOST) \
	FSCC_DIR_NAME(V, s)
#define FSCC_ID_EXTD_BOTH_DIR(F, V, s) \
	FSCC_EXTD_ROWS(F, s) \
	F(s, B16,  file_id,          HOST) \
	FSCC_SHORT_NAME(F, s) FSCC_DIR_NAME(V, s)
#define FSCC_ID_64_EXTD_DIR(F, V, s) \
	FSCC_EXTD_ROWS(F, s) \
	F(s, U64,  file_id,          HOST) \
	FSCC_DIR_NAME(V, s)
#define FSCC_ID_64_EXTD_BOTH_DIR(F, V, s) \
	FSCC_EXTD_ROWS(F, s) \
	F(s, U64,  file_id,          HOST) \
	FSCC_SHORT_NAME(F, s) FSCC_DIR_NAME(V, s)
#define FSCC_ID_ALL_EXTD_DIR(F, V, s) \
	FSCC_EXTD_ROWS(F, s) \
	F(s, U64,  file_id,          HOST) \
	F(s, B16,  file_id_128,      HOST) \
	FSCC_DIR_NAME(V, s)
#define FSCC_ID_ALL_EXTD_BOTH_DIR(F, V, s) \
	FSCC_EXTD_ROWS(F, s) \
	F(s, U64,  file_id,          HOST) \
	F(s, B16,  file_id_128,      HOST) \
	FSCC_SHORT_NAME(F, s) FSCC_DIR_NAME(V, s)

#define FSCC_DIR_LIST(F, V, s)         V(s, entries, NEXT, REST, DIR, DATA)
#define FSCC_FULL_DIR_LIST(F, V, s)    V(s, entries, NEXT, REST, FULL_DIR, DATA)
#define FSCC_BOTH_DIR_LIST(F, V, s)    V(s, entries, NEXT, REST, BOTH_DIR, DATA)
#define FSCC_NAMES_LIST(F, V, s)       V(s, entries, NEXT, REST, NAMES, DATA)
#define FSCC_ID_FULL_DIR_LIST(F, V, s) V(s, entries, NEXT, REST, ID_FULL_DIR, DATA)
#define FSCC_ID_BOTH_DIR_LIST(F, V, s) V(s, entries, NEXT, REST, ID_BOTH_DIR, DATA)
#define FSCC_ID_TX_DIR_LIST(F, V, s)   V(s, entries, NEXT, REST, ID_TX_DIR, DATA)
#define FSCC_ID_EXTD_LIST(F, V, s)     V(s, entries, NEXT, REST, ID_EXTD_DIR, DATA)
#define FSCC_ID_EXTD_BOTH_LIST(F, V, s) V(s, entries, NEXT, REST, ID_EXTD_BOTH, DATA)
#define FSCC_ID_64_EXTD_LIST(F, V, s)  V(s, entries, NEXT, REST, ID_64_EXTD, DATA)
#define FSCC_ID_64_BOTH_LIST(F, V, s)  V(s, entries, NEXT, REST, ID_64_BOTH, DATA)
#define FSCC_ID_ALL_EXTD_LIST(F, V, s) V(s, entries, NEXT, REST, ID_ALL_EXTD, DATA)
#define FSCC_ID_ALL_BOTH_LIST(F, V, s) V(s, entries, NEXT, REST, ID_ALL_BOTH, DATA)

/* ---- Files, MS-FSCC 2.4 ---- */

/* 2.4.7 FileBasicInformation */
#define FSCC_BASIC_ROWS(F, s) \
	FSCC_TIMES(F, s) \
	F(s, U32,  file_attributes,  DATA) \
	F(s, U32,  reserved,         RESERVED)
#define FSCC_BASIC(F, V, s) FSCC_BASIC_ROWS(F, s)
/* 2.4.47 FileStandardInformation */
#define FSCC_STANDARD(F, V, s) \
	F(s, U64,  allocation_size,  HOST) \
	F(s, U64,  end_of_file,      DATA) \
	F(s, U32,  number_of_links,  DATA) \
	F(s, U8,   delete_pending,   DATA) \
	F(s, U8,   directory,        DATA) \
	F(s, U16,  reserved,         RESERVED)
/* 2.4.27 FileInternalInformation */
#define FSCC_INTERNAL(F, V, s) \
	F(s, U64,  index_number,     HOST)
/* 2.4.13 FileEaInformation */
#define FSCC_EA_SIZE(F, V, s) \
	F(s, U32,  ea_size,          DATA)
/* 2.4.1 FileAccessInformation */
#define FSCC_ACCESS(F, V, s) \
	F(s, U32,  access_flags,     DATA)
/* 2.4.32 FileNameInformation; 2.4.5, 2.4.36 and 2.4.46 have the same form */
#define FSCC_NAME(F, V, s) FSCC_NAME_ROWS(F, V, s)
#define FSCC_ALTERNATE_NAME(F, V, s) \
	F(s, U32,  file_name_length, LAYOUT) \
	V(s, file_name, NEXT, BYTES(s, file_name_length), TEXT, ALIAS)
/* 2.4.42 FileRenameInformation for SMB2, 2.4.28 FileLinkInformation; 2.4.43 and class 72 have flags */
#define FSCC_RENAME(F, V, s) \
	F(s, U8,   replace_if_exists, DATA) \
	F(s, B7,   reserved,         RESERVED) \
	F(s, U64,  root_directory,   DATA) \
	FSCC_NAME_ROWS(F, V, s)
#define FSCC_RENAME_EX(F, V, s) \
	F(s, U32,  flags,            DATA) \
	F(s, U32,  reserved,         RESERVED) \
	F(s, U64,  root_directory,   DATA) \
	FSCC_NAME_ROWS(F, V, s)
/* 2.4.11 FileDispositionInformation, 2.4.12 with flags */
#define FSCC_DISPOSITION(F, V, s) \
	F(s, U8,   delete_pending,   DATA)
#define FSCC_DISPOSITION_EX(F, V, s) \
	F(s, U32,  flags,            DATA)
/* 2.4.40 FilePositionInformation */
#define FSCC_POSITION(F, V, s) \
	F(s, U64,  current_byte_offset, DATA)
/* 2.4.31 FileModeInformation */
#define FSCC_MODE(F, V, s) \
	F(s, U32,  mode,             DATA)
/* 2.4.3 FileAlignmentInformation */
#define FSCC_ALIGNMENT(F, V, s) \
	F(s, U32,  alignment_requirement, HOST)
/* 2.4.2 FileAllInformation: all of the above */
#define FSCC_ALL(F, V, s) \
	FSCC_BASIC_ROWS(F, s) \
	F(s, U64,  allocation_size,  HOST) \
	F(s, U64,  end_of_file,      DATA) \
	F(s, U32,  number_of_links,  DATA) \
	F(s, U8,   delete_pending,   DATA) \
	F(s, U8,   directory,        DATA) \
	F(s, U16,  reserved2,        RESERVED) \
	FSCC_INTERNAL(F, V, s) FSCC_EA_SIZE(F, V, s) FSCC_ACCESS(F, V, s) FSCC_POSITION(F, V, s) \
	FSCC_MODE(F, V, s) FSCC_ALIGNMENT(F, V, s) FSCC_NAME_ROWS(F, V, s)
/* 2.4.4 FileAllocationInformation, 2.4.14 FileEndOfFileInformation, 2.4.50 FileValidDataLengthInformation */
#define FSCC_ALLOCATION(F, V, s) \
	F(s, U64,  allocation_size,  DATA)
#define FSCC_END_OF_FILE(F, V, s) \
	F(s, U64,  end_of_file,      DATA)
#define FSCC_VALID_DATA(F, V, s) \
	F(s, U64,  valid_data_length, DATA)
/* 2.4.49 FileStreamInformation */
#define FSCC_STREAM(F, V, s) \
	F(s, U32,  next,                   LAYOUT) \
	F(s, U32,  stream_name_length,     LAYOUT) \
	F(s, U64,  stream_size,            DATA) \
	F(s, U64,  stream_allocation_size, HOST) \
	V(s, stream_name, NEXT, BYTES(s, stream_name_length), TEXT, NAME)
#define FSCC_STREAM_LIST(F, V, s) V(s, streams, NEXT, REST, STREAMS, DATA)
/* 2.4.37 FilePipeInformation, 2.4.38 FilePipeLocalInformation, 2.4.39 FilePipeRemoteInformation */
#define FSCC_PIPE(F, V, s) \
	F(s, U32,  read_mode,                DATA) \
	F(s, U32,  completion_mode,          DATA)
#define FSCC_PIPE_LOCAL(F, V, s) \
	F(s, U32,  named_pipe_type,          DATA) \
	F(s, U32,  named_pipe_configuration, DATA) \
	F(s, U32,  maximum_instances,        DATA) \
	F(s, U32,  current_instances,        HOST) \
	F(s, U32,  inbound_quota,            HOST) \
	F(s, U32,  read_data_available,      DATA) \
	F(s, U32,  outbound_quota,           HOST) \
	F(s, U32,  write_quota_available,    HOST) \
	F(s, U32,  named_pipe_state,         DATA) \
	F(s, U32,  named_pipe_end,           DATA)
#define FSCC_PIPE_REMOTE(F, V, s) \
	F(s, U64,  collect_data_time,        DATA) \
	F(s, U32,  maximum_collection_count, DATA)
/* 2.4.9 FileCompressionInformation */
#define FSCC_COMPRESSION(F, V, s) \
	F(s, U64,  compressed_file_size,     HOST) \
	F(s, U16,  compression_format,       DATA) \
	F(s, U8,   compression_unit_shift,   HOST) \
	F(s, U8,   chunk_shift,              HOST) \
	F(s, U8,   cluster_shift,            HOST) \
	F(s, B3,   reserved,                 RESERVED)
/* 2.4.34 FileNetworkOpenInformation */
#define FSCC_NETWORK_OPEN(F, V, s) \
	FSCC_TIMES(F, s) \
	F(s, U64,  allocation_size,  HOST) \
	F(s, U64,  end_of_file,      DATA) \
	F(s, U32,  file_attributes,  DATA) \
	F(s, U32,  reserved,         RESERVED)
/* 2.4.6 FileAttributeTagInformation */
#define FSCC_ATTRIBUTE_TAG(F, V, s) \
	F(s, U32,  file_attributes,  DATA) \
	F(s, U32,  reparse_tag,      DATA)
/* 2.4.26 FileIdInformation */
#define FSCC_ID(F, V, s) \
	F(s, U64,  volume_serial_number, HOST) \
	F(s, B16,  file_id,              HOST)
/* 2.4.16 FileFullEaInformation, 2.4.16.1 FILE_GET_EA_INFORMATION */
#define FSCC_FULL_EA_LIST(F, V, s) V(s, extended_attributes, NEXT, REST, EAS, DATA)
#define FSCC_GET_EA(F, V, s) \
	F(s, U32,  next,             LAYOUT) \
	F(s, U8,   ea_name_length,   LAYOUT) \
	V(s, ea_name, NEXT, ZERO, RAW, NAME)
#define FSCC_GET_EA_LIST(F, V, s)  V(s, extended_attributes, NEXT, REST, GET_EAS, DATA)

/* ---- Changes, MS-FSCC 2.7.1 ---- */
#define FSCC_NOTIFY(F, V, s) \
	F(s, U32,  next,             LAYOUT) \
	F(s, U32,  action,           DATA) \
	FSCC_NAME_ROWS(F, V, s)
#define FSCC_NOTIFY_LIST(F, V, s)  V(s, changes, NEXT, REST, CHANGES, DATA)

/* ---- Quotas: MS-FSCC 2.4.41, 2.4.41.1, MS-SMB2 2.2.37.1 ---- */
#define FSCC_QUOTA(F, V, s) \
	F(s, U32,  next,             LAYOUT) \
	F(s, U32,  sid_length,       LAYOUT) \
	F(s, U64,  change_time,      TIME) \
	F(s, U64,  quota_used,       HOST) \
	F(s, U64,  quota_threshold,  DATA) \
	F(s, U64,  quota_limit,      DATA) \
	V(s, sid, NEXT, BYTES(s, sid_length), SID, PRINCIPAL)
#define FSCC_QUOTA_LIST(F, V, s)   V(s, quotas, NEXT, REST, QUOTAS, DATA)
#define FSCC_GET_QUOTA(F, V, s) \
	F(s, U32,  next,             LAYOUT) \
	F(s, U32,  sid_length,       LAYOUT) \
	V(s, sid, NEXT, BYTES(s, sid_length), SID, PRINCIPAL)
#define SMB2_QUERY_QUOTA(F, V, s) \
	F(s, U8,   return_single,    DATA) \
	F(s, U8,   restart_scan,     DATA) \
	F(s, U16,  reserved,         RESERVED) \
	F(s, U32,  sid_list_length,  LAYOUT) \
	F(s, U32,  start_sid_length, LAYOUT) \
	F(s, U32,  start_sid_offset, LAYOUT) \
	V(s, sids,      NEXT, BYTES(s, sid_list_length), GET_QUOTAS, DATA) \
	V(s, start_sid, TAIL(s, start_sid_offset), BYTES(s, start_sid_length), SID, PRINCIPAL)

/* ---- File systems, MS-FSCC 2.5 ---- */

/* 2.5.9 FileFsVolumeInformation, 2.5.5 FileFsLabelInformation */
#define FSCC_FS_VOLUME(F, V, s) \
	F(s, U64,  volume_creation_time, TIME) \
	F(s, U32,  volume_serial_number, HOST) \
	F(s, U32,  volume_label_length,  LAYOUT) \
	F(s, U8,   supports_objects,     DATA) \
	F(s, U8,   reserved,             RESERVED) \
	V(s, volume_label, NEXT, BYTES(s, volume_label_length), TEXT, HOST)
#define FSCC_FS_LABEL(F, V, s) \
	F(s, U32,  volume_label_length,  LAYOUT) \
	V(s, volume_label, NEXT, BYTES(s, volume_label_length), TEXT, DATA)
/* 2.5.8 FileFsSizeInformation, 2.5.4 FileFsFullSizeInformation */
#define FSCC_FS_SIZE(F, V, s) \
	F(s, U64,  total_allocation_units,            HOST) \
	F(s, U64,  available_allocation_units,        HOST) \
	F(s, U32,  sectors_per_allocation_unit,       HOST) \
	F(s, U32,  bytes_per_sector,                  HOST)
#define FSCC_FS_FULL_SIZE(F, V, s) \
	F(s, U64,  total_allocation_units,            HOST) \
	F(s, U64,  caller_available_allocation_units, HOST) \
	F(s, U64,  actual_available_allocation_units, HOST) \
	F(s, U32,  sectors_per_allocation_unit,       HOST) \
	F(s, U32,  bytes_per_sector,                  HOST)
/* 2.5.10 FileFsDeviceInformation */
#define FSCC_FS_DEVICE(F, V, s) \
	F(s, U32,  device_type,      DATA) \
	F(s, U32,  characteristics,  DATA)
/* 2.5.1 FileFsAttributeInformation */
#define FSCC_FS_ATTRIBUTE(F, V, s) \
	F(s, U32,  file_system_attributes,        DATA) \
	F(s, U32,  maximum_component_name_length, DATA) \
	F(s, U32,  file_system_name_length,       LAYOUT) \
	V(s, file_system_name, NEXT, BYTES(s, file_system_name_length), TEXT, HOST)
/* 2.5.2 FileFsControlInformation */
#define FSCC_FS_CONTROL(F, V, s) \
	F(s, U64,  free_space_start_filtering, DATA) \
	F(s, U64,  free_space_threshold,       DATA) \
	F(s, U64,  free_space_stop_filtering,  DATA) \
	F(s, U64,  default_quota_threshold,    DATA) \
	F(s, U64,  default_quota_limit,        DATA) \
	F(s, U32,  file_system_control_flags,  DATA) \
	F(s, U32,  padding,                    RESERVED)
/* 2.5.6 FileFsObjectIdInformation */
#define FSCC_FS_OBJECT_ID(F, V, s) \
	F(s, GUID, object_id,        HOST) \
	F(s, B48,  extended_info,    HOST)
/* 2.5.7 FileFsSectorSizeInformation */
#define FSCC_FS_SECTOR_SIZE(F, V, s) \
	F(s, U32,  logical_bytes_per_sector,                       HOST) \
	F(s, U32,  physical_bytes_per_sector_for_atomicity,        HOST) \
	F(s, U32,  physical_bytes_per_sector_for_performance,      HOST) \
	F(s, U32,  effective_physical_bytes_per_sector_for_atomicity, HOST) \
	F(s, U32,  flags,                                          HOST) \
	F(s, U32,  byte_offset_for_sector_alignment,               HOST) \
	F(s, U32,  byte_offset_for_partition_alignment,            HOST)

#define FSCC_DIR_STRUCTS(S) \
	S(fscc_dir,                   FSCC_DIR,                  "MS-FSCC 2.4.10", OWN) \
	S(fscc_full_dir,              FSCC_FULL_DIR,             "MS-FSCC 2.4.15", OWN) \
	S(fscc_both_dir,              FSCC_BOTH_DIR,             "MS-FSCC 2.4.8",  OWN) \
	S(fscc_names,                 FSCC_NAMES,                "MS-FSCC 2.4.33", OWN) \
	S(fscc_id_full_dir,           FSCC_ID_FULL_DIR,          "MS-FSCC 2.4.24", OWN) \
	S(fscc_id_both_dir,           FSCC_ID_BOTH_DIR,          "MS-FSCC 2.4.22", OWN) \
	S(fscc_id_global_tx_dir,      FSCC_ID_GLOBAL_TX_DIR,     "MS-FSCC 2.4.25", OWN) \
	S(fscc_id_extd_dir,           FSCC_ID_EXTD_DIR,          "MS-FSCC 2.4.23", OWN) \
	S(fscc_id_extd_both_dir,      FSCC_ID_EXTD_BOTH_DIR,     "MS-FSCC 2.4",    OWN) \
	S(fscc_id_64_extd_dir,        FSCC_ID_64_EXTD_DIR,       "MS-FSCC 2.4.19", OWN) \
	S(fscc_id_64_extd_both_dir,   FSCC_ID_64_EXTD_BOTH_DIR,  "MS-FSCC 2.4.18", OWN) \
	S(fscc_id_all_extd_dir,       FSCC_ID_ALL_EXTD_DIR,      "MS-FSCC 2.4.21", OWN) \
	S(fscc_id_all_extd_both_dir,  FSCC_ID_ALL_EXTD_BOTH_DIR, "MS-FSCC 2.4.20", OWN) \
	S(fscc_dir_list,              FSCC_DIR_LIST,             "MS-FSCC 2.4.10", OWN) \
	S(fscc_full_dir_list,         FSCC_FULL_DIR_LIST,        "MS-FSCC 2.4.15", OWN) \
	S(fscc_both_dir_list,         FSCC_BOTH_DIR_LIST,        "MS-FSCC 2.4.8",  OWN) \
	S(fscc_names_list,            FSCC_NAMES_LIST,           "MS-FSCC 2.4.33", OWN) \
	S(fscc_id_full_dir_list,      FSCC_ID_FULL_DIR_LIST,     "MS-FSCC 2.4.24", OWN) \
	S(fscc_id_both_dir_list,      FSCC_ID_BOTH_DIR_LIST,     "MS-FSCC 2.4.22", OWN) \
	S(fscc_id_global_tx_dir_list, FSCC_ID_TX_DIR_LIST,       "MS-FSCC 2.4.25", OWN) \
	S(fscc_id_extd_dir_list,      FSCC_ID_EXTD_LIST,         "MS-FSCC 2.4.23", OWN) \
	S(fscc_id_extd_both_dir_list, FSCC_ID_EXTD_BOTH_LIST,    "MS-FSCC 2.4",    OWN) \
	S(fscc_id_64_extd_dir_list,   FSCC_ID_64_EXTD_LIST,      "MS-FSCC 2.4.19", OWN) \
	S(fscc_id_64_extd_both_dir_list, FSCC_ID_64_BOTH_LIST,   "MS-FSCC 2.4.18", OWN) \
	S(fscc_id_all_extd_dir_list,  FSCC_ID_ALL_EXTD_LIST,     "MS-FSCC 2.4.21", OWN) \
	S(fscc_id_all_extd_both_dir_list, FSCC_ID_ALL_BOTH_LIST, "MS-FSCC 2.4.20", OWN)

#define FSCC_FILE_STRUCTS(S) \
	S(fscc_basic,            FSCC_BASIC,           "MS-FSCC 2.4.7",    OWN) \
	S(fscc_standard,         FSCC_STANDARD,        "MS-FSCC 2.4.47",   OWN) \
	S(fscc_internal,         FSCC_INTERNAL,        "MS-FSCC 2.4.27",   OWN) \
	S(fscc_ea_size,          FSCC_EA_SIZE,         "MS-FSCC 2.4.13",   OWN) \
	S(fscc_access,           FSCC_ACCESS,          "MS-FSCC 2.4.1",    OWN) \
	S(fscc_name,             FSCC_NAME,            "MS-FSCC 2.4.32",   OWN) \
	S(fscc_alternate_name,   FSCC_ALTERNATE_NAME,  "MS-FSCC 2.4.5",    OWN) \
	S(fscc_rename,           FSCC_RENAME,          "MS-FSCC 2.4.42",   OWN) \
	S(fscc_rename_ex,        FSCC_RENAME_EX,       "MS-FSCC 2.4.43",   OWN) \
	S(fscc_disposition,      FSCC_DISPOSITION,     "MS-FSCC 2.4.11",   OWN) \
	S(fscc_disposition_ex,   FSCC_DISPOSITION_EX,  "MS-FSCC 2.4.12",   OWN) \
	S(fscc_position,         FSCC_POSITION,        "MS-FSCC 2.4.40",   OWN) \
	S(fscc_mode,             FSCC_MODE,            "MS-FSCC 2.4.31",   OWN) \
	S(fscc_alignment,        FSCC_ALIGNMENT,       "MS-FSCC 2.4.3",    OWN) \
	S(fscc_all,              FSCC_ALL,             "MS-FSCC 2.4.2",    OWN) \
	S(fscc_allocation,       FSCC_ALLOCATION,      "MS-FSCC 2.4.4",    OWN) \
	S(fscc_end_of_file,      FSCC_END_OF_FILE,     "MS-FSCC 2.4.14",   OWN) \
	S(fscc_valid_data_length, FSCC_VALID_DATA,     "MS-FSCC 2.4.50",   OWN) \
	S(fscc_stream,           FSCC_STREAM,          "MS-FSCC 2.4.49",   OWN) \
	S(fscc_stream_list,      FSCC_STREAM_LIST,     "MS-FSCC 2.4.49",   OWN) \
	S(fscc_pipe,             FSCC_PIPE,            "MS-FSCC 2.4.37",   OWN) \
	S(fscc_pipe_local,       FSCC_PIPE_LOCAL,      "MS-FSCC 2.4.38",   OWN) \
	S(fscc_pipe_remote,      FSCC_PIPE_REMOTE,     "MS-FSCC 2.4.39",   OWN) \
	S(fscc_compression,      FSCC_COMPRESSION,     "MS-FSCC 2.4.9",    OWN) \
	S(fscc_network_open,     FSCC_NETWORK_OPEN,    "MS-FSCC 2.4.34",   OWN) \
	S(fscc_attribute_tag,    FSCC_ATTRIBUTE_TAG,   "MS-FSCC 2.4.6",    OWN) \
	S(fscc_id,               FSCC_ID,              "MS-FSCC 2.4.26",   OWN) \
	S(fscc_full_ea_list,     FSCC_FULL_EA_LIST,    "MS-FSCC 2.4.16",   OWN) \
	S(fscc_get_ea,           FSCC_GET_EA,          "MS-FSCC 2.4.16.1", OWN) \
	S(fscc_get_ea_list,      FSCC_GET_EA_LIST,     "MS-FSCC 2.4.16.1", OWN) \
	S(fscc_notify,           FSCC_NOTIFY,          "MS-FSCC 2.7.1",    OWN) \
	S(fscc_notify_list,      FSCC_NOTIFY_LIST,     "MS-FSCC 2.7.1",    OWN) \
	S(fscc_quota,            FSCC_QUOTA,           "MS-FSCC 2.4.41",   OWN) \
	S(fscc_quota_list,       FSCC_QUOTA_LIST,      "MS-FSCC 2.4.41",   OWN) \
	S(fscc_get_quota,        FSCC_GET_QUOTA,       "MS-FSCC 2.4.41.1", OWN) \
	S(smb2_query_quota,      SMB2_QUERY_QUOTA,     "MS-SMB2 2.2.37.1", OWN)

#define FSCC_FS_STRUCTS(S) \
	S(fscc_fs_volume,        FSCC_FS_VOLUME,       "MS-FSCC 2.5.9",  OWN) \
	S(fscc_fs_label,         FSCC_FS_LABEL,        "MS-FSCC 2.5.5",  OWN) \
	S(fscc_fs_size,          FSCC_FS_SIZE,         "MS-FSCC 2.5.8",  OWN) \
	S(fscc_fs_full_size,     FSCC_FS_FULL_SIZE,    "MS-FSCC 2.5.4",  OWN) \
	S(fscc_fs_device,        FSCC_FS_DEVICE,       "MS-FSCC 2.5.10", OWN) \
	S(fscc_fs_attribute,     FSCC_FS_ATTRIBUTE,    "MS-FSCC 2.5.1",  OWN) \
	S(fscc_fs_control,       FSCC_FS_CONTROL,      "MS-FSCC 2.5.2",  OWN) \
	S(fscc_fs_object_id,     FSCC_FS_OBJECT_ID,    "MS-FSCC 2.5.6",  OWN) \
	S(fscc_fs_sector_size,   FSCC_FS_SECTOR_SIZE,  "MS-FSCC 2.5.7",  OWN)

#define FSCC_INFO_STRUCTS(S) FSCC_DIR_STRUCTS(S) FSCC_FILE_STRUCTS(S) FSCC_FS_STRUCTS(S)

/*
 * The keys are what a request asks for or sets (smb2_asked): FILE(class), FS(class), SECURITY,
 * QUOTA, CHANGES.
 */
#define FSCC_INFO_SELECTS(X) \
	X(INFO_IN,  REQUEST,  FILE(15),  fscc_get_ea_list) \
	X(INFO_IN,  REQUEST,  QUOTA,     smb2_query_quota) \
	X(INFO_OUT, RESPONSE, FILE(1),   fscc_dir_list) \
	X(INFO_OUT, RESPONSE, FILE(2),   fscc_full_dir_list) \
	X(INFO_OUT, RESPONSE, FILE(3),   fscc_both_dir_list) \
	X(INFO_OUT, RESPONSE, FILE(4),   fscc_basic) \
	X(INFO_OUT, RESPONSE, FILE(5),   fscc_standard) \
	X(INFO_OUT, RESPONSE, FILE(6),   fscc_internal) \
	X(INFO_OUT, RESPONSE, FILE(7),   fscc_ea_size) \
	X(INFO_OUT, RESPONSE, FILE(8),   fscc_access) \
	X(INFO_OUT, RESPONSE, FILE(9),   fscc_name) \
	X(INFO_OUT, RESPONSE, FILE(12),  fscc_names_list) \
	X(INFO_OUT, RESPONSE, FILE(14),  fscc_position) \
	X(INFO_OUT, RESPONSE, FILE(15),  fscc_full_ea_list) \
	X(INFO_OUT, RESPONSE, FILE(16),  fscc_mode) \
	X(INFO_OUT, RESPONSE, FILE(17),  fscc_alignment) \
	X(INFO_OUT, RESPONSE, FILE(18),  fscc_all) \
	X(INFO_OUT, RESPONSE, FILE(21),  fscc_alternate_name) \
	X(INFO_OUT, RESPONSE, FILE(22),  fscc_stream_list) \
	X(INFO_OUT, RESPONSE, FILE(23),  fscc_pipe) \
	X(INFO_OUT, RESPONSE, FILE(24),  fscc_pipe_local) \
	X(INFO_OUT, RESPONSE, FILE(25),  fscc_pipe_remote) \
	X(INFO_OUT, RESPONSE, FILE(28),  fscc_compression) \
	X(INFO_OUT, RESPONSE, FILE(34),  fscc_network_open) \
	X(INFO_OUT, RESPONSE, FILE(35),  fscc_attribute_tag) \
	X(INFO_OUT, RESPONSE, FILE(37),  fscc_id_both_dir_list) \
	X(INFO_OUT, RESPONSE, FILE(38),  fscc_id_full_dir_list) \
	X(INFO_OUT, RESPONSE, FILE(48),  fscc_name) \
	X(INFO_OUT, RESPONSE, FILE(50),  fscc_id_global_tx_dir_list) \
	X(INFO_OUT, RESPONSE, FILE(59),  fscc_id) \
	X(INFO_OUT, RESPONSE, FILE(60),  fscc_id_extd_dir_list) \
	X(INFO_OUT, RESPONSE, FILE(63),  fscc_id_extd_both_dir_list) \
	X(INFO_OUT, RESPONSE, FILE(78),  fscc_id_64_extd_dir_list) \
	X(INFO_OUT, RESPONSE, FILE(79),  fscc_id_64_extd_both_dir_list) \
	X(INFO_OUT, RESPONSE, FILE(80),  fscc_id_all_extd_dir_list) \
	X(INFO_OUT, RESPONSE, FILE(81),  fscc_id_all_extd_both_dir_list) \
	X(INFO_OUT, RESPONSE, FS(1),     fscc_fs_volume) \
	X(INFO_OUT, RESPONSE, FS(3),     fscc_fs_size) \
	X(INFO_OUT, RESPONSE, FS(4),     fscc_fs_device) \
	X(INFO_OUT, RESPONSE, FS(5),     fscc_fs_attribute) \
	X(INFO_OUT, RESPONSE, FS(6),     fscc_fs_control) \
	X(INFO_OUT, RESPONSE, FS(7),     fscc_fs_full_size) \
	X(INFO_OUT, RESPONSE, FS(8),     fscc_fs_object_id) \
	X(INFO_OUT, RESPONSE, FS(11),    fscc_fs_sector_size) \
	X(INFO_OUT, RESPONSE, SECURITY,  dtyp_security_descriptor) \
	X(INFO_OUT, RESPONSE, QUOTA,     fscc_quota_list) \
	X(INFO_OUT, RESPONSE, CHANGES,   fscc_notify_list) \
	X(INFO_SET, REQUEST,  FILE(4),   fscc_basic) \
	X(INFO_SET, REQUEST,  FILE(10),  fscc_rename) \
	X(INFO_SET, REQUEST,  FILE(11),  fscc_rename) \
	X(INFO_SET, REQUEST,  FILE(13),  fscc_disposition) \
	X(INFO_SET, REQUEST,  FILE(14),  fscc_position) \
	X(INFO_SET, REQUEST,  FILE(15),  fscc_full_ea_list) \
	X(INFO_SET, REQUEST,  FILE(16),  fscc_mode) \
	X(INFO_SET, REQUEST,  FILE(19),  fscc_allocation) \
	X(INFO_SET, REQUEST,  FILE(20),  fscc_end_of_file) \
	X(INFO_SET, REQUEST,  FILE(23),  fscc_pipe) \
	X(INFO_SET, REQUEST,  FILE(39),  fscc_valid_data_length) \
	X(INFO_SET, REQUEST,  FILE(40),  fscc_name) \
	X(INFO_SET, REQUEST,  FILE(64),  fscc_disposition_ex) \
	X(INFO_SET, REQUEST,  FILE(65),  fscc_rename_ex) \
	X(INFO_SET, REQUEST,  FILE(72),  fscc_rename_ex) \
	X(INFO_SET, REQUEST,  FS(2),     fscc_fs_label) \
	X(INFO_SET, REQUEST,  FS(6),     fscc_fs_control) \
	X(INFO_SET, REQUEST,  FS(8),     fscc_fs_object_id) \
	X(INFO_SET, REQUEST,  SECURITY,  dtyp_security_descriptor) \
	X(INFO_SET, REQUEST,  QUOTA,     fscc_quota_list)

// clang-format on

#endif
