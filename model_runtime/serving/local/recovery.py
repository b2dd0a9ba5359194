"""What is done about a server of this machine that does not answer."""

from model_runtime.errors import ModelError
from model_runtime.serving.local.explain import explain, tail
from model_runtime.serving.local.instance import Instance
from model_runtime.serving.local.launch import start_again
from model_runtime.serving.local.process import is_alive
from model_runtime.serving.local.progress import StartLog
from model_runtime.serving.local.servers import Servers


class LocalRecovery:
    """Of the server at `base_url`. Its supervisor starts a crashed one again; one that stopped because it was idle
    is started again from here if whoever asks wants it back (`revive`)."""

    def __init__(self, servers: Servers, base_url: str, *, revive: bool = True) -> None:
        self._servers = servers
        self._base_url = base_url
        self._revives = revive

    def news(self) -> str | None:
        """As `model_runtime.recovery.Recovery`."""
        try:
            found = self._find()
            return self._news_of(found) if found is not None else None
        except ModelError:
            return None  # Its state cannot be read or it cannot be started: the client's own error tells.

    def why_gone(self) -> str:
        """As `model_runtime.recovery.Recovery`."""
        try:
            found = self._find()
        except ModelError:
            return ""
        if found is None or is_alive(found.process):
            return ""
        if found.stopped:
            return f"{found.name} was stopped."
        why = explain(tail(self._servers.log_of(found.name)), sglang=found.sglang, exit_code=found.exit_code)
        count = len(found.crashes)
        often = f", {count} times within an hour, and is not started again" if count > 1 else ""
        return f"{found.name} ended{often}: {why.what}. {why.todo}".strip()

    def _find(self) -> Instance | None:
        return next((each for each in self._servers.all() if each.base_url == self._base_url), None)

    def _news_of(self, instance: Instance) -> str | None:
        if not is_alive(instance.process):
            return self._revive(instance) if instance.idle and self._revives else None
        runs = instance.server is not None and is_alive(instance.server)
        if instance.ready_after_s is not None:
            return None if runs else f"{instance.name} crashed"
        phase = StartLog().feed(tail(self._servers.log_of(instance.name))).phase
        if not instance.crashes:
            return f"{instance.name} is not ready yet: {phase}"
        last, count = instance.crashes[-1].what, len(instance.crashes)
        again = f"restart {count} of {instance.care.restarts}"
        return f"{instance.name} crashed ({last}); {again}: {phase if runs else 'waiting'}"

    def _revive(self, instance: Instance) -> str:
        start_again(self._servers, instance)
        return f"{instance.name} had stopped because it was idle, and is started again"
