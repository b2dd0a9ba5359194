"""Tells of each test in the XML report of JUnit or Catch: "PASS: name" or "FAIL: name".

Run in the image as `python3 tell.py REPORT`. Exits with 1 if a test failed, and where the report is missing, torn
or empty.
"""

import sys
from collections.abc import Iterator
from xml.etree import ElementTree


def outcomes(path: str) -> Iterator[tuple[str, bool]]:
    """The tests of a report and whether they passed. Raises OSError, and ParseError where it is torn."""
    for _, element in ElementTree.iterparse(path):
        match element.tag:
            case "testcase":  # JUnit
                name = f"{element.get('classname')} > {element.get('name')}"
                yield name, all(element.find(bad) is None for bad in ("failure", "error", "skipped"))
            case "TestCase":  # Catch
                overall = element.find("OverallResult")
                yield element.get("name", ""), overall is not None and overall.get("success") == "true"


def main() -> int:
    told, failed = 0, 0
    try:
        for name, passed in outcomes(sys.argv[1]):
            told += 1
            failed += not passed
            print(f"{'PASS' if passed else 'FAIL'}: {name}")
    except (OSError, ElementTree.ParseError) as error:
        print(f"FAIL: the report of the tests is not whole ({error})")
        return 1
    return int(failed > 0 or told == 0)


if __name__ == "__main__":
    sys.exit(main())
