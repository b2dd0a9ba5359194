"""A server that was started here, as its state file tells it."""

from model_runtime.messages import Frozen
from model_runtime.serving.local.process import ProcessId

HOST = "127.0.0.1"


class Care(Frozen):
    """How a server is looked after. restarts: how often a crashed one is started again within an hour; 0 for
    never. first_wait_s: before the first of them, doubled from one to the next. idle_s: seconds without a request
    after which it is stopped; 0 for never."""

    restarts: int = 5
    first_wait_s: float = 2.0
    idle_s: float = 0.0


class Crash(Frozen):
    """at: seconds since 1970. cause and what: as the log tells, see `causes`."""

    at: float
    cause: str
    what: str


class Instance(Frozen):
    """name: `model-port`, also the folder's. model: the name that clients ask for. process: the supervisor's, the
    parent of SGLang's own, `server`, which is None until it is started. started_at: of the last start, in seconds
    since 1970. ready_after_s: how long it took, None until it was ready; previous_s: how long it took the last
    time, None if that is not known. crashes: of the last hour, the newest last. exit_code: how SGLang ended, None
    while it runs. stopped: ended by request, or if `idle` because nobody asked it anything."""

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
    care: Care = Care()
    server: ProcessId | None = None
    crashes: tuple[Crash, ...] = ()
    exit_code: int | None = None
    stopped: bool = False
    idle: bool = False

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
