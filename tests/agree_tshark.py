#!/usr/bin/env python3
"""Compares what smbench and tshark see in captures, PDU by PDU.

    agree_tshark.py SMBENCH CAPTURE ...

For each frame: the same PDUs in the same order; for each PDU: the header's fields, file id, create name, offsets and
lengths (FIELDS below), and what its buffer holds (BODIES). tshark's side are the raw bytes that it found for a field (PDML), so nothing of its formatting
matters. Both open sealed messages with the secret that is known of the capture (tests/secrets_of.py). tests/agree_tshark.exceptions lists, with a reason,
where tshark is known to be wrong. The last line is `N passed, N failed, N skipped`, in captures.
"""
import fnmatch
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import secrets_of

HERE = Path(__file__).resolve().parent
SHOWN = 20  # disagreements printed for one capture
USUAL_PORTS = (139, 445)
IOCTL = 11  # tshark shows its two buffers in either order, so they are put in that of their bytes

HEADER = {
    "smb2.credit.charge": "credit_charge",
    "smb2.channel_sequence": "channel_sequence",
    "smb2.nt_status": "status",
    "smb2.cmd": "command",
    "smb2.credits.requested": "credits",
    "smb2.credits.granted": "credits",
    "smb2.flags": "flags",
    "smb2.chain_offset": "next_command",
    "smb2.msg_id": "message_id",
    "smb2.aid": "async_id",
    "smb2.tid": "tree_id",
    "smb2.sesid": "session_id",
}
FID, OLB_OFFSET, OLB_LENGTH = "smb2.fid", "smb2.olb.offset", "smb2.olb.length"


def pair(number, name):
    """tshark shows each offset-length pair by the same two names; `number` counts them in a PDU."""
    return [(OLB_OFFSET, number, name + "_offset"), (OLB_LENGTH, number, name + "_length")]


# Structure to (tshark's field, which of several, smbench's field).
FIELDS = {
    "smb2_session_setup_req": pair(0, "security_buffer"),
    "smb2_session_setup_resp": pair(0, "security_buffer"),
    "smb2_negotiate_resp": pair(0, "security_buffer"),
    "smb2_tree_connect_req": pair(0, "path"),
    "smb2_create_req": [("smb2.filename", 0, "name"), *pair(0, "name"), *pair(1, "create_contexts")],
    "smb2_create_resp": [(FID, 0, "file_id"), *pair(0, "create_contexts"), ("smb2.eof", 0, "end_of_file")],
    "smb2_close_req": [(FID, 0, "file_id")],
    "smb2_close_resp": [("smb2.eof", 0, "end_of_file")],
    "smb2_flush_req": [(FID, 0, "file_id")],
    "smb2_read_req": [(FID, 0, "file_id"), ("smb2.read_length", 0, "length"), ("smb2.file_offset", 0, "offset"),
                      ("smb2.min_count", 0, "minimum_count"), ("smb2.remaining_bytes", 0, "remaining_bytes")],
    "smb2_read_resp": [*pair(0, "data"),
                       ("smb2.read_remaining", 0, "data_remaining")],
    "smb2_write_req": [(FID, 0, "file_id"), ("smb2.data_offset", 0, "data_offset"),
                       ("smb2.write_length", 0, "length"), ("smb2.file_offset", 0, "offset")],
    "smb2_write_resp": [("smb2.write.count", 0, "count"), ("smb2.write.remaining", 0, "remaining")],
    "smb2_lock_req": [(FID, 0, "file_id"), ("smb2.lock_count", 0, "lock_count")],
    "smb2_ioctl_req": [(FID, 0, "file_id"), ("smb2.ioctl.function", 0, "ctl_code"),
                       (OLB_OFFSET, 0, "input_offset"), (OLB_LENGTH, 0, "input_count"),
                       (OLB_OFFSET, 1, "output_offset"), (OLB_LENGTH, 1, "output_count"),
                       ("smb2.max_ioctl_in_size", 0, "max_input_response"),
                       ("smb2.max_ioctl_out_size", 0, "max_output_response")],
    "smb2_ioctl_resp": [(FID, 0, "file_id"), ("smb2.ioctl.function", 0, "ctl_code"),
                        (OLB_OFFSET, 0, "input_offset"), (OLB_LENGTH, 0, "input_count"),
                        (OLB_OFFSET, 1, "output_offset"), (OLB_LENGTH, 1, "output_count")],
    "smb2_query_directory_req": [(FID, 0, "file_id"), ("smb2.file_index", 0, "file_index"),
                                 ("smb2.output_buffer_len", 0, "output_buffer_length"), *pair(0, "file_name")],
    "smb2_query_directory_resp": pair(0, "output_buffer"),
    "smb2_change_notify_req": [(FID, 0, "file_id"), ("smb2.output_buffer_len", 0, "output_buffer_length")],
    "smb2_change_notify_resp": pair(0, "output_buffer"),
    "smb2_query_info_req": [(FID, 0, "file_id"), ("smb2.max_response_size", 0, "output_buffer_length"),
                            *pair(0, "input_buffer")],
    "smb2_query_info_resp": pair(0, "output_buffer"),
    "smb2_set_info_req": [(FID, 0, "file_id"), ("smb2.setinfo_size", 0, "buffer_length"),
                          ("smb2.setinfo_offset", 0, "buffer_offset")],
    "smb2_oplock_break_notification": [(FID, 0, "file_id")],
    "smb2_oplock_break_ack": [(FID, 0, "file_id")],
    "smb2_oplock_break_resp": [(FID, 0, "file_id")],
}

