#!/bin/bash
# Builds the exercise of this folder in a copy and tells of each of its tests. CMakeLists.txt is the commit's, whatever
# became of it here; Catch is the image's, compiled already, which CMakeLists.txt takes for EXERCISM_TEST_SUITE. What
# the program prints is marked, so that it is not taken for a result.
set -uo pipefail
tests=(*_test.cpp)
name=${tests[0]%_test.cpp}
scratch=$(mktemp -d)
copy=$scratch/$name # CMakeLists.txt names the program, and the files, after its folder
mkdir "$copy"
cp -r . "$copy"
git archive HEAD CMakeLists.txt | tar -x -C "$copy"

build() {
    cmake -S "$copy" -B "$scratch/build" -DEXERCISM_RUN_ALL_TESTS=1 -DEXERCISM_TEST_SUITE=1 &&
        make -j2 -C "$scratch/build" "$name"
}

build 2>&1 | sed 's/^/| /' || { echo "FAIL: the build"; exit 1; }
"$scratch/build/$name" --reporter xml --out "$scratch/report.xml" 2>&1 | sed 's/^/| /'
python3 "$(dirname "$0")/tell.py" "$scratch/report.xml"
