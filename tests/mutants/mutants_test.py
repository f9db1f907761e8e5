# SPDX-License-Identifier: MIT
"""Each guard of a promise is held by a test: takes one out of the code, and the test must fail.

usage: mutants_test.py [--list] [--keep FOLDER] [NAME...]

The mutants are in mutants.toml. Works on a copy of the tree in a temporary directory, or in FOLDER,
which is kept and makes the next run short. Without a mutant all the tests must pass; with one, the
test that it names must fail. A mutant that does not apply, or does not compile, is a failure, too.
The last line is "N killed, N survived"; exit status 1 if any survived or could not be tried."""

import argparse
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = pathlib.Path(__file__).with_name("mutants.toml")
# As tests/run.sh builds; neither the command nor the examples are needed.
SETUP = ["-Dbench=disabled", "-Dexamples=disabled", "-Dtools=disabled", "-Dbuildtype=plain",
         "-Doptimization=1", "-Dcpp_args=-g1"]
TEST_S_MAX = 300
RAN = re.compile(r"^\[=+\] (\d+) tests? from", re.MULTILINE)
SKIPPED = "[  SKIPPED ]"


class Failure(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    old: str
    test: str
    new: str = ""

    @property
    def program(self):
        return f"tests/{self.test.split()[0]}"

    @property
    def filter(self):
        return self.test.split()[1]

    def apply(self, text):
        count = text.count(self.old)
        if count != 1:
            raise Failure(f"{self.name}: {self.file} has this text {count} times, not once:\n"
                          f"{self.old}")
        return text.replace(self.old, self.new)


def read_table():
    with open(TABLE, "rb") as table:
        mutants = [Mutant(**each) for each in tomllib.load(table)["mutant"]]
    names = [mutant.name for mutant in mutants]
    if len(set(names)) != len(names):
        raise Failure("two mutants have one name")
    return mutants


def files_of(tree):
    """Their names, seen from the tree; without what git ignores, and git's own."""
    for folder, folders, names in os.walk(tree):
        is_top = pathlib.Path(folder) == tree
        folders[:] = [name for name in folders if name != "__pycache__"
                      and not (is_top and (name == ".git" or name.startswith("build")))]
        for name in names:
            path = (pathlib.Path(folder) / name).relative_to(tree)
            if path.name != ".git":  # as it is in a work tree of git's
                yield path


class Tree:
    """A copy of the tree, and its build."""

    def __init__(self, folder):
        self.folder = folder
        self.build_folder = folder / "build"

    def refresh(self):
        """Copies what differs, so that ninja builds no more than that."""
        files = set(files_of(ROOT))
        for name in files:
            self.put(ROOT / name, self.folder / name)
        for name in set(files_of(self.folder)) - files:
            (self.folder / name).unlink()

    @staticmethod
    def put(source, target):
        if target.is_file() and target.read_bytes() == source.read_bytes():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)

    def run(self, command, what):
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        if done.returncode != 0:
            raise Failure(f"{what}:\n{done.stdout[-3000:]}")

    def configure(self):
        if not (self.build_folder / "build.ninja").exists():
            self.run(["meson", "setup", self.build_folder, *SETUP], "meson setup failed")

    def build(self, programs, what):
        self.run(["ninja", "-C", self.build_folder, f"-j{os.cpu_count()}", *sorted(programs)], what)

    def test(self, mutant):
        """Returns "" if the test passes, else how it fails."""
        command = [self.build_folder / mutant.program, f"--gtest_filter={mutant.filter}"]
        try:
            done = subprocess.run(command, cwd=self.build_folder, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  errors="replace", timeout=TEST_S_MAX, check=False)
        except subprocess.TimeoutExpired:
            return "hangs"
        if done.returncode < 0:
            return f"ends by signal {-done.returncode}"
        ran = RAN.search(done.stdout)
        if not ran or ran[1] == "0" or SKIPPED in done.stdout:
            raise Failure(f"{mutant.test}: not run:\n{done.stdout[-3000:]}")
        return "fails" if done.returncode != 0 else ""


def try_mutant(tree, mutant):
    path = tree.folder / mutant.file
    original = path.read_text(encoding="utf-8")
    path.write_text(mutant.apply(original), encoding="utf-8")
    try:
        tree.build([mutant.program], f"{mutant.name}: does not compile")
        return tree.test(mutant)
    finally:
        path.write_text(original, encoding="utf-8")


def check_unchanged(tree, mutants):
    """Without a mutant all tests pass: else a failure would mean nothing."""
    tree.build({mutant.program for mutant in mutants}, "the build failed")
    for mutant in {each.test: each for each in mutants}.values():
        if how := tree.test(mutant):
            raise Failure(f"{mutant.test} {how} without a mutant")


def run(tree, mutants):
    tree.refresh()
    tree.configure()
    check_unchanged(tree, mutants)
    survived = untried = 0
    for mutant in mutants:
        try:
            result = try_mutant(tree, mutant)
        except Failure as failure:
            untried += 1
            result = f"NOT TRIED\n{failure}"
        else:
            survived += not result
            result = f"killed ({result})" if result else "SURVIVED"
        print(f"{mutant.name:<40} {mutant.file:<36} {mutant.filter:<80} {result}", flush=True)
    print(f"{len(mutants) - survived - untried} killed, {survived} survived"
          + (f", {untried} not tried" if untried else ""))
    return 1 if survived or untried or not mutants else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name the mutants, and try none")
    parser.add_argument("--keep", metavar="FOLDER", type=pathlib.Path,
                        help="copy and build there, and leave it there")
    parser.add_argument("name", nargs="*", help="a mutant to try (all of them)")
    options = parser.parse_args()
    try:
        mutants = read_table()
        unknown = set(options.name) - {mutant.name for mutant in mutants}
        if unknown:
            parser.error(f"there is no mutant {', '.join(sorted(unknown))}; see --list")
        if options.name:
            mutants = [mutant for mutant in mutants if mutant.name in options.name]
        if options.list:
            for mutant in mutants:
                print(f"{mutant.name:<40} {mutant.file:<36} {mutant.filter}")
            return 0
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            return run(Tree(options.keep.resolve()), mutants)
        with tempfile.TemporaryDirectory(prefix="lathe-mutants-") as name:
            return run(Tree(pathlib.Path(name)), mutants)
    except Failure as failure:
        print(f"mutants: {failure}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
