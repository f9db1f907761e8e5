# SPDX-License-Identifier: MIT
"""Running fault_writer and taking the ground from under it."""

import contextlib
import fcntl
import os
import pathlib
import signal
import struct
import subprocess
import tempfile
import time

from record_oracle import IS_OPEN, Counters, Failure, Log, make_counters, require
from outside_support import need_mount, need_root, need_tools, run_tool, skip

WAIT_S = 250  # only ends what hangs

# FS_IOC_SHUTDOWN of <linux/fs.h>, as ext4 takes it: from then on all fails, and the device holds
# what a power cut would leave.
SHUTDOWN = 0x8004587D
CUT_FLUSHED = 0        # all that is in memory is written before
CUT_JOURNAL_KEPT = 1   # the journal is written before, data are not
CUT_AT_ONCE = 2        # nothing is written before


def is_long():
    """The long run: tests/run.sh --long."""
    return os.environ.get("LATHE_LONG", "") == "1"


def wait_for(holds, what):
    end = time.monotonic() + WAIT_S
    while not holds():
        require(time.monotonic() < end, f"waited {WAIT_S} s for {what}")
        time.sleep(0.001)


children = []  # of this test


class Writer:
    """One run of fault_writer. `settings` are those of its command line."""

    def __init__(self, program, folder, path, limits=None, **settings):
        self.counters_file = folder / "counters"
        make_counters(self.counters_file)
        self.said_file = folder / "said"
        self.round = settings.get("round", 0)
        command = [program, path, self.counters_file, folder / "spool",
                   *(f"{name}={value}" for name, value in settings.items())]
        with open(self.said_file, "wb") as said:
            self.child = subprocess.Popen([str(part) for part in command], stderr=said,
                                          stdin=subprocess.DEVNULL, preexec_fn=limits)
        children.append(self.child)

    def counters(self):
        return Counters(self.counters_file)

    def said(self):
        return self.said_file.read_text(errors="replace")

    def require_alive(self):
        require(self.child.poll() is None,
                f"the writer has ended, status {self.child.returncode}: {self.said()}")

    def wait_until(self, holds, what):
        """For something that its counters tell."""
        def looks_so():
            self.require_alive()
            return holds(self.counters())
        wait_for(looks_so, what)
        return self.counters()

    def wait_open(self):
        return self.wait_until(lambda now: now.state == IS_OPEN, "the writer's start")

    def kill(self, may_not_have_opened=False):
        """With `may_not_have_opened`, it may also have ended, since it could not open its log."""
        self.child.kill()
        status = self.child.wait(WAIT_S)
        told = self.counters()
        has_refused = status == 1 and told.state == 0 and may_not_have_opened and self.said()
        require(status == -signal.SIGKILL or has_refused, f"exit status {status}: {self.said()}")
        return told

    def finish(self):
        """Lets it end."""
        self.child.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        status = self.child.wait(WAIT_S)
        require(status == 0, f"exit status {status}: {self.said()}")
        return self.counters()


class Disk:
    """An ext4 in a file."""

    def __init__(self, folder, place=None, image=None, size_bytes=64 << 20, options=()):
        self.place = place or folder / "mounted"
        self.place.mkdir(exist_ok=True)
        self.image = image or folder / "image"
        with open(self.image, "wb") as file:
            file.truncate(size_bytes)
        run_tool("mkfs.ext4", "-q", "-F", "-b", "4096", *options, self.image)

    def mount(self):
        run_tool("mount", "-o", "loop", self.image, self.place)

    def limit_requests(self, size_bytes):
        """No request to its device is larger. The loop driver of Linux 6.15 and later takes a write
        that its file has room for in part only for a success; one of a block has no parts."""
        device = os.stat(self.place).st_dev
        limit = pathlib.Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/queue",
                             "max_sectors_kb")
        try:
            limit.write_text(str(size_bytes // 1024))
        except OSError as error:
            skip(f"cannot limit requests to the loop device: {error}")

    def unmount(self):
        run_tool("umount", self.place)

    def cut(self, how=CUT_AT_ONCE):
        directory = os.open(self.place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(directory, SHUTDOWN, struct.pack("I", how))
        finally:
            os.close(directory)


def need_power_cuts():
    def mount_and_cut(place):
        disk = Disk(place.parent, place)
        disk.mount()
        try:
            disk.cut()
        except OSError as error:
            disk.unmount()
            skip(f"no FS_IOC_SHUTDOWN here: {error}")

    need_root()
    need_tools("mkfs.ext4", "mount", "umount")
    need_mount(mount_and_cut)


@contextlib.contextmanager
def working_folder():
    with tempfile.TemporaryDirectory(prefix="lathe-kernel-") as name:
        folder = pathlib.Path(name)
        (folder / "spool").mkdir()
        try:
            yield folder
        finally:
            for child in children:  # after a failure
                child.kill()
                child.wait()
            for name in ("mounted", "under"):
                if os.path.ismount(folder / name):
                    run_tool("umount", folder / name)


def clear_spools(folder):
    """What a reboot does with /dev/shm."""
    for file in (folder / "spool").iterdir():
        file.unlink()
