# SPDX-License-Identifier: MIT
"""Holds the tree to its floor plan and style. Errors as `file:line: message`; exit status 1 if any.

usage: tidy.py [ROOT]
"""

import collections
import pathlib
import re
import sys

LINE_COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = {"tests": 400}
FILE_LINES_MAX_ELSEWHERE = 300
FOLDERS = ("include", "src", "tests", "bench", "examples")

# --- who may include whom; the first folder that a path starts with decides ---

PUBLIC = r"lathe/\w+\.hpp"
VALUES = (r"lathe/(fast_format|file_options|format_fields|histogram|level|options|record"
          r"|stamp_counter|stats|units)\.hpp")
# What a record is made of on its way; only the queue's side of the house knows it.
RECORD = r"lathe/(format|logger|queue_front|site)\.hpp"
FMT = r"fmt/\w+\.h"
STD = r"[a-z_]+"
POSIX = r"((arpa|linux|net|netinet|sys)/)?\w+\.h"
MAY_INCLUDE = {
    "include/lathe": (STD, FMT, PUBLIC),
    "src/core": (STD, FMT, VALUES, r"core/\w+\.hpp"),
    "src/os": (STD, POSIX, r"lathe/stamp_counter\.hpp", r"os/\w+\.hpp"),
    "src/queue": (STD, FMT, VALUES, RECORD, r"queue/\w+\.hpp", r"os/\w+\.hpp", r"pthread\.h"),
    "src/sink": (STD, FMT, PUBLIC, r"(core|os|sink)/\w+\.hpp"),
    "src/engine": (STD, FMT, PUBLIC, r"(core|queue|engine)/\w+\.hpp",
                   r"os/(build_id|clock|crash_calls|futex|lasting|memory|signal_guard)\.hpp",
                   r"os/(spool_file|stderr_line|thread)\.hpp",
                   r"(pthread|signal)\.h"),
    "src/setup.cpp": (r".*",),
    # The command owns its standard input and its signals.
    "src/tools": (STD, FMT, POSIX, r"CLI/CLI\.hpp", PUBLIC, r"(core|tools)/\w+\.hpp"),
    "examples": (STD, FMT, POSIX, PUBLIC),
    "bench": (r".*",),
    "tests": (r".*",),
}

# --- words and the only places for them: (pattern, places, what it is); in include/ and src/ ---

ONLY_IN = (
    (r"^(?!extern ).*\bthread_local\b", ("src/queue/",), "thread-local state"),
    (r"\bstd::j?thread\b(?!::id)", ("src/engine/", "src/tools/"), "a thread"),
    (r"\bstd::(signal|raise)\b", ("src/engine/", "src/tools/"), "signals"),
    (r"(?<![\w>:)])::(?!strn?len\b|pthread_|sig)[a-z_0-9]+\s*\(", ("src/os/", "src/tools/"),
     "a system call"),
    (r"\berrno\b", ("src/os/", "src/tools/"), "errno"),
    (r"\b(system|steady)_clock::now\b", ("src/os/", "src/tools/"), "the time"),
    # Each CPU has a counter of its own, and the command reads it with fences.
    (r"^\s*#\s*(if|ifdef|ifndef)\b",
     ("src/os/", "src/tools/tick_clock.", "include/lathe/macros.hpp",
      "include/lathe/stamp_counter.hpp"), "#if"),
    (r"\bnamespace (detail|internal|impl)\b", (), "a namespace for secrets"),
    (r"\batomic_(thread|signal)_fence\b", (), "a stand-alone fence"),
    (r"\busing namespace\b", (), "a using directive"),
)
MACROS = {"LATHE_" + name for name in (
    "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "CRITICAL", "LOG", "LEVEL_FLOOR")}
MACRO_FILE = "include/lathe/macros.hpp"
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
VAGUE_NAME = re.compile(r"(^|_)(utils?|helpers?|misc|manager|common)(_|$)")

# Raw strings, strings, characters, comments.
NOT_CODE = re.compile(
    r'R"(\w*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.[^\']*|[^\'\\\n])\''
    r"|//[^\n]*|/\*(?:.|\n)*?\*/")
SCOPE = re.compile(
    r"^(template\s*<.*>\s*)?(requires .*)?(class|struct|union|enum|namespace|extern)\b")
TEST_MACRO = re.compile(r"\b(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)")


class Source:
    """One file: its lines, and the same lines with strings and comments blanked out."""

    def __init__(self, root, path):
        self.name = path.relative_to(root).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.lines = self.text.splitlines()
        code = NOT_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), self.text)
        self.code = code.splitlines()
        self.is_cpp = path.suffix in (".cpp", ".hpp")
        self.is_library = self.name.startswith(("include/", "src/"))


