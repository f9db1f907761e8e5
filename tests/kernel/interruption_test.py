# SPDX-License-Identifier: MIT
"""What comes between a writer and its work, and is no fault of anybody's: nothing is lost by it.

usage: interruption_test.py WRITER

Signals in the middle of system calls; a process that is stopped, and goes on.
"""

import os
import pathlib
import signal
import sys
import time

from kernel_support import Writer, wait_for, working_folder
from record_oracle import Failure, Log, require

MANY = 5000  # records


def check_end(writer, path):
    told = writer.finish()
    require(told.lost == told.dropped == told.sync_error == told.write_errors == 0,
            f"lost {told.lost}, dropped {told.dropped}, errors {told.write_errors}: "
            f"{writer.said()}")
    Log(path).check_complete(0, told)
    return told.accepted


def storm(program, folder):
    """Of signals, while threads wait for room in small queues."""
    path = folder / "logs" / "app.log"
    writer = Writer(program, folder, path, policy="interval", queue=4096, alarm_us=200)
    writer.wait_open()
    writer.wait_until(lambda now: now.written > MANY, f"{MANY} records")
    return f"{check_end(writer, path)} records"


def stops(program, folder):
    path = folder / "logs" / "app.log"
    writer = Writer(program, folder, path, policy="interval")
    writer.wait_open()
    state = pathlib.Path(f"/proc/{writer.child.pid}/stat")
    for _ in range(5):
        before = writer.counters()
        os.kill(writer.child.pid, signal.SIGSTOP)
        wait_for(lambda: state.read_text().rsplit(")", 1)[1].split()[0] == "T", "its stop")
        time.sleep(0.1)  # longer than any pause or interval of its
        os.kill(writer.child.pid, signal.SIGCONT)
        writer.wait_until(lambda now: now.durable > before.accepted + MANY // 10, "more records")
    return f"{check_end(writer, path)} records"


def main():
    for test in (storm, stops):
        try:
            with working_folder() as folder:
                print(f"{test.__name__}: {test(pathlib.Path(sys.argv[1]), folder)}", flush=True)
        except Failure as failure:
            print(f"{test.__name__}: {failure}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
