# SPDX-License-Identifier: MIT
"""A rotation that the file system refuses: logging goes on in the old file, and nothing is lost.

Needs root: attributes of files (chattr), on an ext4 of its own that is mounted from a file.
"""

import contextlib

import outside_support
from outside_support import (OutsideCase, backup_files, lines, need_mount, need_root, need_tools,
                             read_log, run_tool)
from pipe_support import wait_for

SIZE = 4096
LINE_BYTES = 64
IMAGE_BYTES = 16 << 20


def mount_image(place):
    image = place.parent / "image"
    with open(image, "wb") as file:
        file.truncate(IMAGE_BYTES)
    run_tool("mkfs.ext4", "-q", "-F", image)
    run_tool("mount", "-o", "loop", image, place)


class RenameFailureTest(OutsideCase):
    def setUp(self):
        super().setUp()
        place = self.folder / "mounted"
        place.mkdir()
        mount_image(place)
        self.addCleanup(run_tool, "umount", place)
        self.logs = place / "logs"
        self.logs.mkdir()
        self.path = self.logs / "app.log"

    @contextlib.contextmanager
    def attribute(self, letter, file):
        run_tool("chattr", f"+{letter}", file)
        try:
            yield
        finally:
            run_tool("chattr", f"-{letter}", file)

    def told(self):
        """What lathe itself says in the log."""
        return [text for text in read_log(self.path).splitlines() if text.startswith(b"lathe|")]

    def check_goes_on_and_recovers(self, letter, file):
        child = self.start_pipe("--size", str(SIZE), "--keep", "all", "--stamp", "--pattern",
                                "{logger}|{message}")
        sent = lines(400, bytes_min=LINE_BYTES)
        self.feed_and_wait(child, b"".join(sent[:10]), last=sent[9])
        # The next file is there: what fails is the rename, not making another file.
        wait_for((self.logs / ".app.log.next").exists, "the next file")
        with self.attribute(letter, file):
            self.feed(child, b"".join(sent[10:300]))
            wait_for(lambda: b"".join(self.lines_of_pipe()) == b"".join(sent[:300]), "300 lines")
            wait_for(self.told, "a report in the log")
            self.assertEqual(backup_files(self.path), [])
            self.assertGreater(self.path.stat().st_size, 4 * SIZE)
        # Without another line: the next try comes by itself, a second after the first failure.
        wait_for(lambda: backup_files(self.path), "the rotation that was put off")
        self.feed(child, b"".join(sent[300:]))
        report = r"cannot start a new file \(rename .*Operation not permitted\)"
        self.assertRegex(self.finish(child), report)
        self.assertRegex(self.told()[0].decode(), report)
        self.assert_lines(b"".join(self.lines_of_pipe()), sent)
        for backup in backup_files(self.path)[1:]:
            self.assertLessEqual(backup.stat().st_size, SIZE)

    def lines_of_pipe(self):
        """The lines that came in, without what the log says of itself and the loggers' names."""
        return [text.removeprefix(b"pipe|") for text in read_log(self.path).splitlines(True)
                if text.startswith(b"pipe|")]

    def test_active_file_that_may_only_grow(self):
        # "a" leaves appending and forbids the rename, which is how secured hosts keep their logs.
        self.path.touch(0o640)
        self.check_goes_on_and_recovers("a", self.path)

    def test_directory_that_may_not_change(self):
        self.path.touch(0o640)
        self.check_goes_on_and_recovers("i", self.logs)


if __name__ == "__main__":
    need_root()
    need_tools("chattr", "mkfs.ext4", "mount", "umount")
    need_mount(mount_image)  # no loop device in many containers
    outside_support.main()
