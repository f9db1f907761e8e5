#!/bin/sh
# Four threads log two million records through a rotating file, and every one is found again.
# Installs what is missing, builds into build-release/, runs examples/quickstart.cpp.
#
# Works from any directory, as root or with sudo, and again.
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
folder=${LATHE_BUILD_RELEASE:-$root/build-release}
. "$root/tests/install.sh"

need_library
install_missing || exit 1

echo "building ${folder#"$root"/} (log: ${folder#"$root"/}/build.log)"
configure "$folder" -Dbuildtype=release -Dtests=disabled -Dbench=disabled || exit 1
build "$folder" examples/example_quickstart || exit 1

logs=$folder/quickstart-logs
rm -rf "$logs"
exec "$folder/examples/example_quickstart" "$logs"
