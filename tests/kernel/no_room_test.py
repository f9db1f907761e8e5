# SPDX-License-Identifier: MIT
"""No room, of any kind, under a writer that goes on; and then room again.

usage: no_room_test.py WRITER

A full file system (by bytes, by inodes), the limit of a file's size, the limit of open files. The
writer lives; nothing that it has accepted is lost; nothing is there twice; and it goes on by itself
as soon as there is room.
"""

import errno
import os
import pathlib
import resource
import sys
import time

from kernel_support import Writer, need_mount, need_root, need_tools, working_folder
from outside_support import run_tool
from record_oracle import Failure, Log, backups_by_age, require

MANY = 3000  # records


def mount_small(place):
    run_tool("mount", "-t", "tmpfs", "-o", "size=4m,nr_inodes=40", "none", place)


class Case:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.place = folder / "mounted"
        self.place.mkdir()
        self.ballast = self.place / "ballast"

    def start(self, limits=None, **settings):
        self.path = self.place / "logs" / "app.log"
        self.writer = Writer(self.program, self.folder, self.path, limits, **settings)
        return self.writer.wait_open()

    def wait_many(self):
        """Until it has written many records more."""
        begin = self.writer.counters().written
        self.writer.wait_until(lambda now: now.written > begin + MANY, f"{MANY} more records")

    def wait_stuck(self):
        """Until nothing is written any more, and its queues are full, or dropping."""
        def is_stuck(now):
            waits = now.written < now.accepted and now.write_errors > 0
            if not waits or (now.written, now.accepted) != self.last[:2]:
                self.last = (now.written, now.accepted, now.looks)
            return now.looks > self.last[2] + 50
        self.last = (0, 0, 0)
        return self.writer.wait_until(is_stuck, "an end of all writing")

    def wait_healed(self, before):
        begin = time.monotonic()
        self.writer.wait_until(lambda now: now.written > before.written, "the first record after")
        return time.monotonic() - begin

    def check_all_there(self, told=None):
        """At the end: what was accepted is there, and what was dropped is told."""
        told = told or self.writer.finish()
        log = Log(self.path)
        require(told.lost == 0, f"{told.lost} are lost")
        require(told.accepted == told.written == len(log.order),
                f"{told.accepted} accepted, {told.written} written, {len(log.order)} there")
        require(sum(told.returned) == told.accepted + told.dropped,
                f"{sum(told.returned)} calls, {told.accepted} accepted, {told.dropped} dropped")
        require(log.dropped_as_told() == told.dropped,
                f"{told.dropped} were dropped, the log tells of {log.dropped_as_told()}")
        if told.dropped == 0:
            log.check_complete(0, told)
        require(told.sync_error == 0, f"the last sync: {os.strerror(told.sync_error)}")
        return log, told

    # --- the cases ---

    def fill(self):
        """With one file, to the last byte."""
        with open(self.ballast, "ab", buffering=0) as file:
            for piece in (1 << 16, 1 << 12, 1):
                try:
                    while file.write(bytes(piece)) == piece:
                        pass
                except OSError as error:
                    require(error.errno == errno.ENOSPC, str(error))

    def no_bytes(self, overflow):
        mount_small(self.place)
        self.start(overflow=overflow, size=64 << 10, pause_us=200)
        self.wait_many()
        self.fill()
        stuck = self.wait_stuck()
        if overflow == "drop":
            self.writer.wait_until(lambda now: now.dropped > MANY, f"{MANY} drops")
        run_tool("mount", "-o", "remount,size=64m", self.place)
        took = self.wait_healed(stuck)
        self.wait_many()
        log, told = self.check_all_there()
        require((told.dropped > 0) == (overflow == "drop"), f"{told.dropped} dropped")
        require(any(b"No space left" in text for text in log.told), "the log does not tell why")
        return f"{told.accepted} records, {told.dropped} dropped, went on after {took:.2f} s"

    def no_inodes(self):
        mount_small(self.place)
        self.start(size=64 << 10, pause_us=3000)
        fillers = self.place / "fillers"
        fillers.mkdir()
        try:
            for number in range(1000):
                (fillers / str(number)).touch()
        except OSError as error:
            require(error.errno == errno.ENOSPC, str(error))
        self.writer.wait_until(lambda now: now.rotation_errors > 0, "a rotation that fails")
        self.wait_many()  # into the old file
        backups = len(backups_by_age(self.path))
        run_tool("mount", "-o", "remount,size=64m,nr_inodes=0", self.place)
        self.writer.wait_until(lambda _: len(backups_by_age(self.path)) > backups + 3,
                               "rotations after that")
        _, told = self.check_all_there()
        require(told.dropped == told.write_errors == 0, f"dropped {told.dropped}")
        return f"{told.accepted} records, {told.rotation_errors} rotations failed"

    def small_files(self, size, limit=100_000, **settings):
        """The limit of a file's size, below that of a rotation or without one."""
        def set_limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        begin = self.start(set_limit, size=size, **settings)
        for _ in range(3):
            self.wait_many()
        _, told = self.check_all_there()
        sizes = [file.stat().st_size for file in self.path.parent.iterdir()]
        require(max(sizes) <= limit, f"{max(sizes)} bytes")
        require(len(sizes) > 3 or limit > 1_000_000, "no new file was begun")
        require((begin.is_crash_safe == 1) == (limit > 1_000_000), "whether there is a spool")
        return (f"{told.accepted} records in {len(sizes)} files, crash-safe: "
                f"{begin.is_crash_safe == 1}")

    def few_files(self):
        self.start(size=64 << 10, pause_us=3000)
        self.wait_many()
        process = self.writer.child.pid
        before = resource.prlimit(process, resource.RLIMIT_NOFILE)
        resource.prlimit(process, resource.RLIMIT_NOFILE, (4, before[1]))
        self.writer.wait_until(lambda now: now.rotation_errors > 0, "a rotation that fails")
        self.wait_many()
        backups = len(backups_by_age(self.path))
        resource.prlimit(process, resource.RLIMIT_NOFILE, before)
        self.writer.wait_until(lambda _: len(backups_by_age(self.path)) > backups + 3,
                               "rotations after that")
        _, told = self.check_all_there()
        require(told.dropped == 0, f"dropped {told.dropped}")
        return f"{told.accepted} records, {told.rotation_errors} rotations failed"


CASES = {
    "bytes": (lambda case: case.no_bytes("block"), True),
    "bytes, dropping": (lambda case: case.no_bytes("drop"), True),
    "inodes": (Case.no_inodes, True),
    "file size, rotating later": (lambda case: case.small_files(1 << 20), False),
    "file size, never rotating": (lambda case: case.small_files(0), False),
    "file size, met by the spool in a log call": (
        lambda case: case.small_files(0, limit=1_500_000, threads=16, queue=262_144), False),
    "open files": (Case.few_files, False),
}


def main():
    needs_mount = sys.argv[2] == "mounted"
    if needs_mount:
        need_root()
        need_tools("mount", "umount")
        need_mount(mount_small)
    for name, (run, is_mounted) in CASES.items():
        if is_mounted != needs_mount:
            continue
        try:
            with working_folder() as folder:
                print(f"{name}: {run(Case(pathlib.Path(sys.argv[1]), folder))}", flush=True)
        except Failure as failure:
            print(f"{name}: {failure}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
