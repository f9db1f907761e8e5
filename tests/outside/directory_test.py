# SPDX-License-Identifier: MIT
"""A directory that others change under a running `lathe pipe`: moved, or full of planted names."""

import os
import stat
import time

import outside_support
from outside_support import OutsideCase, backup_files, lines, read_log
from pipe_support import wait_for

LINE_BYTES = 64
PLANTED_S = 60  # the names of so many seconds from now on
ROTATIONS = 12


class MovedDirectoryTest(OutsideCase):
    def test_rotation_goes_on_where_the_directory_is(self):
        logs, moved = self.folder / "logs", self.folder / "moved"
        path, moved_path = logs / "app.log", moved / "app.log"
        child = self.start_pipe("--size", "1K", "--keep", "all", path=path)
        sent = lines(300, bytes_min=LINE_BYTES)
        self.feed_and_wait(child, b"".join(sent[:100]), last=sent[99], path=path)
        logs.rename(moved)
        logs.mkdir()  # somebody else's, with the old name
        before = len(backup_files(moved_path))
        self.feed_and_wait(child, b"".join(sent[100:200]), last=sent[199], path=moved_path)
        wait_for(lambda: len(backup_files(moved_path)) > before, "a rotation in the moved one")
        # Away altogether, and back.
        moved.rename(self.folder / "elsewhere")
        self.feed(child, b"".join(sent[200:]))
        wait_for(lambda: (self.folder / "elsewhere" / "app.log").read_bytes().endswith(sent[-1]),
                 "the last line")
        (self.folder / "elsewhere").rename(moved)
        self.assertEqual(self.finish(child), "")
        self.assert_lines(read_log(moved_path), sent)
        self.assertEqual(list(logs.iterdir()), [])


class PlantedNamesTest(OutsideCase):
    def setUp(self):
        super().setUp()
        self.logs = self.folder / "logs"
        self.logs.mkdir()
        self.path = self.logs / "app.log"
        self.victim = self.folder / "victim"
        self.victim.write_bytes(b"not yours\n")
        self.planted = {}

    def plant(self):
        """For each of the next seconds a link to the victim, a link to nowhere, a directory and a
        FIFO under the names that a rotation would try first."""
        now = int(time.time())
        for second in range(now - 1, now + PLANTED_S):
            name = time.strftime("app.log.%Y%m%d_%H%M%S", time.gmtime(second))
            (self.logs / name).symlink_to(self.victim)
            (self.logs / f"{name}.1").symlink_to(self.folder / "nowhere")
            (self.logs / f"{name}.2").mkdir()
            os.mkfifo(self.logs / f"{name}.3")
        self.planted = {file: describe(file) for file in self.logs.iterdir()
                        if file.name.startswith("app.log.")}
        self.assertEqual(len(self.planted), 4 * (PLANTED_S + 1))

    def check(self, *arguments, plants_before):
        if plants_before:
            self.plant()
        child = self.start_pipe("--size", "200", "--keep", "all", *arguments)
        if not plants_before:
            self.plant()
        sent = lines(ROTATIONS * 3 + 1, bytes_min=LINE_BYTES)
        for text in sent:
            self.feed_and_wait(child, text)
        said = self.finish(child)
        self.assertEqual({file: describe(file) for file in self.planted}, self.planted)
        self.assertEqual(self.victim.read_bytes(), b"not yours\n")
        self.assertFalse((self.folder / "nowhere").exists())
        for file in self.planted:  # of which the log may be read now
            file.rmdir() if file.is_dir() and not file.is_symlink() else file.unlink()
        self.assertEqual(len(backup_files(self.path)), ROTATIONS)
        self.assert_lines(read_log(self.path), sent)
        return said

    def test_steps_around_what_was_there_before(self):
        self.assertEqual(self.check(plants_before=True), "")

    def test_steps_around_what_came_later(self):
        self.assertEqual(self.check(plants_before=False), "")

    def test_does_not_pack_what_it_did_not_write(self):
        self.need_packing("--gzip")
        self.check("--gzip", plants_before=False)

    def test_does_not_write_through_a_link_in_the_place_of_the_active_file(self):
        child = self.start_pipe("--size", "200", "--keep", "all")
        sent = lines(4, bytes_min=LINE_BYTES)
        self.feed_and_wait(child, b"".join(sent[:3]))
        self.path.rename(self.logs / "away")
        self.path.symlink_to(self.victim)
        self.feed(child, sent[3])
        wait_for(lambda: (self.logs / "away").read_bytes() == b"".join(sent), "the last line")
        self.path.unlink()
        self.finish(child)
        self.assertEqual(self.victim.read_bytes(), b"not yours\n")


def describe(file):
    """What must not change of a planted name."""
    status = file.lstat()
    target = os.readlink(file) if stat.S_ISLNK(status.st_mode) else ""
    return status.st_mode, status.st_ino, target


if __name__ == "__main__":
    outside_support.main()
