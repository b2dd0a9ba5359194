"""Go modules."""

from sandbox.images.environments.base import Environment, install_if_missing, key_files
from sandbox.images.environments.tree import Tree


def find(tree: Tree) -> Environment | None:
    """A folder with a go.mod: its modules are fetched, `go test` runs the tests."""
    if not tree.has("go.mod"):
        return None
    return Environment(
        why="Go, from go.mod: modules fetched; tests with go test ./...",
        setup=(install_if_missing("go", "golang-go"), "go mod download"),
        test_command="go test ./...",
        key_files=key_files(tree, "go.mod", "go.sum"),
    )
