# SPDX-License-Identifier: MIT
"""Retention of `lathe pipe` in a directory that is full of old backups and of other people's files,
and beside a process that still reads a backup."""

import fcntl
import os
import tempfile
import time

import outside_support
from outside_support import OutsideCase, backup_files, lines
from pipe_support import wait_for

OLD = 20_000
KEPT = 5
# Nothing that lathe can have made, however close it comes.
FOREIGN = ["app.log.old", "app.log.1", "app.log.20250230_000000", "app.log.20250101_000000.",
           "app.log.20250101_000000.0", "app.log.20250101_000000.01", "app.log.20250101_240000",
           "app.log.20250101_000000.1.1", "app.log.20250101_000000.gz.bak",
           "app.log.20250101_000000.bz2", "app.log.20250101_000000~", "app.log.2025010_1000000",
           "app.log.20250101-000000", "xapp.log.20250101_000000", "app.logs.20250101_000000",
           "App.log.20250101_000000", ".app.log.20250101_000000", "app.log.20250101_000000 ",
           "app.log.20250101_000000.4294967296"]


def old_name(number):
    """Of one backup a minute from the beginning of 2025; every tenth is packed."""
    stamp = time.strftime("%Y%m%d_%H%M%S", time.gmtime(1_735_689_600 + 60 * number))
    return f"app.log.{stamp}" + (".gz" if number % 10 == 0 else "")


class RetentionTest(OutsideCase):
    def test_keeps_the_newest_of_many_and_all_that_is_foreign(self):
        for number in range(OLD):
            os.close(os.open(self.folder / old_name(number), os.O_WRONLY | os.O_CREAT, 0o640))
        for name in FOREIGN:
            (self.folder / name).write_bytes(b"foreign\n")
        said = self.run_pipe("--keep", str(KEPT), data=b"line\n")
        self.assertEqual(said, "")
        left = {file.name for file in self.folder.iterdir()} - {".app.log.lock"}
        self.assertEqual(len(left), 1 + KEPT + len(FOREIGN))  # first: 20,000 names help nobody
        newest = {old_name(number) for number in range(OLD - KEPT, OLD)}
        self.assertEqual(left, {"app.log", *newest, *FOREIGN})
        for name in FOREIGN:
            self.assertEqual((self.folder / name).read_bytes(), b"foreign\n")

    def test_leaves_a_backup_that_somebody_has_open_until_it_is_closed(self):
        child = self.start_pipe("--size", "1K", "--keep", "2")
        sent = lines(200, bytes_min=100)

        def rotate(times):
            for _ in range(times):
                self.feed_and_wait(child, b"".join(sent[:10]), last=sent[9])
                del sent[:10]

        rotate(2)
        wait_for(lambda: backup_files(self.path), "a backup")
        held = backup_files(self.path)[0]
        with open(held, "rb") as reader:
            want = reader.read()
            rotate(6)
            wait_for(lambda: len(backup_files(self.path)) == 3, "two backups and the open one")
            self.assertEqual(backup_files(self.path)[0], held)
            reader.seek(0)
            self.assertEqual(reader.read(), want)
        rotate(1)
        wait_for(lambda: not held.exists(), "its end")
        self.finish(child)
        self.assertEqual(len(backup_files(self.path)), 2)


def need_leases():
    """What finds out whether a file is open; not every file system has them."""
    descriptor, name = tempfile.mkstemp(prefix="lathe-pipe-")
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError as error:
        outside_support.skip(f"no leases in the temporary directory: {error}")
    finally:
        os.close(descriptor)
        os.unlink(name)


if __name__ == "__main__":
    need_leases()
    outside_support.main()
