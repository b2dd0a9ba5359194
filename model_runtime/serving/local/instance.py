"""A server that was started here, as its state file tells it."""

from model_runtime.messages import Frozen
from model_runtime.serving.local.process import ProcessId

HOST = "127.0.0.1"


class Instance(Frozen):
    """name: `model-port`, also the folder's. model: the name that clients ask for. started_at: seconds since 1970.
    ready_after_s: how long the start took, None until it was ready once; previous_s: how long it took the last
    time, None if that is not known. stopped: ended by request."""

    name: str
    model: str
    port: int
    process: ProcessId
    python: str
    sglang: str
    command: tuple[str, ...]
    started_at: float
    ready_after_s: float | None = None
    previous_s: float | None = None
    stopped: bool = False

    @property
    def root(self) -> str:
        """Where the server's own routes are, such as /health."""
        return f"http://{HOST}:{self.port}"

    @property
    def base_url(self) -> str:
        """Root of the chat-completions API."""
        return f"{self.root}/v1"


def name_of(model: str, port: int) -> str:
    return f"{''.join(c if c.isalnum() or c in '-._' else '-' for c in model).lstrip('.') or 'model'}-{port}"
