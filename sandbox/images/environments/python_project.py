"""What a Python project says of itself, in pyproject.toml, setup.cfg and setup.py."""

import ast
from collections.abc import Mapping
from typing import Any

from sandbox.images.environments.tree import Tree, strings, table


class PythonProject:
    """A reading of the packaging files. Nothing of the project is run: of setup.py only literals are known."""

    def __init__(self, tree: Tree) -> None:
        self._pyproject = tree.toml("pyproject.toml")
        self._setup_cfg = tree.ini("setup.cfg")
        self._setup_py = _setup_arguments(tree.text("setup.py"))
        self._has_setup_py = tree.has("setup.py")

    @property
    def source(self) -> str | None:
        """The file that makes the project installable; None if pip cannot install it."""
        if table(self._pyproject, "project") or table(self._pyproject, "build-system"):
            return "pyproject.toml"
        if table(self._pyproject, "tool", "poetry").get("name"):
            return "pyproject.toml"
        if self._has_setup_py:
            return "setup.py"
        return "setup.cfg" if self._setup_cfg.has_section("metadata") else None

    @property
    def name(self) -> str:
        """The distribution's name, "" if it is not written out."""
        written = (
            table(self._pyproject, "project").get("name"),
            table(self._pyproject, "tool", "poetry").get("name"),
            self._setup_cfg.get("metadata", "name", fallback=None),
            self._setup_py.get("name"),
        )
        return next((name for name in written if isinstance(name, str)), "")

    @property
    def extras(self) -> list[str]:
        """Names of the optional sets of dependencies."""
        names = [*table(self._pyproject, "project", "optional-dependencies")]
        names += table(self._pyproject, "tool", "poetry", "extras")
        if self._setup_cfg.has_section("options.extras_require"):
            names += self._setup_cfg.options("options.extras_require")
        names += table(self._setup_py.get("extras_require"))
        return list(dict.fromkeys(names))

    @property
    def groups(self) -> dict[str, list[str]]:
        """Requirements that are for developers alone, by group: PEP 735, and what tools had before it."""
        tool = table(self._pyproject, "tool")
        groups = {name: strings(value) for name, value in table(tool, "pdm", "dev-dependencies").items()}
        for name in table(tool, "hatch", "envs"):
            groups[name] = strings(table(tool, "hatch", "envs", name).get("dependencies"))
        for name in table(tool, "poetry", "group"):
            groups[name] = _of_poetry(table(tool, "poetry", "group", name, "dependencies"))
        if old := table(tool, "poetry", "dev-dependencies"):
            groups["dev"] = _of_poetry(old)
        if old_uv := strings(table(tool, "uv").get("dev-dependencies")):
            groups["dev"] = old_uv
        standard = table(self._pyproject, "dependency-groups")
        return groups | {name: _expanded(standard, name, ()) for name in standard}

    @property
    def tests_require(self) -> list[str]:
        """The old `tests_require` of setuptools."""
        configured = self._setup_cfg.get("options", "tests_require", fallback="").splitlines()
        return [line.strip() for line in configured if line.strip()] + strings(self._setup_py.get("tests_require"))

    @property
    def build_requires(self) -> list[str]:
        requires = strings(table(self._pyproject, "build-system").get("requires"))
        early = self._setup_py.get("setup_requires")
        return requires + ([early] if isinstance(early, str) else strings(early))


def _expanded(groups: Mapping[str, Any], name: str, above: tuple[str, ...]) -> list[str]:
    """A group's requirements with those of the groups that it includes; one that includes itself ends there."""
    found: list[str] = []
    above = (*above, name)
    for entry in groups.get(name, ()):
        if isinstance(entry, str):
            found.append(entry)
        elif isinstance(included := table(entry).get("include-group"), str) and included not in above:
            found += _expanded(groups, included, above)
    return found


def _of_poetry(dependencies: Mapping[str, Any]) -> list[str]:
    """Poetry's version constraints as requirements: "^1.2" and "~1.2" become "at least 1.2"; a dependency on a
    path or a repository is left out."""
    found: list[str] = []
    for name, constraint in dependencies.items():
        version = constraint.get("version") if isinstance(constraint, dict) else constraint
        if not isinstance(version, str) or name == "python":
            continue
        version = version.strip()
        if version == "*":
            found.append(name)
        elif version[:1] in "^~" and version[:2] != "~=":
            found.append(f"{name}>={version[1:]}")
        else:
            found.append(f"{name}=={version}" if version[:1].isdigit() else f"{name}{version}")
    return found


def _setup_arguments(source: str) -> dict[str, Any]:
    """The arguments of `setup(…)` that are literals, or names of literals of the module."""
    try:
        module = ast.parse(source)
    except SyntaxError:
        return {}  # Python 2, say: pip will tell, and the user sees it
    literals: dict[str, Any] = {}
    for statement in module.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            literals[statement.targets[0].id] = _literal(statement.value, literals)
    calls = (node for node in ast.walk(module) if isinstance(node, ast.Call) and _called(node) == "setup")
    call = next(calls, None)
    if call is None:
        return {}
    values = {keyword.arg: _literal(keyword.value, literals) for keyword in call.keywords if keyword.arg}
    return {name: value for name, value in values.items() if value is not None}


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _literal(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """The value of a literal or of a known name; of a dictionary with computed values its keys at least."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Dict):
        return {
            _literal(key, known): _literal(value, known)
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant)
        }
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
