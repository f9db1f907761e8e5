# SPDX-License-Identifier: MIT
"""Runs an example in an empty folder and compares what it leaves with what it promises.

usage: examples_test.py NAME PROGRAM
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}"
BACKUP = r"\.\d{8}_\d{6}(\.\d+)?"


class Failure(Exception):
    pass


def expect(condition, message):
    if not condition:
        raise Failure(message)


def expect_lines(text, patterns):
    """Each line matches its pattern as a whole, and there are no others."""
    lines = text.splitlines()
    for line, pattern in zip(lines, patterns):
        expect(re.fullmatch(pattern, line), f"line {line!r} is not {pattern!r}")
    expect(len(lines) == len(patterns), f"{len(lines)} lines, not {len(patterns)}:\n{text}")
    expect(not text or text.endswith("\n"), "the last line has no end")


def default_pattern(level, logger, source, message):
    return rf"{STAMP} {level:<5} \[\d+\] {logger} {source}:\d+ {message}"


def hello(run, folder):
    expect(run.stdout + run.stderr == "", f"prints {run.stdout!r} {run.stderr!r}")
    logger = r"\S+"
    expect_lines((folder / "logs/app.log").read_text(), [
        default_pattern("info", logger, "hello.cpp", "hello, world"),
        default_pattern("warn", logger, "hello.cpp", "97 of 100 seats are taken"),
        default_pattern("info", logger, "hello.cpp", r"pi is about 3\.14"),
    ])


def rotating(run, folder):
    names = sorted(path.name for path in (folder / "logs").iterdir() if path.name[0] != ".")
    expect(names[0] == "app.log" and len(names) == 4, f"not app.log and three backups: {names}")
    for name in names[1:]:
        expect(re.fullmatch(r"app\.log" + BACKUP, name), f"no backup name: {name}")
    for name in names:
        size = (folder / "logs" / name).stat().st_size
        expect(0 < size <= 16 * 1024, f"{name} has {size} bytes")
    rotations = int(re.fullmatch(r"rotations: (\d+)\n", run.stdout)[1])
    expect(rotations >= 4, f"only {rotations} rotations")

    backups = sorted(names[1:], key=lambda name: (name[:23], len(name), name))
    text = "".join((folder / "logs" / name).read_text() for name in [*backups, "app.log"])
    numbers = [int(number) for number in re.findall(r"request +(\d+) took", text)]
    expect(numbers == list(range(numbers[0], 2001)), "requests are missing or out of order")
    expect(len(numbers) == len(text.splitlines()), "lines that are no requests")


def deferred(_, folder):
    expect_lines((folder / "logs/quotes.log").read_text(), [
        *(default_pattern("info", "quotes", "deferred.cpp", rf"SYM{n} px=100\.0{n} qty={n}")
          for n in range(1, 6)),
        default_pattern("info", "quotes", "deferred.cpp", "filled 3, 1, 2"),
    ])


def custom_sink(run, folder):
    expect(run.stdout == "worst: disk sda is 99 % full\n", f"prints {run.stdout!r}")
    expect(not list(folder.iterdir()), "leaves files")


def two_backends(_, folder):
    numbers = range(1, 11)
    expect_lines((folder / "logs/audit.log").read_text(), [
        default_pattern("info", "payments", "two_backends.cpp", f"order {n} paid")
        for n in numbers])
    expect_lines((folder / "logs/diagnostics.log").read_text(), [
        default_pattern("debug", "cache", "two_backends.cpp", f"looking up order {n}")
        for n in numbers])


def console(run, folder):
    escaped = r'request said "caf\u00e9\\n\\x1[bB]\[31mforged line"'
    expect_lines((folder / "logs/app.log").read_text(), [
        default_pattern("trace", "net", "console.cpp", "socket 7 opened"),
        default_pattern("info", "net", "console.cpp", "listening on localhost:8080"),
        default_pattern("warn", "net", "console.cpp", "slow client: 412 ms"),
        default_pattern("error", "net", "console.cpp", escaped),
        default_pattern("critical", "noisy", "console.cpp", "on fire"),
    ])
    expect_lines(run.stderr, [
        " +warn net: slow client: 412 ms",
        " +error net: " + escaped,
        "critical noisy: on fire",
    ])
    expect("\x1b" not in run.stderr, "colours in a pipe")


def quickstart(run, folder):
    last = run.stdout.splitlines()[-1]
    expect(last == "2000000 of 2000000 records found in order; 0 missing, 0 repeated, 0 torn: "
                   "every record is there", f"ends with {last!r}")
    expect(len(list((folder / "logs").glob("app.log.*"))) >= 5, "too few backups")
    for path in (folder / "logs").glob("app.log*"):
        expect(path.stat().st_size <= 16 * 1024 * 1024, f"{path.name} is too large")


def main():
    name, program = sys.argv[1], os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run([program], cwd=folder, capture_output=True, text=True,
                             env=dict(os.environ, LANG="C.UTF-8"), timeout=500, check=False)
        try:
            expect(run.returncode == 0, f"exit status {run.returncode}")
            globals()[name](run, pathlib.Path(folder))
        except (Failure, OSError, TypeError) as failure:
            print(f"{failure}\nstdout:\n{run.stdout}\nstderr:\n{run.stderr}")
            for path in sorted(pathlib.Path(folder).rglob("*")):
                print(path)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
