"""End a server."""

from model_runtime.serving.local.instance import Instance
from model_runtime.serving.local.process import end
from model_runtime.serving.local.servers import Servers

GRACE_S = 30.0  # SGLang lets running requests come to their end before it goes.


def stop(servers: Servers, instance: Instance, grace_s: float = GRACE_S) -> None:
    """Its state says first that this is wanted, so that whoever waits for it is not told of a crash. Nothing is
    left of its session afterwards. Raises LaunchRefused if the state cannot be written."""
    with servers.lock():
        now = servers.read(instance.name)
        if now is None or now.process != instance.process:
            return  # A new one was started in the meantime.
        servers.write(now.model_copy(update={"stopped": True}))
        end(instance.process, grace_s)
