"""A stacked bar of one GPU's memory, in characters that differ without colour too."""

from rich.text import Text

from model_runtime.serving.memory import GpuMemory

# One glyph and colour a part, in the order of GpuMemory.parts.
GLYPHS = (
    ("█", "blue"),
    ("▓", "cyan"),
    ("▒", "green"),
    ("░", "yellow"),
    ("≈", "bright_blue"),
    ("·", "magenta"),
    ("×", "red"),  # noqa: RUF001
    (" ", "default"),
)


def bar(memory: GpuMemory, width: int) -> Text:
    """`width` cells, shared by the parts in proportion; the cells add up as the bytes do."""
    sizes = [size for _, size in memory.parts]
    text = Text(no_wrap=True)
    for cells, (glyph, colour) in zip(share(sizes, width), GLYPHS, strict=True):
        text.append(glyph * cells, style=colour)
    return text


def share(sizes: list[int], width: int) -> list[int]:
    """`width` cells by size, the largest remainders rounded up, so that the sum is exact."""
    total = sum(sizes) or 1
    cells = [size * width // total for size in sizes]
    by_remainder = sorted(range(len(sizes)), key=lambda i: -(sizes[i] * width % total))
    for i in by_remainder[: width - sum(cells)]:
        cells[i] += 1
    return cells
