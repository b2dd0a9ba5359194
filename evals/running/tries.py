"""Best of several: each try in a sandbox of its own, and the tests that the agent may see choose."""

from dataclasses import replace
from pathlib import Path

from agent.events import TurnEnded, VerificationStep
from agent.fix.run import PREFERENCE
from agent.fix.verify import verify
from evals.running.salvage import SESSION, TRIES, salvage
from evals.running.session_work import Hear, SessionWork, work


async def best_of(tries: int, given: SessionWork, folder: Path, hear: Hear, test_timeout_s: float) -> TurnEnded:
    """Make `tries` sessions one after the other in `folder`, and keep as the attempt's own the one whose patch the
    tests prefer: verified, unverified, regressed, none; of equals, the smaller one. The instance's own tests have
    no part in it. Raises what `work` and `verify` raise."""
    settings = given.loaded.settings.sandbox
    place = given.prepared.place
    ranked: list[tuple[int, int, int, TurnEnded]] = []
    for number in range(1, tries + 1):
        own = folder / TRIES / str(number)
        own.mkdir(mode=0o700, parents=True)
        if number == 1:
            ended = await work(given, own, hear)
        else:
            ended = await _in_new_sandbox(given, own, hear)
        patch = salvage(folder, own) or b""
        verdict = "no patch"
        if patch:
            verified = await verify(
                patch,
                new_sandbox=lambda: place.new_sandbox(settings, given.gate),
                test_command=place.test_command,
                timeout=test_timeout_s,
                say=lambda text: hear(VerificationStep(text=text)),
            )
            verdict = verified.verdict
        ranked.append((PREFERENCE.index(verdict), len(patch), number, ended))
    _, _, chosen, ended = min(ranked, key=lambda entry: entry[:3])
    (folder / TRIES / str(chosen)).rename(folder / SESSION)
    return ended


async def _in_new_sandbox(given: SessionWork, folder: Path, hear: Hear) -> TurnEnded:
    sandbox = given.prepared.place.new_sandbox(given.loaded.settings.sandbox, given.gate)
    try:
        await sandbox.start()
        return await work(replace(given, sandbox=sandbox), folder, hear)
    finally:
        await sandbox.close()
