"""`python3 -m unittest discover -q -f`, by unittest itself."""

import io
import sys
import unittest
from collections.abc import Mapping
from random import Random

from evals.lessons.imitation.modules import dotted, execute, is_test


def run_unittest(files: Mapping[str, str], rng: Random) -> tuple[str, int]:
    """What it prints and its exit code; the time is drawn as real ones are."""
    suite = unittest.TestSuite()
    for path in sorted(path for path in files if is_test(path) and "/" not in path):
        module = sys.modules[dotted(path)]
        execute(module, path, files[path])
        suite.addTests(unittest.defaultTestLoader.loadTestsFromModule(module))
    stream = io.StringIO()
    runner = unittest.TextTestRunner(stream, verbosity=0, failfast=True)
    result = runner.run(suite)
    head, _, rest = stream.getvalue().rpartition(" in ")
    _, _, rest = rest.partition("s\n")
    return f"{head} in 0.00{rng.choice((0, 0, 1, 1, 1, 2))}s\n{rest}", 0 if result.wasSuccessful() else 1
