"""What the agents of a run may reach of the network: nothing, or the hosts that somebody named."""

from collections.abc import Sequence
from typing import Self

from agent.errors import UsageError
from agent.export.words import plural
from evals.errors import EvalError
from evals.instances.base import Instance
from model_runtime.messages import Frozen
from sandbox.errors import HostUnknown
from sandbox.gate.allowed import AllowList
from sandbox.gate.gate import Gate


class Grant(Frozen):
    """What the user gave. `hosts` are for every instance that does not rule out a network; with `task_hosts` an
    instance also gets those that it names itself. Nothing opens the whole network."""

    hosts: tuple[str, ...] = ()
    task_hosts: bool = False

    @classmethod
    def parse(cls, hosts: str, *, task_hosts: bool) -> Self:
        """`hosts` with commas between them. Raises HostUnknown."""
        named = AllowList.parse(text for text in hosts.split(",") if text.strip())
        return cls(hosts=tuple(map(str, named.hosts)), task_hosts=task_hosts)

    def hosts_for(self, instance: Instance) -> tuple[str, ...]:
        if instance.network_mode == "no-network":
            return ()
        own = instance.allowed_hosts if self.task_hosts else ()
        return tuple(dict.fromkeys((*self.hosts, *own)))

    def gate_for(self, instance: Instance) -> Gate | None:
        """A new one; None where there is no way out. Raises HostUnknown."""
        hosts = self.hosts_for(instance)
        return Gate(AllowList.parse(hosts)) if hosts else None

    def check(self, instances: Sequence[Instance], backend: str) -> None:
        """Raises EvalError for an instance whose hosts cannot be used, UsageError for a backend without a gate."""
        for instance in instances:
            try:
                gate = self.gate_for(instance)
            except HostUnknown as error:
                raise EvalError(f"{instance.instance_id}: {error}") from error
            if gate is not None and backend != "docker":
                raise UsageError(
                    "Hosts can be allowed in Docker sandboxes alone: a local one has this machine's whole "
                    "network. Leave out --allow-hosts and --task-hosts, or --sandbox local."
                )

    def notes(self, instances: Sequence[Instance]) -> tuple[str, ...]:
        """What whoever starts the run should know of its network, a sentence each."""
        reaching = [instance for instance in instances if self.hosts_for(instance)]
        closed = [instance for instance in instances if instance.network_mode == "no-network"]
        unmet = [instance for instance in instances if wants_more(instance, self.hosts_for(instance))]
        said = []
        if reaching:
            of = f"the agents of {len(reaching)} of {plural(len(instances), 'instance')}"
            own = " (and what each names itself)" if self.task_hosts else ""
            said.append(f"Network: {of} reach {', '.join(self.hosts) or 'hosts'}{own}, and nothing else.")
        if self.hosts and closed:
            said.append(f"Network: none for {_named(closed)}, by the instance's own word.")
        if unmet:
            said.append(
                f"Network: less than is asked for by {_named(unmet)}. --task-hosts gives each instance the hosts "
                "that it names, --allow-hosts those that you name; nothing opens the whole network."
            )
        return tuple(said)


def wants_more(instance: Instance, hosts: Sequence[str]) -> bool:
    """Whether the instance asks for something that is not among `hosts`."""
    return instance.network_mode == "public" or not set(instance.allowed_hosts) <= set(hosts)


def _named(instances: Sequence[Instance]) -> str:
    ids = ", ".join(instance.instance_id for instance in instances[:3])
    return f"{plural(len(instances), 'instance')} ({ids}{', …' if len(instances) > 3 else ''})"
