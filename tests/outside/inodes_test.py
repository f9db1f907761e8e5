# SPDX-License-Identifier: MIT
"""A file system that has no room for another name: logging goes on in the old file.

Needs root: mounts a small tmpfs.
"""

import errno

import outside_support
from outside_support import (OutsideCase, backup_files, lines, need_mount, need_root, need_tools,
                             read_log, run_tool)
from pipe_support import wait_for

SIZE = 4096
LINE_BYTES = 64
INODES = 40


def mount_small(place):
    run_tool("mount", "-t", "tmpfs", "-o", f"size=16m,nr_inodes={INODES}", "none", place)


class InodesTest(OutsideCase):
    def setUp(self):
        super().setUp()
        place = self.folder / "mounted"
        place.mkdir()
        mount_small(place)
        self.addCleanup(run_tool, "umount", place)
        self.fillers = place / "fillers"
        self.fillers.mkdir()
        self.path = place / "logs" / "app.log"

    def take_all_inodes(self):
        for number in range(INODES):
            try:
                (self.fillers / str(number)).touch()
            except OSError as error:
                self.assertEqual(error.errno, errno.ENOSPC)
                return
        self.fail("there is no limit")

    def test_goes_on_in_the_old_file_and_recovers(self):
        child = self.start_pipe("--size", str(SIZE), "--keep", "all", "--sync", "never")
        sent = lines(600, bytes_min=LINE_BYTES)
        self.feed_and_wait(child, b"".join(sent[:10]), last=sent[9])
        self.take_all_inodes()
        self.feed(child, b"".join(sent[10:400]))
        wait_for(lambda: read_log(self.path) == b"".join(sent[:400]), "400 lines")
        # One more file at most: the one that was made before the last inode went.
        self.assertLessEqual(len(backup_files(self.path)), 1)
        self.assertGreater(self.path.stat().st_size, 4 * SIZE)
        before = len(backup_files(self.path))
        for file in self.fillers.iterdir():
            file.unlink()
        # Without another line, too.
        wait_for(lambda: len(backup_files(self.path)) > before, "the rotation that was put off")
        self.feed(child, b"".join(sent[400:]))
        self.finish(child)
        self.assert_lines(read_log(self.path), sent)
        self.assertLessEqual(self.path.stat().st_size, SIZE)


if __name__ == "__main__":
    need_root()
    need_tools("mount", "umount")
    need_mount(mount_small)
    outside_support.main()
