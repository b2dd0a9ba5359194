"""From a request to a run that goes: settings, model, manifest, executor, screen."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

from rich.console import Console

from agent.config import Loaded, load_settings
from agent.equip import sampling_of
from agent.serving.endpoint import endpoint_of
from agent.serving.see_to import see_to_model
from evals.errors import EvalError
from evals.grading.base import Grader
from evals.instances.base import Instance
from evals.manifest.collect import begin_manifest, finish_manifest
from evals.manifest.model import Manifest, ModelFacts
from evals.manifest.storage import read_manifest, write_manifest
from evals.models.base import Models
from evals.models.open import is_scripted, open_models
from evals.running.base import Executor, Preparer
from evals.running.blocking import in_thread
from evals.running.capacity import Fixed, Measured
from evals.running.cluster.executor import RayExecutor
from evals.running.folder import RunFolder
from evals.running.kit import Kit
from evals.running.launch import Launch
from evals.running.local import LocalExecutor
from evals.running.reading import read_journal
from evals.running.records import RunEnded
from evals.running.request import RunRequest
from evals.running.server_watch import ServerWatch
from evals.running.standing import Standing
from evals.running.watcher import Watcher
from evals.screen.plain import PlainWatcher
from evals.screen.terminal import TerminalWatcher
from sandbox.local import NO_ISOLATION


@dataclass(frozen=True)
class Parts:
    """What prepares and grades instances, by functions that can be imported on any machine. `check_grading` raises
    MIMOSA_ERRORS where grading cannot work at all, before anything is begun."""

    new_preparer: Callable[[Loaded], Preparer]
    new_grader: Callable[[Loaded], Grader]
    check_grading: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Start:
    """A run that has a folder."""

    folder: RunFolder
    request: RunRequest
    instances: Sequence[Instance]
    parts: Parts

    async def go(self) -> tuple[RunEnded, Standing]:
        """Begin the run, or go on with it. Raises MIMOSA_ERRORS before there is anything to go on with, and what
        `Conductor.conduct` raises."""
        loaded = load_settings(None, os.environ, self.request.flags)
        self.request.network.check(self.instances, loaded.settings.sandbox.backend)
        if self.request.grade:
            await in_thread(self.parts.check_grading)
        if not is_scripted(loaded):
            loaded = await in_thread(lambda: see_to_model(loaded))
        models = open_models(loaded)
        endpoint = None if models.scripted else endpoint_of(loaded)
        watch = ServerWatch(endpoint) if endpoint is not None else None
        try:
            if watch is not None:
                await watch.start()
            facts = await model_facts(models, loaded, self.instances[0], watch)
            if not self.folder.manifest.exists():
                write_manifest(self.folder.manifest, self._manifest(facts))
            launch = self._launch(loaded, watch)
            if loaded.settings.sandbox.backend == "local":
                launch.watcher.says(NO_ISOLATION)
            for note in self.request.network.notes(self.instances):
                launch.watcher.says(note)
            return await launch.go()
        finally:
            await models.close()
            if watch is not None:
                await watch.close()
            self._finish_manifest()

    def _launch(self, loaded: Loaded, watch: ServerWatch | None) -> Launch:
        gpus = self.request.gpus or (watch.facts.gpus if watch is not None and watch.facts is not None else 0)
        return Launch(
            folder=self.folder,
            request=self.request,
            instances=self.instances,
            executor=self._executor(loaded, watch),
            watcher=watcher(),
            server=watch,
            gpus=gpus,
        )

    def _executor(self, loaded: Loaded, watch: ServerWatch | None) -> Executor:
        request = self.request
        kit = Kit(
            loaded,
            self.parts.new_preparer,
            self.parts.new_grader,
            tries=request.tries,
            network=request.network,
        )
        if request.ray:
            return RayExecutor(kit, request.ray, request.workers)
        if request.workers:
            return LocalExecutor(kit, self.folder.prepared, Fixed(request.workers))
        return LocalExecutor(kit, self.folder.prepared, Measured(watch.room) if watch else Measured())

    def _manifest(self, model: ModelFacts) -> Manifest:
        selection = self.request.selection
        return begin_manifest(
            run=self.folder.id,
            request=self.request,
            dataset=self.request.dataset,
            instances=self.instances,
            model=model,
            seed=selection.seed if selection.shuffle else None,
        )

    def _finish_manifest(self) -> None:
        """What cannot be written now, a resumed run writes; it must not hide why the run ended."""
        with suppress(EvalError):
            lines, _ = read_journal(self.folder.journal)
            write_manifest(self.folder.manifest, finish_manifest(read_manifest(self.folder.manifest), lines))


async def model_facts(models: Models, loaded: Loaded, first: Instance, watch: ServerWatch | None) -> ModelFacts:
    """Ask the model who it is, before anything is begun for it. Raises ModelError if it does not answer."""
    model = models.of(first)
    server = await model.info()
    endpoint = endpoint_of(loaded)
    flags = asdict(watch.facts) if watch is not None and watch.facts is not None else {}
    return ModelFacts(
        name=model.name,
        endpoint="" if models.scripted or endpoint is None else endpoint.shown(),
        context_length=server.context_length,
        profile=server.profile,
        sampling=sampling_of(loaded, server),
        server_flags={name: str(value) for name, value in flags.items() if value},
    )


def watcher() -> Watcher:
    """What fits the standard output."""
    console = Console(highlight=False)
    return TerminalWatcher(console) if console.is_terminal else PlainWatcher(sys.stdout)
