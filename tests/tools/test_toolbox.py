"""A bad call never raises: the model reads what was wrong and what a right call looks like."""

import asyncio
import json
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from sandbox.base import Sandbox
from sandbox.errors import SandboxDied
from tools.base import Arguments, ToolContext, ToolResult
from tools.toolbox import Toolbox


class PlanetArguments(Arguments):
    name: str
    moons: int = Field(default=0, ge=0, description="how many")
    mass: float | None = None


class Planet:
    """A tool without a sandbox, that says what it got."""

    name = "planet"
    description = "Tells of a planet."
    arguments: type[Arguments] = PlanetArguments
    example = '{"name": "Mars", "moons": 2}'

    async def run(self, arguments: PlanetArguments, context: ToolContext) -> ToolResult:
        context.watch("looking")
        return ToolResult(repr((arguments.name, arguments.moons, arguments.mass)))


class Failing(Planet):
    name = "failing"

    def __init__(self, error: BaseException) -> None:
        self.error = error

    async def run(self, arguments: PlanetArguments, context: ToolContext) -> ToolResult:  # noqa: ARG002
        raise self.error


# None of these tools looks at the sandbox.
NO_SANDBOX = cast(Sandbox, None)


def call(arguments: str, name: str = "planet") -> ToolResult:
    return asyncio.run(Toolbox([Planet()], NO_SANDBOX).call(name, arguments, lambda _: None))


def test_a_right_call_reaches_the_tool() -> None:
    result = call('{"name": "Mars", "moons": 2}')

    assert result == ToolResult("('Mars', 2, None)")


def test_the_watcher_is_handed_to_the_tool() -> None:
    seen: list[str] = []
    asyncio.run(Toolbox([Planet()], NO_SANDBOX).call("planet", '{"name": "Mars"}', seen.append))

    assert seen == ["looking"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ('{"name": "Mars", "moons": "2"}', "a number given as text"),
        ('{"name": "Mars", "moons": 2.0}', "a whole number given as a float"),
        (json.dumps('{"name": "Mars", "moons": 2}'), "an object encoded twice"),
        (
            json.dumps({"malformed_arguments": '{"name": "Mars", "moons": 2}'}),
            "malformed only to a stricter reader",
        ),
        (' {"name": "Mars", "moons": 2, "mass": null}\n', "null for an optional field"),
    ],
)
def test_harmless_slips_are_forgiven(arguments: str, why: str) -> None:
    assert call(arguments).content == "('Mars', 2, None)", why


def test_line_breaks_that_are_not_escaped_are_forgiven() -> None:
    assert call('{"name": "two\nlines"}').content == r"('two\nlines', 0, None)"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("{}", "`name` is missing"),
        ("", "`name` is missing"),
        ('{"name": "Mars", "colour": "red"}', "`colour` is not an argument of this tool"),
        ('{"name": 4}', "`name`: Input should be a valid string, but it was '4'"),
        ('{"name": "Mars", "moons": "many"}', "`moons`: Input should be a valid integer"),
        ('{"name": "Mars", "moons": -1}', "`moons`: Input should be greater than or equal to 0"),
        ('{"name": "Mars"', "not valid JSON"),
        ("name = Mars", "not valid JSON"),
        ('["Mars"]', "must be one JSON object"),
        ("null", "must be one JSON object"),
        (json.dumps({"malformed_arguments": '{"name": Mars}'}), "What arrived: '{\"name\": Mars}'"),
        ('{"name": "\\ud800"}', "half of a surrogate pair"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_wrong_arguments_are_told_what_is_wrong_and_shown_a_right_call(arguments: str, told: str) -> None:
    result = call(arguments)

    assert result.is_error
    assert told in result.content
    assert 'A right call: planet {"name": "Mars", "moons": 2}' in result.content
    assert "name, moons (optional), mass (optional)" in result.content


def test_every_fault_is_told_at_once() -> None:
    content = call('{"moons": "many", "colour": "red"}').content

    assert "`name` is missing" in content
    assert "`moons`" in content
    assert "`colour`" in content


def test_an_unknown_tool_is_answered_with_the_known_ones() -> None:
    result = call("{}", name="comet")

    assert result.is_error
    assert result.content == "There is no tool named 'comet'. The tools are: planet."


@given(st.text(), st.text())
def test_no_text_whatever_raises(name: str, arguments: str) -> None:
    call(arguments, name).content.encode()
    call(arguments).content.encode()


def test_a_fault_in_a_tool_becomes_a_tool_error() -> None:
    box = Toolbox([Failing(ZeroDivisionError("division by zero"))], NO_SANDBOX)
    result = asyncio.run(box.call("failing", '{"name": "Mars"}', lambda _: None))

    assert result.is_error
    assert result.content == "failing failed: ZeroDivisionError: division by zero"


@pytest.mark.parametrize("error", [SandboxDied("the container is gone"), asyncio.CancelledError()])
async def test_the_death_of_the_sandbox_and_cancellation_pass_through(error: BaseException) -> None:
    box = Toolbox([Failing(error)], NO_SANDBOX)

    with pytest.raises(type(error)):
        await box.call("failing", '{"name": "Mars"}', lambda _: None)


def test_the_schema_is_small_closed_and_in_stated_order() -> None:
    (spec,) = Toolbox([Planet()], NO_SANDBOX).specs

    assert spec.name == "planet"
    assert spec.description == "Tells of a planet."
    assert spec.parameters == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "moons": {"type": "integer", "default": 0, "description": "how many", "minimum": 0},
            "mass": {"type": "number"},
        },
        "required": ["name"],
        "additionalProperties": False,
    }
    assert list(spec.parameters["properties"]) == ["name", "moons", "mass"]
