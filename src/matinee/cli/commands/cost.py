"""`cost`. It must not know what it does.

The body fetches what does the work, and calls it.
"""

from pathlib import Path
from typing import Annotated

import typer

from matinee.cli.commands.options import CodecsOption, JsonOption
from matinee.domain.bill import DELIVERED_KBPS

app = typer.Typer(rich_markup_mode=None)


@app.command()
def cost(
    film: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="What the ingest of this film costs, and the month so far.")
    ] = None,
    views: Annotated[float, typer.Option(min=0, help="Views begun in an hour, round the clock.")] = 200,
    minutes: Annotated[float, typer.Option(min=0, help="What each view watches.")] = 20,
    rate: Annotated[float, typer.Option(min=0, help="What a player takes on average, kbit/s.")] = DELIVERED_KBPS,
    library: Annotated[float, typer.Option(min=0, help="Hours of film that are kept.")] = 100,
    uploads: Annotated[float, typer.Option(min=0, help="Hours of film that are added in the month.")] = 10,
    segments: Annotated[float, typer.Option(min=1, max=60, help="Seconds of a segment.")] = 6,
    muxed: Annotated[bool, typer.Option("--muxed", help="As if sound were within the picture's segments.")] = False,
    codecs: CodecsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what a month on AWS costs, or ingesting one FILE.

    A month: for a load, item by item, in each of CloudFront's plans, and what others ask.
    With a FILE: what its ingest would cost, asked of the server, and whether it would wait at one of its limits.
    """
    from matinee.cli import cost as command
    from matinee.cli.output import print_json
    from matinee.domain.bill import Load

    if film is not None:
        from matinee import config
        from matinee.cli import film_cost
        from matinee.cli.client import open_api

        settings = config.load()
        with open_api(settings) as api:
            answer = film_cost.ask(api, settings, film, codecs or "")
        print_json(answer) if as_json else film_cost.print_film(answer)
        return

    load = Load(
        views_per_hour=views,
        minutes_per_view=minutes,
        rate_kbps=rate,
        library_hours=library,
        upload_hours=uploads,
        segment_seconds=segments,
        sound_apart=not muxed,
    )
    print_json(command.as_json(load)) if as_json else command.print_cost(load)
