/* Golden vectors of the structures in fscc_def_info.h, in the form of struct vector
 * (tests/vectors.h). */
// clang-format off
	{"fscc_dir", 0,
	 "own capture of smbtorture smb2.dir, frame 6243",
	 "48000000000000004b2fd1ae9c7add01b2e6f4ae9c7add0134daf4ae9c7add0134daf4ae9c7add0100000000"
	 "00000000000000000000000010000000020000002e00000000000000",
	 "next=0x48 file_index=0x0 creation_time=0x1dd7a9caed12f4b "
	 "last_access_time=0x1dd7a9caef4e6b2 last_write_time=0x1dd7a9caef4da34 "
	 "change_time=0x1dd7a9caef4da34 end_of_file=0x0 allocation_size=0x0 file_attributes=0x10 "
	 "file_name_length=0x2 file_name@64+2"},
	{"fscc_full_dir", 0,
	 "own capture of smbtorture smb2.dir, frame 30828",
	 "00000000000000007c6305b09c7add0163c90bb09c7add0163c90bb09c7add0163c90bb09c7add0100000000"
	 "0000000000000000000000001000000002000000000000002e00",
	 "next=0x0 file_index=0x0 creation_time=0x1dd7a9cb005637c "
	 "last_access_time=0x1dd7a9cb00bc963 last_write_time=0x1dd7a9cb00bc963 "
	 "change_time=0x1dd7a9cb00bc963 end_of_file=0x0 allocation_size=0x0 file_attributes=0x10 "
	 "file_name_length=0x2 ea_size=0x0 file_name@68+2"},
	{"fscc_both_dir", 0,
	 "own capture of smbtorture smb2.dir, frame 419",
	 "00000000000000002a7dbeae9c7add0111acc1ae9c7add0111acc1ae9c7add0111acc1ae9c7add0100000000"
	 "0000000000000000000000001000000002000000000000000000000000000000000000000000000000000000"
	 "0000000000002e00",
	 "next=0x0 file_index=0x0 creation_time=0x1dd7a9caebe7d2a "
	 "last_access_time=0x1dd7a9caec1ac11 last_write_time=0x1dd7a9caec1ac11 "
	 "change_time=0x1dd7a9caec1ac11 end_of_file=0x0 allocation_size=0x0 file_attributes=0x10 "
	 "file_name_length=0x2 ea_size=0x0 short_name_length=0x0 reserved=0x0 "
	 "short_name=000000000000000000000000000000000000000000000000 file_name@94+2"},
	{"fscc_names", 0,
	 "tests/captures/smbtorture-lock.async.pcap, frame 41",
	 "1000000000000000020000002e000000",
	 "next=0x10 file_index=0x0 file_name_length=0x2 file_name@12+2"},
	{"fscc_id_full_dir", 0,
	 "captures/suricata-verify__smb2-peter-minus-p191-p192.pcap, frame 73",
	 "5800000000000000365fc24e59c5d1012a802ad8f4c7d101365fc24e59c5d101365fc24e59c5d10100000000"
	 "0000000000000000000000001000000002000000000000000000000084c91000000000002e00000000000000",
	 "next=0x58 file_index=0x0 creation_time=0x1d1c5594ec25f36 "
	 "last_access_time=0x1d1c7f4d82a802a last_write_time=0x1d1c5594ec25f36 "
	 "change_time=0x1d1c5594ec25f36 end_of_file=0x0 allocation_size=0x0 file_attributes=0x10 "
	 "file_name_length=0x2 ea_size=0x0 reserved=0x0 file_id=0x10c984 file_name@80+2"},
	{"fscc_id_both_dir", 0,
	 "captures/malcolm__KRB5.pcap, frame 146",
	 "000000000000000080db4eca505bce01604d7fee9863ce0180db4eca505bce0180db4eca505bce0100000000"
	 "0000000000000000000000001000000004000000000000000000000000000000000000000000000000000000"
	 "0000000000000000c950ad1a000000002e002e00",
	 "next=0x0 file_index=0x0 creation_time=0x1ce5b50ca4edb80 "
	 "last_access_time=0x1ce6398ee7f4d60 last_write_time=0x1ce5b50ca4edb80 "
	 "change_time=0x1ce5b50ca4edb80 end_of_file=0x0 allocation_size=0x0 file_attributes=0x10 "
	 "file_name_length=0x4 ea_size=0x0 short_name_length=0x0 reserved=0x0 "
	 "short_name=000000000000000000000000000000000000000000000000 reserved2=0x0 "
	 "file_id=0x1aad50c9 file_name@104+4"},
	{"fscc_id_global_tx_dir", 0,
	 "built by hand from MS-FSCC 2.4.24",
	 "0000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000341200000000050000112233445566778899aabbccddeeff"
	 "010000006c006f006e0067002e00740078007400",
	 "next=0x0 file_index=0x7 creation_time=0x1d6b0a1b2c3d4e5 "
	 "last_access_time=0x1d6b0a1b2c3d4e6 last_write_time=0x1d6b0a1b2c3d4e7 "
	 "change_time=0x1d6b0a1b2c3d4e8 end_of_file=0x1234 allocation_size=0x2000 "
	 "file_attributes=0x20 file_name_length=0x10 file_id=0x5000000001234 "
	 "locking_transaction_id=00112233445566778899aabbccddeeff tx_info_flags=0x1 "
	 "file_name@92+16"},
	{"fscc_id_extd_dir", 0,
	 "built by hand from MS-FSCC 2.4.25",
	 "0000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000400000000c0000a00102030405060708090a0b0c0d0e0f10"
	 "6c006f006e0067002e00740078007400",
	 "next=0x0 file_index=0x7 creation_time=0x1d6b0a1b2c3d4e5 "
	 "last_access_time=0x1d6b0a1b2c3d4e6 last_write_time=0x1d6b0a1b2c3d4e7 "
	 "change_time=0x1d6b0a1b2c3d4e8 end_of_file=0x1234 allocation_size=0x2000 "
	 "file_attributes=0x20 file_name_length=0x10 ea_size=0x40 reparse_point_tag=0xa000000c "
	 "file_id=0102030405060708090a0b0c0d0e0f10 file_name@88+16"},
	{"fscc_id_extd_both_dir", 0,
	 "built by hand from MS-FSCC 2.4",
	 "0000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000400000000c0000a00102030405060708090a0b0c0d0e0f10"
	 "0c004c004f004e0047007e0031000000000000000000000000006c006f006e0067002e00740078007400",
	 "next=0x0 file_index=0x7 creation_time=0x1d6b0a1b2c3d4e5 "
	 "last_access_time=0x1d6b0a1b2c3d4e6 last_write_time=0x1d6b0a1b2c3d4e7 "
	 "change_time=0x1d6b0a1b2c3d4e8 end_of_file=0x1234 allocation_size=0x2000 "
	 "file_attributes=0x20 file_name_length=0x10 ea_size=0x40 reparse_point_tag=0xa000000c "
	 "file_id=0102030405060708090a0b0c0d0e0f10 short_name_length=0xc reserved=0x0 "
	 "short_name=4c004f004e0047007e003100000000000000000000000000 file_name@114+16"},
	{"fscc_id_64_extd_dir", 0,
	 "built by hand from MS-FSCC 2.4.18",
	 "0000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000400000000c0000a034120000000005006c006f006e006700"
	 "2e00740078007400",
	 "next=0x0 file_index=0x7 creation_time=0x1d6b0a1b2c3d4e5 "
	 "last_access_time=0x1d6b0a1b2c3d4e6 last_write_time=0x1d6b0a1b2c3d4e7 "
	 "change_time=0x1d6b0a1b2c3d4e8 end_of_file=0x1234 allocation_size=0x2000 "
	 "file_attributes=0x20 file_name_length=0x10 ea_size=0x40 reparse_point_tag=0xa000000c "
	 "file_id=0x5000000001234 file_name@80+16"},
	{"fscc_id_64_extd_both_dir", 0,
	 "built by hand from MS-FSCC 2.4.17",
	 "0000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000400000000c0000a034120000000005000c004c004f004e00"
	 "47007e0031000000000000000000000000006c006f006e0067002e00740078007400",
	 "next=0x0 file_index=0x7 creation_time=0x1d6b0a1b2c3d4e5 "
	 "last_access_time=0x1d6b0a1b2c3d4e6 last_write_time=0x1d6b0a1b2c3d4e7 "
	 "change_time=0x1d6b0a1b2c3d4e8 end_of_file=0x1234 allocation_size=0x2000 "
	 "file_attributes=0x20 file_name_length=0x10 ea_size=0x40 reparse_point_tag=0xa000000c "
	 "file_id=0x5000000001234 short_name_length=0xc reserved=0x0 "
	 "short_name=4c004f004e0047007e003100000000000000000000000000 file_name@106+16"},
	{"fscc_id_all_extd_dir", 0,
	 "built by hand from MS-FSCC 2.4.20",
	 "0000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000400000000c0000a034120000000005000102030405060708"
	 "090a0b0c0d0e0f106c006f006e0067002e00740078007400",
	 "next=0x0 file_index=0x7 creation_time=0x1d6b0a1b2c3d4e5 "
	 "last_access_time=0x1d6b0a1b2c3d4e6 last_write_time=0x1d6b0a1b2c3d4e7 "
	 "change_time=0x1d6b0a1b2c3d4e8 end_of_file=0x1234 allocation_size=0x2000 "
	 "file_attributes=0x20 file_name_length=0x10 ea_size=0x40 reparse_point_tag=0xa000000c "
	 "file_id=0x5000000001234 file_id_128=0102030405060708090a0b0c0d0e0f10 file_name@96+16"},
	{"fscc_id_all_extd_both_dir", 0,
	 "built by hand from MS-FSCC 2.4.19",
	 "0000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000400000000c0000a034120000000005000102030405060708"
	 "090a0b0c0d0e0f100c004c004f004e0047007e0031000000000000000000000000006c006f006e0067002e00"
	 "740078007400",
	 "next=0x0 file_index=0x7 creation_time=0x1d6b0a1b2c3d4e5 "
	 "last_access_time=0x1d6b0a1b2c3d4e6 last_write_time=0x1d6b0a1b2c3d4e7 "
	 "change_time=0x1d6b0a1b2c3d4e8 end_of_file=0x1234 allocation_size=0x2000 "
	 "file_attributes=0x20 file_name_length=0x10 ea_size=0x40 reparse_point_tag=0xa000000c "
	 "file_id=0x5000000001234 file_id_128=0102030405060708090a0b0c0d0e0f10 "
	 "short_name_length=0xc reserved=0x0 "
	 "short_name=4c004f004e0047007e003100000000000000000000000000 file_name@122+16"},
	{"fscc_dir_list", 0,
	 "own capture of smbtorture smb2.dir, frame 6519",
	 "0000000000000000f571f4ae9c7add01f571f4ae9c7add01f571f4ae9c7add01f571f4ae9c7add0100000000"
	 "000000000000000000000000200000001400000074003000300035002d0035002e00740078007400",
	 "entries@0+84"},
	{"fscc_full_dir_list", 0,
	 "own capture of smbtorture smb2.dir, frame 30828",
	 "00000000000000007c6305b09c7add0163c90bb09c7add0163c90bb09c7add0163c90bb09c7add0100000000"
	 "0000000000000000000000001000000002000000000000002e00",
	 "entries@0+70"},
	{"fscc_both_dir_list", 0,
	 "own capture of smbtorture smb2.dir, frame 39491",
	 "600000000000000009281bb09c7add01804184b19c7add01804184b19c7add01804184b19c7add0100000000"
	 "0000000000000000000000001000000002000000000000000000000000000000000000000000000000000000"
	 "0000000000002e0000000000000000006fe71ab09c7add016fe71ab09c7add0109281bb09c7add0109281bb0"
	 "9c7add0100000000000000000000000000000000100000000400000000000000000000000000000000000000"
	 "00000000000000000000000000002e002e00",
	 "entries@0+194"},
	{"fscc_names_list", 0,
	 "tests/captures/smbtorture-notify.close.pcap, frame 33",
	 "1000000000000000020000002e0000000000000000000000040000002e002e00",
	 "entries@0+32"},
	{"fscc_id_full_dir_list", 0,
	 "captures/suricata-verify__smb3-02-midstream.pcap, frame 42",
	 "580000000000000087e601fd9f7cd201e6ea8d94a07cd201e6ea8d94a07cd201e6ea8d94a07cd20100000000"
	 "00000000000000000000000010000000020000000000000000000000162f0000000017002e00000000000000"
	 "580000000000000087e601fd9f7cd201e6ea8d94a07cd201e6ea8d94a07cd201e6ea8d94a07cd20100000000"
	 "0000000000000000000000001000000004000000000000000000000000000000000000002e002e0063007200"
	 "0000000000000000e6ea8d94a07cd201e6ea8d94a07cd20172899294a07cd20172899294a07cd20109000000"
	 "0000000010000000000000002000000016000000000000000000000085db0100000042006300720079007000"
	 "7000700074002e00740078007400",
	 "entries@0+278"},
	{"fscc_id_both_dir_list", 0,
	 "captures/malcolm__KRB5.pcap, frame 146",
	 "700000000000000000be22c6505bce01604d7fee9863ce0100be22c6505bce0100be22c6505bce0100000000"
	 "0000000000000000000000001000000002000000000000000000000000000000000000000000000000000000"
	 "000000000000000039baae08000000002e00000000000000000000000000000080db4eca505bce01604d7fee"
	 "9863ce0180db4eca505bce0180db4eca505bce01000000000000000000000000000000001000000004000000"
	 "0000000000000000000000000000000000000000000000000000000000000000c950ad1a000000002e002e00",
	 "entries@0+220"},
	{"fscc_id_global_tx_dir_list", 0,
	 "built by hand from MS-FSCC 2.4.24",
	 "7000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000341200000000050000112233445566778899aabbccddeeff"
	 "010000006c006f006e0067002e00740078007400000000000000000007000000e5d4c3b2a1b0d601e6d4c3b2"
	 "a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d601341200000000000000200000000000002000000010000000"
	 "341200000000050000112233445566778899aabbccddeeff010000006c006f006e0067002e00740078007400",
	 "entries@0+220"},
	{"fscc_id_extd_dir_list", 0,
	 "built by hand from MS-FSCC 2.4.25",
	 "6800000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000400000000c0000a00102030405060708090a0b0c0d0e0f10"
	 "6c006f006e0067002e007400780074000000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2"
	 "a1b0d601e8d4c3b2a1b0d601341200000000000000200000000000002000000010000000400000000c0000a0"
	 "0102030405060708090a0b0c0d0e0f106c006f006e0067002e00740078007400",
	 "entries@0+208"},
	{"fscc_id_extd_both_dir_list", 0,
	 "built by hand from MS-FSCC 2.4",
	 "8800000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000400000000c0000a00102030405060708090a0b0c0d0e0f10"
	 "0c004c004f004e0047007e0031000000000000000000000000006c006f006e0067002e007400780074000000"
	 "000000000000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d601"
	 "341200000000000000200000000000002000000010000000400000000c0000a00102030405060708090a0b0c"
	 "0d0e0f100c004c004f004e0047007e0031000000000000000000000000006c006f006e0067002e0074007800"
	 "7400",
	 "entries@0+266"},
	{"fscc_id_64_extd_dir_list", 0,
	 "built by hand from MS-FSCC 2.4.18",
	 "6000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000400000000c0000a034120000000005006c006f006e006700"
	 "2e007400780074000000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2"
	 "a1b0d601341200000000000000200000000000002000000010000000400000000c0000a03412000000000500"
	 "6c006f006e0067002e00740078007400",
	 "entries@0+192"},
	{"fscc_id_64_extd_both_dir_list", 0,
	 "built by hand from MS-FSCC 2.4.17",
	 "8000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000400000000c0000a034120000000005000c004c004f004e00"
	 "47007e0031000000000000000000000000006c006f006e0067002e0074007800740000000000000000000000"
	 "07000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d6013412000000000000"
	 "00200000000000002000000010000000400000000c0000a034120000000005000c004c004f004e0047007e00"
	 "31000000000000000000000000006c006f006e0067002e00740078007400",
	 "entries@0+250"},
	{"fscc_id_all_extd_dir_list", 0,
	 "built by hand from MS-FSCC 2.4.20",
	 "7000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000400000000c0000a034120000000005000102030405060708"
	 "090a0b0c0d0e0f106c006f006e0067002e007400780074000000000007000000e5d4c3b2a1b0d601e6d4c3b2"
	 "a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d601341200000000000000200000000000002000000010000000"
	 "400000000c0000a034120000000005000102030405060708090a0b0c0d0e0f106c006f006e0067002e007400"
	 "78007400",
	 "entries@0+224"},
	{"fscc_id_all_extd_both_dir_list", 0,
	 "built by hand from MS-FSCC 2.4.19",
	 "9000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601e8d4c3b2a1b0d60134120000"
	 "0000000000200000000000002000000010000000400000000c0000a034120000000005000102030405060708"
	 "090a0b0c0d0e0f100c004c004f004e0047007e0031000000000000000000000000006c006f006e0067002e00"
	 "7400780074000000000000000000000007000000e5d4c3b2a1b0d601e6d4c3b2a1b0d601e7d4c3b2a1b0d601"
	 "e8d4c3b2a1b0d601341200000000000000200000000000002000000010000000400000000c0000a034120000"
	 "000005000102030405060708090a0b0c0d0e0f100c004c004f004e0047007e00310000000000000000000000"
	 "00006c006f006e0067002e00740078007400",
	 "entries@0+282"},
	{"fscc_basic", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 274",
	 "0040fbe081b253010000000000000000000000000000000000000000000000002000000000000000",
	 "creation_time=0x153b281e0fb4000 last_access_time=0x0 last_write_time=0x0 "
	 "change_time=0x0 file_attributes=0x20 reserved=0x0"},
	{"fscc_standard", 0,
	 "captures/malcolm__KRB5.pcap, frame 88",
	 "001000000000000000000000000000000100000001000000",
	 "allocation_size=0x1000 end_of_file=0x0 number_of_links=0x1 delete_pending=0x1 "
	 "directory=0x0 reserved=0x0"},
	{"fscc_internal", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 237",
	 "cde3d90200000000",
	 "index_number=0x2d9e3cd"},
	{"fscc_ea_size", 0,
	 "captures/zeek__smb_v2_only_non_zero_reserved1.pcap, frame 80",
	 "00000000",
	 "ea_size=0x0"},
	{"fscc_access", 0,
	 "own capture of smbtorture smb2.acls, frame 97",
	 "89001700",
	 "access_flags=0x170089"},
	{"fscc_name", 0,
	 "tests/captures/bodies.pcap, frame 65",
	 "140000005c0074007200650065005c00660069006c006500",
	 "file_name_length=0x14 file_name@4+20"},
	{"fscc_alternate_name", 0,
	 "tests/captures/smbclient-202.pcap, frame 47",
	 "120000006d006f007600650064002e00740078007400",
	 "file_name_length=0x12 file_name@4+18"},
	{"fscc_rename", 0,
	 "captures/bugs/b15697_compound.new-4.22.11.pcap, frame 37",
	 "00000000000000000000000000000000200000006200310035003600390037005f0066003700360062003600"
	 "39005c006600320000000000",
	 "replace_if_exists=0x0 reserved=00000000000000 root_directory=0x0 file_name_length=0x20 "
	 "file_name@20+32"},
	{"fscc_rename_ex", 0,
	 "built by hand from MS-FSCC 2.4.43",
	 "030000000000000000000000000000000a0000006e00650077005c007800",
	 "flags=0x3 reserved=0x0 root_directory=0x0 file_name_length=0xa file_name@20+10"},
	{"fscc_disposition", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 379",
	 "01",
	 "delete_pending=0x1"},
	{"fscc_disposition_ex", 0,
	 "built by hand from MS-FSCC 2.4.12",
	 "13000000",
	 "flags=0x13"},
	{"fscc_position", 0,
	 "tests/captures/sealed-bind.pcap, frame 36",
	 "0000000000000000",
	 "current_byte_offset=0x0"},
	{"fscc_mode", 0,
	 "own capture of smbtorture smb2.getinfo, frame 438",
	 "20000000",
	 "mode=0x20"},
	{"fscc_alignment", 0,
	 "own capture of smbtorture smb2.getinfo, frame 450",
	 "00000000",
	 "alignment_requirement=0x0"},
	{"fscc_all", 0,
	 "captures/suricata-verify__smb2-peter-minus-p191-p192.pcap, frame 56",
	 "365fc24e59c5d1012a802ad8f4c7d101365fc24e59c5d101365fc24e59c5d101100000000000000000000000"
	 "000000000000000000000000010000000001000084c910000000000000000000800000000000000000000000"
	 "1000000000000000020000005c00",
	 "creation_time=0x1d1c5594ec25f36 last_access_time=0x1d1c7f4d82a802a "
	 "last_write_time=0x1d1c5594ec25f36 change_time=0x1d1c5594ec25f36 file_attributes=0x10 "
	 "reserved=0x0 allocation_size=0x0 end_of_file=0x0 number_of_links=0x1 "
	 "delete_pending=0x0 directory=0x1 reserved2=0x0 index_number=0x10c984 ea_size=0x0 "
	 "access_flags=0x80 current_byte_offset=0x0 mode=0x10 alignment_requirement=0x0 "
	 "file_name_length=0x2 file_name@100+2"},
	{"fscc_allocation", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 364",
	 "0010000000000000",
	 "allocation_size=0x1000"},
	{"fscc_end_of_file", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 130",
	 "0000000000000000",
	 "end_of_file=0x0"},
	{"fscc_valid_data_length", 0,
	 "built by hand from MS-FSCC 2.4.50",
	 "8967452301000000",
	 "valid_data_length=0x123456789"},
	{"fscc_stream", 0,
	 "captures/zeek__smb_v2_only_non_zero_reserved1.pcap, frame 80",
	 "000000000e000000bd00000000000000c0000000000000003a003a0024004400410054004100",
	 "next=0x0 stream_name_length=0xe stream_size=0xbd stream_allocation_size=0xc0 "
	 "stream_name@24+14"},
	{"fscc_stream_list", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 59",
	 "2c0000000e000000041800000000000004180000000000003a003a0024004400410054004100000000000000"
	 "00000000240000003c000000000000003c000000000000003a004100460050005f0041006600700049006e00"
	 "66006f003a002400440041005400410000000000",
	 "streams@0+108"},
	{"fscc_pipe", 0,
	 "built by hand from MS-FSCC 2.4.37",
	 "0100000000000000",
	 "read_mode=0x1 completion_mode=0x0"},
	{"fscc_pipe_local", 0,
	 "built by hand from MS-FSCC 2.4.38",
	 "0100000002000000030000000400000005000000060000000700000008000000090000000a000000",
	 "named_pipe_type=0x1 named_pipe_configuration=0x2 maximum_instances=0x3 "
	 "current_instances=0x4 inbound_quota=0x5 read_data_available=0x6 outbound_quota=0x7 "
	 "write_quota_available=0x8 named_pipe_state=0x9 named_pipe_end=0xa"},
	{"fscc_pipe_remote", 0,
	 "built by hand from MS-FSCC 2.4.39",
	 "206cfbffffffffff10000000",
	 "collect_data_time=0xfffffffffffb6c20 maximum_collection_count=0x10"},
	{"fscc_compression", 0,
	 "own capture of smbtorture smb2.getinfo, frame 850",
	 "00000000000000000000000000000000",
	 "compressed_file_size=0x0 compression_format=0x0 compression_unit_shift=0x0 "
	 "chunk_shift=0x0 cluster_shift=0x0 reserved=000000"},
	{"fscc_network_open", 0,
	 "captures/suricata-verify__smb2-async.pcap, frame 8",
	 "2ca0b6488eb1d4012ca0b6488eb1d4019890d0611716d5019890d0611716d50100201200000000004e1a1200"
	 "000000002000000000000000",
	 "creation_time=0x1d4b18e48b6a02c last_access_time=0x1d4b18e48b6a02c "
	 "last_write_time=0x1d5161761d09098 change_time=0x1d5161761d09098 "
	 "allocation_size=0x122000 end_of_file=0x121a4e file_attributes=0x20 reserved=0x0"},
	{"fscc_attribute_tag", 0,
	 "own capture of smbtorture smb2.getinfo, frame 1003",
	 "2000000000000000",
	 "file_attributes=0x20 reparse_tag=0x0"},
	{"fscc_id", 0,
	 "built by hand from MS-FSCC 2.4.26",
	 "88776655443322110102030405060708090a0b0c0d0e0f10",
	 "volume_serial_number=0x1122334455667788 file_id=0102030405060708090a0b0c0d0e0f10"},
	{"fscc_full_ea_list", 0,
	 "own capture of smbtorture smb2.getinfo, frame 1421",
	 "140000000005060045414f4e450056414c55453100000000000808005345434f4e4445410056616c75655477"
	 "6f",
	 "extended_attributes@0+45"},
	{"fscc_get_ea", 0,
	 "built by hand from MS-FSCC 2.4.16.1",
	 "00000000045553455200",
	 "next=0x0 ea_name_length=0x4 ea_name@5+5"},
	{"fscc_get_ea_list", 0,
	 "built by hand from MS-FSCC 2.4.16.1",
	 "0c00000004555345520000000000000002414200",
	 "extended_attributes@0+20"},
	{"fscc_notify", 0,
	 "own capture of smbtorture smb2.notify.dir, frame 115",
	 "200000000100000012000000740065007300740030002e007400780074000000",
	 "next=0x20 action=0x1 file_name_length=0x12 file_name@12+18"},
	{"fscc_notify_list", 0,
	 "own capture of smbtorture smb2.notify.dir, frame 70",
	 "2400000001000000160000007300750062006400690072002d006e0061006d00650000002400000002000000"
	 "160000007300750062006400690072002d006e0061006d006500000024000000010000001600000073007500"
	 "62006400690072002d006e0061006d0065000000000000000200000016000000730075006200640069007200"
	 "2d006e0061006d0065000000",
	 "changes@0+144"},
	{"fscc_quota", 0,
	 "built by hand from MS-FSCC 2.4.41",
	 "0000000010000000e5d4c3b2a1b0d60100100000000000000000010000000000ffffffffffffffff01020000"
	 "000000052000000020020000",
	 "next=0x0 sid_length=0x10 change_time=0x1d6b0a1b2c3d4e5 quota_used=0x1000 "
	 "quota_threshold=0x10000 quota_limit=0xffffffffffffffff sid@40+16"},
	{"fscc_quota_list", 0,
	 "built by hand from MS-FSCC 2.4.41",
	 "3800000010000000e5d4c3b2a1b0d60100100000000000000000010000000000ffffffffffffffff01020000"
	 "0000000520000000200200000000000010000000e5d4c3b2a1b0d60100100000000000000000010000000000"
	 "ffffffffffffffff01020000000000052000000020020000",
	 "quotas@0+112"},
	{"fscc_get_quota", 0,
	 "built by hand from MS-FSCC 2.4.41.1",
	 "000000000c000000010100000000000100000000",
	 "next=0x0 sid_length=0xc sid@8+12"},
	{"smb2_query_quota", 0,
	 "built by hand from MS-SMB2 2.2.37.1",
	 "00010000140000001000000014000000000000000c0000000101000000000001000000000102000000000005"
	 "2000000020020000",
	 "return_single=0x0 restart_scan=0x1 reserved=0x0 sid_list_length=0x14 "
	 "start_sid_length=0x10 start_sid_offset=0x14 sids@16+20 start_sid@36+16"},
	{"fscc_fs_volume", 0,
	 "captures/zeek__smb2_100_small_files.pcap, frame 42",
	 "0000000000000000912eb1f70c00000000007000750062006c0069006300",
	 "volume_creation_time=0x0 volume_serial_number=0xf7b12e91 volume_label_length=0xc "
	 "supports_objects=0x0 reserved=0x0 volume_label@18+12"},
	{"fscc_fs_label", 0,
	 "built by hand from MS-FSCC 2.5.5",
	 "080000004400410054004100",
	 "volume_label_length=0x8 volume_label@4+8"},
	{"fscc_fs_size", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 27",
	 "0a824607000000001a745800000000000100000000100000",
	 "total_allocation_units=0x746820a available_allocation_units=0x58741a "
	 "sectors_per_allocation_unit=0x1 bytes_per_sector=0x1000"},
	{"fscc_fs_full_size", 0,
	 "captures/zeek__smb_v2_only_non_zero_reserved1.pcap, frame 48",
	 "ffd8dd0000000000fb418b0000000000fb418b00000000000800000000020000",
	 "total_allocation_units=0xddd8ff caller_available_allocation_units=0x8b41fb "
	 "actual_available_allocation_units=0x8b41fb sectors_per_allocation_unit=0x8 "
	 "bytes_per_sector=0x200"},
	{"fscc_fs_device", 0,
	 "captures/suricata-verify__smb2-peter-minus-p191-p192.pcap, frame 46",
	 "0700000020000000",
	 "device_type=0x7 characteristics=0x20"},
	{"fscc_fs_attribute", 0,
	 "captures/suricata-verify__smb-length-5786.pcap, frame 29",
	 "c6000401ff000000080000004e00540046005300",
	 "file_system_attributes=0x10400c6 maximum_component_name_length=0xff "
	 "file_system_name_length=0x8 file_system_name@12+8"},
	{"fscc_fs_control", 0,
	 "built by hand from MS-FSCC 2.5.2",
	 "0100000000000000020000000000000003000000000000000400000000000000050000000000000002000000"
	 "00000000",
	 "free_space_start_filtering=0x1 free_space_threshold=0x2 free_space_stop_filtering=0x3 "
	 "default_quota_threshold=0x4 default_quota_limit=0x5 file_system_control_flags=0x2 "
	 "padding=0x0"},
	{"fscc_fs_object_id", 0,
	 "captures/zeek__smb_v2_only_non_zero_reserved1.pcap, frame 109",
	 "2af17cb7430b334bae7e192d4ecb93cf00000000000000000000000000000000000000000000000000000000"
	 "0000000000000000000000000000000000000000",
	 "object_id=2af17cb7430b334bae7e192d4ecb93cf "
	 "extended_info=000000000000000000000000000000000000000000000000000000000000000000000000"
	 "000000000000000000000000"},
	{"fscc_fs_sector_size", 0,
	 "captures/suricata-verify__smb3-02-midstream.pcap, frame 12",
	 "00020000000200000002000000020000030000000000000000000000",
	 "logical_bytes_per_sector=0x200 physical_bytes_per_sector_for_atomicity=0x200 "
	 "physical_bytes_per_sector_for_performance=0x200 "
	 "effective_physical_bytes_per_sector_for_atomicity=0x200 flags=0x3 "
	 "byte_offset_for_sector_alignment=0x0 byte_offset_for_partition_alignment=0x0"},
	// clang-format on
