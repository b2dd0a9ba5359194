#!/bin/bash
# Compiles the exercise of this folder and tells of each of its tests. What the tests print is marked, so that it is
# not taken for a result.
set -uo pipefail
scratch=$(mktemp -d)
jars=$(printf '/usr/share/java/%s.jar:' junit-jupiter-{api,engine} junit-platform-{commons,engine,launcher,reporting,console} \
    opentest4j opentest4j-reporting-{events,schema} apiguardian-api picocli assertj-core byte-buddy)
mapfile -d '' sources < <(find src -name '*.java' -print0)

javac -encoding UTF-8 -cp "$jars" -d "$scratch/classes" "${sources[@]}" 2>&1 | sed 's/^/| /' ||
    { echo "FAIL: the build"; exit 1; }
java -cp "$scratch/classes:$jars" org.junit.platform.console.ConsoleLauncher --disable-banner --details none \
    --scan-classpath "$scratch/classes" --reports-dir "$scratch" 2>&1 | sed 's/^/| /'
python3 "$(dirname "$0")/tell.py" "$scratch/TEST-junit-jupiter.xml"
