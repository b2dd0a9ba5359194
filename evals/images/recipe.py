"""How an instance's environment is made: from swebench's table where it knows the repository, else found out."""

import shlex
from datetime import datetime
from pathlib import Path

from evals.errors import EvalError
from evals.images.specs import Spec, find_spec
from evals.instances.base import Instance
from evals.mining.environment import of_its_time
from model_runtime.messages import Frozen
from sandbox.images.environment import find_environment
from sandbox.images.environments.base import Build
from sandbox.images.environments.python_project import PythonProject
from sandbox.images.environments.tree import Tree
from sandbox.workspace.hostgit import GitFailed, HostGit

VENV = "/opt/miniconda3/envs/testbed"
"""Where the scripts of SWE-bench's rows expect the environment."""

ACTIVATE = "/opt/miniconda3/bin/activate"
ACTIVATION = """\
conda() { if [ "$1" = activate ]; then export PATH=/opt/miniconda3/envs/$2/bin:$PATH CONDA_DEFAULT_ENV=$2; fi; }
"""
"""Stands in for conda's own script, so that the script of a row runs unchanged."""

REQUIREMENTS = "/tmp/requirements.txt"
WHEELHOUSE = "/opt/wheelhouse"
ALWAYS_BUILT_WITH = ("setuptools>=40.8", "wheel")


class Recipe(Frozen):
    """`environment` are commands that need no repository, `setup` those that run in it. `python` is the version to
    bring along ("3.9"), "" for the base image's own; `base` an image or a build, None for the default. `files`
    are (path, text) to put into the image first. `offline` are the requirements to keep as wheels, so that the
    project can be installed again without a network."""

    why: str
    python: str = ""
    base: str | Build | None = None
    environment: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    path: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    offline: tuple[str, ...] = ()
    test_command: str = ""


def find_recipe(instance: Instance, tree: Path, source: Path) -> Recipe:
    """The recipe for `tree`, the repository at its base commit; `source` is the whole repository. Raises EvalError
    and EnvironmentFailed where none can be had."""
    spec = find_spec(instance.repo, instance.version)
    if spec is not None:
        return _of_spec(instance, spec, Tree(tree), source)
    found = find_environment(tree)
    if at := _made_at(instance):
        found = of_its_time(found, at)
    return Recipe(
        why=found.why,
        base=found.base,
        setup=found.setup,
        path=found.path,
        variables=found.variables,
        offline=_build_requires(Tree(tree)) if found.path else (),
        test_command=found.test_command or "",
    )


def _made_at(instance: Instance) -> int:
    """When the row's fix was made, as Unix time; 0 if the row does not say."""
    try:
        return int(datetime.fromisoformat(instance.created_at).timestamp())
    except ValueError:
        return 0


def _of_spec(instance: Instance, spec: Spec, tree: Tree, source: Path) -> Recipe:
    files: tuple[tuple[str, str], ...] = ((ACTIVATE, ACTIVATION),)
    commands = [f"{VENV}/bin/python -m pip install -q -U 'pip<25' setuptools wheel"]
    if spec.packages == "environment.yml":
        raise EvalError(
            f"{instance.instance_id}: its environment is a conda file, and no image can be built of one here. "
            f"Bring the row's own image, {instance.image or 'which the row does not name'} (docker load)."
        )
    if spec.packages == "requirements.txt":
        files += ((REQUIREMENTS, _requirements(instance, spec, source)),)
        commands.append(f"{VENV}/bin/python -m pip install -q -r {REQUIREMENTS}")
    elif spec.packages:
        commands.append(f"{VENV}/bin/python -m pip install -q {spec.packages}")
    if spec.pip_packages:
        commands.append(f"{VENV}/bin/python -m pip install -q {shlex.join(spec.pip_packages)}")
    return Recipe(
        why=f"swebench's recipe of {instance.repo} {instance.version}",
        python=spec.python,
        environment=tuple(commands),
        setup=(*spec.pre_install, *((spec.install,) if spec.install else ())),
        files=files,
        path=(f"{VENV}/bin",),
        offline=_build_requires(tree),
        test_command=spec.test_command,
    )


def _build_requires(tree: Tree) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*ALWAYS_BUILT_WITH, *PythonProject(tree).build_requires)))


def _requirements(instance: Instance, spec: Spec, source: Path) -> str:
    """The requirement file at the commit that the environment is made for, what it names put in its place."""
    git = HostGit(source)
    commit = instance.environment_setup_commit or instance.base_commit
    for path in spec.requirement_files:
        try:
            text = git.run("show", f"{commit}:{path}").decode()
        except GitFailed:
            continue
        lines: list[str] = []
        for line in text.splitlines():
            if line.strip().startswith("-r"):
                named = str(Path(path).parent / line.strip()[2:].strip())
                lines += git.run("show", f"{commit}:{named}").decode().splitlines()
            else:
                lines.append(line)
        return "\n".join(line for line in lines if not line.strip().startswith(("-e .", "#", ".[test"))) + "\n"
    raise EvalError(
        f"{instance.instance_id}: none of {', '.join(spec.requirement_files) or 'its requirement files'} is in "
        f"{source} at {commit[:12]}."
    )
