"""`mimosa models`: the profiles, and what their models need."""

import json as json_format

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.commands.guard import told
from model_runtime.family import Member, find_member, members
from model_runtime.nano.at_hand import NANO, SHIPPED, WEIGHTS
from model_runtime.profiles import user_profiles
from model_runtime.serving.card import Card
from model_runtime.serving.gpus import GIB

MIB = 2**20
DRAFTS = {"mtp": "MTP", "dflash": "DFlash", "none": "none"}


def run_models(name: str | None, *, json: bool) -> int:
    """All profiles, or all that one says. Always 0."""
    with told():
        if name is not None:
            member = find_member(name)
            print(json_format.dumps(_whole(member), indent=1)) if json else _show(member, Console())
            return 0
        found = members()
        if json:
            print(json_format.dumps([_whole(each) for each in found], indent=1))
        else:
            _list(found, Console())
    return 0


def _list(found: tuple[Member, ...], console: Console) -> None:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for heading in ("profile", "weights", "context", "drafts", "parsers", "plan from"):
        table.add_column(heading, justify="right" if heading in ("weights", "context") else "left", no_wrap=True)
    for each in found:
        table.add_row(*_row(each), style="" if each.card is not None or each.name == NANO else "dim")
    console.print(table)
    for each in found:
        if each.profile.base_url:
            console.print(Text(f"{each.name}: {each.profile.base_url}"), soft_wrap=True)
    console.print(Text(f"\nMore of one: mimosa models NAME. Your own profiles: {user_profiles()}"), soft_wrap=True)


def _row(member: Member) -> tuple[str, ...]:
    card, profile = member.card, member.profile
    name = f"{member.name} (yours)" if member.own else member.name
    if member.name == NANO:
        return name, _shipped(), _tokens(profile.context_length), "MTP x3", "-", "shipped"
    if card is None:
        return name, "-", _tokens(profile.context_length), "-", "-", "endpoint"
    parsers = card.launch.tool_call_parser or "?"
    where = "profile" if member.plannable else "folder"
    return name, _weights(card), _tokens(card.context_length), _drafts(card), parsers, where


def _shipped() -> str:
    return f"{(SHIPPED / WEIGHTS).stat().st_size / MIB:.0f} MiB"


def _weights(card: Card) -> str:
    return f"{card.weights[card.precision] / GIB:.0f} GiB {card.precision}"


def _drafts(card: Card) -> str:
    layers = f" x{card.mtp.layers}" if card.mtp is not None else ""
    return f"{DRAFTS.get(card.speculation, card.speculation)}{layers}"


def _tokens(count: int) -> str:
    return f"{count // 1024}K" if count % 1024 == 0 else f"{count:,}"


def _show(member: Member, console: Console) -> None:
    console.print(Text.assemble((member.name, "bold"), f"  {member.profile.description}"))
    console.print(Text(str(member.file), style="dim"), soft_wrap=True)
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for column in ("what", "value", "source"):
        table.add_column(column, overflow="fold", style="dim" if column == "source" else "")
    shown = [fact for fact in member.facts if fact.key not in ("description", "serve.gaps")]
    sources = list(dict.fromkeys(fact.source for fact in shown if fact.source))
    for fact in shown:
        number = f"[{sources.index(fact.source) + 1}]" if fact.source else ""
        table.add_row(fact.key, Text(_words(fact.value)), Text(number))
    console.print(table)
    for position, source in enumerate(sources, start=1):
        console.print(Text(f"[{position}] {source}", style="dim"))
    for gap in member.card.gaps if member.card is not None else ():
        console.print(Text(f"mind: {gap}", style="yellow"))


def _words(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int() if value >= 100_000:
            return f"{value:,}"
        case list():
            return ", ".join(map(str, value))
        case dict():
            return ", ".join(f"{key} {_words(each)}" for key, each in value.items())
        case _:
            return str(value)


def _whole(member: Member) -> dict[str, object]:
    """Values as they count, defaults included; sources by key."""
    return {
        "name": member.name,
        "file": str(member.file),
        "own": member.own,
        "planned_from_profile": member.plannable,
        "profile": member.profile.model_dump(mode="json"),
        "serve": member.card.model_dump(mode="json") if member.card is not None else None,
        "sources": {fact.key: fact.source for fact in member.facts if fact.source},
    }
