# SPDX-License-Identifier: MIT
"""Runs `lathe pipe` under strace: to see its system calls, and to kill it at one of them."""

import collections
import contextlib
import re
import subprocess

import pipe_support
from outside_support import ends_with, find_tool
from pipe_support import wait_for

# Calls whose first argument or path is in the log's directory: with strace's -P they are counted
# without those of the dynamic linker and other threads' business.
BY_DIRECTORY = ("openat", "renameat2", "renameat", "linkat", "symlinkat", "unlinkat", "fsync",
                "getdents64", "newfstatat")
# Calls on open files, whose names change. All are counted, and those on the log's files are meant.
BY_FILE = ("write", "fdatasync", "close", "fchmod", "fchown", "utimensat", "ftruncate", "fallocate")

CALL = re.compile(r"(\d+) +(\w+)\((.*)")
RESUMED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>")
FILE_NAME = re.compile(r"\.?app\.log[^\"<>, ]*")
STAMP = re.compile(r"\.\d{8}_\d{6}(\.\d+)?")
NO_RESULT = re.compile(r"= \?(?: <unavailable>)?$")

Call = collections.namedtuple("Call", "thread name arguments was_cut_off")
# A place to die: the n-th call of that name by whichever thread comes to its n-th first.
Point = collections.namedtuple("Point", "name number")


def may_trace():
    """Returns why not, or nothing."""
    done = subprocess.run([find_tool("strace"), "-o", "/dev/null", find_tool("true")],
                          capture_output=True, text=True)
    return done.stderr.strip() or "strace has failed" if done.returncode else ""


def kind_of(call):
    """What it does, without numbers and stamps, such as "renameat2 app.log app.log.S"."""
    names = dict.fromkeys(FILE_NAME.findall(STAMP.sub(".S", call.arguments)))
    return " ".join([call.name, *(names or ["."])])


def parse(log):
    """The Calls in the order in which they began."""
    calls = []
    begun = {}
    for text in log.read_text(errors="replace").splitlines():
        was_cut_off = NO_RESULT.search(text) is not None
        if match := CALL.match(text):
            begun[match[1]] = len(calls)
            calls.append(Call(match[1], match[2], match[3], was_cut_off))
        elif (match := RESUMED.match(text)) and was_cut_off:
            calls[begun[match[1]]] = calls[begun[match[1]]]._replace(was_cut_off=True)
    return calls


def run_traced(path, options, fed, log, name, point=None):
    """Runs `lathe pipe` with all its calls of one name in `log`, killed at `point` if that is
    given. Feeds line by line, each when the one before is in the file, so that its other threads
    get on with their part. Returns how many lines were seen in the file, and the exit status."""
    command = [find_tool("strace"), "-f", "-y", "-qq", "-o", log, "-e", f"trace={name}"]
    if name in BY_DIRECTORY:
        command += ["-P", path.parent]
    if point:
        command += ["-e", f"inject={name}:signal=KILL:when={point.number}"]
    child = subprocess.Popen([*command, pipe_support.options.lathe, "pipe", *options, path],
                             stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    seen = 0
    try:
        for text in fed:
            child.stdin.write(text)
            child.stdin.flush()
            wait_for(lambda: ends_with(path, text) or child.poll() is not None, text)
            if not ends_with(path, text):
                break
            seen += 1
    except BrokenPipeError:
        pass
    finally:
        # The end of its input ends lathe, whatever becomes of strace.
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        try:
            status = child.wait(pipe_support.WAIT_S)
        finally:
            child.kill()
    return seen, status


def points_in(log, name, folder):
    """{kind of call: [Point]} of those calls that have to do with `folder`, from a traced run."""
    found = collections.defaultdict(list)
    counts = collections.Counter()
    taken = set()
    for call in parse(log):
        counts[call.thread] += 1
        point = Point(name, counts[call.thread])
        # strace counts for each thread, and the first one that comes to its n-th kills all.
        if point not in taken and str(folder) in call.arguments:
            found[kind_of(call)].append(point)
        taken.add(point)
    return found


def died_at(log):
    """The kinds of the calls that were cut off in a run that was killed."""
    return {kind_of(call) for call in parse(log) if call.was_cut_off}