# What a buffer holds: its outermost structure to (tshark's field, smbench's fields). All that either sees under these
# names in the PDU, in order; of several fields of smbench's, in any order.
TIMES = [("smb2.create.time", "creation_time"), ("smb2.last_access.time", "last_access_time"),
         ("smb2.last_write.time", "last_write_time"), ("smb2.last_change.time", "change_time")]
ENTRY_NAME = [("smb2.filename", "file_name"), ("smb2.filename.len", "file_name_length"), ("smb2.next_offset", "next")]
ENTRY = [*TIMES, *ENTRY_NAME, ("smb2.eof", "end_of_file"), ("smb2.allocation_size", "allocation_size"),
         ("smb2.file_attribute", "file_attributes")]
DESCRIPTOR = [("nt.sec_desc.revision", "revision"), ("nt.sec_desc.type", "control"),
              ("nt.offset_to_owner_sid", "offset_owner"), ("nt.offset_to_group_sid", "offset_group"),
              ("nt.offset_to_sacl", "offset_sacl"), ("nt.offset_to_dacl", "offset_dacl"),
              ("nt.acl.revision", "acl_revision"), ("nt.acl.size", "acl_size"), ("nt.acl.num_aces", "ace_count"),
              ("nt.ace.type", "ace_type"), ("nt.ace.flags", "ace_flags"), ("nt.ace.size", "ace_size"),
              ("nt.access_mask", "mask"), ("nt.ace.object.flags", "flags"), ("nt.ace.object.guid", "object_type"),
              ("nt.ace.object.inherited_guid", "inherited_object_type"), ("nt.sid", "owner_sid", "group_sid", "sid")]
