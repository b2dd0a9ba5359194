"""A devcontainer.json is honoured as far as it describes an image and its setup, and what is not is said."""

import pytest
from image_helpers import Make

from sandbox.errors import EnvironmentFailed
from sandbox.images.environment import Build, find_environment

NAME = ".devcontainer/devcontainer.json"

WITH_COMMENTS = """\
// For details see the reference.
{
    "image": "team/box:1", /* not // a
    problem */
    "containerEnv": {"URL": "http://x/*y*/", "WHERE": "${containerWorkspaceFolder}/a", "KEY": "${localEnv:K}"},
    "onCreateCommand": ["make", "a b"],
    "updateContentCommand": {"one": "first", "two": ["second", "x"]},
    "postCreateCommand": "cd ${containerWorkspaceFolder} && third",
    "postStartCommand": "never",
    "remoteUser": "vscode", // ends with a comma,
}
"""


def test_comments_commas_commands_and_variables(tree: Make) -> None:
    found = find_environment(tree({NAME: WITH_COMMENTS, "tests/test_x.py": ""}))
    assert found.base == "team/box:1"
    assert found.setup == ("make 'a b'", "first", "second x", "cd /workspace && third")
    assert found.variables == (("URL", "http://x/*y*/"), ("WHERE", "/workspace/a"))
    assert found.test_command == "python3 -m pytest"
    assert {note.removeprefix(f"{NAME}: ") for note in found.notes} == {
        "remoteUser is not honoured",
        "postStartCommand is not honoured",
        "containerEnv.KEY is not honoured",
    }


def test_a_build_is_relative_to_the_file(tree: Make) -> None:
    text = '{"build": {"dockerfile": "Dockerfile", "context": "..", "args": {"V": "1", "S": "${localEnv:S}"}}}'
    found = find_environment(tree({NAME: text, ".devcontainer/Dockerfile": "FROM x\n"}))
    assert found.base == Build(".devcontainer/Dockerfile", ".", (("V", "1"),))


def test_the_file_at_the_root_and_the_old_key_count_too(tree: Make) -> None:
    found = find_environment(tree({".devcontainer.json": '{"dockerFile": "Dockerfile"}', "Dockerfile": ""}))
    assert found.base == Build("Dockerfile")


def test_one_without_an_image_is_passed_over_and_said(tree: Make) -> None:
    found = find_environment(tree({NAME: '{"dockerComposeFile": "x.yml"}', "go.mod": ""}))
    assert found.why.startswith("Go")
    assert any("passed over" in note for note in found.notes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"image": "a",\n "x" 1}', "line 2, column 6"),
        ('{"image": "a"', "line 1"),
        ('/* {"image": "a"}', "line 1"),
        ('["a"]', "expected an object, found list"),
        ('{"image": "a", "postCreateCommand": 1}', "postCreateCommand: expected a string"),
        ('{"build": {"dockerfile": "../../Dockerfile"}}', "inside the repository"),
        ('{"build": {"dockerfile": "D", "context": "../.."}}', "inside the repository"),
    ],
)
def test_what_cannot_be_understood_is_an_error_that_says_where(tree: Make, text: str, words: str) -> None:
    with pytest.raises(EnvironmentFailed, match=words) as raised:
        find_environment(tree({NAME: text}))
    assert NAME in str(raised.value)
