/* Golden vectors of the structures in fscc_def_fsctl.h, in the form of struct vector (tests/vectors.h). */
// clang-format off
	{"smb2_snapshots", 0,
	 "built by hand from MS-SMB2 2.2.32.2",
	 "010000000100000034000000400047004d0054002d0032003000320030002e00300039002e00310033002d00"
	 "310032002e00320036002e003400300000000000",
	 "number_of_snapshots=0x1 number_of_snapshots_returned=0x1 snapshot_array_size=0x34 "
	 "snapshots@12+52"},
	{"smb2_read_hash_req", 0,
	 "built by hand from MS-SMB2 2.2.31.2",
	 "010000000200000002000000001000002000000000000000",
	 "hash_type=0x1 hash_version=0x2 hash_retrieval_type=0x2 length=0x1000 offset=0x20"},
	{"smb2_network_interface", 0,
	 "captures/suricata-verify__dcerpc-ctxids.pcap, frame 571",
	 "9800000002000000000000000000000000ca9a3b0000000002000000c0a83865000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000",
	 "next=0x98 if_index=0x2 capability=0x0 reserved=0x0 link_speed=0x3b9aca00 family=0x2 "
	 "sock_addr@26+126"},
	{"smb2_network_interfaces", 0,
	 "captures/samr-lab__net.exe_group__domain.pcapng, frame 16",
	 "000000000c000000010000000000000000e40b540200000002000000c0a80b0b000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000",
	 "interfaces@0+152"},
	{"smb2_sockaddr_in", 0,
	 "captures/suricata-verify__dcerpc-ctxids.pcap, frame 571",
	 "0000c0a838650000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000",
	 "port=0x0 ipv4_address=c0a83865 reserved=0000000000000000 unused@14+112"},
	{"smb2_sockaddr_in6", 0,
	 "captures/suricata-verify__dcerpc-ctxids.pcap, frame 571",
	 "000000000000fe80000000000000d9105d093608b08c00000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000",
	 "port=0x0 flow_info=0x0 ipv6_address=fe80000000000000d9105d093608b08c scope_id=0x0 "
	 "unused@26+100"},
	{"fscc_pipe_peek", 0,
	 "built by hand from MS-FSCC 2.3.46",
	 "030000000400000001000000040000007065656b",
	 "named_pipe_state=0x3 read_data_available=0x4 number_of_messages=0x1 message_length=0x4 "
	 "data@16+4"},
	{"fscc_pipe_wait", 0,
	 "captures/malcolm__KRB5.pcap, frame 118",
	 "0b003a005c0054001000000000004d007300460074006500570064007300",
	 "timeout=0x54005c003a000b name_length=0x10 timeout_specified=0x0 padding=0x0 name@14+16"},
	{"fscc_reparse", 0,
	 "built by hand from MS-FSCC 2.1.2.2",
	 "0c0000a0280000000000120012000a00010000005c003f003f005c0043003a005c0074006f0043003a005c00"
	 "74006f00",
	 "reparse_tag=0xa000000c reparse_data_length=0x28 reserved=0x0 data@8+40"},
	{"fscc_reparse_symlink", 0,
	 "built by hand from MS-FSCC 2.1.2.4",
	 "0000120012000a00010000005c003f003f005c0043003a005c0074006f0043003a005c0074006f00",
	 "substitute_name_offset=0x0 substitute_name_length=0x12 print_name_offset=0x12 "
	 "print_name_length=0xa flags=0x1 substitute_name@12+18 print_name@30+10"},
	{"fscc_reparse_mount_point", 0,
	 "built by hand from MS-FSCC 2.1.2.5",
	 "0c00120000000a0043003a005c0074006f0000005c003f003f005c0043003a005c0074006f000000",
	 "substitute_name_offset=0xc substitute_name_length=0x12 print_name_offset=0x0 "
	 "print_name_length=0xa substitute_name@20+18 print_name@8+10"},
	{"fscc_reparse_nfs", 0,
	 "built by hand from MS-FSCC 2.1.2.6",
	 "4c4e4b0000000000740061007200670065007400",
	 "type=0x4b4e4c data@8+12"},
	{"fscc_set_sparse", 0,
	 "own capture of smbtorture smb2.ioctl, frame 1488",
	 "ff",
	 "set_sparse=0xff"},
	{"fscc_zero_data", 0,
	 "own capture of smbtorture smb2.ioctl, frame 1748",
	 "00000000000000000010000000000000",
	 "file_offset=0x0 beyond_final_zero=0x1000"},
	{"fscc_range", 0,
	 "captures/bugs/b15699_qar.new-4.22.11.pcap, frame 24",
	 "00000000000000000000400000000000",
	 "file_offset=0x0 length=0x400000"},
	{"fscc_allocated_ranges", 0,
	 "captures/bugs/b15699_qar.new-4.22.11.pcap, frame 25",
	 "00000000000000000010000000000000",
	 "ranges@0+16"},
	{"fscc_file_regions_req", 0,
	 "built by hand from MS-FSCC 2.3.55",
	 "001000000000000000200000000000000100000000000000",
	 "file_offset=0x1000 length=0x2000 desired_usage=0x1 reserved=0x0"},
	{"fscc_file_regions_resp", 0,
	 "built by hand from MS-FSCC 2.3.56",
	 "00000000020000000100000000000000001000000000000000200000000000000100000000000000",
	 "flags=0x0 total_region_entry_count=0x2 region_entry_count=0x1 reserved=0x0 "
	 "regions@16+24"},
	{"fscc_region", 0,
	 "built by hand from MS-FSCC 2.3.56.1",
	 "001000000000000000200000000000000100000000000000",
	 "file_offset=0x1000 length=0x2000 desired_usage=0x1 reserved=0x0"},
	{"fscc_trim_req", 0,
	 "built by hand from MS-FSCC 2.3.73",
	 "000000000100000000100000000000000020000000000000",
	 "key=0x0 num_ranges=0x1 ranges@8+16"},
	{"fscc_trim_resp", 0,
	 "built by hand from MS-FSCC 2.3.74",
	 "01000000",
	 "num_ranges_processed=0x1"},
	{"fscc_offload_read_req", 0,
	 "built by hand from MS-FSCC 2.3.41",
	 "2000000000000000307500000000000000100000000000000000100000000000",
	 "size=0x20 flags=0x0 token_time_to_live=0x7530 reserved=0x0 file_offset=0x1000 "
	 "copy_length=0x100000"},
	{"fscc_offload_read_resp", 0,
	 "built by hand from MS-FSCC 2.3.42",
	 "10020000010000000000100000000000ffff0001000001f8000102030405060708090a0b0c0d0e0f10111213"
	 "1415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	 "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b"
	 "6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f9091929394959697"
	 "98999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3"
	 "c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
	 "f0f1f2f3f4f5f6f7f8f9fafb000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	 "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b"
	 "4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f7071727374757677"
	 "78797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3"
	 "a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
	 "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafb",
	 "size=0x210 flags=0x1 transfer_length=0x100000 token@16+512"},
	{"fscc_offload_write_req", 0,
	 "built by hand from MS-FSCC 2.3.43",
	 "2002000000000000001000000000000000001000000000001000000000000000ffff0001000001f800010203"
	 "0405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
	 "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b"
	 "5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f8081828384858687"
	 "88898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3"
	 "b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
	 "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafb000102030405060708090a0b0c0d0e0f"
	 "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b"
	 "3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f6061626364656667"
	 "68696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f90919293"
	 "9495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
	 "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaeb"
	 "ecedeeeff0f1f2f3f4f5f6f7f8f9fafb",
	 "size=0x220 flags=0x0 file_offset=0x1000 copy_length=0x100000 transfer_offset=0x10 "
	 "token@32+512"},
	{"fscc_offload_write_resp", 0,
	 "built by hand from MS-FSCC 2.3.44",
	 "10000000000000000000100000000000",
	 "size=0x10 flags=0x0 length_written=0x100000"},
	{"fscc_offload_token", 0,
	 "built by hand from MS-FSCC 2.1.11",
	 "ffff0001000001f8000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
	 "2425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f"
	 "505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b"
	 "7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7"
	 "a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3"
	 "d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafb00010203"
	 "0405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
	 "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b"
	 "5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f8081828384858687"
	 "88898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3"
	 "b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
	 "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafb",
	 "token_type=0xffff0001 reserved=0x0 token_id_length=0x1f8 token_id@8+504"},
	{"fscc_compression_state", 0,
	 "own capture of smbtorture smb2.ioctl, frame 1411",
	 "0000",
	 "compression_state=0x0"},
	{"fscc_integrity_req", 0,
	 "built by hand from MS-FSCC 2.3.75",
	 "0200000001000000",
	 "checksum_algorithm=0x2 reserved=0x0 flags=0x1"},
	{"fscc_integrity_resp", 0,
	 "built by hand from MS-FSCC 2.3.20",
	 "02000000010000000000010000100000",
	 "checksum_algorithm=0x2 reserved=0x0 flags=0x1 checksum_chunk_size_in_bytes=0x10000 "
	 "cluster_size_in_bytes=0x1000"},
	{"fscc_object_id", 0,
	 "captures/zeek__smb_v2_only_non_zero_reserved1.pcap, frame 107",
	 "58a482cadcc1ef118f92c8db83a0ee652af17cb7430b334bae7e192d4ecb93cf58a482cadcc1ef118f92c8db"
	 "83a0ee6500000000000000000000000000000000",
	 "object_id=58a482cadcc1ef118f92c8db83a0ee65 "
	 "birth_volume_id=2af17cb7430b334bae7e192d4ecb93cf "
	 "birth_object_id=58a482cadcc1ef118f92c8db83a0ee65 "
	 "domain_id=00000000000000000000000000000000"},
	{"fscc_object_id_extended", 0,
	 "built by hand from MS-FSCC 2.3.79",
	 "00112233445566778899aabbccddeeffa0a1a2a3a4a5a6a7a8a9aaabacadaeaf000000000000000000000000"
	 "00000000",
	 "birth_volume_id=00112233445566778899aabbccddeeff "
	 "birth_object_id=a0a1a2a3a4a5a6a7a8a9aaabacadaeaf "
	 "domain_id=00000000000000000000000000000000"},
	{"fscc_mark_handle", 0,
	 "built by hand from MS-FSCC 2.3.39",
	 "010000000000000020000000000000000400000000000000",
	 "usn_source_info=0x1 reserved=0x0 volume_handle=0x20 handle_info=0x4 reserved2=0x0"},
	{"fscc_find_by_sid_req", 0,
	 "built by hand from MS-FSCC 2.3.15",
	 "0100000001020000000000052000000020020000",
	 "restart=0x1 sid@4+16"},
	{"fscc_find_by_sid_resp", 0,
	 "built by hand from MS-FSCC 2.3.16",
	 "0600000061005c006200000000000000020000006300",
	 "names@0+22"},
	{"fscc_snapshot_req", 0,
	 "built by hand from MS-FSCC 2.3.65",
	 "03000000040010000000000000000000000000000000000073003100000102030405060708090a0b0c0d0e0f",
	 "operation=0x3 snapshot_name_length=0x4 operation_input_buffer_length=0x10 "
	 "reserved=00000000000000000000000000000000 snapshot_name@24+4 operation_input@28+16"},
	{"fscc_retrieval_req", 0,
	 "built by hand from MS-FSCC 2.3.33",
	 "0500000000000000",
	 "starting_vcn=0x5"},
	{"fscc_retrieval_resp", 0,
	 "built by hand from MS-FSCC 2.3.34",
	 "02000000000000000500000000000000100000000000000045230100000000002000000000000000ffffffff"
	 "ffffffff",
	 "extent_count=0x2 padding=0x0 starting_vcn=0x5 extents@16+32"},
	{"fscc_retrieval_refcount_resp", 0,
	 "built by hand from MS-FSCC 2.3.36",
	 "01000000000000000500000000000000100000000000000045230100000000000200000000000000",
	 "extent_count=0x1 padding=0x0 starting_vcn=0x5 extents@16+24"},
	{"fscc_extent", 0,
	 "built by hand from MS-FSCC 2.3.34.1",
	 "10000000000000004523010000000000",
	 "next_vcn=0x10 lcn=0x12345"},
	{"fscc_extent_and_refcount", 0,
	 "built by hand from MS-FSCC 2.3.36.1",
	 "100000000000000045230100000000000200000000000000",
	 "next_vcn=0x10 lcn=0x12345 reference_count=0x2 padding=0x0"},
	{"fscc_ntfs_volume_data", 0,
	 "built by hand from MS-FSCC 2.3.22",
	 "8877665544332211ffff3f0000000000ffff0700000000003412000000000000200000000000000000020000"
	 "001000000004000000000000000004000000000000000c0000000000020000000000000040000c0000000000"
	 "40c80c0000000000",
	 "volume_serial_number=0x1122334455667788 number_sectors=0x3fffff total_clusters=0x7ffff "
	 "free_clusters=0x1234 total_reserved=0x20 bytes_per_sector=0x200 "
	 "bytes_per_cluster=0x1000 bytes_per_file_record_segment=0x400 "
	 "clusters_per_file_record_segment=0x0 mft_valid_data_length=0x40000 "
	 "mft_start_lcn=0xc0000 mft2_start_lcn=0x2 mft_zone_start=0xc0040 mft_zone_end=0xcc840"},
	{"fscc_on_disk_volume_info", 0,
	 "built by hand from MS-FSCC 2.3.58",
	 "0300000000000000040000000000000002005000550044004600000000000000000000000000000000000000"
	 "e5d4c3b2a1b0d601e6d4c3b2a1b0d60163000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000061000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "00000000000000000000000000000000000000002a004d006900630072006f0073006f006600740000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "2a00780000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "000000000000000000000000000000000000000000000000",
	 "directory_count=0x3 file_count=0x4 fs_format_maj_version=0x2 "
	 "fs_format_min_version=0x50 "
	 "fs_format_name=550044004600000000000000000000000000000000000000 "
	 "format_time=0x1d6b0a1b2c3d4e5 last_update_time=0x1d6b0a1b2c3d4e6 "
	 "copyright_info=63000000000000000000000000000000000000000000000000000000000000000000000"
	 "00000000000000000000000000000000000000000000000000000000000000000 "
	 "abstract_info=610000000000000000000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000 "
	 "formatting_implementation_info=2a004d006900630072006f0073006f0066007400000000000000000"
	 "000000000000000000000000000000000000000000000000000000000000000000000000000000000 "
	 "last_modifying_implementation_info=2a0078000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000"},
	{"fscc_read_usn_req", 0,
	 "built by hand from MS-FSCC 2.3.61",
	 "02000300",
	 "min_major_version=0x2 max_major_version=0x3"},
	{"fscc_usn_record", 0,
	 "built by hand from MS-FSCC 2.3.62",
	 "4000000002000000341200000000050005000000000005002143000000000000000000000000000002000080"
	 "00000000070100002000000004003c0061006200",
	 "record_length=0x40 major_version=0x2 minor_version=0x0 record@8+56"},
	{"fscc_usn_v2", 0,
	 "built by hand from MS-FSCC 2.3.62.1",
	 "3412000000000500050000000000050021430000000000000000000000000000020000800000000007010000"
	 "2000000004003c0061006200",
	 "file_reference_number=0x5000000001234 parent_file_reference_number=0x5000000000005 "
	 "usn=0x4321 time_stamp=0x0 reason=0x80000002 source_info=0x0 security_id=0x107 "
	 "file_attributes=0x20 file_name_length=0x4 file_name_offset=0x3c file_name@52+4"},
	{"fscc_usn_v3", 0,
	 "built by hand from MS-FSCC 2.3.62.2",
	 "0102030405060708090a0b0c0d0e0f1001f0e0d0c0b0a0908070605040302010214300000000000000000000"
	 "000000000200008000000000070100002000000004004c0061006200",
	 "file_reference_number=0102030405060708090a0b0c0d0e0f10 "
	 "parent_file_reference_number=01f0e0d0c0b0a0908070605040302010 usn=0x4321 "
	 "time_stamp=0x0 reason=0x80000002 source_info=0x0 security_id=0x107 "
	 "file_attributes=0x20 file_name_length=0x4 file_name_offset=0x4c file_name@68+4"},
	{"fscc_usn", 0,
	 "built by hand from MS-FSCC 2.3.88",
	 "2143000000000000",
	 "usn=0x4321"},
	{"dfsc_referrals_req", 0,
	 "captures/suricata-verify__smb-filename.pcap, frame 1491",
	 "03000000",
	 "max_referral_level=0x3 request_file_name@2+2"},
	{"dfsc_referrals_ex_req", 0,
	 "built by hand from MS-DFSC 2.2.3",
	 "04000100160000000a005c0073005c006400610008005300690074006500",
	 "max_referral_level=0x4 request_flags=0x1 request_data_length=0x16 request_data@8+22"},
	{"dfsc_request_data", 0,
	 "built by hand from MS-DFSC 2.2.3.1",
	 "0a005c0073005c006400610008005300690074006500",
	 "request_file_name_length=0xa request_file_name@2+10 site@12+10"},
	{"dfsc_site", 0,
	 "built by hand from MS-DFSC 2.2.3.1",
	 "08005300690074006500",
	 "site_name_length=0x8 site_name@2+8"},
	{"dfsc_referrals_resp", 0,
	 "captures/otrf__covenant_sc_query_dcerpc_smb_svcctl_2020-08-05034820.cap, frame 161",
	 "0000020000000000030012000000020058020000240000000000030012000000020058020000260000000000"
	 "5c005400480045005300480049005200450000005c00740068006500730068006900720065002e006c006f00"
	 "630061006c000000",
	 "path_consumed=0x0 number_of_referrals=0x2 referral_header_flags=0x0 referrals@8+36 "
	 "strings@44+52"},
	{"dfsc_referral", 0,
	 "captures/suricata-verify__smb-filename.pcap, frame 1492",
	 "030012000000020058020000240000000000",
	 "version_number=0x3 size=0x12 server_type=0x0 referral_entry_flags=0x2 entry@8+10"},
	{"dfsc_referral_v1", 0,
	 "built by hand from MS-DFSC 2.2.5.1",
	 "5c0073005c00730068000000",
	 "share_name@0+12"},
	{"dfsc_referral_v2", 0,
	 "built by hand from MS-DFSC 2.2.5.2",
	 "000000002c010000160016002400",
	 "proximity=0x0 time_to_live=0x12c dfs_path_offset=0x16 dfs_alternate_path_offset=0x16 "
	 "network_address_offset=0x24"},
	{"dfsc_referral_v3", 0,
	 "captures/suricata-verify__smb2-09-trunc-file-logging.pcap, frame 31",
	 "5802000022000100460000000000000000000000000000000000",
	 "time_to_live=0x258 dfs_path_offset=0x22 dfs_alternate_path_offset=0x1 "
	 "network_address_offset=0x46 service_site_guid@10+16"},
	{"rsvd_support_resp", 0,
	 "built by hand from MS-RSVD 2.2.3",
	 "0100000002000000",
	 "shared_virtual_disk_support=0x1 shared_virtual_disk_handle_state=0x2"},
	{"rsvd_tunnel", 0,
	 "built by hand from MS-RSVD 2.2.4.11",
	 "011000020000000009000000000000000001020304050607",
	 "operation_code=0x2001001 status=0x0 request_id=0x9 data@16+8"},
	{"sqos_req", 0,
	 "MS-SQOS 4.3, the request",
	 "010100001c000000e4323ab1ade2b25da4f85cd3be9d696e4ef2b404e9b39445adaae327528de54bc64d9e1b"
	 "c0f89f4187858065bcff72840000000000000000000000000000000000000000000000008f01000000000000"
	 "8f01000000000000e03e470200000000e03e47020000000000000000000000000000000000000000",
	 "protocol_version=0x101 reserved=0x0 options=0x1c "
	 "logical_flow_id=e4323ab1ade2b25da4f85cd3be9d696e "
	 "policy_id=4ef2b404e9b39445adaae327528de54b "
	 "initiator_id=c64d9e1bc0f89f4187858065bcff7284 limit=0x0 reservation=0x0 "
	 "initiator_name_offset=0x0 initiator_name_length=0x0 initiator_node_name_offset=0x0 "
	 "initiator_node_name_length=0x0 io_count_increment=0x18f "
	 "normalized_io_count_increment=0x18f latency_increment=0x2473ee0 "
	 "lower_latency_increment=0x2473ee0 initiator_name@- initiator_node_name@-"},
	{"sqos_resp", 0,
	 "built by hand from MS-SQOS 2.2.2.3",
	 "010100000000000000112233445566778899aabbccddeeffa0a1a2a3a4a5a6a7a8a9aaabacadaeaf01020304"
	 "05060708090a0b0c0d0e0f10a00f00000200000064000000000000000a000000000000000020000000000000"
	 "0000000000000000",
	 "protocol_version=0x101 reserved=0x0 options=0x0 "
	 "logical_flow_id=00112233445566778899aabbccddeeff "
	 "policy_id=a0a1a2a3a4a5a6a7a8a9aaabacadaeaf "
	 "initiator_id=0102030405060708090a0b0c0d0e0f10 time_to_live=0xfa0 status=0x2 "
	 "maximum_io_rate=0x64 minimum_io_rate=0xa base_io_size=0x2000 reserved2=0x0"},
// clang-format on
