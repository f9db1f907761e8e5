# SPDX-License-Identifier: MIT
"""Every C++ block of the README compiles: one that starts with #include as a file of its own, any
other as the body of a function that has a backend and a logger.

usage: readme_test.py README COMPILER [ARGUMENT...]
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The inner braces let a block declare a backend or a log of its own.
HEAD = """#include <lathe/global.hpp>
#include <lathe/lathe.hpp>
using namespace std::chrono_literals;
void use(lathe::Backend& backend, const lathe::Logger& log) {
(void)backend; (void)log; {
"""
TAIL = "}\n}\n"


def program(path, block):
    """The source of a block; the compiler will tell errors by the README's lines."""
    line = block.string[:block.start(1)].count("\n") + 1
    place = f'#line {line} "{path.name}"\n'
    if block[1].startswith("#include"):
        return place + block[1]
    return HEAD + place + block[1] + TAIL


def errors_of(compiler, text):
    """What the compiler says about a program that it refuses; empty if it takes it."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "block.cpp"
        source.write_text(text, encoding="utf-8")
        run = subprocess.run(
            [*compiler, "-std=c++20", "-fsyntax-only", source],
            capture_output=True, text=True, timeout=240, check=False)
        if run.returncode == 0:
            return ""
        return run.stderr[:3000] or f"the compiler ended with status {run.returncode}"


def main():
    path, compiler = pathlib.Path(sys.argv[1]), sys.argv[2:]
    text = path.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    if not blocks or len(blocks) != text.count("```cpp"):
        print(f"{len(blocks)} whole blocks of {text.count('```cpp')}")
        return 1
    programs = [program(path, block) for block in blocks]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for errors in pool.map(lambda each: errors_of(compiler, each), programs):
            if errors:
                print(errors)
                pool.shutdown(cancel_futures=True)
                return 1
    print(f"{len(blocks)} blocks compile")
    return 0


if __name__ == "__main__":
    sys.exit(main())
