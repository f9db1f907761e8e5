# SPDX-License-Identifier: MIT
"""The one oracle of the tests against the real kernel: what a log may hold, given what the writers
(fault_writer.cpp) say has returned and what was acknowledged as durable.

A record carries the round (one run of a writer), the thread, its number there, a payload and a
checksum. In the log, in the order of its files: each record once, whole, in its thread's order."""

import collections
import pathlib
import re
import struct
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "outside"))

from outside_support import backups_by_age  # noqa: E402  (found by the line above)

THREADS_MAX = 16
NAMES = ("state", "accepted", "written", "durable", "lost", "dropped", "write_errors",
         "sync_errors", "rotation_errors", "at_risk", "recovered", "is_crash_safe", "looks",
         "sync_error", "spare1", "spare2")
LAYOUT = struct.Struct(f"{len(NAMES) + 2 * THREADS_MAX}Q")
IS_OPEN = 1
HAS_SYNCED = 2

RECORD = re.compile(rb"app\|(r=(\d+) t=(\d+) n=(\d+) p=x*) c=([0-9a-f]{8})")
TOLD = b"lathe|"
# What announces that records which may be in the log come once more.
TOLD_AGAIN = (b"they follow, perhaps again", b"is written again")
TOLD_DROPS = re.compile(rb"lathe\|dropped ([\d,]+) record")

Key = collections.namedtuple("Key", "round thread")
Piece = collections.namedtuple("Piece", "file offset text")


class Failure(Exception):
    pass


def require(holds, message):
    if not holds:
        raise Failure(message)


class Counters:
    """What a writer tells; `returned` and `acknowledged` are by thread."""

    def __init__(self, path):
        values = LAYOUT.unpack(path.read_bytes()[:LAYOUT.size])
        self.__dict__.update(zip(NAMES, values))
        self.returned = values[len(NAMES)::2]
        self.acknowledged = values[len(NAMES) + 1::2]


def make_counters(path):
    path.write_bytes(bytes(LAYOUT.size))


def log_files(path):
    """In the order of their records. The next file has some where a power cut came between the two
    renames. No directory, no files: that may be lost, too."""
    if not path.parent.exists():
        return []
    files = [file for _, forms in backups_by_age(path) for file in forms.values()]
    return [file for file in [*files, path, path.with_name(f".{path.name}.next")] if file.exists()]


class Log:
    """What the files of a log hold now."""

    def __init__(self, path, known_torn=(), is_after_cut=False):
        """`known_torn`: (file, offset) of what was no record before, such as an end that was cut
        off, and has a line end now. `is_after_cut`: this read is to find such places."""
        self.contents = {}  # by the file's number, in order
        self.found = collections.defaultdict(set)  # numbers by Key; sorted lists at the end
        self.highest = {}
        self.repeating = {}  # Key to the last number that came again
        self.order = []  # (Key, number) of all records
        self.repeated = 0
        self.told = []
        self.torn = []  # Pieces that are no whole line
        self.known_torn = set(known_torn)
        self.is_after_cut = is_after_cut
        for file in log_files(path):
            self.read(file)
        self.found = {key: sorted(numbers) for key, numbers in self.found.items()}

    def read(self, file):
        number, content = file.stat().st_ino, file.read_bytes()
        require(number not in self.contents, f"{file} has two names")
        self.contents[number] = content
        begin = 0
        while begin < len(content):
            end = content.find(b"\n", begin)
            line = content[begin:end if end >= 0 else len(content)]
            self.take(Piece(number, begin, line), file, is_whole=end >= 0)
            begin += len(line) + 1

    def take(self, piece, file, is_whole):
        match = RECORD.fullmatch(piece.text)
        if match and is_whole:
            require(zlib.crc32(match[1]) == int(match[5], 16), f"{file}: damaged: {match[1]}")
            self.take_record(Key(int(match[2]), int(match[3])), int(match[4]), file)
        elif is_whole and piece.text.startswith(TOLD):
            self.told.append(piece.text)
            if any(text in piece.text for text in TOLD_AGAIN):
                self.repeating = dict.fromkeys(self.found, -1)
        else:
            # Only a power cut, and the end of a process, leave the end of a file cut off; only the
            # former leaves zeros, where the file had grown already and its data were on their way.
            is_new = self.is_after_cut and (not is_whole or b"\0" in piece.text)
            require(is_new or piece[:2] in self.known_torn,
                    f"{file}: not a record, at {piece.offset}: {piece.text[:200]}")
            self.torn.append(piece)
            if is_new and b"\0" in piece.text:  # perhaps an announcement was there
                self.repeating = dict.fromkeys(self.found, -1)

    def take_record(self, key, number, file):
        """Ascending in each thread; but for what is announced to come again, which may have other
        records between it and its first time."""
        highest = self.highest.get(key, -1)
        if number > highest:
            self.repeating.pop(key, None)
            self.highest[key] = number
        else:
            require(number > self.repeating.get(key, sys.maxsize),
                    f"{file}: {key}: {number} comes after {highest}")
            self.repeating[key] = number
            self.repeated += number in self.found[key]
        self.found[key].add(number)
        self.order.append((key, number))

    def torn_places(self):
        return {piece[:2] for piece in self.torn} | self.known_torn

    def dropped_as_told(self):
        return sum(int(match[1].replace(b",", b"")) for text in self.told
                   if (match := TOLD_DROPS.match(text)))

    # --- what has to hold ---

    def check_grown_from(self, before):
        """Nothing shrinks, changes or goes away."""
        for number, content in before.contents.items():
            if content:
                require(self.contents.get(number, b"").startswith(content),
                        f"file {number} has changed: {len(content)} bytes before")

    def check_acknowledged(self, round_number, counters, at_end=None):
        """What was acknowledged as durable is there; and nothing is there that was not logged
        `at_end`."""
        in_order = [(key, number) for key, number in self.order if key.round == round_number]
        following = collections.Counter()
        for key, number in in_order[:counters.durable]:
            require(number == following[key],
                    f"{counters.durable} records are durable, of which {key} {following[key]} is "
                    f"missing: {number} is the next")
            following[key] += 1
        require(len(in_order) >= counters.durable,
                f"round {round_number}: {counters.durable} records are durable, "
                f"{len(in_order)} are there")
        for thread, acknowledged in enumerate(counters.acknowledged):
            numbers = self.found.get(Key(round_number, thread), [])
            require(numbers[:acknowledged] == list(range(acknowledged)),
                    f"round {round_number} thread {thread}: {acknowledged} acknowledged records "
                    f"are not all there: {len(numbers)}")
            # One log call may have been under way.
            require(not numbers or numbers[-1] <= (at_end or counters).returned[thread],
                    f"round {round_number} thread {thread}: {numbers[-1:]} was never logged")

    def check_complete(self, round_number, counters, is_open=False):
        """Every record whose call returned is there; with `is_open`, perhaps one more."""
        for thread, returned in enumerate(counters.returned):
            numbers = self.found.get(Key(round_number, thread), [])
            require(numbers == list(range(len(numbers))),
                    f"round {round_number} thread {thread}: records are missing in between")
            require(len(numbers) == returned or (is_open and len(numbers) == returned + 1),
                    f"round {round_number} thread {thread}: {returned} calls have returned, "
                    f"{len(numbers)} records are there")
