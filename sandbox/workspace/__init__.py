"""How the user's repository gets into a sandbox, and how its states are recorded there."""
