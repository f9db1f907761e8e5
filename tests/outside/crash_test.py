# SPDX-License-Identifier: MIT
"""Kills `lathe pipe` at the system calls of a rotation, a compression and a renumbering, and opens
the log again: nothing is lost, nothing is doubled, and nothing is left lying about."""

import collections
import os
import shutil
import signal

import outside_support
from outside_support import (OutsideCase, backup_key, lines, need_tools, read_log, run_tool, skip)
from strace_support import BY_DIRECTORY, BY_FILE, died_at, may_trace, points_in, run_traced

LINE_BYTES = 40
PER_KIND = 2  # points to die at: the first and the last of each kind of call
ROUNDS = 3  # to hit a call of a wanted kind
ROTATING = ("--size", str(2 * LINE_BYTES), "--keep", "all")  # two lines a file
INDEXED = ("--name", "{name}.{index}", *ROTATING)

# planted: [(name, content)] of backups, oldest first, that are there before
Scenario = collections.namedtuple("Scenario", "options fed planted", defaults=[()])


class CrashCase(OutsideCase):
    def setUp(self):
        super().setUp()
        self.folder = self.folder.resolve()  # as strace knows it
        self.log = self.folder / "strace.log"
        self.runs = 0
        self.covered = set()  # kinds of calls that it was killed at

    def begin(self, scenario):
        """A directory of its own for each crash. Returns what the log holds."""
        self.runs += 1
        self.path = self.folder / str(self.runs) / "app.log"
        self.path.parent.mkdir()
        self.fed = [b"".join(content for _, content in scenario.planted)]
        for name, content in scenario.planted:
            (self.path.parent / name).write_bytes(content)
        return b"".join(content for _, content in scenario.planted)

    def crash(self, scenario, before, point):
        """Kills a run. All is there that was before, and of what was fed as much as was seen in the
        file, or more: a gapless beginning. What an earlier run had read and not written may have
        come in between. Returns what the log holds."""
        seen, status = run_traced(self.path, scenario.options, scenario.fed, self.log, point.name,
                                  point)
        # Not killed: its threads have shared their work in another way than in the first run.
        self.assertIn(status, (0, -signal.SIGKILL))
        if status:
            self.covered |= died_at(self.log)
        held = read_log(self.path)  # unpacks all: no half file has a final name
        self.assert_same_bytes(held[:len(before)], before)
        self.fed.append(b"".join(scenario.fed))
        found = self.assert_beginnings(held)
        self.assertGreaterEqual(found, len(b"".join(scenario.fed[:seen])))
        return held

    def assert_beginnings(self, held):
        """The log is the beginnings, however long, of what was fed to one run after the other.
        Returns the length of the last."""
        at = found = 0
        for fed in self.fed:
            found = len(os.path.commonprefix([held[at:], fed]))
            at += found
        self.assertEqual(held[at:], b"")
        return found

    def recover(self, scenario, held):
        """Opens the log again and writes on. Nothing but the log is there then."""
        more = b"".join(lines(3, "more", LINE_BYTES))
        said = self.run_pipe(*scenario.options, data=more)
        told = r"(lathe: \S+ wrote \d+ records that process \d+ had left [^\n]+\n)*"
        self.assertRegex(said, rf"\A{told}\Z")
        self.fed.append(more)
        whole = read_log(self.path)
        self.assert_same_bytes(whole[:len(held)], held)
        self.assertEqual(self.assert_beginnings(whole), len(more))
        names = {file.name for file in self.path.parent.iterdir()}
        backups = names - {"app.log", ".app.log.lock", ".app.log.upkeep"}
        forms = {".gz"} if "--gzip" in scenario.options else {None}
        for name in backups:
            key = backup_key("app.log", name)
            self.assertTrue(key and key[1] in forms, f"{name} was left")
        if ".gz" in forms:
            run_tool("gzip", "-t", *(self.path.parent / name for name in backups))
        shutil.rmtree(self.path.parent)

    def points(self, scenario, names):
        if "--gzip" in scenario.options:
            self.need_packing("--gzip")
        found = {}
        for name in names:
            self.begin(scenario)
            _, status = run_traced(self.path, scenario.options, scenario.fed, self.log, name)
            self.assertEqual(status, 0)
            found.update(points_in(self.log, name, self.path.parent))
            shutil.rmtree(self.path.parent)
        return found

    def die_at(self, scenario, kind, point):
        with self.subTest(kind=kind, number=point.number):
            held = self.crash(scenario, self.begin(scenario), point)
            self.recover(scenario, held)

    def sweep(self, scenario, names, wanted):
        """Dies at some points of each kind of call; and at more where a wanted kind was not met,
        since the n-th call is not always the same one."""
        points = self.points(scenario, names)
        self.assertEqual(wanted - set(points), set(), f"not made; these are: {sorted(points)}")
        for kind, found in points.items():
            chosen = found if len(found) <= PER_KIND else [found[0], found[-1]]
            for point in chosen:
                self.die_at(scenario, kind, point)
        for kind in sorted(wanted):
            for point in points[kind] * ROUNDS:
                if kind in self.covered:
                    break
                self.die_at(scenario, kind, point)
        # Which thread makes the n-th call is up to the scheduler: no verdict on the code.
        if missed := wanted - self.covered:
            self.skipTest(f"threads took turns in other ways; never killed at {sorted(missed)}")


