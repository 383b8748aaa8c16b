#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From a fresh Debian 12 (root, git) to a program that has compressed and
# restored a file: installs packages, builds the program in build/release, tries
# it. About three minutes on two cores.
#
# Usage: tools/setup.sh [FILE]      FILE: what to compress (default: README.md)
set -eu
cd "$(dirname "$0")/.."
file=${1:-README.md}

tools/install_packages.sh
echo "building the program alone; tools/test.sh builds the tests"
cmake --preset release -DLENTIL_BUILD_TESTS=OFF
cmake --build --preset release --target lentil

program=build/release/lentil
level=-6
if ! ls models/*.lentil >/dev/null 2>&1; then
  level=-1  # a build without models
elif ! [ -e models/small.lentil ]; then
  level=-3
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$program" compress $level -o "$work/file.ltl" "$file"
"$program" decompress -o "$work/file" "$work/file.ltl"
cmp "$file" "$work/file"
echo "$file: compressed to $(stat -c %s "$work/file.ltl") of" \
  "$(stat -c %s "$file") bytes and restored; the program is $program"
