"""`migrate …`: the whole library to AWS, or from there. It must not know what the commands do.

Each body fetches what does the work, and calls it.
"""

from typing import Annotated

import typer

from matinee.cli.commands.options import JsonOption

app = typer.Typer(
    help="Take the whole library to AWS, or from there to this machine.", no_args_is_help=True, rich_markup_mode=None
)

BucketOption = Annotated[
    str | None,
    typer.Option("--bucket", help="The deployment's bucket, Terraform's output s3_bucket_name; else MATINEE_BUCKET."),
]
TableOption = Annotated[
    str | None,
    typer.Option("--table", help="Its table, Terraform's output dynamodb_table_name; else MATINEE_TABLE."),
]
CheckOption = Annotated[bool, typer.Option("--check", help="Read back everything that came, and compare its sums.")]


@app.command("to-aws")
def to_aws(
    bucket: BucketOption = None, table: TableOption = None, check: CheckOption = False, as_json: JsonOption = False
) -> None:
    """Copy this machine's library into a deployment, while both run.

    Interrupted, run it again.
    """
    from matinee import config
    from matinee.cli import library
    from matinee.cli import migrate as command

    library.show(command.to_aws(config.load(), bucket, table, check=check), as_json, command.print_report)


@app.command("from-aws")
def from_aws(
    bucket: BucketOption = None, table: TableOption = None, check: CheckOption = False, as_json: JsonOption = False
) -> None:
    """Copy a deployment's library to this machine, while both run.

    It goes into the data directory. Interrupted, run it again.
    """
    from matinee import config
    from matinee.cli import library
    from matinee.cli import migrate as command

    library.show(command.from_aws(config.load(), bucket, table, check=check), as_json, command.print_report)
