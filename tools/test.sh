#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds build/release and runs its tests; ends with ctest's summary.
#
# Usage: tools/test.sh [ctest options]   e.g. -L fast; default: all but slow
set -eu
cd "$(dirname "$0")/.."
tools/install_packages.sh tests
cmake --preset release -DLENTIL_BUILD_TESTS=ON
cmake --build --preset release
[ $# -gt 0 ] || set -- -LE slow
exec ctest --test-dir build/release --output-on-failure -j "$(nproc)" "$@"
