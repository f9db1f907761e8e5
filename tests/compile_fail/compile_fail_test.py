# SPDX-License-Identifier: MIT
"""Wrong log calls do not compile. Each bad line replaces its right form in a program that compiles,
and the compiler has to complain about that line.

usage: compile_fail_test.py FORM COMPILER [ARGUMENT...]
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

# name: (right, wrong); the argument lists of a log call.
CALLS = {
    "unclosed brace": ('"x={}", 1', '"x={", 1'),
    "stray brace": ('"x={} }}", 1', '"x={} }", 1'),
    "too few arguments": ('"{} {}", 1, 2', '"{} {}", 1'),
    "no arguments": ('"nothing"', '"{}"'),
    "number spec for a string": ('"{:s}", "text"', '"{:d}", "text"'),
    "string spec for a number": ('"{:d}", 7', '"{:s}", 7'),
    "precision for an integer": ('"{:5}", 7', '"{:.5}", 7'),
    "unknown spec": ('"{:x}", 7', '"{:q}", 7'),
    "missing name": ('"{0}", 1', '"{1}", 1'),
    "not formattable": ('"{}", 1', '"{}", Opaque{}'),
}

FORMS = {
    "function": "log.info({});",
    "run-time level": "log.log(lathe::Level::warn, {});",
    "global function": "lathe::info({});",
    "macro": "LATHE_INFO(log, {});",
    "run-time level macro": "LATHE_LOG(log, lathe::Level::warn, {});",
    "deferred function": "log.deferred().info({});",
    "deferred macro": "LATHE_INFO(log.deferred(), {});",
}

# What else must not compile: (right, wrong, compiler arguments of the wrong one).
OTHERS = {
    "level floor": [
        ('LATHE_INFO(log, "x");', 'LATHE_INFO(log, "x");', ["-DLATHE_LEVEL_FLOOR=warning"]),
        # A removed call has to make sense all the same.
        ('LATHE_TRACE(log, "{}", 1);', 'LATHE_TRACE(log, "{}", y);', ["-DLATHE_LEVEL_FLOOR=warn"]),
    ],
    "values": [
        ('log.info(fmt::runtime(text), 1);', 'log.info(text, 1);', []),
        ('log.info("{}", text);', 'LATHE_INFO(log, text, 1);', []),
        ('lathe::Logger copy = log; copy.info("x");', 'lathe::Backend copy = backend;', []),
    ],
}

INCLUDES = """#include <lathe/global.hpp>
#include <lathe/lathe.hpp>
#include <string>
"""
HEAD = """struct Opaque {};
void use(lathe::Logger& log, lathe::Backend& backend, const std::string& text) {
"""
TAIL = "\n(void)log; (void)backend; (void)text;\n}\n"


def compile_header(compiler, folder):
    """What all programs include, compiled once: without it, that takes two thirds of the time."""
    header = pathlib.Path(folder) / "includes.hpp"
    header.write_text(INCLUDES)
    subprocess.run([*compiler, "-std=c++20", "-x", "c++-header", header, "-o", f"{header}.gch"],
                   timeout=240, check=True)
    return header


def compile_program(compiler, header, lines, arguments):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "program.cpp"
        source.write_text(HEAD + "\n".join(lines) + TAIL)
        if arguments:  # which a compiled header would not know
            header = pathlib.Path(folder) / header.name
            header.write_text(INCLUDES)
        run = subprocess.run(
            [*compiler, "-std=c++20", *arguments, "-include", header, "-fsyntax-only", source],
            capture_output=True, text=True, timeout=240, check=False)
        return run.returncode, run.stderr


def check(compiler, header, right, number, wrong, arguments):
    """Returns what is not as it should be, or an empty string."""
    lines = [*right[:number], wrong, *right[number + 1:]]
    status, errors = compile_program(compiler, header, lines, arguments)
    place = f"program.cpp:{HEAD.count(chr(10)) + number + 1}:"
    if status == 0:
        return f"compiles, and must not: {wrong}"
    if place not in errors:
        return f"fails elsewhere than at {place} {wrong}\n{errors[-3000:]}"
    return ""


def main():
    form, compiler = sys.argv[1], sys.argv[2:]
    if form in FORMS:
        pattern = FORMS[form]
        cases = [(pattern.format(right), pattern.format(wrong), [])
                 for right, wrong in CALLS.values()]
    else:
        cases = OTHERS[form]
    right = [case[0] for case in cases]

    with tempfile.TemporaryDirectory() as folder:
        header = compile_header(compiler, folder)
        status, errors = compile_program(compiler, header, right, [])
        if status != 0:
            print(f"the right program does not compile:\n{errors[-3000:]}")
            return 1
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            found = pool.map(lambda case: check(compiler, header, right, case[0], *case[1][1:]),
                             enumerate(cases))
            failures = [text for text in found if text]
    print("\n".join(failures) or f"{len(cases)} bad lines refused")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
