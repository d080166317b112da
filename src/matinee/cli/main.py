"""The `matinee` command: its words, their help, its exit codes. What a command does is in the module beside it.

Every command takes `--json`; exit codes are those of the error table (`matinee.errors`), 2 for wrong usage, 130 for
Ctrl-C. Modules are imported by the command that needs them, so that `--help` and completion are quick.
"""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from matinee import __version__
from matinee.errors import ErrorCode, MatineeError

INTERRUPTED = 130  # 128 + SIGINT, as shells have it

app = typer.Typer(
    name="matinee",
    help="Private video streaming that anyone can own.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
captions = typer.Typer(help="Caption tracks of an asset.", no_args_is_help=True)
keys = typer.Typer(help="The keys playback tokens are signed with.", no_args_is_help=True)
app.add_typer(captions, name="captions")
app.add_typer(keys, name="keys")

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
AssetId = Annotated[str, typer.Argument(metavar="ID", help="The asset's id, ast_…")]
Language = Annotated[str, typer.Argument(metavar="LANG", help="A BCP 47 tag: en, pt-BR, zh-Hant.")]


@app.command()
def serve() -> None:
    """Run the whole system on this machine until Ctrl-C."""
    from matinee.cli.serve import serve as run_server

    run_server()


@app.command(hidden=True)
def worker(name: str) -> None:
    """Ingest runs; started by the server."""
    from matinee.cli.worker import work

    work(name)


@app.command()
def upload(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Films and sound files.")],
    title: Annotated[str | None, typer.Option(help="A title; else the file's name.")] = None,
    parallel: Annotated[int, typer.Option(min=1, max=16, help="Parts sent at once.")] = 4,
    wait: Annotated[bool, typer.Option(help="Stay until the film is ready.")] = True,
    sha256: Annotated[bool, typer.Option("--sha256", help="Have the whole file's checksum verified too.")] = False,
    retry_seconds: Annotated[float, typer.Option(min=0, help="How long to wait for a server that is away.")] = 120,
    as_json: Json = False,
) -> None:
    """Upload films; called again on the same file, it resumes."""
    from matinee.cli.upload import upload as run
    from matinee.cli.uploads import Wish

    wish = Wish(title=title, announce_sha256=sha256, parallel=parallel, retry_seconds=retry_seconds)
    run(files, wish, wait=wait, as_json=as_json)


@app.command("list")
def list_assets(
    status: Annotated[str | None, typer.Option(help="Only this state, for example ready.")] = None,
    search: Annotated[str | None, typer.Option("--search", "-q", help="Words of title, description or tags.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 25,
    everything: Annotated[bool, typer.Option("--all", help="Every one, not a page.")] = False,
    as_json: Json = False,
) -> None:
    """The library, newest first."""
    from matinee.cli import commands

    commands.list_assets(status=status, search=search, limit=limit, everything=everything, as_json=as_json)


@app.command()
def show(asset_id: AssetId, as_json: Json = False) -> None:
    """One asset with its renditions, captions and error."""
    from matinee.cli import commands

    commands.show(asset_id, as_json=as_json)


@app.command()
def play(
    asset_id: AssetId,
    ttl: Annotated[int | None, typer.Option(help="The token's life in seconds.")] = None,
    viewer: Annotated[str | None, typer.Option(help="Who will watch; shown in the records.")] = None,
    bind_ip: Annotated[str | None, typer.Option(help="Only from this address or prefix.")] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    as_json: Json = False,
) -> None:
    """A watch link for one viewer."""
    from matinee.cli import commands

    wish = {"ttl_seconds": ttl, "viewer": viewer, "bind_ip": bind_ip}
    given = {name: value for name, value in wish.items() if value is not None}
    commands.play(asset_id, given, open_browser=open_browser, as_json=as_json)


@app.command()
def link(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key of a plain object.")],
    ttl: Annotated[int | None, typer.Option(help="The link's life in seconds.")] = None,
    as_json: Json = False,
) -> None:
    """A short-lived link to one stored object."""
    from matinee.cli import commands

    commands.link(key, ttl, as_json=as_json)


@app.command()
def revoke(
    session_id: Annotated[str, typer.Argument(metavar="SESSION", help="The session's id, ses_…")], as_json: Json = False
) -> None:
    """End a playback session now."""
    from matinee.cli import commands

    commands.revoke(session_id, as_json=as_json)


@app.command()
def delete(
    asset_id: AssetId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Delete an asset with its source, every version and every link."""
    from matinee.cli import commands

    if not yes:
        if not sys.stdin.isatty():
            sentence = "Nobody is there to be asked; say --yes to delete."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
        typer.confirm(f"Delete {asset_id} with its source, every version and every link?", abort=True)
    commands.delete(asset_id, as_json=as_json)


@app.command()
def ingest(asset_id: AssetId, as_json: Json = False) -> None:
    """Ingest an asset's source again."""
    from matinee.cli import commands

    commands.ingest(asset_id, as_json=as_json)


@captions.command("add")
def add_captions(
    asset_id: AssetId,
    language: Language,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="WebVTT or SRT.")],
    as_json: Json = False,
) -> None:
    """Add or replace a caption track."""
    from matinee.cli import commands

    commands.add_captions(asset_id, language, file, as_json=as_json)


@captions.command("remove")
def remove_captions(asset_id: AssetId, language: Language, as_json: Json = False) -> None:
    """Take a caption track away."""
    from matinee.cli import commands

    commands.remove_captions(asset_id, language, as_json=as_json)


@keys.command("rotate")
def rotate_keys(as_json: Json = False) -> None:
    """Sign with a new key from now on; tokens of the one before stay valid until they expire."""
    from matinee.cli import commands

    commands.rotate_keys(as_json=as_json)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check this machine, and say what to do."""
    from matinee.cli.doctor import doctor as run

    run(as_json=as_json)


@app.command()
def version(as_json: Json = False) -> None:
    """Print the version."""
    from matinee.cli import output

    output.print_json({"version": __version__}) if as_json else print(__version__)


def run() -> None:
    """The entry point: one sentence and one exit code for whatever goes wrong."""
    signal.signal(signal.SIGINT, _interrupted)
    try:
        app(prog_name="matinee")
    except MatineeError as error:
        from matinee.cli.output import fail

        fail(error, as_json="--json" in sys.argv)


def _interrupted(*_: object) -> None:
    """Ctrl-C ends a command at once and quietly; the server has its own way to stop."""
    raise SystemExit(INTERRUPTED)
