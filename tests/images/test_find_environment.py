"""What a repository looks like decides how it is set up and tested; what the user says comes first."""

import json
from pathlib import Path
from typing import ClassVar

import pytest
from image_helpers import Make

from sandbox.errors import EnvironmentFailed
from sandbox.images.environment import Build, SandboxSettings, find_environment

PYPROJECT = '[build-system]\nrequires = ["setuptools"]\n[project]\nname = "thing"\nversion = "1"\n'
PACKAGE = json.dumps({"scripts": {"test": "node --test"}})
UNITTEST = "import unittest\n"

Case = tuple[dict[str, str], str, str | None]

INSTALLED: dict[str, Case] = {
    "a project": ({"pyproject.toml": PYPROJECT}, "-e . pytest", None),
    "test extra": (
        {"pyproject.toml": PYPROJECT + '[project.optional-dependencies]\ndev = ["black"]\ntest = ["mock"]\n'},
        "-e '.[test]' pytest",
        None,
    ),
    "dev extra": (
        {"pyproject.toml": PYPROJECT + '[project.optional-dependencies]\ndev = ["black"]\ndocs = ["sphinx"]\n'},
        "-e '.[dev]' pytest",
        None,
    ),
    "dependency groups": (
        {
            "pyproject.toml": PYPROJECT
            + '[dependency-groups]\nbase = ["mock>=5"]\ntests = ["attrs", {include-group = "base"}]\n'
        },
        "-e . attrs 'mock>=5' pytest",
        None,
    ),
    "a group that includes itself": (
        {"pyproject.toml": PYPROJECT + '[dependency-groups]\ntest = ["attrs", {include-group = "test"}]\n'},
        "-e . attrs pytest",
        None,
    ),
    "poetry": (
        {
            "pyproject.toml": '[tool.poetry]\nname = "thing"\n[tool.poetry.group.test.dependencies]\n'
            'python = "^3.9"\nmock = "^5.1"\nattrs = "*"\nsix = {version = "1.16"}\nown = {path = "../own"}\n'
        },
        "-e . 'mock>=5.1' attrs six==1.16 pytest",
        None,
    ),
    "setup.cfg": (
        {"setup.cfg": "[metadata]\nname = thing\n[options.extras_require]\ntesting = mock\n"},
        "-e '.[testing]' pytest",
        None,
    ),
    "setup.py": (
        {"setup.py": "from setuptools import setup\nown = ['mock']\nsetup(extras_require={'tests': own + []})\n"},
        "-e '.[tests]' pytest",
        None,
    ),
    "tests_require": (
        {"setup.py": "import setuptools as s\nneeds = ['mock']\ns.setup(name='x', tests_require=needs)\n"},
        "-e . mock pytest",
        None,
    ),
    "a requirements file for tests": (
        {"setup.py": "", "requirements-dev.txt": "black\n", "requirements/tests.txt": "mock\n"},
        "-e . -r requirements/tests.txt pytest",
        None,
    ),
    "tox": (
        {
            "setup.py": "",
            "more.txt": "six\n",
            "tox.ini": "[testenv]\ndeps =\n  mock\n  py38: old\n  -r{toxinidir}/more.txt\n  {env:X}\n"
            "  a;python_version>'3'\n  ./own\n",
        },
        "-e . mock 'a;python_version>'\"'\"'3'\"'\"'' -r more.txt pytest",
        None,
    ),
    "no project, requirements": (
        {"requirements.txt": "six\n", "main.py": "", "test_main.py": ""},
        "-r requirements.txt pytest",
        "python -m pytest",
    ),
    "a project and its requirements.txt": (
        {"pyproject.toml": PYPROJECT, "requirements.txt": "six==1\n"},
        "-e . pytest",
        None,
    ),
    "a pyproject.toml for tools alone": (
        {"pyproject.toml": "[tool.black]\n", "requirements.txt": "six\n"},
        "-r requirements.txt pytest",
        None,
    ),
}


