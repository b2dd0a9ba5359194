"""/context /skills /agents /hooks /todo /plan: what the model knows, and what it can use."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from agent.chat.commands.base import SlashCommand
from agent.chat.commands.words import two_columns
from agent.errors import UsageError
from agent.export.visible import visible
from agent.export.words import count, first_line

if TYPE_CHECKING:
    from agent.chat.chat import Chat
    from agent.conversation.conversation import Conversation
    from agent.knowledge.assembly import Knowledge
    from agent.knowledge.context import Share

BAR = 50
"""Cells of the bar of /context."""
COLOURS = {"head": "cyan", "tools": "magenta", "conversation": "green", "free": "bright_black"}


def opened(chat: "Chat") -> "tuple[Conversation, Knowledge]":
    """Raises UsageError while nothing is open yet."""
    if chat.conversation is None or chat.talk.knowledge is None:
        raise UsageError("The session is not open yet; try again in a moment.")
    return chat.conversation, chat.talk.knowledge


async def run_context(chat: "Chat", _argument: str) -> None:
    from agent.knowledge.assembly import start_of
    from agent.knowledge.context import context_shares

    conversation, knowledge = opened(chat)
    shares = context_shares(start_of(conversation.folder), conversation.opened.session.history)
    length = conversation.standing.context_length
    chat.show(_bar(shares, length), _shares(shares, length))
    for note in knowledge.instructions.notes:
        chat.note(note, "yellow")


def _bar(shares: "tuple[Share, ...]", length: int) -> Text:
    used = sum(share.tokens for share in shares)
    whole = max(length, used, 1)
    bar = Text()
    drawn = seen = 0
    for share in shares:
        seen += share.tokens
        cells = max(round(BAR * seen / whole), 1) - drawn  # a first token is seen, too
        drawn += cells
        bar.append("█" * cells, COLOURS[share.group])
    bar.append("░" * (BAR - drawn), COLOURS["free"])
    bar.append(f"  {count(used)} of {count(length)} tokens" if length else f"  {count(used)} tokens")
    return bar


def _shares(shares: "tuple[Share, ...]", length: int) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    table.add_column(justify="right", style="dim")
    for share in shares:
        part = f"{share.tokens / length:.1%}" if length else ""
        name = Text.assemble(("█ ", COLOURS[share.group]), visible(share.name))
        table.add_row(name, count(share.tokens), part)
    return table


async def run_skills(chat: "Chat", argument: str) -> None:
    conversation, knowledge = opened(chat)
    if not argument:
        if not knowledge.skills:
            chat.note("no skills: put folders with a SKILL.md into .mimosa/skills or ~/.config/mimosa/skills")
            return
        chat.show(two_columns((visible(skill.name), visible(skill.description)) for skill in knowledge.skills))
        return
    name, _, words = argument.partition(" ")
    skill = next((skill for skill in knowledge.skills if skill.name == name), None)
    if skill is None:
        raise UsageError(f"There is no skill {name}. /skills lists them.")
    place = skill.place(conversation.opened.sandbox)
    chat.send(f"Use the skill {skill.name}: read {place} first. {words}".strip())


def skill_names(chat: "Chat") -> Iterable[tuple[str, str]]:
    knowledge = chat.talk.knowledge
    return [(skill.name, first_line(skill.description, 60)) for skill in knowledge.skills] if knowledge else ()


async def run_agents(chat: "Chat", _argument: str) -> None:
    conversation, knowledge = opened(chat)
    if knowledge.agents:
        chat.show(two_columns((visible(kind.name), visible(kind.description)) for kind in knowledge.agents))
    else:
        chat.note("one general kind of subagent; your own are markdown files in ~/.config/mimosa/agents")
    done = [summary for summary in chat.talk.store.summaries() if summary.parent == conversation.id]
    if done:
        chat.show(
            two_columns(
                (f"{summary.id}  {summary.state}", visible(first_line(summary.task, 80))) for summary in done
            )
        )
        chat.note("mimosa sessions show ID shows one whole")


async def run_hooks(chat: "Chat", _argument: str) -> None:
    _, knowledge = opened(chat)
    if not knowledge.hooks:
        chat.note("no hooks: describe them under [hooks.NAME] in ~/.config/mimosa/config.toml")
        return
    chat.show(
        two_columns(
            (f"{hook.name}  {hook.settings.on}", visible(f"{hook.settings.command}  ({hook.origin})"))
            for hook in knowledge.hooks
        )
    )


async def run_todo(chat: "Chat", _argument: str) -> None:
    from agent.log import read_log
    from agent.rewinding import standing
    from agent.todo import todo_lines, todo_of

    conversation, _ = opened(chat)
    lines = todo_lines(todo_of(standing([record.event for record in read_log(conversation.folder)])))
    if not lines:
        chat.note("the model has no list; it makes one for work of several steps")
        return
    chat.say(*(Text(visible(line), style="dim" if line.startswith("✓") else "") for line in lines))


async def run_plan(chat: "Chat", argument: str) -> None:
    conversation, knowledge = opened(chat)
    plan = knowledge.plan
    if plan is None:
        raise UsageError("The plan tool is switched off: tools.plan is false.")
    if argument == "off":
        if plan.active:
            conversation.opened.session.remind(plan.leave())
        chat.note("plan mode is off")
        return
    if not plan.active:
        conversation.opened.session.remind(plan.enter())
    chat.note("plan mode: it only reads until you accept its plan; /plan off ends it")
    if argument:
        chat.send(argument)


COMMANDS = (
    SlashCommand("context", "where the tokens are", run_context),
    SlashCommand(
        "skills", "what the model can read up on; with a name, use it", run_skills, "[name]", skill_names
    ),
    SlashCommand("agents", "kinds of subagents, and those of this session", run_agents),
    SlashCommand("hooks", "your commands that run at certain moments", run_hooks),
    SlashCommand("todo", "the model's list", run_todo),
    SlashCommand(
        "plan",
        "only read until a plan is accepted",
        run_plan,
        "[off | what to plan]",
        lambda _chat: (("off", "end plan mode"),),
    ),
)