BODIES = {
    "fscc_dir_list": ENTRY,
    "fscc_full_dir_list": [*ENTRY, ("smb2.ea_size", "ea_size")],
    "fscc_both_dir_list": [*ENTRY, ("smb2.ea_size", "ea_size"), ("smb2.short_name_len", "short_name_length")],
    "fscc_names_list": ENTRY_NAME,
    "fscc_id_full_dir_list": [*ENTRY, ("smb2.ea_size", "ea_size"), ("smb2.file_id", "file_id")],
    "fscc_id_both_dir_list": [*ENTRY, ("smb2.ea_size", "ea_size"), ("smb2.file_id", "file_id"),
                              ("smb2.short_name_len", "short_name_length"), ("smb2.shortname", "short_name")],
    "fscc_basic": [*TIMES, ("smb2.file_attribute", "file_attributes")],
    "fscc_standard": [("smb.alloc_size64", "allocation_size"), ("smb.end_of_file", "end_of_file"),
                      ("smb.link_count", "number_of_links"), ("smb.delete_pending", "delete_pending"),
                      ("smb.is_directory", "directory")],
    "fscc_internal": [("smb.index_number", "index_number")],
    "fscc_ea_size": [("smb.ea.list_length", "ea_size")],
    "fscc_access": [("smb.access_mask", "access_flags")],
    "fscc_name": [("smb.file", "file_name"), ("smb.file_name_len", "file_name_length")],
    "fscc_alternate_name": [("smb.file", "file_name"), ("smb.file_name_len", "file_name_length")],
    "fscc_position": [("smb.position", "current_byte_offset")],
    "fscc_mode": [("smb.mode", "mode")],
    "fscc_all": [*TIMES, ("smb2.eof", "end_of_file"), ("smb2.allocation_size", "allocation_size"),
                 ("smb2.nlinks", "number_of_links"), ("smb2.is_directory", "directory"), ("smb2.file_id", "index_number"),
                 ("smb2.ea_size", "ea_size"), ("smb.access_mask", "access_flags"),
                 ("smb2.position_info", "current_byte_offset"), ("smb2.filename", "file_name")],
    "fscc_stream_list": [("smb.next_entry_offset", "next"), ("smb.stream_name_len", "stream_name_length"),
                         ("smb.stream_size", "stream_size"), ("smb.alloc_size64", "stream_allocation_size"),
                         ("smb.stream_name", "stream_name")],
    "fscc_compression": [("smb.compressed.file_size", "compressed_file_size")],
    "fscc_network_open": [("smb.create.time", "creation_time"), ("smb.access.time", "last_access_time"),
                          ("smb.last_write.time", "last_write_time"), ("smb.change.time", "change_time"),
                          ("smb.alloc_size64", "allocation_size"), ("smb.end_of_file", "end_of_file"),
                          ("smb.file_attribute", "file_attributes")],
    "fscc_attribute_tag": [("smb.attribute", "file_attributes"), ("smb.reparse_tag", "reparse_tag")],
    "fscc_allocation": [("smb.alloc_size64", "allocation_size")],
    "fscc_end_of_file": [("smb.end_of_file", "end_of_file")],
    "fscc_rename": [("smb2.filename", "file_name"), ("smb2.filename.len", "file_name_length")],
    "fscc_full_ea_list": [("smb2.ea.name_len", "ea_name_length"), ("smb2.ea.data_len", "ea_value_length"),
                          ("smb2.ea.data", "ea_value"), ("smb2.next_offset", "next")],
    "fscc_notify_list": [("smb2.notify.action", "action"), ("smb2.notify.next_offset", "next"),
                         ("smb2.filename", "file_name"), ("smb2.filename.len", "file_name_length")],
    "fscc_quota_list": [("nt.sid", "sid"), ("smb.length_of_sid", "sid_length"), ("smb.quota.used", "quota_used"),
                        ("smb.quota.soft.default", "quota_threshold"), ("smb.quota.hard.default", "quota_limit")],
    "fscc_fs_volume": [("smb.create.time", "volume_creation_time"), ("smb.volume.serial", "volume_serial_number"),
                       ("smb.volume.label.len", "volume_label_length"), ("smb.volume.label", "volume_label")],
    "fscc_fs_size": [("smb.alloc_size64", "total_allocation_units"),
                     ("smb.free_alloc_units", "available_allocation_units"),
                     ("smb.fs_sector_per_unit", "sectors_per_allocation_unit"),
                     ("smb.fs_bytes_per_sector", "bytes_per_sector")],
    "fscc_fs_full_size": [("smb.alloc_size64", "total_allocation_units"),
                          ("smb.caller_free_alloc_units", "caller_available_allocation_units"),
                          ("smb.actual_free_alloc_units", "actual_available_allocation_units")],
    "fscc_fs_device": [("smb.device.type", "device_type"), ("smb.device", "characteristics")],
    "fscc_fs_attribute": [("smb.fs_attr", "file_system_attributes"), ("smb.fs_name", "file_system_name"),
                          ("smb.fs_max_name_len", "maximum_component_name_length")],
    "fscc_fs_control": [("smb.quota.soft.default", "default_quota_threshold"),
                        ("smb.quota.hard.default", "default_quota_limit"),
                        ("smb.quota.flags", "file_system_control_flags")],
    "dtyp_security_descriptor": DESCRIPTOR,
    "fscc_reparse": [("smb2.reparse_tag", "reparse_tag"), ("smb2.reparse_data_length", "reparse_data_length"),
                     ("smb2.symlink.substitute_name", "substitute_name"), ("smb2.symlink.print_name", "print_name"),
                     ("smb2.nfs.type", "type")],
    "fscc_zero_data": [("smb2.fsctl.range_offset", "file_offset"), ("smb2.fsctl.range_length", "beyond_final_zero")],
    "fscc_range": [("smb2.fsctl.range_offset", "file_offset"), ("smb2.fsctl.range_length", "length")],
    "fscc_allocated_ranges": [("smb2.fsctl.range_offset", "file_offset"), ("smb2.fsctl.range_length", "length")],
    "fscc_file_regions_req": [("smb2.qfr_length", "length"), ("smb2.qfr_usage", "desired_usage")],
    "fscc_compression_state": [("smb2.compression_format", "compression_state")],
    "fscc_integrity_req": [("smb2.checksum_algorithm", "checksum_algorithm"), ("smb2.integrity_flags", "flags")],
    "fscc_object_id": [("smb2.birth_volume_id", "birth_volume_id"), ("smb2.birth_object_id", "birth_object_id"),
                       ("smb2.domain_id", "domain_id")],
    "fscc_offload_read_req": [("smb2.fsctl.odx.size", "size"), ("smb2.fsctl.odx.copy_length", "copy_length")],
    "fscc_offload_write_req": [("smb2.fsctl.odx.size", "size"), ("smb2.fsctl.odx.copy_length", "copy_length")],
    "smb2_network_interfaces": [("smb2.ioctl.network_interfaces.next_offset", "next"),
                                ("smb2.ioctl.network_interfaces.index", "if_index"),
                                ("smb2.ioctl.network_interfaces.link_speed", "link_speed"),
                                ("smb2.windows.sockaddr.family", "family"),
                                ("smb2.windows.sockaddr.in.addr", "ipv4_address"),
                                ("smb2.windows.sockaddr.in6.addr", "ipv6_address")],
    "smb2_query_quota": [("smb2.query_quota_info.sidlistlen", "sid_list_length"),
                         ("smb2.query_quota_info.startsidlen", "start_sid_length"), ("nt.sid", "sid", "start_sid")],
    "dfsc_referrals_req": [("smb.max_referral_level", "max_referral_level"), ("smb.file", "request_file_name")],
}
BUFFERS = ("output_buffer", "input_buffer", "buffer", "input", "output")

