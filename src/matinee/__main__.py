"""`python -m matinee`: the same as `matinee`. It must not know any command."""

from matinee.cli.main import run

run()
