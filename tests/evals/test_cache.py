"""What the cache keeps is made once, whole, however many make it."""

from pathlib import Path
from threading import Barrier, Thread

import pytest

from evals.cache import made_once


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    made_once(tmp_path / "kept", lambda new: write(new, "first"))
    made_once(tmp_path / "kept", lambda new: write(new, "second"))
    assert (tmp_path / "kept" / "file").read_text() == "first"
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]


def test_where_making_it_fails_nothing_stays(tmp_path: Path) -> None:
    def fail(new: Path) -> None:
        write(new, "half")
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        made_once(tmp_path / "kept", fail)
    assert not list(tmp_path.iterdir())


def test_of_two_at_once_the_first_ones_stays(tmp_path: Path) -> None:
    both_begun, given = Barrier(2), list[Path]()

    def make(name: str) -> None:
        def slowly(new: Path) -> None:
            write(new, name)
            both_begun.wait(20)

        given.append(made_once(tmp_path / "kept", slowly))

    threads = [Thread(target=make, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert given == [tmp_path / "kept"] * 2
    assert (tmp_path / "kept" / "file").read_text() in ("a", "b")
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]


def write(folder: Path, text: str) -> None:
    (folder / "file").write_text(text)
