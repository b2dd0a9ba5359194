"""Files that decide or steer the tests stay as the data set wants them, whatever a patch does to them."""

from graded_rows import ROW, piece

from evals.grading.patches import graded_part, test_files


def test_what_decides_and_what_steers_is_left_out() -> None:
    kept = piece("src/calc.py") + piece("docs/conf.py", new=True) + piece("unittest_of_mine.py", new=True)
    left = [
        piece("tests/test_a.py"),
        piece("tests/helper.py", new=True),
        piece("conftest.py", new=True),
        piece("src/evil.pth", new=True),
        piece("unittest/__init__.py", new=True),
        piece("setup.cfg"),
        piece("run/tests.sh"),
    ]

    part, names = graded_part(
        kept + b"".join(left), test_patch=ROW.test_patch, gold="", test_command="./run/tests.sh x"
    )

    assert part == kept
    assert len(names) == len(left)


def test_what_gold_touches_stays() -> None:
    patch = piece("setup.cfg") + piece("tests/test_a.py")

    part, names = graded_part(patch, test_patch=ROW.test_patch, gold=piece("setup.cfg").decode())

    assert (part, names) == (piece("setup.cfg"), ("tests/test_a.py",))


def test_the_files_of_a_test_patch() -> None:
    renamed = "diff --git a/t/a.py b/t/b.py\nsimilarity index 90%\nrename from t/a.py\nrename to t/b.py\n"

    assert test_files(ROW.test_patch) == [("tests/test_a.py", False)]
    assert test_files(piece("t/new.py", new=True).decode()) == [("t/new.py", True)]
    assert test_files(renamed) == [("t/a.py", False), ("t/b.py", True)]
