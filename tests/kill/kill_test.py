# SPDX-License-Identifier: MIT
"""A record whose log call has returned is in the log exactly once, whatever kills the process.

usage: kill_test.py WRITER FORM [ROUNDS]

In each round a writer logs from four threads into files of 256 KiB, and is killed at a random
moment: also while it recovers what the one before has left. At the end nothing may be missing,
doubled, torn, or out of its thread's order. 40 kills; with LATHE_LONG=1, a thousand."""

import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import time

THREADS = 4
SIZE_BYTES = 256 * 1024  # of a file: some rotations in each round
BEGIN_S_MAX = 60
ROUNDS = 1000 if os.environ.get("LATHE_LONG") == "1" else 40
RECORD = re.compile(rb"r=(\d+) t=(\d+) n=(\d+)(?: x+| text)? whole\n")
BACKUP = re.compile(r"app\.log\.(\d{8}_\d{6})(?:\.(\d+))?")


class Failure(Exception):
    pass


def writer(program, folder, round_number, form, records):
    return [program, folder / "app.log", folder / "counters", folder / "spool", str(round_number),
            str(THREADS), str(records), str(SIZE_BYTES), form]


def read_counters(folder):
    return struct.unpack(f"{THREADS}Q", (folder / "counters").read_bytes()[:8 * THREADS])


def wait_for_records(child, folder):
    """Until all threads log: what was left before is recovered then."""
    end = time.monotonic() + BEGIN_S_MAX
    while not all(read_counters(folder)):
        if time.monotonic() > end or child.poll() is not None:
            raise Failure("it does not begin to log")
        time.sleep(0.001)


def kill_one(command, folder, waits, longest_s):
    """Returns how many calls of each thread have returned by then."""
    (folder / "counters").write_bytes(bytes(8 * (THREADS + 1)))
    child = subprocess.Popen([str(part) for part in command], stderr=subprocess.PIPE)
    try:
        if waits:
            wait_for_records(child, folder)
        time.sleep(random.uniform(0, longest_s))
    finally:
        child.kill()
        said = child.communicate()[1].decode()
    if child.returncode != -9:
        raise Failure(f"exit status {child.returncode}: {said}")
    return read_counters(folder)


def log_files(folder):
    """The backups, oldest first, then the active file."""
    backups = []
    for path in folder.iterdir():
        if match := BACKUP.fullmatch(path.name):
            backups.append((match[1], int(match[2] or 0), path))
    return [path for _, _, path in sorted(backups)] + [folder / "app.log"]


class Check:
    """Reads the log in order and counts what is wrong with it."""

    def __init__(self):
        self.seen = {}  # (round, thread): the number that comes next
        self.lost = self.doubled = self.torn = 0
        self.first = None  # the first thing that was wrong

    def note(self, text):
        self.first = self.first or text

    def read_line(self, line, where):
        if not (match := RECORD.fullmatch(line)):
            if b"had left in its queues" not in line or not line.endswith(b"\n"):
                self.torn += 1
                self.note(f"{where}: not a record: {line[:200]}")
            return
        key, number = (int(match[1]), int(match[2])), int(match[3])
        due = self.seen.get(key, 0)
        if number != due:
            self.note(f"{where}: round {key[0]} thread {key[1]}: {number} follows {due - 1}")
            self.lost += max(number - due, 0)
            self.doubled += number < due  # or late: it was counted as lost then
        self.seen[key] = max(due, number + 1)

    def read(self, files):
        for path in files:
            with open(path, "rb") as lines:
                for line in lines:
                    self.read_line(line, path.name)

    def compare(self, returned):
        """`returned[round][thread]` calls have returned; one more may have been under way."""
        for round_number, counts in enumerate(returned):
            for thread, count in enumerate(counts):
                found = self.seen.get((round_number, thread), 0)
                if found not in (count, count + 1):
                    self.note(f"round {round_number} thread {thread}: {count} calls have "
                              f"returned, {found} records are there")
                    self.lost += max(count - found, 0)
                    self.doubled += max(found - count - 1, 0)

    def result(self):
        text = (f"{sum(self.seen.values())} records: {self.lost} lost, {self.doubled} doubled, "
                f"{self.torn} torn")
        if self.first:
            raise Failure(f"{text}; {self.first}")
        return text


def run(program, form, rounds, folder):
    (folder / "spool").mkdir()
    returned = []
    for number in range(rounds):
        # Every other one is killed early, perhaps before it has recovered anything.
        waits, longest_s = (False, 0.02) if number % 2 else (True, 0.04)
        returned.append(kill_one(writer(program, folder, number, form, 0), folder, waits,
                                 longest_s))
    (folder / "counters").write_bytes(bytes(8 * (THREADS + 1)))
    last = [str(part) for part in writer(program, folder, rounds, form, 100)]
    subprocess.run(last, check=True, timeout=300)
    returned.append((100,) * THREADS)
    files = log_files(folder)
    check = Check()
    check.read(files)
    check.compare(returned)
    left = [path.name for path in (folder / "spool").iterdir()]
    if left:
        raise Failure(f"spools are left: {left}")
    return f"{rounds} kills, {THREADS} threads, {len(files)} files, {check.result()}"


def main():
    program, form = sys.argv[1], sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else ROUNDS
    seed = random.randrange(1 << 32)
    random.seed(seed)
    with tempfile.TemporaryDirectory(prefix="lathe-kill-") as name:
        try:
            print(run(program, form, rounds, pathlib.Path(name)))
        except (Failure, subprocess.SubprocessError) as failure:
            print(f"seed {seed}: {failure}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
