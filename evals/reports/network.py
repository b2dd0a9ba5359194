"""What the agents of a run could reach of the network, and what they asked for."""

from evals.reports.model import Network
from evals.running.network import wants_more
from evals.running.reading import Run
from evals.running.records import AttemptEnded
from sandbox.gate.visits import summed


def network_of(run: Run) -> Network | None:
    """Of all attempts that ended. None where there was no network, and no instance asked for any."""
    ended = [line.event for line in run.lines if isinstance(line.event, AttemptEnded)]
    reaching = [event for event in ended if event.hosts]
    given = {event.instance_id: event.hosts for event in ended}
    unmet = tuple(
        name for name, hosts in given.items() if name in run.instances and wants_more(run.instances[name], hosts)
    )
    if not (reaching or unmet):
        return None
    return Network(
        hosts=tuple(dict.fromkeys(host for event in reaching for host in event.hosts)),
        attempts=len(ended),
        reaching=len(reaching),
        visits=summed(visit for event in reaching for visit in event.visits),
        unmet=unmet,
    )
