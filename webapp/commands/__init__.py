"""The `fanlight` command."""

from __future__ import annotations

import sys

import click

from webapp.commands import demo
from webapp.domain.errors import Refused


@click.group()
def cli() -> None:
    """Plan and send broadcasts inside the platforms' messaging windows."""


cli.add_command(demo.demo)


def main() -> None:
    try:
        cli()
    except Refused as error:
        click.echo(f"fanlight: {error.sentence}", err=True)
        sys.exit(1)
