/* Golden vectors of the structures in smb2_def_misc.h, in the form of struct vector (tests/vectors.h). */
// clang-format off
	{"smb2_resume_key_resp", 0,
	 "own capture of smbtorture smb2.ioctl.req_resume_key, frame 23",
	 "442571c500000000c5a80e570000000078001400000000000000000000000000",
	 "resume_key=442571c500000000c5a80e57000000007800140000000000 context_length=0x0 context@-"},
	{"smb2_copychunk_req", 0,
	 "captures/bugs/b15644_copychunk.new-4.22.11.pcap, frame 18",
	 "6465616462656566646561646265656664656164626565660100000000000000000000000000000000000000"
	 "000000000010000000000000",
	 "source_key=646561646265656664656164626565666465616462656566 chunk_count=0x1 reserved=0x0 "
	 "chunks@32+24"},
	{"smb2_srv_copychunk", 0,
	 "captures/bugs/b15644_copychunk.new-4.22.11.pcap, frame 18",
	 "000000000000000000000000000000000010000000000000",
	 "source_offset=0x0 target_offset=0x0 length=0x1000 reserved=0x0"},
	{"smb2_copychunk_resp", 0,
	 "captures/bugs/b15644_copychunk.new-4.22.11.pcap, frame 19",
	 "000000000000000000000000",
	 "chunks_written=0x0 chunk_bytes_written=0x0 total_bytes_written=0x0"},
	{"smb2_validate_negotiate_req", 0,
	 "tests/captures/smbclient-302-get.pcap, frame 14",
	 "7f0000006784ea70dcf1ad4094957087e8122f30010001000203",
	 "capabilities=0x7f guid=6784ea70dcf1ad4094957087e8122f30 security_mode=0x1 "
	 "dialect_count=0x1 dialects@24+2"},
	{"smb2_validate_negotiate_resp", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 25",
	 "66000000294ff0988cbf5482abbade7ef764c3d303000203",
	 "capabilities=0x66 guid=294ff0988cbf5482abbade7ef764c3d3 security_mode=0x3 dialect=0x302"},
	{"smb2_lmr_resiliency_req", 0,
	 "built by hand from MS-SMB2 2.2.31.3",
	 "60ea000000000000",
	 "timeout=0xea60 reserved=0x0"},
	{"smb2_duplicate_extents_req", 0,
	 "built by hand from MS-FSCC 2.3.7.2",
	 "404142434445464748494a4b4c4d4e4f000001000000000000000200000000000000030000000000",
	 "source_file_id=404142434445464748494a4b4c4d4e4f source_file_offset=0x10000 "
	 "target_file_offset=0x20000 byte_count=0x30000"},
	{"smb2_duplicate_extents_ex_req", 0,
	 "built by hand from MS-FSCC 2.3.9.2",
	 "3000000000000000404142434445464748494a4b4c4d4e4f0000010000000000000002000000000000000300"
	 "000000000100000000000000",
	 "structure_size=0x30 source_file_id=404142434445464748494a4b4c4d4e4f "
	 "source_file_offset=0x10000 target_file_offset=0x20000 byte_count=0x30000 flags=0x1 "
	 "reserved=0x0"},
	{"smb2_transform", 0,
	 "captures/samr-lab__acl_2.1_local_groups.pcapng, frame 504",
	 "fd534d425f503d0767db748b9200ab7a65e0b26c626972717a4b596f4a4d5700000000004400000000000100"
	 "090000640028000043ca6d5c7ba9f56f2e9661ce49607507f5ab8567460eb5591f94baf3faebafa35f4f5e10"
	 "c599a9595aaa581f3fd5adc69c7568f0b79b8aaeebb8f7acec03d91dcaaf659e",
	 "protocol_id=fd534d42 signature=5f503d0767db748b9200ab7a65e0b26c "
	 "nonce=626972717a4b596f4a4d570000000000 original_message_size=0x44 reserved=0x0 flags=0x1 "
	 "session_id=0x280064000009 sealed@52+68"},
	{"smb2_compressed", 0,
	 "captures/wireshark__smb311-lz77-lz77huff-lznt1.pcap.gz, frame 1",
	 "fc534d42501000000200000000000000b0828800fe534d4240000100010008000a4c000000068a000000fffe"
	 "009a006d790010a40037001111005000ffffff5f00bf006107000ffffc0f",
	 "protocol_id=fc534d42 original_compressed_segment_size=0x1050 compression_algorithm=0x2 "
	 "flags=0x0 offset=0x0 uncompressed@- compressed@16+58"},
	{"smb2_compressed_chain", 0,
	 "built by hand from MS-SMB2 2.2.42.2: LZ77, a pattern, plain bytes",
	 "fc534d4265100000020001001400000060000000707172737475767778797a7b7c7d7e7f0400000008000000"
	 "41000000001000000000000005000000706c61696e",
	 "protocol_id=fc534d42 original_compressed_segment_size=0x1065 payloads@8+57"},
	{"smb2_compression_payload", 0,
	 "built by hand from MS-SMB2 2.2.42.2.1",
	 "04000000080000004100000000100000",
	 "compression_algorithm=0x4 flags=0x0 length=0x8 payload@8+8"},
	{"smb2_compression_lz", 0,
	 "built by hand from MS-SMB2 2.2.42.2.1",
	 "60000000707172737475767778797a7b7c7d7e7f",
	 "original_payload_size=0x60 compressed@4+16"},
	{"smb2_compression_pattern_v1", 0,
	 "built by hand from MS-SMB2 2.2.42.2.2",
	 "4100000000100000",
	 "pattern=0x41 reserved1=0x0 reserved2=0x0 repetitions=0x1000"},
	{"nbss_header", 0,
	 "captures/samr-lab__python.exe_crackmapexec_users.pcapng, frame 89",
	 "81000044",
	 "type=0x81 length=0x44"},
	{"nbss_session_request", 0,
	 "captures/samr-lab__python.exe_crackmapexec_users.pcapng, frame 89",
	 "81000044204442444a4443434f444244474449434f44424443434f4442444243414341434100204546454f46"
	 "46454e434e4647454e43414341434143414341434143414341414100",
	 "type=0x81 length=0x44 called_name@4+34 calling_name@38+34"},
	{"nbss_negative_response", 0,
	 "built by hand from RFC 1002 4.3.4",
	 "8300000182",
	 "type=0x83 length=0x1 error_code=0x82"},
	{"nbss_retarget_response", 0,
	 "built by hand from RFC 1002 4.3.5",
	 "840000067f000001008b",
	 "type=0x84 length=0x6 retarget_ip_address=0x7f000001 port=0x8b"},
	{"smb1_header", 0,
	 "captures/suricata-verify__smb-filename.pcap, frame 195",
	 "ff534d42a0020005009805080000ba59ac6826763de200000108c00a0008413e000000",
	 "protocol_id=ff534d42 command=0xa0 status=0x50002 flags=0x98 flags2=0x805 pid_high=0x0 "
	 "security_features=ba59ac6826763de2 reserved=0x0 tid=0x801 pid_low=0xac0 uid=0x800 "
	 "mid=0x3e41"},
	{"smb1_negotiate_req", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 4",
	 "ff534d4272000000000801c8000000000000000000000000ffff0100ffff0000002200024e54204c4d20302e"
	 "31320002534d4220322e3030320002534d4220322e3f3f3f00",
	 "protocol_id=ff534d42 command=0x72 status=0x0 flags=0x8 flags2=0xc801 pid_high=0x0 "
	 "security_features=0000000000000000 reserved=0x0 tid=0xffff pid_low=0x1 uid=0xffff "
	 "mid=0x0 word_count=0x0 byte_count=0x22 dialects@35+34"},
	{"smb1_dialect", 0,
	 "captures/zeek__smb3_negotiate_context.pcap, frame 8",
	 "0253616d626100",
	 "buffer_format=0x2 dialect_string@1+6"},
// clang-format on