WANTED = (set(HEADER) | {name for rows in FIELDS.values() for name, _, _ in rows}
          | {row[0] for rows in BODIES.values() for row in rows})


def run_lines(command):
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    yield from child.stdout
    error = child.stderr.read()
    if child.wait():
        raise RuntimeError(f"{command[0]} {command[1]}: exit status {child.returncode}: {error.strip()[-500:]}")


def smbench_pdus(smbench, workload):
    """Frame to its PDUs; and the servers' ports."""
    frames = defaultdict(list)
    for line in run_lines([smbench, "show", "--json", str(workload)]):
        pdu = json.loads(line)
        if "command" in pdu:
            frames[pdu["frame"]].append(pdu)
    connections = json.loads((workload / "workload.json").read_text())["connections"]
    ports = {int(c["server"].rsplit(":", 1)[1]) for c in connections}
    return frames, ports


def tshark_pdus(capture, ports):
    """Frame to its PDUs, each a map of field name to the raw bytes of its occurrences."""
    command = ["tshark", "-r", str(capture), "-Y", "smb2", "-T", "pdml", "-J", "smb2 frame",
               *secrets_of.tshark_options(capture)]
    for port in sorted(ports - set(USUAL_PORTS)):
        command += ["-d", f"tcp.port=={port},nbss"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    frames = defaultdict(list)
    for _, packet in ElementTree.iterparse(child.stdout):
        if packet.tag != "packet":
            continue
        number = int(packet.find("proto[@name='frame']/field[@name='frame.number']").get("show"))
        for proto in packet.iter("proto"):
            if proto.get("name") != "smb2":
                continue
            fields = defaultdict(list)
            collect(proto, fields)
            if "smb2.cmd" in fields:
                ioctl = number_of(fields["smb2.cmd"][0][1]) == IOCTL
                frames[number].append({name: [raw for _, raw in (sorted(found) if ioctl else found)]
                                       for name, found in fields.items()})
        packet.clear()
    child.wait()
    return frames


def collect(element, fields):
    for child in element:
        if child.tag == "proto":
            continue  # a protocol inside this one
        if child.get("name") in WANTED and child.get("size", "0") != "0" and child.get("value"):
            fields[child.get("name")].append((int(child.get("pos")), bytes.fromhex(child.get("value"))))
        collect(child, fields)


def number_of(raw):
    return int.from_bytes(raw, "little")


def same(name, ours, raw):
    if name == "smb2.fid":
        return re.sub("[^0-9a-f]", "", str(ours).lower()) == raw.hex()
    if name == "smb2.filename":
        return ours == raw.decode("utf-16-le", "replace")
    return ours == number_of(raw)


def is_value(value, raw):
    """Are tshark's bytes what smbench shows, a number, a SID, text or bytes?"""
    if isinstance(value, int):
        return value == number_of(raw)
    if value.startswith("S-1-"):
        parts = [int.from_bytes(raw[at:at + 4], "little") for at in range(8, len(raw), 4)]
        return value == "-".join(map(str, ["S", 1, int.from_bytes(raw[2:8], "big"), *parts]))
    return value == raw.hex() or value.rstrip("\0") == raw.decode("utf-16-le", "replace").rstrip("\0")


def values_in(body, names):
    """All values under these names in a body and what is nested in it, in order; empty ones are none."""
    for name, value in body.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from values_in(one, names)
            elif name in names and one != "":
                yield one


def same_values(ours, raws, ordered):
    if len(ours) != len(raws):
        return False
    if ordered:
        return all(map(is_value, ours, raws))
    left = list(raws)
    for value in ours:
        found = next((i for i, raw in enumerate(left) if is_value(value, raw)), None)
        if found is None:
            return False
        del left[found]
    return True


def compare_bodies(body, theirs):
    """What differs in the buffers of a PDU, as compare_pdu says it; of those that tshark leaves as bytes nothing."""
    for buffer in BUFFERS:
        held = body.get(buffer)
        if not isinstance(held, dict):
            continue
        rows = BODIES.get(held["structure"], ())
        if not any(name in theirs for name, *_ in rows):
            continue
        for name, *ours in rows:
            if name in OPTIONAL and name not in theirs:
                continue
            values, raws = list(values_in(held, ours)), theirs.get(name, [])
            if not same_values(values, raws, len(ours) == 1):
                yield f"{held['structure']}.{'+'.join(ours)}", values, b"".join(raws)


def body_fields(pdu):
    body = pdu.get("body") or {}
    return body.get("structure"), body


def compare_pdu(ours, theirs):
    """Yields (field, smbench's value, tshark's raw bytes) where they differ."""
    for name, key in HEADER.items():
        if name not in theirs:
            continue
        if key in ours and ours[key] != number_of(theirs[name][0]):
            yield key, ours[key], theirs[name][0]
        elif key not in ours:
            yield key, None, theirs[name][0]
    structure, body = body_fields(ours)
    for name, index, key in FIELDS.get(structure, ()):
        found = theirs.get(name, [])
        if index >= len(found):
            if name not in OPTIONAL:
                yield f"{structure}.{key}", body.get(key), b""
        elif key not in body or not same(name, body[key], found[index]):
            yield f"{structure}.{key}", body.get(key), found[index]


    yield from compare_bodies(body, theirs)


# What tshark leaves out when it is empty, or has under another name in a mount point.
OPTIONAL = {"smb2.filename", OLB_OFFSET, OLB_LENGTH, "smb2.symlink.substitute_name", "smb2.symlink.print_name"}


class Exceptions:
    """Lines `CAPTURE FRAME FIELD reason`, the first three with * and ?."""

    def __init__(self, path):
        self.rules = []
        for line in path.read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                capture, frame, field, reason = line.split(None, 3)
                self.rules.append((capture, frame, field, reason))
        self.used = Counter()

    def reason(self, capture, frame, field):
        for rule in self.rules:
            if all(fnmatch.fnmatchcase(str(v), p) for v, p in zip((capture, frame, field), rule)):
                self.used[rule] += 1
                return rule[3]
        return None


def whole_packets(capture, out):
    """A copy without the cut last packet that smbench refuses and tshark passes over."""
    subprocess.run(["tshark", "-F", "pcap", "-r", str(capture), "-w", str(out)], stderr=subprocess.DEVNULL, check=False)
    return out


def compare_capture(smbench, capture):
    """The disagreements of one capture that no exception covers, as lines; counts; exceptions used."""
    exceptions, counts = Exceptions(HERE / "agree_tshark.exceptions"), Counter()
    try:
        lines = disagreements(smbench, capture, exceptions, counts)
    except (RuntimeError, ElementTree.ParseError, KeyError, ValueError) as error:
        lines = [f"{type(error).__name__}: {error}"]
    return lines, counts, exceptions.used


def disagreements(smbench, capture, exceptions, counts):
    with tempfile.TemporaryDirectory() as work:
        workload, source = Path(work) / "w.smb", capture
        if exceptions.reason(capture.name, "end", "cut"):
            source = whole_packets(capture, Path(work) / capture.name)
        secrets = secrets_of.smbench_options(capture, Path(work) / "keys")
        done = subprocess.run([smbench, "compile", *secrets, str(source), "-o", str(workload)],
                              capture_output=True, text=True)
        if done.returncode:
            return [f"compile: exit status {done.returncode}: {done.stderr.strip()[-300:]}"]
        ours, ports = smbench_pdus(smbench, workload)
    theirs = tshark_pdus(capture, ports)
    lines = []
    for frame in sorted(set(ours) | set(theirs)):
        if len(ours.get(frame, ())) != len(theirs.get(frame, ())):
            if not exceptions.reason(capture.name, frame, "count"):
                lines.append(f"frame {frame}: {len(ours.get(frame, ()))} PDUs, "
                             f"tshark sees {len(theirs.get(frame, ()))}")
            continue
        for index, (a, b) in enumerate(zip(ours[frame], theirs[frame])):
            counts["PDUs"] += 1
            for field, value, raw in compare_pdu(a, b):
                if exceptions.reason(capture.name, frame, field):
                    counts["excepted"] += 1
                else:
                    lines.append(f"frame {frame}, PDU {index}: {field} {value!r}, tshark has {raw.hex()}")
    return lines


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    smbench, captures = sys.argv[1], [Path(a) for a in sys.argv[2:]]
    counts, used, passed, failed = Counter(), Counter(), 0, 0
    with ProcessPoolExecutor() as pool:
        results = pool.map(compare_capture, [smbench] * len(captures), captures)
        for capture, (lines, counted, excepted) in zip(captures, results):
            counts, used = counts + counted, used + excepted
            print(f"{'FAILED' if lines else 'ok'}: {capture.name}" + (f", {len(lines)} disagreements" if lines else ""))
            for line in lines[:SHOWN]:
                print("\t" + line)
            passed, failed = passed + (not lines), failed + bool(lines)
    print(f"{counts['PDUs']} PDUs compared, {counts['excepted']} fields excepted")
    for rule, count in sorted(used.items()):
        print(f"\texception used {count} times: {' '.join(rule)}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
