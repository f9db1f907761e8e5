# SPDX-License-Identifier: MIT
"""`lathe prune`: what it says, what it deletes, and what it leaves alone."""

import os
import subprocess
import time
import unittest
import unittest.mock

import pipe_support
from pipe_support import PipeCase

STAMPS = [f"2026010{day}_000000" for day in range(1, 7)]  # oldest first; day N has N * 1000 bytes
STRANGERS = ["app.log", "app.log.20260101", "app.log.20260230_000000", "app.log.20260101_000000.0",
             "app.log.20260101_000000.txt", "app.log.old", "other.log.20260101_000000"]
DAY_S = 86_400


class PruneCase(PipeCase):
    def setUp(self):
        super().setUp()
        self.backups = [self.folder / f"app.log.{stamp}" for stamp in STAMPS]
        for number, file in enumerate(self.backups, 1):
            file.write_bytes(b"x" * (1000 * number))
        for name in STRANGERS:
            (self.folder / name).write_bytes(b"stranger")

    def names(self):
        """All but what is hidden: the lock file may stay."""
        return sorted(file.name for file in self.folder.iterdir() if not file.name.startswith("."))

    def prune(self, *arguments, path=None, status=0):
        """Returns the lines on standard output, and what was said on stderr."""
        result = subprocess.run([pipe_support.options.lathe, "prune", *arguments,
                                 path or self.path], capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stdout.splitlines(), result.stderr

    def assert_gone(self, count):
        """The oldest `count` backups are gone, and nothing else."""
        want = STRANGERS + [file.name for file in self.backups[count:]]
        self.assertEqual(self.names(), sorted(want))


class PruneTest(PruneCase):
    def test_dry_run_shows_what_would_go_and_deletes_nothing(self):
        lines, said = self.prune("--dry-run", "--keep", "4")
        self.assertEqual(lines, [f"app.log.{STAMPS[0]} 1000 --keep",
                                 f"app.log.{STAMPS[1]} 2000 --keep",
                                 "2 would be deleted, 3000 bytes; 4 kept"])
        self.assertEqual(said, "")
        self.assert_gone(0)

    def test_deletes_just_what_the_dry_run_showed(self):
        shown, _ = self.prune("--dry-run", "--keep", "4")
        lines, said = self.prune("--keep", "4")
        self.assertEqual(lines, [*shown[:-1], "2 deleted, 3000 bytes; 4 kept"])
        self.assertEqual(said, "")
        self.assert_gone(2)
        self.assertEqual(self.prune("--keep", "4")[0], ["0 deleted, 0 bytes; 4 kept"])

    def test_keeps_as_many_bytes_as_fit(self):
        lines, _ = self.prune("--total", "15000")
        self.assertEqual(lines[0], f"app.log.{STAMPS[0]} 1000 --total")
        self.assertEqual(lines[-1], "3 deleted, 6000 bytes; 3 kept")
        self.assert_gone(3)

    def test_keeps_what_is_young_enough(self):
        # By the stamps in the names, whatever the files' own times are.
        age_s = int(time.time()) - 1_767_484_800  # 2026-01-04 00:00 UTC
        if age_s <= 0:
            self.skipTest("the clock is before 2026")
        lines, _ = self.prune("--max-age", f"{age_s + DAY_S // 2}s")
        self.assertEqual(lines[-1], "3 deleted, 6000 bytes; 3 kept")
        self.assertTrue(lines[0].endswith(" --max-age"), lines[0])
        self.assert_gone(3)

    def test_frees_the_disk_until_nothing_is_left_to_free(self):
        lines, _ = self.prune("--min-free", "1000000G")
        self.assertTrue(lines[0].endswith(" --min-free"), lines[0])
        self.assertFalse(self.backups[0].exists())
        for name in STRANGERS:
            self.assertTrue((self.folder / name).exists(), name)

    def test_limits_combine(self):
        lines, _ = self.prune("--keep", "5", "--total", "15000")
        self.assertEqual([line.split()[2] for line in lines[:-1]], ["--keep", "--total", "--total"])
        self.assert_gone(3)

    def test_counts_packed_backups_as_they_are(self):
        packed = self.folder / f"app.log.{STAMPS[0]}.gz"
        self.backups[0].unlink()
        packed.write_bytes(b"z" * 10)
        lines, _ = self.prune("--keep", "5")
        self.assertEqual(lines, [f"{packed.name} 10 --keep", "1 deleted, 10 bytes; 5 kept"])
        self.assertFalse(packed.exists())

    def test_leaves_alone_what_a_process_has_open(self):
        with open(self.backups[0], "rb"):
            self.prune("--keep", "5")
            self.assert_gone(0)

    def test_follows_the_names_that_it_is_told(self):
        for number in range(1, 4):
            (self.folder / f"app.2026010{number}_000000.log").write_bytes(b"named")
        lines, _ = self.prune("--keep", "1", "--name", "{stem}.{time:%Y%m%d_%H%M%S}{extension}")
        self.assertEqual(lines, ["app.20260101_000000.log 5 --keep",
                                 "app.20260102_000000.log 5 --keep",
                                 "2 deleted, 10 bytes; 1 kept"])
        self.assertTrue(all(file.exists() for file in self.backups))

    def test_knows_the_names_that_local_gives(self):
        for number in range(1, 4):
            (self.folder / f"app.log.2026010{number}_000000+0100").write_bytes(b"local")
        with unittest.mock.patch.dict(os.environ, TZ="XYZ-01:00"):  # POSIX: ahead of UTC
            lines, _ = self.prune("--keep", "2", "--local")
        self.assertEqual(lines[-1], "1 deleted, 5 bytes; 2 kept")
        self.assertFalse((self.folder / "app.log.20260101_000000+0100").exists())
        self.assertTrue(all(file.exists() for file in self.backups))

    def test_needs_no_active_file(self):
        self.path.unlink()
        self.assertEqual(self.prune("--keep", "6")[0], ["0 deleted, 0 bytes; 6 kept"])
        self.assertFalse(self.path.exists())

    def test_works_beside_a_running_logger(self):
        child = self.start_pipe("--keep", "all")
        lines, _ = self.prune("--keep", "4")
        self.assertEqual(lines[-1], "2 deleted, 3000 bytes; 4 kept")
        self.assertIsNone(child.poll())
        self.assert_gone(2)


class PruneErrorTest(PruneCase):
    def test_needs_a_limit_and_a_path(self):
        _, said = self.prune(status=2)
        self.assertEqual(said, "lathe prune: limits: none is given; use --keep, --total, --max-age "
                               "or --min-free\n")
        result = subprocess.run([pipe_support.options.lathe, "prune", "--keep", "1"],
                                capture_output=True, text=True)
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"^lathe prune: [^\n]*PATH[^\n]*\n$")
        self.assert_gone(0)

    def test_names_the_option_that_is_wrong(self):
        for arguments, start in [
                (["--keep", "0"], "lathe prune: --keep: '0' is not a count"),
                (["--keep", "1", "--total", "1X"], "lathe prune: --total: '1X' is not a size"),
                (["--max-age", "1"], "lathe prune: --max-age: '1' is not a duration"),
                (["--keep", "1", "--name", "fixed"], "lathe prune: --name: "),
                (["--keep", "1", "--gzip"], "lathe prune: ")]:
            with self.subTest(arguments):
                _, said = self.prune(*arguments, status=2)
                self.assertTrue(said.startswith(start), said)
                self.assertEqual(said.count("\n"), 1)
        self.assert_gone(0)

    def test_tells_that_a_directory_is_missing(self):
        path = self.folder / "nowhere" / "app.log"
        lines, said = self.prune("--keep", "1", path=path, status=1)
        self.assertEqual(lines, [])
        self.assertRegex(said, rf"^lathe prune: [^\n]*{path.parent.name}[^\n]*\n$")

    def test_tells_that_its_output_cannot_be_written(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run([pipe_support.options.lathe, "prune", "--keep", "6", self.path],
                                    stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"^lathe prune: standard output: [^\n]+\n$")

    def test_tells_what_cannot_be_deleted(self):
        if os.geteuid() == 0:
            self.skipTest("root may delete anything")
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)
        _, said = self.prune("--keep", "5", status=1)
        self.assertIn("app.log", said)


if __name__ == "__main__":
    pipe_support.main()
