"""/jobs: commands that the agent lets run in the background."""

from typing import TYPE_CHECKING

from rich.text import Text

from agent.chat.commands.base import SlashCommand, opened
from agent.chat.painting.calls import call_words
from agent.errors import UsageError
from agent.export.visible import visible
from agent.export.words import first_line

if TYPE_CHECKING:
    from agent.chat.chat import Chat


async def run_jobs(chat: "Chat", argument: str) -> None:
    """`/jobs`, `/jobs kill NUMBER`: commands that the agent lets run in the background."""
    sandbox = opened(chat).opened.sandbox
    jobs = {event.job: event.call for event in chat.painter.results if event.job is not None}
    match argument.split():
        case []:
            if not jobs:
                chat.note("nothing runs in the background")
            for job, call in jobs.items():
                state = await sandbox.poll(job)
                how = "runs" if state.exit_code is None else f"exit {state.exit_code}"
                said = call_words(call)
                words = first_line(f"{said.sign} {said.words}", 80)
                chat.say(Text.assemble((f"{job}  ", "cyan"), (f"{how}  ", "bold"), visible(words)))
        case ["kill", number] if number.isdigit() and int(number) in jobs:
            await sandbox.kill(int(number))
            chat.note(f"job {number} is ended")
        case _:
            raise UsageError("/jobs takes nothing, or `kill NUMBER`, with the number of a job it lists.")


COMMANDS = (SlashCommand("jobs", "commands in the background", run_jobs, "[kill NUMBER]"),)
