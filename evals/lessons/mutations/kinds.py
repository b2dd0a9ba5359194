"""All kinds of bugs, by the name that the model's card gives them."""

from evals.lessons.mutations.base import Mutation
from evals.lessons.mutations.operators import arithmetic, comparison, condition
from evals.lessons.mutations.structure import missing_case, missing_return, swapped_arguments
from evals.lessons.mutations.values import default, exception, method_or_constant, off_by_one, variable

KINDS: dict[str, Mutation] = {
    "comparison": comparison,
    "arithmetic": arithmetic,
    "off by one": off_by_one,
    "wrong variable": variable,
    "wrong method or constant": method_or_constant,
    "swapped arguments": swapped_arguments,
    "missing return": missing_return,
    "inverted condition": condition,
    "wrong default": default,
    "wrong exception": exception,
    "missing edge case": missing_case,
}
