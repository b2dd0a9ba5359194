"""`mimosa sessions prune`."""

import time

from agent.commands.guard import told
from agent.export.visible import visible
from agent.export.words import first_line, plural
from agent.pruning import prune
from agent.store import SessionStore


def run_prune(older_days: float, keep: int, *, dry_run: bool) -> int:
    """0, also where there is nothing to remove."""
    with told():
        freed = found = 0
        before = time.time() - older_days * 86_400
        for pruned in prune(SessionStore.of_user(), before, keep=keep, dry=dry_run):
            size = "in use, kept" if pruned.in_use else f"{pruned.bytes / 1e6:,.1f} MB"
            print(f"{pruned.session.id}  {size:>12}  {visible(first_line(pruned.session.task, 60))}")
            found += not pruned.in_use
            freed += 0 if pruned.in_use else pruned.bytes
        if not found:
            print(f"nothing to remove: no session that has ended, or is older than {older_days:g} days, has files")
            return 0
        would = "would be freed" if dry_run else "freed; they can still be shown and exported, not resumed"
        print(f"{plural(found, 'session')}, {freed / 1e6:,.1f} MB {would}")
    return 0