@pytest.mark.parametrize("case", INSTALLED.values(), ids=INSTALLED.keys())
def test_python_is_installed_into_a_virtual_environment(tree: Make, case: Case) -> None:
    files, words, test_command = case
    found = find_environment(tree(files))
    assert found.setup == ("python3 -m venv /opt/venv", f"python -m pip install {words}")
    assert found.path == ("/opt/venv/bin",)
    assert found.test_command == test_command
    assert found.why.startswith("Python, from ")


TESTS: dict[str, tuple[dict[str, str], str | None]] = {
    "a test module": ({"tests/test_it.py": ""}, "python -m pytest"),
    "a test module of the other name": ({"thing/it_test.py": ""}, "python -m pytest"),
    "configured in pyproject.toml": (
        {"pyproject.toml": PYPROJECT + "[tool.pytest.ini_options]\n", "checks/all.py": ""},
        "python -m pytest",
    ),
    "configured in setup.cfg": ({"setup.cfg": "[tool:pytest]\naddopts = -q\n"}, "python -m pytest"),
    "configured in tox.ini": ({"tox.ini": "[pytest]\n"}, "python -m pytest"),
    "unittest at the root": ({"tests.py": UNITTEST}, "python -m unittest discover"),
    "unittest in a folder": ({"checks/testit.py": UNITTEST}, "python -m unittest discover -s checks"),
    "unittest in a package": (
        {"checks/testit.py": "from unittest import TestCase\n", "checks/__init__.py": ""},
        "python -m unittest discover -s checks -t .",
    ),
    "no tests": ({"testing_tools.py": "import os\n"}, None),
    "tests of what is installed in the tree": ({"node_modules/x/test_x.py": "", ".venv/test_y.py": ""}, None),
}


@pytest.mark.parametrize("case", TESTS.values(), ids=TESTS.keys())
def test_the_test_command_of_python_is_found(tree: Make, case: tuple[dict[str, str], str | None]) -> None:
    files, command = case
    assert find_environment(tree({"setup.py": "", **files})).test_command == command


OTHERS: dict[str, tuple[dict[str, str], str, str | None]] = {
    "npm ci": ({"package.json": PACKAGE, "package-lock.json": "{}"}, "npm ci", "npm test"),
    "npm without a lock file": ({"package.json": PACKAGE}, "npm install --no-package-lock", "npm test"),
    "pnpm": ({"package.json": PACKAGE, "pnpm-lock.yaml": ""}, "pnpm install --frozen-lockfile", "pnpm test"),
    "yarn": ({"package.json": PACKAGE, "yarn.lock": ""}, "yarn install --frozen-lockfile", "yarn test"),
    "npm init's own test script": (
        {"package.json": json.dumps({"scripts": {"test": 'echo "Error: no test specified" && exit 1'}})},
        "npm install --no-package-lock",
        None,
    ),
    "Go": ({"go.mod": "module x\n"}, "go mod download", "go test ./..."),
    "Rust": ({"Cargo.toml": "", "Cargo.lock": ""}, "cargo fetch --locked", "cargo test"),
}


@pytest.mark.parametrize("case", OTHERS.values(), ids=OTHERS.keys())
def test_other_languages_install_what_is_missing(tree: Make, case: tuple[dict[str, str], str, str | None]) -> None:
    files, install, command = case
    found = find_environment(tree(files))
    assert found.setup[0].startswith("command -v ")
    assert found.setup[-1] == install
    assert found.test_command == command


@pytest.mark.parametrize(
    ("makefile", "command"),
    [
        ("all:\n\tcc x.c\n\ntest: all\n\t./x\n", "make test"),
        (".PHONY: check\nlint check: all\n\t./x\n", "make check"),
        ("test := 1\ntest ::= 2\nmode = test: x\n\ttest: y\n", None),
    ],
)
def test_make_knows_the_tests(tree: Make, makefile: str, command: str | None) -> None:
    assert find_environment(tree({"Makefile": makefile, "x.c": ""})).test_command == command


def test_modules_alone_need_no_installation(tree: Make) -> None:
    found = find_environment(tree({"thing.py": "", "test_thing.py": ""}))
    assert found.test_command == "python3 -m pytest"
    assert len(found.setup) == 1
    assert found.path == ()


def test_packaging_comes_before_loose_hints(tree: Make) -> None:
    files = {"go.mod": "module x\n", "requirements.txt": "sphinx\n", "tools/gen.py": "", "Makefile": "test:\n"}
    assert find_environment(tree(files)).why.startswith("Go")


