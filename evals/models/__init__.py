"""Who answers in a run: a served model, or a scripted one that drives the real loop, tools and sandbox."""
