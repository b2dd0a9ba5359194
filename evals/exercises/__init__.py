"""The programming languages of exercises: how tests are found, named and run, and what an image needs for it."""
