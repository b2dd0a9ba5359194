"""What exercises in a language are built with, as a part of the recipe that all of them share."""

from importlib.resources import files

from evals.exercises.base import Language
from evals.images.recipe import Recipe


def with_toolchain(recipe: Recipe, language: Language) -> Recipe:
    """The recipe with the language's packages and scripts in the layer below the repository's own."""
    if not language.packages:
        return recipe
    inside = files("evals.exercises") / "inside"
    return recipe.model_copy(
        update={
            "why": f"exercises in {language.name}: {', '.join(language.packages)}",
            "environment": (install_command(language.packages),),
            "files": tuple((path, (inside / name).read_text(encoding="utf-8")) for path, name in language.files),
        }
    )


def install_command(packages: tuple[str, ...]) -> str:
    """Installs packages of the distribution. "a | b" is the first of them that it has."""
    return (
        "apt-get -q update && DEBIAN_FRONTEND=noninteractive "
        f"apt-get -q -y --no-install-recommends satisfy '{', '.join(packages)}' && rm -rf /var/lib/apt/lists/*"
    )
