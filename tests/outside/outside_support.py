# SPDX-License-Identifier: MIT
"""What the tests against the real kernel and real tools share: reading back whatever form a backup
has, feeding `lathe pipe` at the pace of what it has written, and reasons to skip a test."""

import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))

import pipe_support  # noqa: E402  (found by the line above)
from pipe_support import PipeCase, wait_for  # noqa: E402

SKIPPED = 77
STAMPED = re.compile(r"\.(\d{8}_\d{6})(?:\.(\d+))?(\.gz|\.zst)?")
INDEXED = re.compile(r"\.([1-9]\d{0,6})(\.gz|\.zst)?")

# Only ends what hangs. Other tests may run on the same two cores, and a disk may take a tenth of a
# second for each of the hundreds of syncs in a test.
pipe_support.WAIT_S = 250


def skip(reason):
    print(f"skipped: {reason}", flush=True)
    sys.exit(SKIPPED)


def find_tool(name):
    """The path of a program; those of the administrator may be out of a user's PATH."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def need_tools(*names):
    missing = [name for name in names if not find_tool(name)]
    if missing:
        skip("no " + ", ".join(missing))


def need_root():
    if os.geteuid() != 0:
        skip("not root")


def run_tool(name, *arguments):
    """Runs a program of the system, which must succeed."""
    done = subprocess.run([find_tool(name), *map(str, arguments)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    if done.returncode != 0:
        raise AssertionError(f"{name} {arguments}: status {done.returncode}\n"
                             f"{done.stdout.decode(errors='replace')}")
    return done.stdout


def need_mount(mount):
    """Whether root may do what `mount(place)` does; not in many containers."""
    with tempfile.TemporaryDirectory(prefix="lathe-pipe-") as folder:
        place = pathlib.Path(folder) / "mounted"
        place.mkdir()
        try:
            mount(place)
        except AssertionError as error:
            skip(str(error))
        run_tool("umount", place)


def line(number, mark="line", bytes_min=0):
    """One line; of a fixed length as long as `number` has at most seven digits."""
    text = f"{mark} {number:07d} "
    return (text + "." * max(0, bytes_min - len(text) - 1)).encode() + b"\n"


def lines(count, mark="line", bytes_min=0, first=0):
    return [line(number, mark, bytes_min) for number in range(first, first + count)]


def unpacked(file):
    """The content of a file, which must be whole, by the end of its name."""
    if file.name.endswith(".gz"):
        return gzip.decompress(file.read_bytes())
    if file.name.endswith(".zst"):
        return run_tool("zstd", "-dcq", file)
    return file.read_bytes()


def backup_key(active_name, name):
    """What to sort backups by, oldest first, and the ending of packed ones. None: no backup."""
    rest = name[len(active_name):] if name.startswith(active_name) else ""
    if match := STAMPED.fullmatch(rest):
        return (1, match[1], int(match[2] or 0)), match[3]
    if match := INDEXED.fullmatch(rest):
        return (0, "", -int(match[1])), match[2]
    return None


def backups_by_age(path):
    """[(key, {ending: file})], oldest first. A backup with two forms is one that was interrupted
    while it was packed."""
    found = {}
    for file in path.parent.iterdir():
        if key := backup_key(path.name, file.name):
            found.setdefault(key[0], {})[key[1]] = file
    return sorted(found.items(), key=lambda entry: entry[0])


def backup_files(path):
    return [file for _, forms in backups_by_age(path) for file in forms.values()]


def read_log(path):
    """All that the backups and the active file hold, in order; each backup once."""
    parts = []
    for key, forms in backups_by_age(path):
        contents = [unpacked(file) for file in forms.values()]
        if any(content != contents[0] for content in contents):
            raise AssertionError(f"{key} has two forms that differ")
        parts.append(contents[0])
    if path.exists():
        parts.append(path.read_bytes())
    return b"".join(parts)


class OutsideCase(PipeCase):
    def need_packing(self, option):
        """Each kind of compression is an option of the build."""
        path = self.folder / "tried" / "app.log"
        done = subprocess.run([pipe_support.options.lathe, "pipe", option, path],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        if b"was built without" in done.stderr:
            self.skipTest(done.stderr.decode().strip())
        self.assertEqual(done.returncode, 0)
        shutil.rmtree(path.parent)

    def feed(self, child, data):
        child.stdin.write(data)
        child.stdin.flush()

    def feed_and_wait(self, child, data, last=None, path=None):
        """Until the active file ends with all of it, or with the `last` of it."""
        self.feed(child, data)
        end = last or data
        wait_for(lambda: ends_with(path or self.path, end) or child.poll() is not None,
                 f"{end[-40:]!r} in the file")
        self.assertIsNone(child.poll(), "lathe has ended")

    def finish(self, child, status=0):
        """Ends the input and waits."""
        child.stdin.close()
        return self.wait(child, status)

    def wait(self, child, status=0):
        """For its end; returns what was said on stderr."""
        self.assertEqual(child.wait(pipe_support.WAIT_S), status)
        return child.stderr.read().decode()

    def assert_lines(self, got, want):
        self.assert_same_bytes(got, b"".join(want))


def ends_with(path, data):
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - len(data)))
            return file.read() == data
    except FileNotFoundError:  # in the middle of a rotation
        return False


def main():
    pipe_support.main()
