"""How fast to learn: a short warm-up, a long plateau, a straight way down."""


def share_of_rate(step: int, steps: int, *, warm: int = 30, cooled: float = 0.4) -> float:
    """The share of the full learning rate at `step` of `steps`; the last `cooled` of them go down to nothing."""
    if step < warm:
        return (step + 1) / warm
    begins = steps * (1 - cooled)
    return 1.0 if step < begins else max(0.0, (steps - step) / (steps - begins))
