"""In which order the work is begun: instances of one repository side by side."""

from collections.abc import Iterable

from evals.instances.base import Instance


def near_each_other(instances: Iterable[Instance]) -> list[Instance]:
    """By repository in the order in which each first appears, and by version within one: neighbours share the
    image's layers, and the head of the prompt in the server's prefix cache."""
    groups: dict[str, dict[str, list[Instance]]] = {}
    for instance in instances:
        groups.setdefault(instance.repo, {}).setdefault(instance.version, []).append(instance)
    return [instance for versions in groups.values() for rows in versions.values() for instance in rows]
