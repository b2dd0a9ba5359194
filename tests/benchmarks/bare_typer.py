"""The smallest Typer application of two commands: what `mimosa --help` is compared with."""

import typer

app = typer.Typer()


@app.command()
def greet(name: str) -> None:
    """Say hello."""
    print(f"hello {name}")


@app.command()
def leave(name: str) -> None:
    """Say goodbye."""
    print(f"bye {name}")


def main() -> None:
    app()
