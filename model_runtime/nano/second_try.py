"""An edit that cannot help gives way to the next best one.

A model this small, told that its repair was none, writes the same again: at each word the likeliest is what stood
there. So an edit that was tried, that changes nothing, or that cannot run is not made. It is read once more for
the place where another token came closest to being said; that one is said, and the rest follows greedily from
there, or what stood there stays but for that one word. If that is no better, the place that came second closest is
next, and so on. Places are those of the edit and those of the text that it was to change.

Later tries at one function go on with that list, as it was before anything was changed there: what stands in a
function by now is a repair that was none.
"""

from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import chain, dropwhile, takewhile
from operator import attrgetter

import numpy as np

from model_runtime.base import Sampling, ToolSchema
from model_runtime.messages import Message
from model_runtime.nano.constraint import Rule, further, quoted
from model_runtime.nano.edits import edits_of
from model_runtime.nano.engine import Tally
from model_runtime.nano.loaded import Loaded
from model_runtime.nano.plausible import may_help, normal
from model_runtime.nano.template import render
from model_runtime.nano.words import IN_TEXT

NEW = b"<parameter=new_str>"
END = b"</parameter>\n</function>\n</tool_call>"
AT_ONE_PLACE = 4
"""Other tokens that are thought of at one place."""
MOST = 16
"""Other edits that are thought of."""
REMEMBERED = 256
"""Ends of replies."""


@dataclass(frozen=True)
class FirstTry:
    """A reply that edits something for the first time. prompt, begun: the texts before it, and of it up to where
    the new text begins. old: what it changes. now: what stands there after that edit and those that followed."""

    prompt: str
    begun: str
    old: bytes
    now: bytes


@dataclass(frozen=True)
class Other:
    """start: a text up to a place where its last token might have been said instead, with those odds. behind: what
    follows the word at that place."""

    odds: float
    start: list[int]
    behind: list[int]


