"""`serve`, `doctor` and what is about this machine. It must not know what they do.

Each body fetches what does the work, and calls it.
"""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from matinee import __version__
from matinee.cli.commands.options import JsonOption

if TYPE_CHECKING:
    from matinee.cli.doctor import Check
    from matinee.config import Settings
    from matinee.ports.account import Account

app = typer.Typer(rich_markup_mode=None)


@app.command()
def serve() -> None:
    """Run the whole system on this machine until Ctrl-C."""
    from matinee.cli import serve as command

    command.serve()


@app.command(hidden=True)
def worker(name: Annotated[str, typer.Argument(metavar="NAME", help="The worker's name.")]) -> None:
    """Ingest what is queued; the server starts this by itself."""
    from matinee.cli import worker as command

    command.work(name)


@app.command()
def doctor(
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Send a one-second film through the server there, and name what is broken."),
    ] = None,
    bucket: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="With --url: ask its AWS account too, by your own AWS credentials. Terraform's output s3_bucket_name.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong here, or at a deployment, and what to do.

    Without --url it is about this machine, with --url about a whole deployment.
    """
    from dataclasses import replace

    from matinee import config
    from matinee.cli import doctor as command
    from matinee.cli.output import print_json
    from matinee.errors import KINDS, ErrorCode

    if bucket is not None and url is None:
        raise typer.BadParameter("goes with --url", param_hint="--bucket")
    settings = config.load()
    if url is None:
        checks = command.examine(settings)
        if not as_json:
            command.print_checks(checks)
    else:
        checks = _examined(replace(settings, url=url.rstrip("/")), bucket, quiet=as_json)
    if as_json:
        print_json(command.as_json(checks))
    fine = all(check.ok for check in checks)
    raise typer.Exit(0 if fine else KINDS[ErrorCode.CHECK_FAILED].exit_code)


def _examined(settings: "Settings", bucket: str | None, *, quiet: bool) -> "list[Check]":
    from functools import partial

    from matinee.cli import chain
    from matinee.cli.client import open_api
    from matinee.cli.doctor import print_checks
    from matinee.wiring import make_one_second_film

    checks = []
    account = None if bucket is None else _account(bucket)
    with open_api(settings) as api:
        for check in chain.examine(api, partial(make_one_second_film, settings), account):
            checks.append(check)
            if not quiet:
                print_checks([check])
    return checks


def _account(bucket: str) -> "Account":
    """Only here is boto3 needed."""
    from matinee.wiring_account import open_account

    return open_account(bucket)


@app.command()
def version(as_json: JsonOption = False) -> None:
    """Print the version."""
    print(json.dumps({"version": __version__}) if as_json else __version__)
