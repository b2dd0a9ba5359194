"""What a Python project's tests need beside the project: the first place that says so counts."""

from dataclasses import dataclass

from sandbox.images.environments.python_project import PythonProject
from sandbox.images.environments.tree import Tree

FOR_TESTS = ("test", "tests", "testing")
FOR_DEVELOPERS = ("dev", "develop", "development", "default")

TEST_FILES = (
    *("requirements-test.txt", "requirements-tests.txt", "requirements_test.txt", "requirements_tests.txt"),
    *("test-requirements.txt", "tests-requirements.txt", "test_requirements.txt", "requirements.test.txt"),
    *(
        "requirements/test.txt",
        "requirements/tests.txt",
        "requirements/testing.txt",
        "requirements/requirements-test.txt",
    ),
    *("tests/requirements.txt", "test/requirements.txt"),
)
DEVELOPER_FILES = (
    *("requirements-dev.txt", "requirements_dev.txt", "dev-requirements.txt", "dev_requirements.txt"),
    *("requirements.dev.txt", "requirements/dev.txt", "requirements/development.txt"),
)
PLAIN_FILE = "requirements.txt"


@dataclass(frozen=True)
class Needs:
    """Extras of the project, requirement specifiers, and requirement files; `said_in` names the place."""

    extras: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    said_in: str = ""


def test_needs(tree: Tree, project: PythonProject) -> Needs:
    """What to install for the tests; nothing if nobody says."""
    for names, files in ((FOR_TESTS, TEST_FILES), (FOR_DEVELOPERS, DEVELOPER_FILES)):
        extras = tuple(name for name in project.extras if name.lower() in names) if project.source else ()
        groups = [name for name in project.groups if name.lower() in names and project.groups[name]]
        requirements = tuple(entry for name in groups for entry in project.groups[name])
        present = tuple(name for name in files if tree.has(name))
        if extras or requirements:
            return Needs(extras, requirements, (), ", ".join((*extras, *groups)))
        if present:
            return Needs((), (), present, ", ".join(present))
    if required := tuple(project.tests_require):
        return Needs((), required, (), "tests_require")
    return _of_tox(tree, project)


def _of_tox(tree: Tree, project: PythonProject) -> Needs:
    """`deps` and `extras` of tox's usual environment, as far as they do not depend on one of its factors."""
    for name, section in (("tox.ini", "testenv"), ("setup.cfg", "tox:testenv")):
        settings = tree.ini(name)
        if not settings.has_section(section):
            continue
        extras = settings.get(section, "extras", fallback="").replace(",", "\n").split()
        lines = [line.strip() for line in settings.get(section, "deps", fallback="").splitlines()]
        files = tuple(word for word in map(_file_of, lines) if tree.has(word))
        requirements = tuple(line for line in lines if _is_requirement(line))
        known = tuple(extra for extra in extras if project.source and extra in project.extras)
        if known or files or requirements:
            return Needs(known, requirements, files, name)
    return Needs()


def _file_of(line: str) -> str:
    """The file that `-r FILE` names, "" for any other line."""
    line = line.replace("{toxinidir}/", "")
    return line[2:].strip() if line.startswith("-r") else ""


def _is_requirement(line: str) -> bool:
    """Neither empty, nor an option, nor a path, nor bound to a factor ("py38: …") or a substitution."""
    if not line or line[0] in "-.#/" or "{" in line:
        return False
    return ":" not in line.partition(";")[0].partition("@")[0]
