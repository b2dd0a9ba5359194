"""The endpoint that a session would ask, by real calls."""

from collections.abc import AsyncGenerator

from agent.doctor.base import Case
from agent.serving.see_to import LARGER
from model_runtime.doctor.asker import Asker
from model_runtime.doctor.base import Finding
from model_runtime.doctor.examine import examine
from model_runtime.errors import ModelError
from model_runtime.open import REPLAY, open_model
from model_runtime.profiles import find_profile

SUBJECT = "endpoint"


async def look_at_endpoint(case: Case) -> AsyncGenerator[Finding]:
    """Yields each finding when it is made."""
    settings = case.settings.model
    if case.way == "recording":
        yield Finding(SUBJECT, "skipped", f"{settings.name.removeprefix(REPLAY)} is played back, nobody is asked")
        return
    if case.way == "nano":
        yield await _nano(case.nano)
        return
    if case.way == "here" and case.endpoint is None:
        name = case.servers.running()[0].name
        yield Finding(SUBJECT, "skipped", f"{name} is not ready yet: ask again when it is", "mimosa status")
        return
    if case.endpoint is None:
        said = "no server runs yet; a session starts one" if case.starts_server else "there is none to ask"
        yield Finding(SUBJECT, "skipped", said)
        return
    try:
        asker = Asker(case.endpoint, find_profile(settings.profile) if settings.profile else None)
    except ModelError as error:
        yield Finding(SUBJECT, "wrong", str(error), "correct model.base_url, model.profile or the key")
        return
    try:
        async for finding in examine(asker):
            yield finding
    finally:
        await asker.close()


async def _nano(spec: str) -> Finding:
    """It works, for what it is: that is worth a word."""
    try:
        model = open_model(spec)
        await model.info()
    except ModelError as error:
        return Finding(SUBJECT, "wrong", str(error), "name another model, or install Mimosa again")
    await model.close()
    return Finding(SUBJECT, "note", f"{model.name} answers in this process, for small bugs only", LARGER)
