#!/usr/bin/env python3
"""Runs the console blocks of a document, as they stand, in this folder, and compares what they print.

    run_console.py DOCUMENT [LABEL ...]

Blocks begin with ```console, or with ```console LABEL, which are run only when their label is given. `$ ` begins a
command, which may hold a here-document. All commands of the document have one shell. Durations and lateness are not compared.
A line a command: ok or FAILED, and the counts at the end.
"""
import re
import subprocess
import sys
from pathlib import Path

MARK = "end of command"
DURATION = re.compile(r"\bin \d+\.\d+ s\b")
LATENESS = re.compile(r"^(sent behind their time: |later than \S+ us were ).*\n?", re.M)


def blocks(document, labels):
    for fence in re.finditer(r"^```console ?(\w*)\n(.*?)^```$", document, re.M | re.S):
        if not fence[1] or fence[1] in labels:
            yield fence[2]


def commands(block):
    """Pairs of a command and what it prints."""
    out, end = [], None
    for line in block.splitlines():
        if end:
            out[-1][0].append(line)
            end = None if line == end else end
        elif line.startswith("$ "):
            here = re.search(r"<<'?(\w+)'?", line)
            end = here[1] if here else None
            out.append(([line[2:]], []))
        else:
            out[-1][1].append(line)
    return [("\n".join(command), "\n".join(printed)) for command, printed in out]


def timeless(text):
    return DURATION.sub("in N s", LATENESS.sub("", text))


def main():
    found = [c for block in blocks(Path(sys.argv[1]).read_text(), sys.argv[2:]) for c in commands(block)]
    # The marker must not change what `echo $?` of the next command sees.
    script = "".join(f"{command}\n{{ status=$?; echo; echo '{MARK}'; (exit $status); }} 2>&1\n" for command, _ in found)
    done = subprocess.run(["bash", "-c", f"exec 2>&1\n{script}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True, timeout=300, check=False)
    printed = done.stdout.split(f"\n{MARK}\n")
    failed = 0
    for i, (command, expected) in enumerate(found):
        got = printed[i].rstrip("\n") if i + 1 < len(printed) else "(the shell ended)"
        if timeless(got) == timeless(expected):
            print(f"ok: {command.splitlines()[0]}")
        else:
            failed += 1
            print(f"FAILED: {command.splitlines()[0]}\n\texpected:\n{expected}\n\tgot:\n{got}")
    print(f"{len(found) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not found else 0


sys.exit(main())
