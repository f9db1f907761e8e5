#!/bin/sh
# Takes guards out of the code, one at a time; a named test must fail for each.
#
#   sh tests/mutants.sh             all of them: a quarter of an hour or so
#   sh tests/mutants.sh NAME...     these
#   sh tests/mutants.sh --list      names, files, tests
#
# The last line is the result: "N killed, N survived"; not zero if any survived or did not apply.
exec python3 "$(dirname "$0")/mutants/mutants_test.py" "$@"
