"""`webhooks …`: who is told of what happens. It must not know what the commands do.

Each body fetches what does the work, and calls it.
"""

from typing import Annotated

import typer

from matinee.cli.commands.options import JsonOption

app = typer.Typer(help="Tell other systems what happens.", no_args_is_help=True, rich_markup_mode=None)

WebhookArgument = Annotated[str, typer.Argument(metavar="ID", help="The webhook's id, whk_…")]
EventsOption = Annotated[
    list[str] | None,
    typer.Option("--event", help="A type to tell of, such as asset.ready; again for more. Without it: every type."),
]
MOMENT = "A time such as 2026-03-01T20:00:00Z."


@app.command("add")
def add_webhook(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where it listens: https://…")],
    events: EventsOption = None,
    description: Annotated[str, typer.Option("--description", help="What it is, for people.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Tell an address of events from now on.

    Its secret is printed, this once.
    """
    from matinee import config
    from matinee.cli import hooks
    from matinee.cli.client import open_api
    from matinee.cli.library import show

    with open_api(config.load()) as api:
        show(hooks.add(api, url, events or [], description), as_json, hooks.print_secret)


@app.command("list")
def list_webhooks(as_json: JsonOption = False) -> None:
    """Everybody who is told, oldest first."""
    from matinee import config
    from matinee.cli import hooks
    from matinee.cli.client import open_api, path_of
    from matinee.cli.library import show

    with open_api(config.load()) as api:
        show(api.get(path_of("webhooks")), as_json, hooks.print_webhooks)


@app.command("edit")
def edit_webhook(
    webhook_id: WebhookArgument,
    url: Annotated[str | None, typer.Option("--url", help="Another address.")] = None,
    events: EventsOption = None,
    all_events: Annotated[bool, typer.Option("--all-events", help="Tell of every type.")] = False,
    description: Annotated[str | None, typer.Option("--description", help="Another description.")] = None,
    enabled: Annotated[
        bool | None, typer.Option("--on/--off", help="Tell it again, or nothing more; what waits is kept.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Change what is given, and nothing else."""
    from matinee import config
    from matinee.cli import hooks
    from matinee.cli.client import open_api
    from matinee.cli.library import show

    types = [] if all_events else events or None
    change = {"url": url, "events": types, "description": description, "enabled": enabled}
    with open_api(config.load()) as api:
        show(hooks.edit(api, webhook_id, change), as_json, hooks.print_webhook)


@app.command("remove")
def remove_webhook(webhook_id: WebhookArgument) -> None:
    """Tell it nothing more, and forget what was on its way."""
    from matinee import config
    from matinee.cli.client import open_api, path_of
    from matinee.cli.output import say

    with open_api(config.load()) as api:
        api.delete(path_of("webhooks", webhook_id))
        say(f"{webhook_id} is removed.")


@app.command("rotate")
def rotate_secret(
    webhook_id: WebhookArgument,
    keep_hours: Annotated[
        float, typer.Option("--keep-hours", min=0, max=168, help="How long the secret before it goes on signing.")
    ] = 24,
    as_json: JsonOption = False,
) -> None:
    """Make a new secret, and print it this once.

    Both secrets sign until the receiver has changed over.
    """
    from matinee import config
    from matinee.cli import hooks
    from matinee.cli.client import open_api, path_of
    from matinee.cli.library import show

    with open_api(config.load()) as api:
        body = {"keep_seconds": round(keep_hours * 3600)}
        show(api.post(path_of("webhooks", webhook_id, "rotate"), body), as_json, hooks.print_secret)


@app.command("test")
def try_webhook(webhook_id: WebhookArgument, as_json: JsonOption = False) -> None:
    """Send it an event `webhook.test`, and say what came of it."""
    from matinee import config
    from matinee.cli import hooks
    from matinee.cli.client import open_api
    from matinee.cli.library import show

    with open_api(config.load()) as api:
        show(hooks.test(api, webhook_id), as_json, hooks.print_delivery)


@app.command("deliveries")
def list_deliveries(
    webhook_id: WebhookArgument,
    dead: Annotated[bool, typer.Option("--dead", help="Only those given up after a day of tries.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="How many.")] = 25,
    as_json: JsonOption = False,
) -> None:
    """What it was told, the newest event first."""
    from matinee import config
    from matinee.cli import hooks
    from matinee.cli.client import open_api, path_of
    from matinee.cli.library import show

    with open_api(config.load()) as api:
        path = path_of("webhooks", webhook_id, "deliveries")
        show(api.get(path, limit=limit, state="dead" if dead else None), as_json, hooks.print_deliveries)


@app.command("replay")
def replay_events(
    webhook_id: WebhookArgument,
    event_id: Annotated[str | None, typer.Option("--event-id", help="One event, evt_….")] = None,
    since: Annotated[str | None, typer.Option("--since", help=f"Everything from then on. {MOMENT}")] = None,
    until: Annotated[str | None, typer.Option("--until", help=f"Up to then; without it: now. {MOMENT}")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Of these, only what was given up.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Tell it again of one event, or of all it asks for in a time."""
    from matinee import config
    from matinee.cli import hooks
    from matinee.cli.client import open_api
    from matinee.cli.library import show

    wanted = {"event_id": event_id, "since": since, "until": until, "only_dead": dead or None}
    with open_api(config.load()) as api:
        show(hooks.replay(api, webhook_id, wanted), as_json, hooks.print_replay)
