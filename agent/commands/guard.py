"""From errors to one readable message and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager

from agent.errors import INTERRUPTED, MIMOSA_ERRORS


@contextmanager
def told() -> Iterator[None]:
    """Print an error of Mimosa's own, or an interrupt, as a person reads it, and exit with its code. Other
    exceptions are defects, and keep their traceback."""
    try:
        yield
    except MIMOSA_ERRORS as error:
        tell(str(error))
        raise SystemExit(error.exit_code) from error
    except KeyboardInterrupt:
        tell("interrupted")
        raise SystemExit(INTERRUPTED) from None


def tell(message: str) -> None:
    """An error message, on standard error."""
    from rich.console import Console  # late: most of the time there is nothing to tell

    console = Console(stderr=True)
    console.print(f"mimosa: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
