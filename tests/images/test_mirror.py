"""The mirror of this machine's own apt is found in every format that apt reads."""

from pathlib import Path

import pytest

from sandbox.images.mirror import Mirror, find_mirror

DEB822 = """\
# a comment
Types: deb
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://mirror.example/security
Suites: bookworm-security
Components: main
"""


def machine(root: Path, sources: dict[str, str], release: str = "ID=debian\nVERSION_CODENAME=bookworm\n") -> Path:
    for name, text in {"etc/os-release": release, **sources}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    ("sources", "uri"),
    [
        ({"etc/apt/sources.list": "deb http://a.example/debian bookworm main\n"}, "http://a.example/debian"),
        (
            {"etc/apt/sources.list": "deb [arch=amd64 trusted=yes] https://a.example/debian bookworm main # x\n"},
            "https://a.example/debian",
        ),
        ({"etc/apt/sources.list.d/debian.sources": DEB822}, "http://mirror.example/debian"),
        (
            {
                "etc/apt/sources.list.d/other.list": "deb https://other.example stable main\n",
                "etc/apt/sources.list.d/debian.sources": DEB822,
            },
            "http://mirror.example/debian",
        ),
    ],
)
def test_the_first_source_of_the_own_release_counts(tmp_path: Path, sources: dict[str, str], uri: str) -> None:
    assert find_mirror(machine(tmp_path, sources)) == Mirror(uri, "bookworm")


@pytest.mark.parametrize(
    "line",
    [
        "# deb http://a.example/debian bookworm main",
        "deb-src http://a.example/debian bookworm main",
        "deb http://a.example/debian bookworm-security main",
        "deb http://a.example/debian trixie main",
        "deb cdrom:[disc]/ bookworm main",
    ],
)
def test_what_cannot_serve_is_passed_over(tmp_path: Path, line: str) -> None:
    assert find_mirror(machine(tmp_path, {"etc/apt/sources.list": line + "\n"})) is None


def test_a_mirror_list_is_followed(tmp_path: Path) -> None:
    listed = tmp_path / "mirrors.list"
    listed.write_text("http://first.example/debian\tpriority:1\nhttp://second.example/debian\n")
    root = machine(tmp_path, {"etc/apt/sources.list": f"deb mirror+file:{listed} bookworm main\n"})
    assert find_mirror(root) == Mirror("http://first.example/debian", "bookworm")


def test_a_disabled_source_is_passed_over(tmp_path: Path) -> None:
    root = machine(tmp_path, {"etc/apt/sources.list.d/debian.sources": f"Enabled: no\n{DEB822}"})
    assert find_mirror(root) is None


def test_ubuntu_needs_universe_too(tmp_path: Path) -> None:
    release = 'ID=ubuntu\nVERSION_CODENAME="noble"\n'
    root = machine(tmp_path, {"etc/apt/sources.list": "deb http://u.example noble main universe\n"}, release)
    assert find_mirror(root) == Mirror("http://u.example", "noble", ("main", "universe"))
