/* Golden vectors of the structures in smb2_def_ctx.h, in the form of struct vector (tests/vectors.h). */
// clang-format off
	{"smb2_create_context", 0,
	 "captures/malcolm__KRB5.pcap, frame 82",
	 "200000001000040000001800080000004d7841630000000000000000ff011f00",
	 "next=0x20 name_offset=0x10 name_length=0x4 reserved=0x0 data_offset=0x18 data_length=0x8 "
	 "name@16+4 data@24+8"},
	{"smb2_ctx_exta", 0,
	 "own capture of smbtorture smb2.scan.getinfo, frame 16",
	 "140000000005060045414f4e450056414c55453100000000000808005345434f4e4445410056616c75655477"
	 "6f000000",
	 "extended_attributes@0+48"},
	{"smb2_ea", 0,
	 "own capture of smbtorture smb2.scan.getinfo, frame 16",
	 "140000000005060045414f4e450056414c554531",
	 "next=0x14 flags=0x0 ea_name_length=0x5 ea_value_length=0x6 ea_name@8+6 ea_value@14+6"},
	{"smb2_ctx_secd", 0,
	 "own capture of smbtorture smb2.create.nulldacl, frame 16",
	 "0100008000000000000000000000000000000000",
	 "security_descriptor@0+20"},
	{"smb2_ctx_dhnq_req", 0,
	 "captures/malcolm__KRB5.pcap, frame 81",
	 "00000000000000000000000000000000",
	 "durable_request=00000000000000000000000000000000"},
	{"smb2_ctx_dhnq_resp", 0,
	 "captures/suricata-verify__smb2-09-trunc-file-logging.pcap, frame 37",
	 "0000000000000000",
	 "reserved=0x0"},
	{"smb2_ctx_dhnc_req", 0,
	 "own capture of smbtorture smb2.durable-open.reopen1, frame 18",
	 "a8fa279e0000000080dcb3d600000000",
	 "file_id=a8fa279e0000000080dcb3d600000000"},
	{"smb2_ctx_mxac_req", 0,
	 "built by hand from MS-SMB2 2.2.13.2.5",
	 "f5d4c3b2a1e4d501",
	 "timestamp=0x1d5e4a1b2c3d4f5"},
	{"smb2_ctx_mxac_resp", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 81",
	 "220000c00e000000",
	 "query_status=0xc0000022 maximal_access=0xe"},
	{"smb2_ctx_alsi", 0,
	 "captures/otrf__empire_shell_dcerpc_smb_service_dll_hijack_2020-09-21232839.cap, frame 510",
	 "006e020000000000",
	 "allocation_size=0x26e00"},
	{"smb2_ctx_twrp", 0,
	 "own capture of smbtorture smb2.create.blob, frame 32",
	 "1027000000000000",
	 "timestamp=0x2710"},
	{"smb2_ctx_qfid_resp", 0,
	 "captures/malcolm__KRB5.pcap, frame 82",
	 "8000000000000000080800000000000000000000000000000000000000000000",
	 "disk_file_id=0x80 volume_id=0x808 reserved=00000000000000000000000000000000"},
	{"smb2_ctx_rqls", 0,
	 "captures/malcolm__KRB5.pcap, frame 101",
	 "007bf617a0f8ffff3b1018010000000007000000000000000000000000000000",
	 "lease_key=007bf617a0f8ffff3b10180100000000 lease_state=0x7 lease_flags=0x0 "
	 "lease_duration=0x0"},
	{"smb2_ctx_rqls_v2", 0,
	 "captures/otrf__empire_msbuild_dcerpc_wmi_smb_WORKSTATION6_2020-09-20173857.cap, frame 251",
	 "1090c1aa87e1ffffb70200000000000007000000040000000000000000000000a0d573a887e1ffffb8020000"
	 "0000000001000000",
	 "lease_key=1090c1aa87e1ffffb702000000000000 lease_state=0x7 lease_flags=0x4 "
	 "lease_duration=0x0 parent_lease_key=a0d573a887e1ffffb802000000000000 epoch=0x1 "
	 "reserved=0x0"},
	{"smb2_ctx_dh2q_req", 0,
	 "captures/bugs/b15651_two_rh.new-4.22.11.pcap, frame 48",
	 "60ea0000000000000000000000000000492883b340b44a528f183e191280191f",
	 "timeout=0xea60 flags=0x0 reserved=0000000000000000 "
	 "create_guid=492883b340b44a528f183e191280191f"},
	{"smb2_ctx_dh2q_resp", 0,
	 "captures/otrf__empire_msbuild_dcerpc_wmi_smb_WORKSTATION6_2020-09-20173857.cap, frame 251",
	 "20bf020000000000",
	 "timeout=0x2bf20 flags=0x0"},
	{"smb2_ctx_dh2c_req", 0,
	 "captures/bugs/b15624_failed_reconnect.new-4.22.11.pcap, frame 56",
	 "b3fbf00c0000000032d3ab720000000073383f63e7664b068ba312a1ca9157fb00000000",
	 "file_id=b3fbf00c0000000032d3ab7200000000 create_guid=73383f63e7664b068ba312a1ca9157fb "
	 "flags=0x0"},
	{"smb2_ctx_app_instance_id", 0,
	 "own capture of smbtorture smb2.durable-v2-open.app-instance, frame 29",
	 "14000000e582732b2b541b499a3698d8e5594316",
	 "structure_size=0x14 reserved=0x0 app_instance_id=e582732b2b541b499a3698d8e5594316"},
	{"smb2_ctx_app_instance_version", 0,
	 "built by hand from MS-SMB2 2.2.13.2.15",
	 "180000000000000018171615141312112827262524232221",
	 "structure_size=0x18 reserved=0x0 padding=0x0 "
	 "app_instance_version_high=0x1112131415161718 app_instance_version_low=0x2122232425262728"},
	{"smb2_ctx_svhdx", 0,
	 "built by hand from MS-RSVD 2.2.4.12",
	 "0100000001000000303132333435363738393a3b3c3d3e3f0500000004000000383736353433323108006800"
	 "6f00730074000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "000000000000000000000000000000000000000000000000000000000000000000000000",
	 "version=0x1 has_initiator_id=0x1 reserved=000000 "
	 "initiator_id=303132333435363738393a3b3c3d3e3f flags=0x5 originator_flags=0x4 "
	 "open_request_id=0x3132333435363738 initiator_host_name_length=0x8 "
	 "initiator_host_name=68006f00730074000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "00000000"},
	{"smb2_ctx_svhdx_v2", 0,
	 "built by hand from MS-RSVD 2.2.4.32",
	 "0200000001000000303132333435363738393a3b3c3d3e3f0500000004000000383736353433323108006800"
	 "6f00730074000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000100000001020000"
	 "00020000001000000000000040000000",
	 "version=0x2 has_initiator_id=0x1 reserved=000000 "
	 "initiator_id=303132333435363738393a3b3c3d3e3f flags=0x5 originator_flags=0x4 "
	 "open_request_id=0x3132333435363738 initiator_host_name_length=0x8 "
	 "initiator_host_name=68006f00730074000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	 "00000000 virtual_disk_properties_initialized=0x1 server_service_version=0x201 "
	 "virtual_sector_size=0x200 physical_sector_size=0x1000 virtual_size=0x4000000000"},
	{"smb2_ctx_aapl", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 108",
	 "0200000000000000fde0d90200000000",
	 "command_code=0x2 reserved=0x0 data@8+8"},
	{"smb2_aapl_query_req", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 28",
	 "07000000000000003f00000000000000",
	 "request_bitmap=0x7 client_caps=0x3f"},
	{"smb2_aapl_query_resp", 0,
	 "built by hand: a reply with server capabilities only, as vfs_fruit orders them",
	 "01000000000000002500000000000000",
	 "reply_bitmap=0x1 replies@8+8"},
	{"smb2_aapl_query_full_resp", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 29",
	 "07000000000000001f000000000000000500000000000000000000001c0000004d006100630042006f006f00"
	 "6b00500072006f00310036002c00310000000000",
	 "reply_bitmap=0x7 server_caps=0x1f volume_caps=0x5 reserved=0x0 model_length=0x1c "
	 "model@32+28"},
	{"smb2_aapl_resolve_req", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 108",
	 "fde0d90200000000",
	 "catalog_id=0x2d9e0fd"},
	{"smb2_aapl_resolve_resp", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 111",
	 "000000001000000074006f0074006f002e00740078007400",
	 "query_status=0x0 path_length=0x10 path@8+16"},
	{"smb2_ctx_posix_req", 0,
	 "built by hand from POSIX-SMB2 2.2.13.2.16",
	 "a4810000",
	 "mode=0x81a4"},
	{"smb2_ctx_posix_resp", 0,
	 "built by hand from POSIX-SMB2 2.2.14.2.16",
	 "0200000000000000a4010000010200000000001601000000e8030000010200000000001601000000e8030000",
	 "number_of_links=0x2 reparse_tag=0x0 mode=0x1a4 owner@12+16 group@28+16"},
	{"smb2_negotiate_context", 0,
	 "captures/ntlmrawunhide__capture.cap, frame 33",
	 "020004000000000001000100",
	 "context_type=0x2 data_length=0x4 reserved=0x0 data@8+4"},
	{"smb2_neg_preauth", 0,
	 "captures/ntlmrawunhide__capture.cap, frame 32",
	 "0100200001009806fd041abdb6792dfd116253b0d38fc6b824f57b9d3d30f863ad4bf7676ba9",
	 "hash_algorithm_count=0x1 salt_length=0x20 hash_algorithms@4+2 salt@6+32"},
	{"smb2_neg_encryption", 0,
	 "captures/ntlmrawunhide__capture.cap, frame 33",
	 "01000100",
	 "cipher_count=0x1 ciphers@2+2"},
	{"smb2_neg_compression", 0,
	 "captures/zeek__SMBGhost.pcap, frame 4",
	 "01000000010000000100",
	 "compression_algorithm_count=0x1 padding=0x0 flags=0x1 compression_algorithms@8+2"},
	{"smb2_neg_netname", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 6",
	 "3100320037002e0030002e0030002e003100",
	 "net_name@0+18"},
	{"smb2_neg_transport", 0,
	 "built by hand from MS-SMB2 2.2.3.1.5",
	 "01000000",
	 "flags=0x1"},
	{"smb2_neg_rdma", 0,
	 "captures/samr-lab__net.exe_group__domain.pcapng, frame 6",
	 "020000000000000001000200",
	 "transform_count=0x2 reserved1=0x0 reserved2=0x0 rdma_transform_ids@8+4"},
	{"smb2_neg_signing", 0,
	 "captures/samr-lab__net.exe_group__domain.pcapng, frame 7",
	 "01000200",
	 "signing_algorithm_count=0x1 signing_algorithms@2+2"},
	{"smb2_neg_posix", 0,
	 "captures/wireshark__smb311-aes-128-gcm.pcap.gz, frame 1",
	 "93ad25509cb411e7b42383de968bcd7c",
	 "posix_guid=93ad25509cb411e7b42383de968bcd7c"},
	{"smb2_tree_connect_context", 0,
	 "built by hand from MS-SMB2 2.2.9.2",
	 "0100240000000000010024001c001d001e001f00200021002200230024002500260027006061626364656667",
	 "context_type=0x1 data_length=0x24 reserved=0x0 data@8+36"},
	{"smb2_tree_remoted_identity", 0,
	 "built by hand from MS-SMB2 2.2.9.2.1",
	 "010024001c001d001e001f00200021002200230024002500260027006061626364656667",
	 "ticket_type=0x1 ticket_size=0x24 user=0x1c user_name=0x1d domain=0x1e groups=0x1f "
	 "restricted_groups=0x20 privileges=0x21 primary_group=0x22 owner=0x23 default_dacl=0x24 "
	 "device_groups=0x25 user_claims=0x26 device_claims=0x27 ticket_info@28+8"},
	{"smb2_error_context", 0,
	 "built by hand from MS-SMB2 2.2.2.1",
	 "52000000535264723000000003000000480000000a000000000000000200000001000000000000007f000001"
	 "0000000000000000000000000200000054535251202122232425262728292a2b2c2d2e2f7300680061007200"
	 "6500",
	 "error_data_length=0x52 error_id=0x72645253 error_context_data@8+82"},
	{"smb2_error_required_length", 0,
	 "built by hand from MS-SMB2 2.2.2.2",
	 "45230100",
	 "required_length=0x12345"},
	{"smb2_symlink_error", 0,
	 "built by hand from MS-SMB2 2.2.2.2.1",
	 "3400000053594d4c0c0000a0280006000000120012000a00010000005c003f003f005c0043003a005c007400"
	 "6f0043003a005c0074006f00",
	 "sym_link_length=0x34 sym_link_error_tag=53594d4c reparse_tag=0xa000000c "
	 "reparse_data_length=0x28 unparsed_path_length=0x6 substitute_name_offset=0x0 "
	 "substitute_name_length=0x12 print_name_offset=0x12 print_name_length=0xa flags=0x1 "
	 "substitute_name@28+18 print_name@46+10"},
	{"smb2_share_redirect_error", 0,
	 "built by hand from MS-SMB2 2.2.2.2.2",
	 "3000000003000000480000000a000000000000000200000001000000000000007f0000010000000000000000"
	 "000000000200000054535251202122232425262728292a2b2c2d2e2f73006800610072006500",
	 "structure_size=0x30 notification_type=0x3 resource_name_offset=0x48 "
	 "resource_name_length=0xa reserved=0x0 target_type=0x0 ip_addr_count=0x2 "
	 "ip_addr_move_list@24+48 resource_name@72+10"},
	{"smb2_move_dst_ipaddr", 0,
	 "built by hand from MS-SMB2 2.2.2.2.2.1",
	 "0200000054535251202122232425262728292a2b2c2d2e2f",
	 "type=0x2 reserved=0x51525354 address=202122232425262728292a2b2c2d2e2f"},
// clang-format on
