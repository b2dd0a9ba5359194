"""Back and forth in a conversation: undo, redo, rewind, named points, forks. Nothing is ever deleted."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.conversation.equipment import nothing_to_bring_back
from agent.conversation.errors import Busy, CannotRewind
from agent.conversation.files import Files
from agent.conversation.three_trees import checkpoint_tree
from agent.conversation.words import kept_words
from agent.events import (
    CheckpointMade,
    Event,
    FilesFollowed,
    PointNamed,
    Record,
    Replied,
    Rewound,
    UserRan,
    UserSaid,
)
from agent.fork import fork_session
from agent.log import read_log
from agent.rewinding import standing, standing_numbers
from agent.session import Session
from agent.store import SessionStore
from sandbox.exchange.merge import merge
from sandbox.exchange.trees import Trees


@dataclass(frozen=True)
class Point:
    """A moment that can be gone back to: `to` is how many events of the log come before it. `text` is what the
    user said then, or the point's name if `named`; `at` is Unix time."""

    to: int
    text: str
    at: float
    named: bool = False


class Timeline:
    """The way of one conversation. What it changes is the conversation and the sandbox's files; the user's own
    edits are never undone. Methods raise SessionError, SandboxError, CannotRewind, and Busy while a turn goes
    on."""

    def __init__(
        self,
        session: Session,
        files: Files,
        store: SessionStore,
        rewound: Callable[[Sequence[Event]], None] = nothing_to_bring_back,
    ) -> None:
        """`rewound` is told after a rewind which events still count."""
        self._rewound = rewound
        self._session = session
        self._files = files
        self._store = store

    def points(self, *, rewound: bool = False) -> tuple[Point, ...]:
        """Where one can go back to, in order: before each of the user's messages, and the named points. `rewound`:
        those too that were left behind."""
        records = read_log(self._session.folder)
        numbers = range(len(records)) if rewound else standing_numbers([record.event for record in records])
        found = []
        for number in numbers:
            record = records[number]
            match record.event:
                case UserSaid(message=message, by="user"):
                    found.append(Point(number, message.content, record.at))
                case PointNamed(name=name):
                    found.append(Point(number + 1, name, record.at, named=True))
        return tuple(found)

    def mark(self, name: str) -> None:
        """Give this moment a name, to come back to it."""
        self._refuse_at_work("A checkpoint")
        name = " ".join(name.split())
        if not name:
            raise CannotRewind("A checkpoint needs a name: say what this moment is.")
        self._session.record(PointNamed(name=name))

    async def undo(self) -> Point:
        """Back to before the user's last message; returns it, with the words to say otherwise."""
        said = [point for point in self.points() if not point.named]
        if not said:
            raise CannotRewind("There is nothing to undo: nothing has been said yet.")
        await self.rewind(said[-1].to)
        return said[-1]

    async def redo(self) -> None:
        """Take back the last undo or rewind, as long as nothing was said since."""
        await self.rewind(undone(read_log(self._session.folder)))

    async def rewind(self, to: int | str) -> None:
        """Back to a point, of those that were left behind too: by its `to`, or by its name (the latest of that
        name)."""
        self._refuse_at_work("A rewind")
        await self._files.follow()
        records = read_log(self._session.folder)
        number = self._named(to) if isinstance(to, str) else to
        if not 1 <= number <= len(records):
            raise CannotRewind(f"There is no point {number}: the session has {len(records)} events.")
        trees, workspace = await self._files.three.store(), await self._files.three.workspace()
        target = await asyncio.to_thread(self._files_at, trees, records, number)
        await self._files.three.put(trees, workspace, target)
        await self._session.rewind(number)
        self._rewound(standing([record.event for record in read_log(self._session.folder)]))
        if edited := edited_since(records, number):
            self._session.tell_first(kept_words(edited))
        await self._files.count()

    def fork(self, to: int | str | None = None) -> str:
        """A copy of the session, up to a point or up to now; returns its id. It is opened like any other, also
        while this one goes on."""
        number = self._named(to) if isinstance(to, str) else to
        return fork_session(self._store, self._session.folder, number).name

    def _named(self, name: str) -> int:
        named = [point for point in self.points(rewound=True) if point.named]
        found = [point.to for point in named if point.text == " ".join(name.split())]
        if not found:
            known = ", ".join(dict.fromkeys(point.text for point in named)) or "none yet"
            raise CannotRewind(f"There is no checkpoint {name!r}. There are: {known}.")
        return found[-1]

    def _files_at(self, trees: Trees, records: Sequence[Record], number: int) -> str:
        """The sandbox's files as they were after so many events, with what the user edited since."""
        made = [record.event for record in records[:number] if isinstance(record.event, CheckpointMade)]
        folder = self._session.folder
        tree = checkpoint_tree(trees, folder, made[-1].tree, made[-1].patch) if made else trees.start
        for record in records[number:]:
            if isinstance(record.event, FilesFollowed):
                merged = merge(trees, record.event.before, tree, record.event.after)
                tree = trees.with_paths(merged.tree, {found.path: found.theirs for found in merged.conflicts})
        return tree

    def _refuse_at_work(self, what: str) -> None:
        if self._session.working:
            raise Busy(what)


def undone(records: Sequence[Record]) -> int:
    """Where the last rewind came from that was not taken back. Raises CannotRewind."""
    events = [record.event for record in records]
    for number in reversed(standing_numbers(events)):
        match events[number]:
            case Rewound(to=to) if not (to < len(events) and isinstance(events[to], Rewound)):
                return number
            case UserSaid() | UserRan() | Replied():
                break
    raise CannotRewind("There is nothing to redo: nothing was undone, or the conversation went on since.")


def edited_since(records: Sequence[Record], number: int) -> tuple[str, ...]:
    """The files that the user edited after so many events."""
    followed = [record.event for record in records[number:] if isinstance(record.event, FilesFollowed)]
    return tuple(dict.fromkeys(path for event in followed for path in event.paths))
