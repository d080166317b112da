"""`matinee`: the program, its commands put together. It must not know what any of them takes or does.

Each group of commands is a module of `cli.commands`; what does the work is imported when its command runs, so that
`matinee --help` answers at once.
"""

import sys
from typing import NoReturn

import typer

from matinee.cli.commands import (
    account,
    backup,
    captions,
    cost,
    ingest,
    insight,
    keys,
    library,
    migrate,
    share,
    system,
    undelete,
    uploads,
    webhooks,
)
from matinee.errors import ErrorCode, MatineeError

HELP = "Private video streaming that anyone can own: upload films, share links that expire, take them back."
EPILOG = "Settings come from the environment: docs/configuration.md. Exit codes: docs/cli.md."
# What only commands that speak to AWS itself import: the extra `aws`, which one machine does without.
OF_AWS = ("boto3", "botocore", "awscrt")
HOW_TO_SPEAK_TO_AWS = "What speaks to AWS itself needs it; in Matinee's folder run: .venv/bin/pip install -e '.[aws]'"

app = typer.Typer(
    name="matinee",
    help=HELP,
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (uploads, library, ingest, insight, cost, backup, undelete, account, system):
    app.add_typer(group.app)
app.add_typer(captions.app, name="captions")
app.add_typer(keys.app, name="keys")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(share.app, name="share")
app.add_typer(migrate.app, name="migrate")


def run() -> None:
    """The entry point: one sentence on stderr (with `--json`, an object on stdout) and an exit code for every error."""
    try:
        app()
    except MatineeError as error:
        _end(error)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in OF_AWS:
            raise
        _end(MatineeError(ErrorCode.SETTING_INVALID, f"{error.name} is not installed here. {HOW_TO_SPEAK_TO_AWS}"))
    except KeyboardInterrupt:
        sys.exit(130)  # 128 + SIGINT, as shells count


def _end(error: MatineeError) -> NoReturn:
    from matinee.cli.output import hint, print_json

    if "--json" in sys.argv[1:]:
        print_json({"error": {"code": str(error.code), "message": error.detail}})
    else:
        hint(error.detail)
    sys.exit(error.kind.exit_code)
