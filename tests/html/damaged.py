#!/usr/bin/env python3
"""Pages of runs that a hostile server could have given: bytes changed, or the end cut off.

    damaged.py SMBENCH WORKLOAD RUN COUNT FOLDER

The changes are the same in every call. Each comparison must end with a verdict or a refusal, each page be well-formed. Prints what is
wrong; the exit status is 1 then.
"""
import random
import shutil
import subprocess
import sys
from pathlib import Path

CHECK = Path(__file__).with_name("page_check.py")


def damage(rng, run, to):
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(run, to)
    data = bytearray((run / "data.bin").read_bytes())
    for _ in range(rng.randint(1, 40)):
        data[rng.randrange(len(data))] = rng.choice([0, 1, 0x3c, 0x80, 0xff, rng.randrange(256)])
    (to / "data.bin").write_bytes(data)
    lines = (run / "messages.jsonl").read_text().splitlines(keepends=True)
    if rng.random() < 0.4:
        (to / "messages.jsonl").write_text("".join(lines[:rng.randrange(1, len(lines))]))


def main():
    smbench, workload, run, count, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5])
    rng, wrong = random.Random(1), 0
    for i in range(count):
        damage(rng, run, folder / "damaged.run")
        page = folder / "damaged.html"
        page.unlink(missing_ok=True)
        got = subprocess.run([smbench, "compare", "--html", page, workload, folder / "damaged.run"], capture_output=True,
                             timeout=60, check=False)
        said = got.stderr.decode(errors="replace")
        if got.returncode in (0, 1):
            checked = subprocess.run([sys.executable, CHECK, page], capture_output=True, text=True, check=False)
            said, bad = checked.stdout, checked.returncode != 0
        else:
            bad = got.returncode != 2
        if bad:
            print(f"{i}: exit status {got.returncode}: {said[-400:]}")
            wrong += 1
    sys.exit(1 if wrong else 0)


main()
