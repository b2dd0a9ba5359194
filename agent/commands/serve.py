"""`mimosa serve --plan`: what a model would make of the GPUs, and the command that starts it."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from agent.commands.guard import told
from agent.errors import UsageError
from model_runtime.serving.card import Card
from model_runtime.serving.cards import family, find_card
from model_runtime.serving.checkpoint import read_checkpoint
from model_runtime.serving.detect import detect_gpus
from model_runtime.serving.gpus import Machines, parse_gpus
from model_runtime.serving.plan import make_plan
from model_runtime.serving.report import plan_json
from model_runtime.serving.show import show_plan

DEFAULT = "mimo-v2-flash"
DOES_NOT_FIT = 1


@dataclass(frozen=True)
class PlanOptions:
    """profile and model_path exclude each other; neither means MiMo-V2-Flash. gpus: such as 8xH200, a machine;
    None looks at this one. context: tokens; None as many as the model takes. nodes: equal machines."""

    profile: str | None = None
    model_path: Path | None = None
    gpus: str | None = None
    context: int | None = None
    precision: str | None = None
    nodes: int = 1
    replicas: int = 1
    json: bool = False


def run_plan(options: PlanOptions) -> int:
    """Print the plan. 0 if it fits, 1 if it does not."""
    with told():
        if options.profile is not None and options.model_path is not None:
            raise UsageError("give either --profile or --model-path, not both")
        others = family()
        plan = make_plan(
            _card(options, others),
            _machines(options),
            context=options.context,
            precision=options.precision,
            replicas=options.replicas,
            others=others,
        )
        if options.json:
            print(plan_json(plan))
        else:
            show_plan(plan, Console())
    return DOES_NOT_FIT if plan.verdict == "no" else 0


def _card(options: PlanOptions, others: tuple[Card, ...]) -> Card:
    if options.model_path is not None:
        return read_checkpoint(options.model_path, others)
    return find_card(options.profile or DEFAULT)


def _machines(options: PlanOptions) -> Machines:
    if options.nodes < 1:
        raise UsageError("--nodes starts at 1")
    return parse_gpus(options.gpus, options.nodes) if options.gpus else detect_gpus(options.nodes)
