"""Bugs, put into right code by changes of its syntax tree: a module a group of kinds."""
