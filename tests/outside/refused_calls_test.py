# SPDX-License-Identifier: MIT
"""System calls that a file system does not have: strace refuses them."""

import subprocess

import outside_support
import pipe_support
from outside_support import OutsideCase, backup_files, find_tool, lines, need_tools, read_log, skip
from strace_support import may_trace

SENT = lines(300, bytes_min=64)
SIZE = 4096


class RefusedCallsTest(OutsideCase):
    def run_refused(self, *injections):
        """Returns what was said. All lines must be there, and rotated as ever."""
        command = [find_tool("strace"), "-f", "-qq", "-o", "/dev/null"]
        for injection in injections:
            command += ["-e", f"inject={injection}"]
        done = subprocess.run(
            [*command, pipe_support.options.lathe, "pipe", "--size", str(SIZE), "--keep", "all",
             "--sync", "every", self.path],
            input=b"".join(SENT), capture_output=True, timeout=pipe_support.WAIT_S)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assert_lines(read_log(self.path), SENT)
        self.assertGreaterEqual(len(backup_files(self.path)), len(SENT) * 64 // SIZE)
        self.assertFalse(self.path.with_name(".app.log.next").exists())
        return done.stderr.decode()

    def test_a_file_system_without_exclusive_renames(self):
        for error in ("EINVAL", "ENOSYS"):
            with self.subTest(error):
                self.assertEqual(self.run_refused(f"renameat2:error={error}"), "")
                for file in backup_files(self.path):
                    self.assertEqual(file.stat().st_nlink, 1)
                    file.unlink()
                self.path.unlink()

    def test_a_file_system_without_a_sync_of_directories(self):
        self.assertEqual(self.run_refused("fsync:error=EINVAL"), "")


if __name__ == "__main__":
    need_tools("strace")
    if reason := may_trace():
        skip(reason)
    outside_support.main()
