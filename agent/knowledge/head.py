"""What stands in the head of a session, part by part: text for the model, sizes for whoever asks."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.events import SessionStarted
from agent.history import CHARACTERS_PER_TOKEN
from agent.knowledge.instructions import Gathered, Instructions
from agent.knowledge.skills import Skill
from prompts.render import render
from sandbox.base import Sandbox


@dataclass(frozen=True)
class HeadPart:
    """`name` says what it is; `tokens` is an estimate."""

    name: str
    characters: int

    @property
    def tokens(self) -> int:
        return round(self.characters / CHARACTERS_PER_TOKEN)


def instructions_text(gathered: Gathered) -> str:
    """All files in order, each with its path; "" if there are none."""
    if not gathered.files:
        return ""
    files = "\n\n".join(_one(file) for file in gathered.files)
    if gathered.left_out:
        files += f"\n\nThere was no room for these; read them when you work there: {', '.join(gathered.left_out)}"
    return render("instructions", files=files)


def skills_text(skills: Sequence[Skill], sandbox: Sandbox) -> str:
    """A line a skill, with where it is; "" if there are none."""
    if not skills:
        return ""
    lines = "\n".join(f"- {skill.name}: {skill.description} ({skill.place(sandbox)})" for skill in skills)
    return render("skills", skills=lines)


def head_parts(start: SessionStarted) -> tuple[HeadPart, ...]:
    """What the head of a session consists of, from its first event: the same for a resumed one."""
    system = start.system.content
    parts = []
    rest = len(system)
    for name, text in _marked(system):
        parts.append(HeadPart(name, len(text)))
        rest -= len(text)
    tools = [HeadPart(f"tool {tool.name}", len(tool.model_dump_json())) for tool in start.tools]
    return (HeadPart("system prompt", max(rest, 0)), *parts, *tools)


def _one(file: Instructions) -> str:
    about = f' about="{file.scope}/"' if file.scope else ""
    note = f"\n(cut here: {file.path} has {file.size:,} bytes; read the rest of it yourself)" if file.cut else ""
    return f'<instructions from="{file.path}"{about}>\n{file.text}{note}\n</instructions>'


def _marked(system: str) -> list[tuple[str, str]]:
    """The files and the skills in a system prompt, by name."""
    found = []
    for piece in system.split('<instructions from="')[1:]:
        name, _, rest = piece.partition('"')
        body, end, _ = rest.partition("</instructions>")
        found.append((name, f'<instructions from="{name}"{body}{end}'))
    # Behind the instructions, which are texts of others and may hold anything.
    _, begin, rest = system.rpartition("</instructions>")[2].partition("<skills>")
    if begin:
        found.append(("skills", begin + rest.partition("</skills>")[0] + "</skills>"))
    return found
