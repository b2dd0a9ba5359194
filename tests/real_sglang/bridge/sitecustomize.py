"""Lets SGLang 0.5.23 run unedited where there is no GPU: what it lacks is added when a module is imported.

Python imports a `sitecustomize` that is on its path at every start, so also in the server's child processes.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable
from types import ModuleType


def declare_vision_operators() -> None:
    """torchvision's wheel is made for CUDA, and its library does not load here; its Python part describes two
    operators of that library, which have to exist."""
    import torch

    global _operators
    _operators = torch.library.Library("torchvision", "DEF")  # They are gone when this is collected.
    for name in ("nms", "qnms"):
        _operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


def wait_for_no_gpu() -> None:
    """SGLang's MTP model waits for the GPU without asking whether there is one."""
    import torch

    if not torch.cuda.is_available():
        torch.cuda.synchronize = lambda *_: None


def fork_children() -> None:
    """SGLang spawns its children, for CUDA does not survive a fork; each then imports everything once more, which
    is two thirds of a start where nothing is loaded."""
    import multiprocessing

    own = multiprocessing.set_start_method
    multiprocessing.set_start_method = lambda _method, force=False: own("fork", force)


_operators: object = None
BEFORE: dict[str, Callable[[], None]] = {
    "torchvision": declare_vision_operators,
    "sglang.srt.speculative.multi_layer_eagle_worker_v2": wait_for_no_gpu,
    "sglang.srt.entrypoints.engine": fork_children,
}


class Loader(importlib.abc.Loader):
    """Loads as the module's own loader does, after `BEFORE`."""

    def __init__(self, name: str, own: importlib.abc.Loader) -> None:
        self._name, self._own = name, own

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        BEFORE[self._name]()
        self._own.exec_module(module)

    def __getattr__(self, name: str) -> object:
        """Whatever else a loader can do, such as read its resources."""
        return getattr(self._own, name)


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: object = None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in BEFORE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            spec.loader = Loader(name, spec.loader)
        return spec


sys.meta_path.insert(0, Finder())
