"""What several commands take. It must not know any of them."""

from typing import Annotated

import typer

AssetArgument = Annotated[str, typer.Argument(metavar="ID", help="The asset's id, ast_…")]
CodecsOption = Annotated[
    str | None,
    typer.Option(metavar="LIST", help="What its pictures are encoded in: h264, hevc, av1, separated by commas."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, in the API's shapes.")]


def codecs_of(text: str | None) -> list[str] | None:
    """The codecs of `--codecs`; none at all for an empty list, None without the option."""
    return None if text is None else [codec.strip() for codec in text.split(",") if codec.strip()]