class RotationCrashTest(CrashCase):
    def test_at_the_calls_of_a_rotation(self):
        # More rotations than the dynamic linker closes files at the start: so the janitor's calls
        # come to numbers that no other thread has had.
        self.sweep(Scenario(ROTATING, lines(60, bytes_min=LINE_BYTES)), BY_DIRECTORY + BY_FILE, {
            "renameat2 app.log app.log.S", "renameat2 .app.log.next app.log",
            "openat .app.log.next", "unlinkat .app.log.next", "fsync .", "fdatasync app.log.S",
            "close app.log.S", "write app.log", "newfstatat app.log"})


class PackingCrashTest(CrashCase):
    def test_at_the_calls_of_a_compression(self):
        # No rotation, so that the thread that packs has the numbers of its calls to itself.
        planted = [(f"app.log.20260101_0000{number:02d}", line)
                   for number, line in enumerate(lines(12, "old", LINE_BYTES))]
        fed = lines(2, bytes_min=LINE_BYTES)
        made = ".app.log.S.gz.tmp"
        self.sweep(Scenario(("--gzip", "--keep", "all"), fed, planted), BY_DIRECTORY + BY_FILE, {
            "openat app.log.S", f"openat {made}", f"write {made}", f"fchmod {made}",
            f"utimensat {made}", f"fdatasync {made}", f"close {made}",
            f"renameat2 {made} app.log.S.gz", "fsync .", "newfstatat app.log.S",
            "unlinkat app.log.S"})

    def test_while_it_rotates(self):
        fed = lines(12, bytes_min=LINE_BYTES)
        self.sweep(Scenario((*ROTATING, "--gzip"), fed), ["renameat2", "unlinkat", "write"], {
            "renameat2 app.log app.log.S", "renameat2 .app.log.next app.log"})


class RenumberingCrashTest(CrashCase):
    # Two that had their index before, and two that a rotation has left with a stamp. Without
    # another rotation, nobody but the thread that renumbers calls renameat2.
    NAMES = ["app.log.2", "app.log.1", "app.log.20260101_000000", "app.log.20260101_000001"]
    OPTIONS = ("--name", "{name}.{index}", "--keep", "all")
    RENAMES = {f"renameat2 app.log.{text}" for text in
               ("2 app.log.4", "1 app.log.3", "S app.log.2", "S app.log.1")}

    def check(self, names, wanted, *options):
        planted = list(zip(self.NAMES, lines(4, "old", LINE_BYTES)))
        fed = lines(2, bytes_min=LINE_BYTES)
        self.sweep(Scenario((*self.OPTIONS, *options), fed, planted), names, self.RENAMES | wanted)

    def test_at_its_renames(self):
        self.check(["renameat2"], set())

    def test_at_those_of_packing_after_it(self):
        self.check(["renameat2", "unlinkat", "fsync"], {
            "renameat2 .app.log.4.gz.tmp app.log.4.gz", "unlinkat app.log.4", "unlinkat app.log.1"},
            "--gzip")


class TwoCrashesTest(CrashCase):
    def test_the_second_while_the_first_is_repaired(self):
        names = ["renameat2", "openat", "unlinkat", "fsync"]
        for options in [ROTATING, (*ROTATING, "--gzip"), (*INDEXED, "--gzip")]:
            first = Scenario(options, lines(8, bytes_min=LINE_BYTES))
            second = Scenario(options, lines(4, "then", LINE_BYTES))
            points = [point for found in self.points(first, names).values() for point in found]
            # Each first one once, with second ones from near the beginning on.
            for at, point in enumerate(points[::3]):
                other = points[at]
                with self.subTest(options=options, first=point, second=other):
                    held = self.crash(first, self.begin(first), point)
                    held = self.crash(second, held, other)
                    self.recover(second, held)


if __name__ == "__main__":
    need_tools("strace", "gzip")
    if reason := may_trace():
        skip(f"strace may not trace: {reason}")
    outside_support.main()
