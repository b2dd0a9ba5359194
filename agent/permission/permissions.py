"""Decides on every call of a conversation: by the mode, by rules, or by asking."""

from collections.abc import Mapping, Sequence

from agent.approval import Decision
from agent.permission.base import Asker, Effect, Mode, PermissionRequest
from agent.permission.judged import Judged, judge
from agent.permission.rules import Rule, rules
from model_runtime.messages import ToolCall

STANDARD: dict[str, Effect] = {
    "bash": Effect.CHANGES,
    "job_output": Effect.READS,
    "job_kill": Effect.READS,  # it ends only what the agent itself began
    "str_replace": Effect.CHANGES,
    "patch": Effect.CHANGES,
    "finish": Effect.READS,
}
READ_ONLY = "the session is read-only, and {why}. Go on by reading alone, or say what you would change."
NOBODY = (
    "{why}, which needs the user's consent, and nobody is there to be asked. "
    "Go on without it, or say what you would have done."
)


class Permissions:
    """The loop's Approver. `mode` may be changed at any time and counts from the next call on. `asker` None:
    there is nobody to ask, and what would be asked is refused in words. `walls`: the sandbox holds commands in;
    without them even `auto` asks for what is known to reach out.

    `locked` holds a reason while nothing but reading goes, whatever the mode says: plan mode sets and clears
    it.
    """

    def __init__(
        self,
        mode: Mode = "ask",
        asker: Asker | None = None,
        *,
        allow: Sequence[str] = (),
        deny: Sequence[str] = (),
        walls: bool = True,
    ) -> None:
        self.mode: Mode = mode
        self.asker = asker
        self.locked = ""
        self._allow = rules(allow)
        self._deny = rules(deny)
        self._session: list[Rule] = []
        self._walls = walls
        self._effects = dict(STANDARD)

    @property
    def allowed(self) -> tuple[str, ...]:
        """What is allowed without asking: the settings' rules, then the session's."""
        return tuple(rule.text for rule in (*self._allow, *self._session))

    @property
    def allowed_for_session(self) -> tuple[str, ...]:
        return tuple(rule.text for rule in self._session)

    @property
    def denied(self) -> tuple[str, ...]:
        return tuple(rule.text for rule in self._deny)

    def allow(self, pattern: str) -> None:
        """Allow what fits `pattern` until the session ends."""
        self._session.extend(rule for rule in rules([pattern]) if rule not in self._session)

    def forget(self) -> None:
        """Take back everything that was allowed for this session."""
        self._session.clear()

    def know(self, effects: Mapping[str, Effect]) -> None:
        """Take in the effects of further tools, by name."""
        self._effects.update(effects)

    async def __call__(self, call: ToolCall) -> Decision:
        # A tool that nobody knows of is answered by the toolbox, in better words.
        judged = judge(call, self._effects.get(call.name.strip(), Effect.LEAVES))
        if (decision := self._decided(judged)) is not None:
            return decision
        return await self._ask(judged)

    def _decided(self, judged: Judged) -> Decision | None:
        """The decision where nobody has to be asked."""
        if rule := judged.refused_by(self._deny):
            return Decision(allowed=False, reason=f"the user's settings refuse `{rule.text}`.")
        if judged.effect is Effect.READS:
            return Decision(allowed=True)
        changes = judged.effect is not Effect.ASKS_OUTSIDE
        if self.locked and changes:
            return Decision(allowed=False, reason=self.locked)
        if self.mode == "read-only" and changes:
            return Decision(allowed=False, reason=READ_ONLY.format(why=judged.why))
        if judged.allowed_by((*self._allow, *self._session)):
            return Decision(allowed=True)
        if self.mode == "auto" and self._inside(judged):
            return Decision(allowed=True)
        return None

    def _inside(self, judged: Judged) -> bool:
        """Whether it stays in the sandbox, and no rule could have refused it if it were readable."""
        if judged.effect is not Effect.CHANGES or (self._deny and not judged.readable):
            return False
        return self._walls or not judged.reaches

    async def _ask(self, judged: Judged) -> Decision:
        if self.asker is None:
            return Decision(allowed=False, reason=NOBODY.format(why=judged.why))
        request = PermissionRequest(
            judged.call, judged.effect, judged.what, judged.detail, judged.why, judged.suggested
        )
        answer = await self.asker.ask(request)
        if answer.allowed and answer.pattern:
            self.allow(answer.pattern)
        return Decision(answer.allowed, answer.reason)
