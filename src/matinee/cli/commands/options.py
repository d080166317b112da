"""What several commands take. It must not know any of them."""

from typing import Annotated

import typer

AssetArgument = Annotated[str, typer.Argument(metavar="ID", help="The asset's id, ast_…")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, in the API's shapes.")]
