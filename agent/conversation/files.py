"""The user's files and the sandbox's: it follows the user's edits, and its changes are applied when wanted."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.conversation.errors import Busy, NoSuchChange
from agent.conversation.three_trees import ThreeTrees
from agent.conversation.words import Keep, conflict_words, decided_words, followed_words
from agent.events import Event, FilesFollowed
from agent.export.words import plural
from agent.sandbox_file import put
from agent.session import Session
from sandbox.base import Sandbox
from sandbox.delivery.apply import apply_to_worktree
from sandbox.errors import PatchRefused, SandboxDied
from sandbox.exchange.hunks import FileDiff, file_diff
from sandbox.exchange.merge import Conflict, merge, merged_content
from sandbox.exchange.trees import Blob, Side, Trees
from sandbox.workspace.names import a_few


@dataclass(frozen=True)
class Change:
    """One file that the sandbox has and the user has not. `conflict`: why it cannot simply be applied, "" if it
    can; `diff` against the file as the user had it last."""

    path: str
    diff: FileDiff
    conflict: str = ""


@dataclass(frozen=True)
class Applied:
    """What came of an apply: the paths that changed, those that wait for a decision, with the reason, and what was
    recorded on the way."""

    paths: tuple[str, ...]
    conflicts: Mapping[str, str]
    events: tuple[Event, ...] = ()


class Files:
    """The files of one conversation. `auto_apply`: after every turn. `changed` counts the files that are not
    applied yet, as of the last turn or command; `three` are the trees behind it all. Methods raise
    SandboxError (also PatchRefused and RepositoryError)."""

    def __init__(
        self, session: Session, sandbox: Sandbox, repository: Path, *, auto_apply: bool, max_file_mb: int
    ) -> None:
        self.auto_apply = auto_apply
        self.changed = 0
        self.three = ThreeTrees(session, sandbox, repository, max_file_mb)
        self._session = session
        self._sandbox = sandbox
        self._repository = repository
        self._conflicts: dict[str, Conflict] = {}
        self._told: set[tuple[str, Side]] = set()

    @property
    def conflicts(self) -> Mapping[str, str]:
        """Files that both sides changed in one place, as of the last look: path and reason."""
        return {path: conflict_words(conflict) for path, conflict in self._conflicts.items()}

    async def follow(self) -> list[Event]:
        """Bring what the user edited since the last time into the sandbox, and tell the model in a line; returns
        what was recorded. Where both changed the same lines the workspace keeps its own, and the user's version
        is put beside it for the model to read."""
        self._refuse_at_work("Following your edits")
        trees = await self.three.store()
        users = await asyncio.to_thread(self.three.users, trees)
        if users == self.three.base:
            self._conflicts = {}
            return []
        workspace = await self.three.workspace()
        merged = await asyncio.to_thread(merge, trees, self.three.base, workspace, users)
        await self.three.put(trees, workspace, merged.tree)
        await self._session.save()
        events: list[Event] = []
        if merged.same:
            events.append(await self.three.note_applied(trees, users, merged.same))
        self._conflicts = {conflict.path: conflict for conflict in merged.conflicts}
        new = [found for found in merged.conflicts if (found.path, found.theirs) not in self._told]
        if merged.taken or new:
            before = self.three.base
            await self.three.advance_base(trees, users, merged.taken)
            names = tuple(found.path for found in merged.conflicts)
            followed = FilesFollowed(
                before=before, after=self.three.base, paths=tuple(merged.taken), conflicts=names
            )
            events.append(self._session.record(followed))
            differences = await asyncio.to_thread(trees.differences, before, self.three.base)
            self._session.tell_first(followed_words(differences, await self._lay_beside(trees, new)))
        await self.count()
        return events

    async def changes(self) -> tuple[Change, ...]:
        """What is not applied yet, file by file."""
        trees, workspace = await self.three.store(), await self.three.workspace()
        paths = await asyncio.to_thread(trees.differences, self.three.base, workspace)
        conflicts = self.conflicts

        def all_of_it() -> tuple[Change, ...]:
            return tuple(
                Change(path, file_diff(trees.patch(self.three.base, workspace, [path])), conflicts.get(path, ""))
                for path in paths
            )

        return await asyncio.to_thread(all_of_it)

    async def diff(self) -> bytes:
        """The same as one diff, with renames."""
        trees, workspace = await self.three.store(), await self.three.workspace()
        return await asyncio.to_thread(trees.patch, self.three.base, workspace, (), renames=True)

    async def apply(
        self,
        paths: Sequence[str] = (),
        *,
        hunks: Mapping[str, Collection[int]] = {},
        keep: Mapping[str, Keep] = {},
    ) -> Applied:
        """Bring changes into the user's files, all of the chosen or none: everything, or files and folders by
        name, or of a file the `hunks` by their numbers (from 1). A file that both changed in one place waits
        unless `keep` says whose version counts."""
        self._refuse_at_work("Applying")
        events = await self.follow()
        trees, workspace = await self.three.store(), await self.three.workspace()
        changed = await asyncio.to_thread(trees.differences, self.three.base, workspace)
        wanted = chosen(changed, (*paths, *hunks, *keep))
        waiting = [path for path in wanted if path in self._conflicts and path not in keep]
        put: dict[str, Side] = {}
        for path in wanted:
            if path in hunks and path not in self._conflicts:
                put[path] = await asyncio.to_thread(self._some, trees, workspace, path, hunks[path])
            elif path not in waiting:
                put[path] = await asyncio.to_thread(self._whole, trees, path, changed[path][1], keep.get(path))
        events += await self._decide(
            trees, workspace, {path: put[path] for path in put if path in self._conflicts}, keep
        )
        events += await self._deliver(trees, put)
        await self.count()
        reasons = self.conflicts
        return Applied(tuple(put), {path: reasons[path] for path in waiting}, tuple(events))

    async def count(self) -> None:
        """Count what is not applied yet. A sandbox that died has told so already."""
        with suppress(SandboxDied):
            trees, workspace = await self.three.store(), await self.three.workspace()
            self.changed = len(await asyncio.to_thread(trees.differences, self.three.base, workspace))

    def _some(self, trees: Trees, workspace: str, path: str, numbers: Collection[int]) -> Side:
        diff = file_diff(trees.patch(self.three.base, workspace, [path]))
        known = {hunk.number for hunk in diff.hunks}
        if not numbers or not known.issuperset(numbers):
            wrong = ", ".join(str(number) for number in sorted(set(numbers) - known)) or "none"
            raise NoSuchChange(f"{path} has {plural(len(known), 'hunk')}, counted from 1; {wrong} was named.")
        return trees.at(trees.after(self.three.base, diff.only(set(numbers))), [path])[path]

    def _whole(self, trees: Trees, path: str, ours: Side, keep: Keep | None) -> Side:
        conflict = self._conflicts.get(path)
        if conflict is None or keep == "agent":
            return ours
        if keep == "mine" or conflict.ours is None or conflict.theirs is None:
            return conflict.theirs
        content, _ = merged_content(trees, conflict.base, conflict.ours, conflict.theirs)
        return Blob(conflict.theirs.mode, trees.store(content))

    async def _decide(
        self, trees: Trees, workspace: str, decided: Mapping[str, Side], keep: Mapping[str, Keep]
    ) -> list[Event]:
        """Bring decisions on conflicts into the workspace, tell the model, and note what the user had: an edit of
        the user's own, which no undo takes back. First of all, so that an apply that is torn apart leaves a
        conflict and not a loss."""
        if not decided:
            return []
        await self.three.put(trees, workspace, await asyncio.to_thread(trees.with_paths, workspace, decided))
        await self._session.save()
        self._session.tell_first(decided_words({path: (keep[path], side) for path, side in decided.items()}))
        before = self.three.base
        theirs = {path: self._conflicts[path].theirs for path in decided}
        self.three.base = await asyncio.to_thread(trees.with_paths, before, theirs)
        self._conflicts = {path: found for path, found in self._conflicts.items() if path not in decided}
        followed = FilesFollowed(before=before, after=self.three.base, paths=tuple(decided))
        return [self._session.record(followed)]

    async def _deliver(self, trees: Trees, put: Mapping[str, Side]) -> list[Event]:
        """Write to the user's files, and note that both sides have the same now."""

        def write() -> tuple[str, list[str]]:
            users = self.three.users(trees)
            known = trees.at(self.three.base, list(put))
            if edited := [path for path, side in trees.at(users, list(put)).items() if side != known[path]]:
                raise PatchRefused(
                    f"you edited {a_few(edited)} this very moment, so nothing was applied; try again"
                )
            changed = {path: side for path, side in put.items() if side != known[path]}
            target = trees.with_paths(users, changed)
            if changed:
                apply_to_worktree(self._repository, trees.patch(users, target))
            return target, list(changed)

        target, changed = await asyncio.to_thread(write)
        return [await self.three.note_applied(trees, target, changed)] if changed else []

    async def _lay_beside(self, trees: Trees, conflicts: list[Conflict]) -> dict[str, str]:
        """Put the user's versions where the model can read them; path → where its version lies, "" for deleted."""
        places = {}
        for conflict in conflicts:
            self._told.add((conflict.path, conflict.theirs))
            places[conflict.path] = ""
            if conflict.theirs is not None:
                place = f"{self._sandbox.home}/user/{conflict.path}"
                await put(self._sandbox, place, await asyncio.to_thread(trees.content, conflict.theirs.id))
                places[conflict.path] = place
        return places

    def _refuse_at_work(self, what: str) -> None:
        if self._session.working:
            raise Busy(what)


def chosen(changed: Collection[str], names: Sequence[str]) -> list[str]:
    """The changed paths that `names` name, files or folders; all without names. Raises NoSuchChange."""
    if not names:
        return list(changed)
    found: dict[str, None] = {}
    for name in dict.fromkeys(names):
        plain = name.rstrip("/")
        fitting = [path for path in changed if path == plain or path.startswith(f"{plain}/")]
        if not fitting:
            raise NoSuchChange(f"{name} has no changes that are not applied yet.")
        found |= dict.fromkeys(fitting)
    return list(found)
