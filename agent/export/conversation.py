"""The conversation as HTML: what was said, thought and done, in order."""

from collections.abc import Sequence
from itertools import zip_longest

from agent import events as ev
from agent.export.between import Between, in_words
from agent.export.calls_html import finished_html, unfinished_html
from agent.export.markdown import markdown
from agent.export.markup import Html, join, tag
from agent.export.outline import Part, Step
from agent.export.server import session_in_words
from agent.export.summary import TONES
from agent.export.words import count, duration, first_line, plural, short_count
from model_runtime.base import Usage
from model_runtime.messages import AssistantMessage, Message

_LONG_MESSAGE = 30  # lines


def conversation(parts: Sequence[Part]) -> Html:
    """All parts in order. That a compaction began is told only where it did not come to its end."""
    told = (
        part
        for part, following in zip_longest(parts, parts[1:])
        if not (isinstance(part, ev.CompactionStarted) and isinstance(following, ev.Compacted))
    )
    return join(*(_step(part) if isinstance(part, Step) else _event(part) for part in told))


def _step(step: Step) -> Html:
    facts = tag(
        "span",
        _cost(step),
        class_="facts",
        title="seconds of the model, tokens of the request, of them from the cache, tokens of the reply",
    )
    link = tag("a", f"Step {step.number}", href=f"#step-{step.number}")
    cut_off = step.reply.finish_reason == "length"
    return tag(
        "article",
        tag("header", tag("h3", link), facts),
        *(_event(event) for event in step.before),
        _thinking(step.reply.message.reasoning_content),
        _prose(step.reply.message.content),
        *([_note("warning", "cut off", "The reply reached its limit of tokens.")] if cut_off else []),
        *(_event(event) for event in step.after),
        id=f"step-{step.number}",
        class_="step",
    )


def _cost(step: Step) -> str:
    usage, seconds = step.reply.usage, duration(step.reply.seconds)
    if usage == Usage():  # the server does not say, or the reply was cut off
        return seconds
    read, cached = short_count(usage.prompt_tokens), short_count(usage.cached_tokens)
    return f"{seconds} · {read} read · {cached} cached · {short_count(usage.completion_tokens)} written"


def _event(event: ev.BaseEvent) -> Html:
    match event:
        case ev.SessionStarted():
            return _head(event)
        case ev.UserSaid(message=message, by=by):
            who, kind = ("Mimosa", "user reminder") if by == "mimosa" else ("User", "user")
            return tag("article", tag("h3", who), _message_text(message.content), class_=kind)
        case ev.UserRan(message=message):
            return tag("article", tag("h3", "User"), _message_text(message.content), class_="user")
        case event if isinstance(event, Between):
            return tag("p", ": ".join(in_words(event)), class_="border")
        case ev.ToolFinished():
            return finished_html(event)
        case ev.ToolStarted():
            return unfinished_html(event)
        case ev.GuardNoticed(guard=guard, text=text):
            return _note("warning", f"guard: {guard}", text)
        case ev.ReplyRepaired(kind=kind, detail=detail):
            return _note("repair", f"repaired: {kind}", detail)
        case ev.RequestRetried(reason=reason, attempt=attempt, wait_s=wait):
            return _note("warning", f"asked again, attempt {attempt}", f"{reason} (after {duration(wait)})")
        case ev.CheckpointMade(number=number, tree=tree):
            return tag("p", f"checkpoint {number} ", tag("code", tree[:10]), class_="mark")
        case ev.CompactionStarted(tokens=tokens, context_length=length):
            words = f"{count(tokens)} tokens of {count(length)} in use: the model is asked for a summary"
            return tag("p", words, class_="border")
        case ev.Compacted():
            return _compacted(event)
        case ev.SessionResumed(checkpoint=checkpoint):
            return tag("p", f"resumed from checkpoint {checkpoint}", class_="border")
        case ev.SessionForked(parent=parent):
            return tag("p", "a copy of session ", tag("code", parent), class_="border")
        case ev.TurnEnded(reason=reason, detail=detail):
            return tag("p", f"{reason}: {detail}" if detail else reason, class_="border")
        case ev.ServerMeasured(figures=figures):
            return tag("p", f"taken of the server: {session_in_words(figures)}", class_="border")
        case ev.Verified(verdict=verdict, reason=reason):
            return _note(TONES[verdict], verdict, reason)
        case ev.SessionEnded():
            return Html("")  # told at the top of the page
        case _:
            return _note("warning", "unknown event", event.model_dump_json())


def _head(event: ev.SessionStarted) -> Html:
    tools = [
        join(tag("h4", tag("code", tool.name)), tag("div", markdown(tool.description), class_="prose"))
        for tool in event.tools
    ]
    named = f"System prompt and {plural(len(tools), 'tool')}"
    return tag("details", tag("summary", named), _message_text(event.system.content), *tools, class_="head")


def _thinking(thinking: str) -> Html:
    if not thinking.strip():
        return Html("")
    head = tag(
        "summary",
        tag("b", "Thinking"),
        tag("span", plural(len(thinking.split()), "word"), class_="size"),
        tag("span", first_line(thinking), class_="preview"),
    )
    return tag("details", head, tag("div", thinking.strip(), class_="words"), class_="thinking")


def _prose(words: str) -> Html:
    return tag("div", markdown(words), class_="prose") if words.strip() else Html("")


def _message_text(words: str) -> Html:
    """A message as it was sent; folded after its beginning if it is long."""
    words = words.strip("\n")
    lines = words.split("\n")
    if len(lines) <= _LONG_MESSAGE:
        return tag("div", words, class_="words")
    return tag(
        "details",
        tag("summary", plural(len(lines), "line"), tag("span", "\n".join(lines[:8]), class_="preview words")),
        tag("div", words, class_="words"),
        class_="long",
    )


def _note(kind: str, title: str, words: str) -> Html:
    return tag("p", tag("b", title), " ", tag("span", words, class_="words"), class_=f"notice {kind}")


def _compacted(event: ev.Compacted) -> Html:
    title = f"context compacted at {count(event.tokens_before)} tokens, the archive is {event.archive}"
    fresh = [tag("div", tag("h4", message.role), _message_of(message)) for message in event.messages]
    body = tag("details", tag("summary", f"the new context, {plural(len(fresh), 'message')}"), *fresh)
    return tag("div", tag("p", title, class_="border"), body, class_="compaction")


def _message_of(message: Message) -> Html:
    if not isinstance(message, AssistantMessage):
        return _message_text(message.content)
    calls = (tag("pre", f"{call.name} {call.arguments}", class_="command") for call in message.tool_calls)
    return join(_thinking(message.reasoning_content), _prose(message.content), *calls)


def compacted_before(parts: Sequence[Part]) -> frozenset[int]:
    """The numbers of the steps right after a compaction."""
    numbers, fresh = set(), False
    for part in parts:
        if isinstance(part, ev.Compacted):
            fresh = True
        elif isinstance(part, Step) and fresh:
            numbers.add(part.number)
            fresh = False
    return frozenset(numbers)
