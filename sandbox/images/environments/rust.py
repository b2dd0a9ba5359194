"""Rust crates."""

from sandbox.images.environments.base import Environment, install_if_missing, key_files
from sandbox.images.environments.tree import Tree


def find(tree: Tree) -> Environment | None:
    """A folder with a Cargo.toml: its crates are fetched, `cargo test` runs the tests."""
    if not tree.has("Cargo.toml"):
        return None
    locked = " --locked" if tree.has("Cargo.lock") else ""
    return Environment(
        why="Rust, from Cargo.toml: crates fetched; tests with cargo test",
        setup=(install_if_missing("cargo", "cargo"), f"cargo fetch{locked}"),
        test_command="cargo test",
        key_files=key_files(tree, "Cargo.toml", "Cargo.lock", "rust-toolchain.toml"),
    )
