"""The GPUs and their driver, and whether the model fits them."""

from collections.abc import Iterator

from agent.doctor.base import Case, spared
from agent.serving.embedded import CHOICES
from agent.serving.start import Wish, card_of, machines_of, plan_of
from model_runtime.doctor.base import Finding
from model_runtime.errors import ModelError
from model_runtime.serving.detect import driver_version
from model_runtime.serving.errors import NoGpus
from model_runtime.serving.gpus import GIB

FIT = "model"


class GpuCheck:
    subject = "GPUs"

    def look(self, case: Case) -> Iterator[Finding]:
        settings = case.settings.serve
        try:
            machines = machines_of(settings)
        except NoGpus as error:
            yield self._none(str(error).partition(". ")[0], case)
            return
        gpu, driver = machines.gpu, driver_version()
        taken = f", {gpu.taken / GIB:.0f} GiB of each taken" if gpu.taken else ""
        with_driver = f", driver {driver}" if driver else ""
        said = f"{machines.count}x {gpu.name}, {gpu.memory / GIB:.0f} GiB each{taken}{with_driver}"
        yield Finding(self.subject, "right", said)
        yield spared(_fits(case), case)

    def _none(self, why: str, case: Case) -> Finding:
        """Wrong only where nothing else can answer."""
        if case.way == "start":
            return Finding(
                self.subject, "wrong", f"{why}, and there is no other model to ask", f"choose\n{CHOICES}"
            )
        return spared(Finding(self.subject, "note", why), case)


def _fits(case: Case) -> Finding:
    settings = case.settings.serve
    try:
        plan = plan_of(settings, card_of(settings), Wish())
    except ModelError as error:
        return Finding(FIT, "wrong", str(error), "mimosa serve --plan")
    if plan.verdict == "no":
        return Finding(FIT, "wrong", f"{plan.fit.card.name} {plan.headline}", "mimosa serve --plan")
    return Finding(FIT, "right", f"{plan.fit.card.name} {plan.headline}")