class Tidy:
    def __init__(self, root):
        self.root = root
        paths = sorted(path for folder in FOLDERS for path in (root / folder).rglob("*")
                       if path.is_file() and path.suffix in (".cpp", ".hpp", ".py", ".sh", ".build")
                       and "__pycache__" not in path.parts)
        self.sources = [Source(root, path) for path in paths]
        self.errors = []
        self.edges = collections.defaultdict(dict)  # letter -> side -> where it was seen first
        tests = [TEST_MACRO.findall(source.text) for source in self.sources if source.is_cpp]
        self.tests = {name for found in tests for suite, test in found
                      for name in (suite, f"{suite}.{test}")}

    def error(self, source, number, message):
        name = source if isinstance(source, str) else source.name
        self.errors.append(f"{name}:{number}: {message}")

    def run(self):
        for source in self.sources:
            self.check_text(source)
            if source.is_cpp:
                self.check_includes(source)
                self.check_functions(source)
                self.check_listed(source)
            if source.is_cpp and source.is_library:
                self.check_words(source)
                self.check_memory_order(source)
                self.check_tested_by(source)
        self.check_edges()
        self.check_readme()
        return sorted(self.errors)

    def check_text(self, source):
        for number, line in enumerate(source.lines, 1):
            if len(line) > LINE_COLUMNS_MAX:
                self.error(source, number, f"{len(line)} columns, at most {LINE_COLUMNS_MAX}")
            if line != line.rstrip():
                self.error(source, number, "white space at the end of the line")
            if UNFINISHED.search(line) and not source.name.startswith("tests/tidy"):
                self.error(source, number, "unfinished by its own words")
        if source.text and not source.text.endswith("\n"):
            self.error(source, len(source.lines), "no line end at the end of the file")
        is_code = source.is_cpp or source.name.endswith(".py")
        most = FILE_LINES_MAX.get(source.name.split("/")[0], FILE_LINES_MAX_ELSEWHERE)
        if is_code and len(source.lines) > most:
            self.error(source, most + 1, f"{len(source.lines)} lines, at most {most}")
        if is_code and not any("SPDX-License-Identifier: MIT" in line for line in source.lines[:2]):
            self.error(source, 1, "no SPDX line")
        if VAGUE_NAME.search(pathlib.PurePosixPath(source.name).stem):
            self.error(source, 1, "a file name that says nothing")

    def check_includes(self, source):
        allowed = next(may for folder, may in MAY_INCLUDE.items()
                       if source.name.startswith(folder) or folder.startswith(source.name))
        for number, line in enumerate(source.lines, 1):
            found = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            if found and not any(re.fullmatch(pattern, found[1]) for pattern in allowed):
                self.error(source, number, f"may not include {found[1]}")
        if source.name.endswith(".hpp") and "#pragma once" not in source.lines:
            self.error(source, 1, "no #pragma once")

    def check_functions(self, source):
        """A block whose head is no class, namespace or list is code; the outermost, a function."""
        stack, head, head_line = [], "", 1
        for number, line in enumerate(source.code, 1):
            if line.lstrip().startswith("#"):
                continue
            for char in line:
                if char == "{":
                    text = head.strip()
                    stack.append((head_line, bool(text) and not SCOPE.match(text)
                                  and not text.endswith("=") and ")" in text))
                elif char == "}" and stack:
                    start, is_code = stack.pop()
                    length = number - start + 1
                    inside = any(code for _, code in stack)
                    if is_code and not inside and length > FUNCTION_LINES_MAX:
                        self.error(source, start, f"a function of {length} lines, "
                                                  f"at most {FUNCTION_LINES_MAX}")
                if char in "{};":
                    head = ""
                else:
                    if not head.strip():
                        head_line = number
                    head += char
            head += " "

    def check_listed(self, source):
        if not source.name.endswith(".cpp"):
            return
        path = self.root / source.name
        for folder in path.parents:
            build = folder / "meson.build"
            relative = path.relative_to(folder).as_posix()
            if build.exists() and f"'{relative}'" in build.read_text(encoding="utf-8"):
                return
            if folder == self.root:
                break
        self.error(source, 1, "named in no meson.build")

    def check_words(self, source):
        for number, line in enumerate(source.code, 1):
            for pattern, places, what in ONLY_IN:
                if re.search(pattern, line) and not source.name.startswith(places):
                    where = " and ".join(places) or "nowhere"
                    self.error(source, number, f"{what}: only in {where}")
            macro = re.match(r"\s*#\s*define\s+(\w+)", line)
            if macro and not source.name.startswith("src/os/") and (
                    macro[1] not in MACROS or source.name != MACRO_FILE):
                self.error(source, number, f"a macro of its own: {macro[1]}")

    def check_memory_order(self, source):
        declared = re.compile(r"std::atomic<[^;={}]*?>\s+(\w+_)\s*[;{=]")
        atomics = set(declared.findall("\n".join(source.code)))
        operators = re.compile(r"(\+\+|--)\s*(%s)\b|(?<![\w.])(%s)\s*(\+\+|--|[-+|&^]?=(?!=))"
                               % (("|".join(atomics),) * 2)) if atomics else None
        for number, code in enumerate(source.code, 1):
            line = source.lines[number - 1]
            near = line + (source.lines[number - 2] if number > 1 else "")
            for order in re.findall(r"memory_order(?:_|::)(\w+)", code):
                sides = {"release": "R", "acquire": "A", "acq_rel": "RA"}.get(order, "")
                for side in sides:
                    label = rf"\b{side}:([A-Z])\b"
                    letters = re.findall(label, line) or re.findall(label, near)
                    if not letters:
                        self.error(source, number, f"{order} without its edge, {side}:letter")
                    for letter in letters:
                        self.edges[letter].setdefault(side, (source, number))
                if order == "relaxed" and not self.is_explained(source, number):
                    self.error(source, number, "relaxed without a reason")
                above = [text.lstrip()[:2] for text in source.lines[:number - 1][-3:]]
                if order == "seq_cst" and above != ["//"] * 3:
                    self.error(source, number, "seq_cst without a paragraph of its reasons above")
            for call in re.finditer(
                    r"(?:\.|->)(load|store|exchange|fetch_\w+|compare_exchange_\w+)\s*\(", code):
                if "memory_order" not in self.arguments(source, number, call.end()):
                    self.error(source, number, f"{call[1]} with the default memory order")
            if operators and operators.search(re.sub(r"std::atomic<.*", "", code)):
                self.error(source, number, "an operator on an atomic: the default memory order")

    @staticmethod
    def arguments(source, number, column):
        """The text from `column` to the parenthesis that closes it."""
        depth, taken = 1, ""
        for line in [source.code[number - 1][column:], *source.code[number:number + 10]]:
            for char in line:
                depth += (char == "(") - (char == ")")
                if depth == 0:
                    return taken
                taken += char
        return taken

    @staticmethod
    def is_explained(source, number):
        """A comment on the statement, above it, or above a row of such statements."""
        first = number
        while first > 1 and ("relaxed" in source.code[first - 2] or not re.search(
                r"[;{}:]\s*$|^\s*$", source.code[first - 2])):
            first -= 1
        last = number
        while last < len(source.lines) and not re.search(r"[;{}]\s*$", source.code[last - 1]):
            last += 1
        return any("//" in line for line in source.lines[max(0, first - 2):last])

    def check_edges(self):
        for letter, sides in self.edges.items():
            for side, (source, number) in sides.items():
                other = "A" if side == "R" else "R"
                if other not in sides:
                    self.error(source, number, f"edge {letter} has no side {other}:{letter}")

    def check_tested_by(self, source):
        for number, line in enumerate(source.lines, 1):
            if "Tested by:" in line:
                for suite in re.findall(r"\b\w+Test\b", line.split("Tested by:")[1]):
                    if suite not in self.tests:
                        self.error(source, number, f"no such test: {suite}")

    def check_readme(self):
        path = self.root / "README.md"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for number, line in enumerate(lines, 1):
            for test in re.findall(r"`(\w+Test(?:\.\w+)?)`", line):
                if test not in self.tests:
                    self.error("README.md", number, f"no such test: {test}")
            links = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", line)
            links += re.findall(r"`((?:%s)/[\w./-]+)`" % "|".join(FOLDERS), line)
            for link in links:
                if not (self.root / link).exists():
                    self.error("README.md", number, f"no such file: {link}")


def main():
    default = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else default
    tidy = Tidy(root)
    errors = tidy.run()
    print("\n".join(errors) or f"{len(tidy.sources)} files are tidy")
    return 1 if errors or not tidy.sources else 0


if __name__ == "__main__":
    sys.exit(main())
