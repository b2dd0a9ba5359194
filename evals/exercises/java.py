"""Java: JUnit 5 and AssertJ from the distribution; Gradle would want to download them."""

import re

from evals.exercises.base import INSIDE, Language

_DISABLED = re.compile(r'^[ \t]*@Disabled(?:\("[^"\n]*"\))?[ \t]*\n', re.MULTILINE)
_CLASS = re.compile(r"^(?:public )?(?:final )?class (\w+)", re.MULTILINE)
_TEST = re.compile(r"@Test\s+(?:@\w+(?:\([^)]*\))?\s+)*(?:public\s+)?void\s+(\w+)\s*\(")


def find_tests(_name: str, text: str) -> list[str]:
    """As "LeapTest > isOneByFour()". Only what is annotated with a plain @Test has a name that can be foretold."""
    outer = _CLASS.search(text)
    return [f"{outer[1]} > {method}()" for method in _TEST.findall(text)] if outer else []


def none_disabled(text: str) -> str:
    """The exercises disable all tests but the first, for people who learn."""
    return _DISABLED.sub("", text)


JAVA = Language(
    name="java",
    suffix=".java",
    test_suffix="Test.java",
    test_command=f"bash {INSIDE}/java.sh",
    # The lines of our own script look like those that this parser is made for.
    log_parser="parse_log_jq",
    find_tests=find_tests,
    whole=none_disabled,
    project=("src/main/java/**/*.java",),
    packages=("default-jdk-headless", "junit5", "libassertj-core-java"),
    files=((f"{INSIDE}/java.sh", "java.sh"), (f"{INSIDE}/tell.py", "tell.py")),
)
