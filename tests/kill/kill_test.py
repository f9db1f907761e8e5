# SPDX-License-Identifier: MIT
"""A record whose log call has returned is in the log exactly once, whatever kills the process.

usage: kill_test.py WRITER FORM [ROUNDS]

In each round a writer logs from several threads, and is killed at a random moment: also while it
recovers what the one before has left. At the end nothing may be missing, doubled, torn, or out of
its thread's order."""

import mmap
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import time

THREADS = 3
SIZE_BYTES = 512 * 1024  # of a file: some rotations in each round
RECORD = re.compile(rb"r=(\d+) t=(\d+) n=(\d+)(?: x+| text)? whole")
TOLD = re.compile(rb"app\.log: |^/\S*: |dropped|[^\n]*app\.log: ")


class Failure(Exception):
    pass


def writer(program, folder, round_number, form, records):
    return [program, folder / "app.log", folder / "counters", folder / "spool", str(round_number),
            str(THREADS), str(records), str(SIZE_BYTES), form]


def kill_one(command, folder, longest_s):
    counters = folder / "counters"
    counters.write_bytes(bytes(8 * (THREADS + 1)))
    child = subprocess.Popen([str(part) for part in command], stderr=subprocess.PIPE)
    time.sleep(random.uniform(0, longest_s))
    child.kill()
    said = child.communicate()[1].decode()
    if child.returncode != -9:
        raise Failure(f"exit status {child.returncode}: {said}")
    return struct.unpack(f"{THREADS}Q", counters.read_bytes()[:8 * THREADS])


def read_log(folder):
    stamp = re.compile(r"app\.log\.(\d{8}_\d{6})(?:\.(\d+))?")
    files = []
    for path in folder.iterdir():
        if match := stamp.fullmatch(path.name):
            files.append((match[1], int(match[2] or 0), path))
    files = [path for _, _, path in sorted(files)] + [folder / "app.log"]
    return b"".join(path.read_bytes() for path in files)


def check(log, returned):
    """`returned[round][thread]` calls have returned; one more may have been under way."""
    seen = {}
    lines = log.split(b"\n")
    if lines.pop() != b"":
        raise Failure("the log does not end with a line end")
    for line in lines:
        if match := RECORD.fullmatch(line):
            key, number = (int(match[1]), int(match[2])), int(match[3])
            if number != seen.get(key, 0):
                raise Failure(f"round {key[0]} thread {key[1]}: {number} follows "
                              f"{seen.get(key, 0) - 1}")
            seen[key] = number + 1
        elif b"had left in its queues" not in line:
            raise Failure(f"not a record: {line[:200]}")
    for round_number, counts in enumerate(returned):
        for thread, count in enumerate(counts):
            found = seen.get((round_number, thread), 0)
            if found not in (count, count + 1):
                raise Failure(f"round {round_number} thread {thread}: {count} calls have returned, "
                              f"{found} records are there")
    return sum(seen.values())


def main():
    program, form = sys.argv[1], sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    seed = random.randrange(1 << 32)
    random.seed(seed)
    with tempfile.TemporaryDirectory(prefix="lathe-kill-") as name:
        folder = pathlib.Path(name)
        (folder / "spool").mkdir()
        returned = []
        try:
            for number in range(rounds):
                # Every other one is killed early, perhaps before it has recovered anything.
                longest_s = 0.02 if number % 2 else 0.12
                returned.append(kill_one(writer(program, folder, number, form, 0), folder,
                                         longest_s))
            (folder / "counters").write_bytes(bytes(8 * (THREADS + 1)))
            last = [str(part) for part in writer(program, folder, rounds, form, 100)]
            subprocess.run(last, check=True, timeout=300)
            returned.append((100,) * THREADS)
            count = check(read_log(folder), returned)
            left = [path.name for path in (folder / "spool").iterdir()]
            if left:
                raise Failure(f"spools are left: {left}")
        except (Failure, subprocess.SubprocessError) as failure:
            print(f"seed {seed}: {failure}")
            return 1
    print(f"{rounds} kills, {count} records, each once and in order")
    return 0


if __name__ == "__main__":
    sys.exit(main())
