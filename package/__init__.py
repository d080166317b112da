"""Builds the zips that Lambda runs (`make package`). It must not know what is in them but by name.

targets   for which machine and which Python
wheels    the locked dependencies of a target, as wheels, and their files
bytecode  the `.pyc` of a target's Python
binaries  what machine a compiled file is for
build     all of it, as zips whose bytes follow from what goes in
"""
