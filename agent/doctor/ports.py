"""The port on which the server listens, or would."""

from collections.abc import Iterator

from agent.doctor.base import Case, spared
from model_runtime.doctor.base import Finding
from model_runtime.serving.errors import PortTaken
from model_runtime.serving.local.preflight import check_port


class PortCheck:
    subject = "port"

    def look(self, case: Case) -> Iterator[Finding]:
        port = case.settings.serve.port
        running = next((each for each in case.servers.running() if each.port == port), None)
        if running is not None:
            yield Finding(self.subject, "right", f"{port} is {running.name}'s")
            return
        try:
            check_port(port)
        except PortTaken as error:
            said, _, todo = str(error).partition("; ")
            yield spared(Finding(self.subject, "wrong", said, todo), case)
        else:
            yield Finding(self.subject, "right", f"{port} is free for a server")
