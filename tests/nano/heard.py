"""A front that keeps what it is told."""

from agent.serving.front import Reporting, TerminalFront
from model_runtime.serving.local.instance import Instance


class Heard:
    def __init__(self) -> None:
        self.said: list[str] = []

    def agrees(self, question: str) -> bool:
        raise AssertionError(f"nobody is to be asked here: {question}")

    def says(self, text: str) -> None:
        self.said.append(text)

    def waits(self, instance: Instance) -> Reporting:
        return TerminalFront().waits(instance)
