# SPDX-License-Identifier: MIT
"""What log calls cost the compiler: time, and bytes of code, for a file with many of them.

usage: compile_bench.py [--calls N] [--rounds N] [--include FOLDER]... [--compiler NAME] [--gate]

Each call has a text of its own and an integer, a double and a string as arguments. The contenders
take turns; shown are medians, and the median of the ratios of each round. spdlog's row is left out
where it does not compile. With --gate, one more call of lathe's must not take more code than
MOST_BYTES says. Exit status: 0; 1 if a file of lathe's does not compile, or its code is too long; 2
for a wrong option.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HEAD = """#include <string>
#include {header}
"""
CALLS_PER_FUNCTION = 10

# Of one call, at -O2: its arguments are loaded and a function is called that all calls with the
# same kinds of arguments share. As counted with g++ 12 (56, 56 and 114), and a fifth more.
MOST_BYTES = {"lathe, macro": 67, "lathe, deferred": 67, "lathe, function": 137}

CONTENDERS = {
    "spdlog": ("<spdlog/spdlog.h>",
               'SPDLOG_INFO("call {n}: {{}} {{}} {{}}", i, x, text);'),
    "lathe, macro": ("<lathe/lathe.hpp>",
                     'LATHE_INFO(log, "call {n}: {{}} {{}} {{}}", i, x, text);'),
    "lathe, function": ("<lathe/lathe.hpp>",
                        'log.info("call {n}: {{}} {{}} {{}}", i, x, text);'),
    "lathe, deferred": ("<lathe/lathe.hpp>",
                        'LATHE_INFO(log.deferred(), "call {n}: {{}} {{}} {{}}", i, x, text);'),
}


def make_source(name, calls):
    header, call = CONTENDERS[name]
    lines = [HEAD.format(header=header)]
    logger = "" if name == "spdlog" else "const lathe::Logger& log, "
    for first in range(0, calls, CALLS_PER_FUNCTION):
        body = "\n".join("  " + call.format(n=n)
                         for n in range(first, min(first + CALLS_PER_FUNCTION, calls)))
        lines.append(f"void f{first}({logger}int i, double x, const std::string& text);\n"
                     f"void f{first}({logger}int i, double x, const std::string& text) {{\n"
                     f"{body}\n}}\n")
    return "\n".join(lines)


def text_bytes(program):
    """Of code, by `size`: its first number."""
    out = subprocess.run(["size", program], capture_output=True, text=True, check=True).stdout
    return int(out.splitlines()[1].split()[0])


class Compiler:
    def __init__(self, arguments, folder):
        self.command = [arguments.compiler, "-std=c++20", "-O2", "-DSPDLOG_COMPILED_LIB",
                        "-DSPDLOG_FMT_EXTERNAL", *(f"-I{path}" for path in arguments.include)]
        self.folder = folder
        self.calls = arguments.calls

    def run(self, name, calls):
        """Returns seconds and bytes of code, or None if it does not compile."""
        source, output = self.folder / "calls.cpp", self.folder / "calls.o"
        source.write_text(make_source(name, calls))
        start = time.monotonic()
        done = subprocess.run([*self.command, "-c", source, "-o", output], capture_output=True,
                              text=True, check=False)
        seconds = time.monotonic() - start
        if done.returncode != 0:
            if name != "spdlog":
                print(f"compile_bench: {name}: {done.stderr[:2000]}", file=sys.stderr)
            return None
        return seconds, text_bytes(output)


def measure(compiler, rounds):
    times, sizes = {}, {}
    names = list(CONTENDERS)
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            found = compiler.run(name, compiler.calls)
            if found is None:
                if name != "spdlog":
                    return None
                continue
            times.setdefault(name, []).append(found[0])
            sizes[name] = found[1]
    return times, sizes


def check_call_bytes(compiler, sizes):
    """What is wrong with the code of a call, if anything; what a file has once does not count."""
    errors = []
    for name, most in MOST_BYTES.items():
        double = compiler.run(name, 2 * compiler.calls)
        if double is None:
            return [f"{name}: does not compile"]
        count = (double[1] - sizes[name]) / compiler.calls
        print(f"{name}: {count:.0f} bytes for one more call, at most {most}")
        if count > most:
            errors.append(f"{name}: {count:.0f} bytes of code a call, {most} allowed")
    return errors


def show(compiler, times, sizes):
    base = times.get("spdlog")
    print(f"{compiler.calls} calls in a file, -O2")
    print(f"{'':<18}{'seconds':>9}{'to spdlog':>11}{'bytes a call':>14}")
    for name, seconds in times.items():
        ratio = f"{statistics.median(a / b for a, b in zip(seconds, base)):.2f}" if base else "-"
        print(f"{name:<18}{statistics.median(seconds):>9.2f}{ratio:>11}"
              f"{sizes[name] / compiler.calls:>14.0f}")


def positive(text):
    number = int(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not above zero")
    return number


def main():
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--calls", type=positive, default=1000)
    parser.add_argument("--rounds", type=positive, default=5)
    parser.add_argument("--include", action="append", default=[str(root / "include")])
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--gate", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lathe-compile-") as folder:
        compiler = Compiler(arguments, pathlib.Path(folder))
        found = measure(compiler, arguments.rounds)
        if found is None:
            return 1
        show(compiler, *found)
        errors = check_call_bytes(compiler, found[1]) if arguments.gate else []
    for error in errors:
        print(f"compile_bench: {error}", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
