"""What the user asked of a run, kept beside its journal so that it can go on as it began. No secret is in it."""

from pathlib import Path

from pydantic import Field, ValidationError

from evals.errors import EvalError
from evals.instances.selection import Selection
from evals.running.budget import Prices, RunLimits
from evals.running.network import Grant
from model_runtime.messages import Frozen


class RunRequest(Frozen):
    """`repos` is a folder of clones, `wheelhouse` one of wheels that images are built from. `samples` are
    independent tries at each instance, `tries` sandboxes of which the visible tests choose the best in each.
    `flags` are the settings given on the command line, by `section.key`. `gpus` hold the model, 0 to ask the
    server. `workers` 0 measures their number; `ray` is a cluster's address, "" for this machine. `network` is what
    the agents may reach."""

    dataset: str
    repos: Path | None = None
    wheelhouse: Path | None = None
    selection: Selection = Selection()
    samples: int = 1
    tries: int = 1
    grade: bool = True
    limits: RunLimits = RunLimits()
    prices: Prices = Prices()
    gpus: int = 0
    workers: int = 0
    ray: str = ""
    network: Grant = Grant()
    flags: dict[str, str | int | float] = Field(default_factory=dict)

    def changed_by(self, later: "RunRequest") -> "RunRequest":
        """This request with what a resumed run may set anew: limits, prices, workers, the cluster, settings."""
        given = {
            name: value
            for name in ("repos", "wheelhouse", "limits", "prices", "gpus", "workers", "ray")
            if (value := getattr(later, name)) != type(self).model_fields[name].get_default()
        }
        return self.model_copy(update={**given, "flags": {**self.flags, **later.flags}})

    def save(self, path: Path) -> None:
        path.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "RunRequest":
        """Raises EvalError."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise EvalError(f"{path} cannot be read, so the run cannot go on: {error}") from error
