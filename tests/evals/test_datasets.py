"""A data set goes in from every format, its options choose what they say, and what is wrong with it is told."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evals.errors import EvalError
from evals.instances.base import Instance
from evals.instances.dataset import load_dataset
from evals.instances.selection import Selection, select

ROWS = [
    {
        "instance_id": f"acme__tool-{number}",
        "repo": "acme/tool",
        "base_commit": "0" * 40,
        "problem_statement": "It breaks.",
        "patch": "",
        "test_patch": "",
        "FAIL_TO_PASS": json.dumps(["tests/test_a.py::test_a[x y]"]),
        "PASS_TO_PASS": json.dumps([]),
        "hints_text": None,
        "image_assets": "a field that is not ours",
    }
    for number in range(6)
]
IDS = [row["instance_id"] for row in ROWS]


def write(path: Path) -> Path:
    match path.suffix:
        case ".json":
            path.write_text(json.dumps(ROWS))
        case ".jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in ROWS) + "\n")
        case ".parquet":
            pq.write_table(pa.Table.from_pylist(ROWS), path)
    return path


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".parquet"])
def test_every_format_gives_the_same_instances(tmp_path: Path, suffix: str) -> None:
    instances = load_dataset(str(write(tmp_path / f"rows{suffix}")))

    assert [instance.instance_id for instance in instances] == IDS
    assert instances[0].FAIL_TO_PASS == ("tests/test_a.py::test_a[x y]",)
    assert instances[0].hints_text == ""


def test_a_directory_is_all_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write(tmp_path / "data" / "test-00000.parquet")

    assert len(load_dataset(str(tmp_path))) == len(ROWS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{not json}\n", "line 1 is no JSON"),
        ('{"instance_id": "a"}\n', "row 1: repo"),
        ("[1]\n", "row 1: expected an object"),
        ("", "holds no row"),
        (json.dumps(ROWS[0]) + "\n" + json.dumps(ROWS[0]) + "\n", "two rows have the instance_id"),
    ],
)
def test_a_bad_file_is_told_with_its_row(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(content)

    with pytest.raises(EvalError, match=words):
        load_dataset(str(path))


def test_a_name_that_is_nothing_is_told_with_what_there_is() -> None:
    with pytest.raises(EvalError, match="swe-bench-verified"):
        load_dataset("swe-bench-verfied")


def instances() -> tuple[Instance, ...]:
    return tuple(Instance.model_validate(row | {"hints_text": ""}) for row in ROWS)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), IDS),
        (Selection(filter="tool-[24]$"), [IDS[2], IDS[4]]),
        (Selection(slice=":2"), IDS[:2]),
        (Selection(slice="2"), IDS[:2]),
        (Selection(slice="1:5:2"), IDS[1:5:2]),
        (Selection(slice="-2:"), IDS[-2:]),
        (Selection(ids=(IDS[3], IDS[1], IDS[3])), [IDS[3], IDS[1]]),
        (Selection(filter="tool-[0-3]", slice="1:"), IDS[1:4]),
    ],
)
def test_options_choose_in_order(selection: Selection, expected: list[str]) -> None:
    assert [instance.instance_id for instance in select(instances(), selection)] == expected


def test_a_shuffle_depends_on_the_seed_alone() -> None:
    first = select(instances(), Selection(shuffle=True, seed=7))
    again = select(tuple(reversed(instances())), Selection(shuffle=True, seed=7))
    other = select(instances(), Selection(shuffle=True, seed=8))

    assert first == again != other
    assert {instance.instance_id for instance in other} == set(IDS)


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(ids=("acme__tool-9",)), "no instance acme__tool-9"),
        (Selection(filter="("), "regular expression"),
        (Selection(slice="a:b"), "START:STOP"),
        (Selection(slice="1:2:3:4"), "START:STOP"),
        (Selection(filter="nothing"), "None of the 6"),
    ],
)
def test_a_choice_that_cannot_be_made_is_told(selection: Selection, words: str) -> None:
    with pytest.raises(EvalError, match=words):
        select(instances(), selection)