def test_a_script_beside_a_makefile_does_not_hide_its_tests(tree: Make) -> None:
    found = find_environment(tree({"gen.py": "", "Makefile": "test:\n"}))
    assert found.test_command == "make test"


def test_nothing_known_is_said(tree: Make) -> None:
    found = find_environment(tree({"README": ""}))
    assert (found.base, found.setup, found.test_command) == (None, (), None)
    assert "nothing" in found.why


def test_a_version_that_git_knows_is_told_to_the_setup(repository: Make) -> None:
    pyproject = '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\n[project]\nname = "my-thing"\n'
    root = repository({"pyproject.toml": pyproject})
    assert find_environment(root).setup[1].startswith("SETUPTOOLS_SCM_PRETEND_VERSION_FOR_MY_THING=0.0.0 ")
    import git

    git.Repo(root).create_tag("v1.4.2")
    assert find_environment(root).setup[1].startswith("SETUPTOOLS_SCM_PRETEND_VERSION_FOR_MY_THING=1.4.2 ")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"pyproject.toml": "[project\n"}, "pyproject.toml of the repository cannot be understood.*line 1"),
        ({"package.json": "{,}"}, "package.json of the repository cannot be understood.*line 1"),
        ({"setup.py": "", "setup.cfg": "x = 1\n"}, "setup.cfg"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error_with_a_way_out(
    tree: Make, files: dict[str, str], words: str
) -> None:
    root = tree(files)
    with pytest.raises(EnvironmentFailed, match=words) as raised:
        find_environment(root)
    assert raised.value.exit_code == 2
    assert "[sandbox]" in str(raised.value)
    by_hand = find_environment(root, SandboxSettings(setup=("true",)))
    assert by_hand.setup == ("true",)


class TestSettings:
    files: ClassVar = {"pyproject.toml": PYPROJECT, "test_x.py": "", "install.sh": "", "Dockerfile": "FROM x\n"}

    def test_setup_commands_replace_what_would_be_found(self, tree: Make) -> None:
        found = find_environment(tree(self.files), SandboxSettings(setup=("./install.sh --fast",)))
        assert found.setup == ("./install.sh --fast",)
        assert found.test_command == "python -m pytest"
        assert [file.path for file in found.key_files] == ["install.sh", "pyproject.toml"]

    def test_an_image_is_used_as_it_is(self, tree: Make) -> None:
        found = find_environment(tree(self.files), SandboxSettings(image="team/box:1"))
        assert (found.base, found.setup) == ("team/box:1", ())

    def test_a_dockerfile_is_built(self, tree: Make) -> None:
        found = find_environment(tree(self.files), SandboxSettings(dockerfile="./Dockerfile"))
        assert found.base == Build("Dockerfile")

    @pytest.mark.parametrize("name", ["missing", "../Dockerfile", "/etc/passwd"])
    def test_a_dockerfile_must_be_inside(self, tree: Make, name: str) -> None:
        with pytest.raises(EnvironmentFailed, match="inside the repository"):
            find_environment(tree(self.files), SandboxSettings(dockerfile=name))

    def test_a_test_command_alone_joins_what_is_found(self, tree: Make) -> None:
        found = find_environment(tree(self.files), SandboxSettings(test="tox -q"))
        assert found.test_command == "tox -q"
        assert found.setup[0] == "python3 -m venv /opt/venv"


def test_key_files_change_with_their_content(tree: Make) -> None:
    before = find_environment(tree({"pyproject.toml": PYPROJECT, "x.py": "1"}))
    same = find_environment(tree({"x.py": "2"}))
    after = find_environment(tree({"pyproject.toml": PYPROJECT + "\n"}))
    assert before == same
    assert before.key_files != after.key_files


def test_links_that_lead_out_count_as_missing(tree: Make, tmp_path: Path) -> None:
    root = tree({"README": ""})
    (tmp_path / "outside.toml").write_text(PYPROJECT)
    (root / "pyproject.toml").symlink_to(tmp_path / "outside.toml")
    assert find_environment(root).setup == ()
