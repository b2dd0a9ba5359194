"""Rust: its own test harness, run by cargo."""

import re

from evals.exercises.base import INSIDE, Language

_LINE = re.compile(
    r"^(?P<indent> *)(?:(?:pub )?mod (?P<module>\w+) \{|(?P<attribute>#\[.*\])|(?:pub )?fn (?P<function>\w+))"
)


def find_tests(_name: str, text: str) -> list[str]:
    """As "tests::is_one_by_four", the modules in front. What is compiled for some feature alone is passed over."""
    found: list[str] = []
    modules: list[tuple[int, str]] = []
    attributes: list[str] = []
    left_out: int | None = None
    for written in text.splitlines():
        line = _LINE.match(written)
        if line is None:
            if written.strip() and not written.lstrip().startswith("//"):
                attributes = []  # they belong to what follows them
            continue
        indent = len(line["indent"])
        if left_out is not None and indent > left_out:
            continue
        left_out = None
        while modules and modules[-1][0] >= indent:
            modules.pop()
        if line["attribute"]:
            attributes.append(line["attribute"])
            continue
        if any("feature" in attribute for attribute in attributes):
            left_out = indent
        elif line["module"]:
            modules.append((indent, line["module"]))
        elif "#[test]" in attributes:
            found.append("::".join((*(name for _, name in modules), line["function"])))
        attributes = []
    return found


RUST = Language(
    name="rust",
    suffix=".rs",
    test_suffix=".rs",
    test_command=f"bash {INSIDE}/rust.sh",
    log_parser="parse_log_cargo",
    find_tests=find_tests,
    companions=(".toml",),
    project=("Cargo.toml", "src/**/*", "benches/*"),
    # Debian keeps a newer Rust beside the one of its release, for browsers. The crates are what exercises name.
    packages=(
        *("cargo-web | cargo", "rustc-web | rustc"),
        *("librust-anyhow-dev", "librust-rand-dev", "librust-thiserror-dev", "librust-time-dev"),
    ),
    files=((f"{INSIDE}/rust.sh", "rust.sh"), ("/.cargo/config.toml", "cargo.toml")),
)
