"""Two copies of one repository, the user's and the sandbox's, and what each has that the other has not.

Everything is a git tree in one store on the host: the user's files, the workspace, and the base, which both had
last. `trees.py` makes and compares trees, `users_tree.py` follows the user's files, `merge.py` brings two sides
together, `hunks.py` takes a diff apart for those who want only some of it.
"""