@dataclass(frozen=True)
class Tries:
    """The replies to one prompt. `tried` are texts that edits of the session have put in or taken out, in their
    normal form: none of them was right. `first` is the first of the edits whose place may be changed again."""

    loaded: Loaded
    prompt: Sequence[int]
    sampling: Sampling
    rule: Rule
    tried: Collection[str]
    first: FirstTry | None = None

    def generate(self, tally: Tally, keep: int) -> Iterator[list[int]]:
        """As `Engine.generate` does. What an edit puts in comes all at once, when it is chosen."""
        said: list[int] = []
        made = self._generated(self.prompt, self.rule, tally, keep)
        for tokens in made:
            said += tokens
            if begins := self._begins(said, len(said) - len(tokens)):
                break
            yield tokens
        else:
            return
        given = len(said) - len(tokens)
        made.close()
        text = yield from self._chosen(said[:begins], tally)
        tally.finish = "stop" if self._new(text) is not None else "length"
        yield [*said[given:begins], *text]

    def _chosen(self, begun: list[int], tally: Tally) -> Generator[list[int], None, list[int]]:
        """What follows `begun`, the reply up to where the new text of an edit begins."""
        old = quoted(self._text(begun))
        texts = [self._texts(self.prompt, begun, tally)]
        if self.first and self.first.now == old:
            prompt, start = map(self.loaded.tokenizer.encode, (self.first.prompt, self.first.begun))
            texts.insert(0, self._texts(prompt, start, tally))
            old = self.first.old
        greedy: list[int] = []
        for text in chain(*texts):
            if text is None:
                yield []
                continue
            greedy = greedy or text
            new = self._new(text)
            if new is not None and normal(new) not in self.tried and may_help(old, new):
                return text
        return greedy

    def _texts(self, prompt: Sequence[int], begun: list[int], tally: Tally) -> Iterator[list[int] | None]:
        """The new text of the edit that `begun` begins, and what is said behind it, the likeliest first; None
        while there is none yet."""
        greedy = yield from self._finished(prompt, begun, tally)
        yield greedy
        as_it_is = self._ids(quoted(self._text(begun)) + END)
        bases = (greedy, as_it_is)
        others = {tuple(each.start): each for base in bases for each in self._others(prompt, begun, base)}
        for other in nlargest(MOST, others.values(), key=attrgetter("odds")):
            rest = yield from self._finished(prompt, begun, tally, other.start)
            yield [*other.start, *rest]
            word = list(takewhile(self._in_word, rest)) if self._in_word(other.start[-1]) else []
            yield [*other.start, *word, *other.behind]

    def _finished(
        self, prompt: Sequence[int], begun: list[int], tally: Tally, start: Sequence[int] = ()
    ) -> Generator[None, None, list[int]]:
        """The rest of the reply, behind `begun` and `start`. A later try goes through the list of an earlier one,
        so it is remembered."""
        ids, known = (*prompt, *begun, *start), self.loaded.finished
        if ids in known and not self.sampling.temperature:
            return known[ids]
        rest: list[int] = []
        once = Tally(len(ids))
        rule, keep = further(self.rule, [*begun, *start]), len(prompt) + len(begun) - 1
        for tokens in self._generated(ids, rule, once, keep, aside=True):
            rest += tokens
            yield None
        tally.made, tally.passes = tally.made + once.made, tally.passes + once.passes
        if len(known) >= REMEMBERED:
            known.clear()
        known[ids] = rest
        return rest

    def _others(self, prompt: Sequence[int], begun: list[int], text: list[int]) -> Iterator["Other"]:
        """What else might have been said, at each place of `text`."""
        if not text:
            return
        logits = self.loaded.engine.following([*prompt, *begun, *text], len(prompt) + len(begun))
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        for at, row in enumerate(odds):
            allows = self.rule([*begun, *text[:at]])
            behind = text[at + 1 :]
            if self._in_word(text[at]):
                behind = list(dropwhile(self._in_word, behind))
            for token in np.argsort(-row)[: 1 + AT_ONE_PLACE].tolist():
                if token != text[at] and allows(token):
                    yield Other(float(row[token]), [*text[:at], token], behind)

    def _in_word(self, token: int) -> bool:
        return IN_TEXT.fullmatch(self.loaded.tokenizer.token_bytes(token)) is not None

    def _generated(
        self, ids: Sequence[int], rule: Rule, tally: Tally, keep: int, *, aside: bool = False
    ) -> Generator[list[int], None, None]:
        return self.loaded.engine.generate(
            ids, self.sampling, tally=tally, stop=self.loaded.ends, keep=keep, rule=rule, aside=aside
        )

    def _begins(self, said: list[int], given: int) -> int:
        """How many tokens there are up to where the new text of an edit begins; 0 if it does not yet."""
        ends = range(given + 1, len(said) + 1)
        return next((end for end in ends if self._text(said[max(0, end - len(NEW)) : end]).endswith(NEW)), 0)

    def _new(self, text: Sequence[int]) -> bytes | None:
        """What an edit puts in, of a text with all that comes behind; None if that is not its end."""
        written = self._text(text)
        return written.removesuffix(END) if written.endswith(END) else None

    def _text(self, ids: Sequence[int]) -> bytes:
        return self.loaded.tokenizer.decode_bytes(ids)

    def _ids(self, text: bytes) -> list[int]:
        return self.loaded.tokenizer.encode(text.decode())


def tried(messages: Sequence[Message]) -> frozenset[str]:
    """The texts that edits of a session have put in or taken out, or would have, in their normal form."""
    return frozenset(normal(text.encode()) for edit in edits_of(messages) for text in (edit.old, edit.new))


def first_try(messages: Sequence[Message], tools: Sequence[ToolSchema]) -> FirstTry | None:
    """Where the edits of a session begin that each change what the one before has put in, up to the last."""
    begins, now = None, ""
    for edit in edits_of(messages):
        if edit.done:
            begins = begins if begins and edit.old == now else edit
            now = edit.new
    if begins is None:
        return None
    prompt = render(messages[: begins.at], tools)
    reply = render(messages[: begins.at + 1], tools, generate=False).removeprefix(prompt)
    begun, mark, _ = reply.partition(NEW.decode())
    return FirstTry(prompt, begun + mark, begins.old.encode(), now.encode())
