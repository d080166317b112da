"""`docs/cli.md`, made from the commands themselves. It must not know what any of them does."""

from collections.abc import Iterator
from itertools import groupby

import typer
from typer.core import TyperCommand, TyperGroup

from matinee.cli.main import EPILOG, HELP, app
from matinee.errors import KINDS

Command = TyperCommand | TyperGroup

INTRODUCTION = (
    "Made from the code by `make docs`.",
    "Results go to stdout, everything else to stderr. `--json` (after the command) prints the API's bodies, an error"
    ' as `{"error": {"code", "message"}}`. A local and a deployed server are talked to alike: `MATINEE_URL` says which,'
    " `MATINEE_TOKEN` opens it; on the server's own machine the token in `$MATINEE_DATA_DIR/token` is found by itself.",
    "`upload` remembers what it began in `$MATINEE_STATE_DIR/uploads.json`: called again on the same file after a"
    " Ctrl-C, a crash or a restart of the server, it sends only the parts that are missing.",
)
OTHER_CODES = ((0, "done"), (2, "wrong usage: the command's help says what it takes"), (130, "stopped by Ctrl-C"))
MEANINGS = {
    1: "anything else, a failed check among it",
    3: "not found",
    4: "not allowed",
    5: "something is in the way: a state or a conflict",
    6: "bad input",
    7: "try again later; an upload goes on where it stopped",
    8: "the media cannot be used, or its ingest failed",
}


def document() -> str:
    """The page: every command with its arguments and options, then the exit codes."""
    lines = ["# Command line", "", HELP, *(line for text in INTRODUCTION for line in ("", text))]
    for words, command in _commands("matinee", _root()):
        lines += ["", f"## {words}", "", command.help or "", *_parameters(words, command)]
    lines += ["", "## Exit codes", "", "| code | means | errors |", "|---|---|---|", *_exit_codes()]
    return "\n".join(lines) + "\n"


def _root() -> Command:
    command = typer.main.get_command(app)
    if not isinstance(command, TyperCommand | TyperGroup):
        raise TypeError(EPILOG)
    return command


def _commands(words: str, command: Command) -> Iterator[tuple[str, Command]]:
    if not isinstance(command, TyperGroup):
        yield words, command
        return
    for name, child in command.commands.items():
        if isinstance(child, TyperCommand | TyperGroup) and not child.hidden:
            yield from _commands(f"{words} {name}", child)


def _parameters(words: str, command: Command) -> list[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    names = " ".join([words, *(str(p.metavar) for p in arguments), *(["[OPTIONS]"] if options else [])])
    rows = [(f"`{p.metavar}`", getattr(p, "help", "") or "") for p in arguments]
    rows += [(_spelling(p), _help_of(p)) for p in options]
    table = ["", "| argument | what it is |", "|---|---|", *(f"| {name} | {says} |" for name, says in rows)]
    return ["", f"    {names}", *(table if rows else [])]


def _spelling(option: object) -> str:
    names = [*getattr(option, "opts", []), *getattr(option, "secondary_opts", [])]
    return ", ".join(f"`{name}`" for name in names)


def _help_of(option: object) -> str:
    default = getattr(option, "default", None)
    shown = f" Default: {default}." if isinstance(default, int | str) and not isinstance(default, bool) else ""
    return (getattr(option, "help", "") or "") + shown


def _exit_codes() -> list[str]:
    by_code = sorted(KINDS.items(), key=lambda item: item[1].exit_code)
    rows = {code: f"| {code} | {means} | |" for code, means in OTHER_CODES}
    for code, items in groupby(by_code, key=lambda item: item[1].exit_code):
        rows[code] = f"| {code} | {MEANINGS[code]} | {', '.join(f'`{name}`' for name, _ in items)} |"
    return [rows[code] for code in sorted(rows)]
