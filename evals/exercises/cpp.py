"""C++: Catch, from the distribution, built with CMake."""

import re

from evals.exercises.base import INSIDE, Language

_TEST = re.compile(r'^\s*TEST_CASE\((?:\s|//[^\n]*\n)*"((?:[^"\\]|\\.)*)"', re.MULTILINE)
_OTHERWISE = re.compile(r"^#if defined\((?!EXERCISM_RUN_ALL_TESTS\b)\w+\)$.*?^#endif\b", re.MULTILINE | re.DOTALL)
_ESCAPED = re.compile(r"\\(.)")


def find_tests(_name: str, text: str) -> list[str]:
    """Their titles. What is compiled for benchmarks alone is passed over."""
    return [_ESCAPED.sub(r"\1", title).strip() for title in _TEST.findall(_OTHERWISE.sub("", text))]


CPP = Language(
    name="cpp",
    suffix=".cpp",
    test_suffix="_test.cpp",
    test_command=f"bash {INSIDE}/cpp.sh",
    # The lines of our own script look like those that this parser is made for.
    log_parser="parse_log_jq",
    find_tests=find_tests,
    companions=(".h",),
    project=("CMakeLists.txt", "test/*"),
    # Boost's dates and TBB are what some exercises link against.
    packages=("g++", "cmake", "make", "catch2", "libboost-date-time-dev", "libtbb-dev"),
    files=((f"{INSIDE}/cpp.sh", "cpp.sh"), (f"{INSIDE}/tell.py", "tell.py")),
)
