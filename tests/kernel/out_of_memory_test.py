# SPDX-License-Identifier: MIT
"""A process that the kernel kills for want of memory loses nothing that it has accepted.

usage: out_of_memory_test.py WRITER

The writer runs in a control group with little memory, its spool is in /dev/shm, whose pages count
for the group, too, and one of its threads eats memory until the kernel ends it all. The next
writer, outside of the group, writes what the spool holds.
"""

import contextlib
import os
import pathlib
import sys
import tempfile

from kernel_support import Writer, need_root, skip, working_folder
from record_oracle import Failure, Log, require

LIMIT_BYTES = 64 << 20
ROUNDS = 3
RECORDS_AFTER = 100
GROUPS = pathlib.Path("/sys/fs/cgroup")


def set_value(file, value):
    with open(file, "r+") as opened:  # makes no file
        opened.write(str(value))


class Group:
    """A control group of either version that has a limit of its memory."""

    def __init__(self):
        self.folder = self.limit = self.events = None
        for root, limit, swap, events in (
                (GROUPS, "memory.max", "memory.swap.max", "memory.events"),
                (GROUPS / "unified", "memory.max", "memory.swap.max", "memory.events"),
                (GROUPS / "memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes",
                 "memory.oom_control")):
            if not (root / "cgroup.procs").exists():
                continue
            with contextlib.suppress(OSError):
                self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lathe-kernel-", dir=root))
                self.events = self.folder / events
                set_value(self.folder / limit, LIMIT_BYTES)
                with contextlib.suppress(OSError):  # no swap here, perhaps, and then no such file
                    set_value(self.folder / swap, 0 if "max" in swap else LIMIT_BYTES)
                return
            self.remove()
        skip("no control group with a limit of memory can be made")

    def join(self):
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def kills(self):
        for text in self.events.read_text().splitlines():
            if text.startswith("oom_kill "):
                return int(text.split()[1])
        raise Failure("the group does not count its kills")

    def remove(self):
        if self.folder is not None:
            with contextlib.suppress(OSError):
                self.folder.rmdir()
            self.folder = None


def run(program, folder, group):
    path = folder / "logs" / "app.log"
    (folder / "spool").rmdir()
    (folder / "spool").symlink_to(tempfile.mkdtemp(prefix="lathe-kernel-", dir="/dev/shm"))
    told = []
    for number in range(0, 2 * ROUNDS, 2):
        kills = group.kills()
        writer = Writer(program, folder, path, group.join, round=number, size=1 << 20,
                        pause_us=3000, eat_mib=4 * LIMIT_BYTES >> 20)
        writer.child.wait(250)
        told.append((number, writer.kill()))
        require(group.kills() > kills, "it was killed, but not for its memory")
        require(told[-1][1].is_crash_safe == 1, "there was no spool")
        after = Writer(program, folder, path, round=number + 1, records=RECORDS_AFTER).wait()
        log = Log(path)
        for before, counters in told:
            log.check_complete(before, counters, is_open=True)
        log.check_complete(number + 1, after)
    require(not list((folder / "spool").iterdir()), "a spool is left")
    print(f"{ROUNDS} times out of memory, {len(log.order)} records, each once and in order; "
          f"{after.recovered} of the last {sum(told[-1][1].returned)} were in the spool")


def main():
    need_root()
    group = Group()
    try:
        with working_folder() as folder:
            try:
                run(pathlib.Path(sys.argv[1]), folder, group)
            finally:
                spool = folder / "spool"
                if spool.is_symlink():
                    for file in spool.iterdir():
                        file.unlink()
                    spool.resolve().rmdir()
    except Failure as failure:
        print(failure)
        return 1
    finally:
        group.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
