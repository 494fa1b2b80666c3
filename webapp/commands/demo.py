"""`fanlight demo`: a practice brand with a year of history, and everything it needs, in one go."""

from __future__ import annotations

import fcntl
import os
import sys
from datetime import datetime
from pathlib import Path

import click

from webapp import config
from webapp import house as houses
from webapp.commands import processes
from webapp.domain.errors import Refused
from webapp.services import presence
from webapp.services.demonstration import crowd, making, resetting
from webapp.services.demonstration.making import Made
from webapp.store import schema

SPEED = "20"  # times faster than life: what takes people minutes takes seconds here


@click.command()
@click.option("--reset", is_flag=True, help="Throw the practice brand away and begin anew.")
@click.option("--port", default=8000, show_default=True, help="Of the web; a free one if taken.")
@click.option("--simulator-port", default=8090, show_default=True, help="Of the simulator.")
@click.option("--people", default=crowd.SIZE, show_default=True, help="How many are invented.")
def demo(*, reset: bool, port: int, simulator_port: int, people: int) -> None:
    """Try Fanlight: starts web, jobs and the platform simulator until Ctrl-C.

    The first start makes the practice brand Rosewood with about 3,000 invented people and two
    years of history, and schedules a broadcast that goes out within a minute. A later start
    continues with what is there. Everything stays on this machine, in the instance folder.
    """
    web = f"http://127.0.0.1:{processes.free_port(port)}"
    settings = config.load({**os.environ, "FANLIGHT_BASE_URL": web})
    _refuse_a_second(settings.instance)
    if reset:
        resetting.forget(settings)
    environ = {
        **os.environ,
        "FANLIGHT_INSTANCE": str(settings.instance),
        "FANLIGHT_BASE_URL": web,
    }
    with processes.Together(settings.instance / "logs", environ) as together:
        _run(together, settings, processes.free_port(simulator_port), people)
    click.echo("Stopped. “make demo” goes on where this ended.")


def _run(
    together: processes.Together, settings: config.Settings, simulator_port: int, people: int
) -> None:
    simulator = f"http://127.0.0.1:{simulator_port}"
    click.echo("Starting the practice platform …")
    together.start(
        "simulator", "webapp.simulator", "--port", str(simulator_port), "--speed", SPEED,
        "--state", str(settings.instance / "simulator.db"),
    )  # fmt: skip
    together.until_listening("simulator", simulator)
    click.echo("Preparing the practice brand …")
    house = houses.build(settings)
    schema.upgrade(house.db.engine)
    made = making.make(house, simulator, house.clock.now(), people)
    port = settings.base_url.rpartition(":")[2]
    together.start("web", "webapp.app", "--port", port)
    together.start("jobs", "jobs", again=True)  # it is killed in a crash drill
    together.until_listening("web", settings.base_url)
    _tell(made, settings.base_url, house.clock.now())
    house.db.dispose()
    together.until_stopped()


def _tell(made: Made, address: str, now: datetime) -> None:
    click.echo(f"\nFanlight runs at {address}. Each of these links signs in once:\n")
    for who, link in made.links:
        click.echo(f"  {who:24}{link}")
    click.echo("\nOpen the second in a private window to approve what the first asks for.")
    if made.first_due is not None:
        seconds = max(0, round((made.first_due - now).total_seconds()))
        click.echo(f"“{made.first_name}” goes out in {seconds} seconds: watch it on its page.")
    click.echo("Ctrl-C stops everything.\n")


def _refuse_a_second(instance: Path) -> None:
    """The clock process of a running installation holds this lock."""
    with (instance / presence.JOBS).open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(
                f"Fanlight is running already on {instance}. Stop it first."
            ) from None


def main() -> None:
    """For `python -m webapp.commands.demo`."""
    try:
        demo()
    except Refused as error:
        click.echo(f"fanlight: {error.sentence}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
