"""People, brands, tokens and channels, made from the command line."""

from __future__ import annotations

import click

from webapp import db
from webapp.commands import shell
from webapp.commands.shell import OPERATOR, Shell, Told
from webapp.domain.permission import Role
from webapp.forms import reading
from webapp.forms.brands import NewBrandForm
from webapp.forms.channels import NewChannelForm
from webapp.models.channel import Channel
from webapp.services import brands, connecting, members, practising, sign_in, tokens, users
from webapp.services.connecting import Connection
from webapp.store import users as people

PLATFORMS = click.Choice(connecting.PLATFORMS)
ROLES = click.Choice([role.name.lower() for role in Role])
BRAND = click.option("--brand", help="Its id or address; may be left out with one brand.")


def register(fanlight: click.Group) -> None:
    for name, verb, function in (
        ("user", "create", _user),
        ("brand", "create", _brand),
        ("token", "create", _token),
        ("channel", "connect", _channel),
    ):
        group = click.Group(name)
        fanlight.add_command(group)
        shell.command(group, verb)(function)


@click.argument("email")
@click.option("--name", default="", help="As others see it.")
@click.option("--operator", is_flag=True, help="May make brands and people.")
@click.option("--brand", help="A brand to work for, with --role.")
@click.option("--role", type=ROLES, default="admin", show_default=True)
def _user(
    shell: Shell, email: str, name: str, *, operator: bool, brand: str | None, role: str
) -> Told:
    """Make a person and print a link that signs them in once; known people get a new link."""
    home = shell.brand(brand) if brand else None
    with shell.writer(db.NO_BRAND) as session:
        if people.by_email(session, users.address_of(email)) is None:
            users.create(session, OPERATOR, email, name, shell.now, operator=operator)
    if home is not None:
        _employ(shell, home.id or 0, email, role)
    with shell.writer(db.NO_BRAND) as session:
        token = users.link_for(session, shell.house.vault, OPERATOR, email, shell.now)
    link = f"{shell.settings.base_url}/sign-in/link/{token}"
    hours = int(sign_in.LINK_LIFE.total_seconds() // 3600)
    data = {"email": email, "link": link, "hours": hours}
    return Told(data, [f"{email} signs in once, within {hours} hours, with:", link])


def _employ(shell: Shell, brand_id: int, email: str, role: str) -> None:
    with shell.writer(brand_id) as session:
        members.add(
            session, shell.house.vault, OPERATOR,
            email=email, name="", role=Role[role.upper()], now=shell.now,
        )  # fmt: skip


@click.argument("name")
@click.option("--country", required=True, help="Two letters: rules and holidays follow it.")
@click.option("--timezone", default="UTC", show_default=True)
@click.option("--currency", default="USD", show_default=True)
@click.option("--slug", help="Its address; made from the name when left out.")
@click.option("--admin", help="E-mail address of somebody known here who becomes its admin.")
def _brand(shell: Shell, name: str, admin: str | None, **given: str | None) -> Told:
    """Make a brand."""
    form = reading.check(NewBrandForm, {"name": name, **{k: v for k, v in given.items() if v}})
    with shell.writer(db.NO_BRAND) as session:
        if admin is not None:
            shell.user(session, admin)
        made = brands.create(session, OPERATOR, now=shell.now, **form.model_dump())
        data = {"id": made.id, "slug": made.slug, "name": made.name}
    if admin is not None:
        _employ(shell, made.id or 0, admin, "admin")
    return Told(data, [f"{made.name} is brand {made.id}, at /b/{made.slug}/."])


@click.argument("email")
@click.option("--name", default="command line", show_default=True, help="What it is for.")
@click.option("--role", type=ROLES, default="viewer", show_default=True)
@BRAND
@click.option("--all-brands", is_flag=True, help="Every brand of that person.")
def _token(
    shell: Shell, email: str, name: str, role: str, brand: str | None, *, all_brands: bool
) -> Told:
    """Make an API token that acts as a person, and print it: it is never shown again."""
    scope = db.NO_BRAND if all_brands else shell.brand(brand).id or 0
    make = tokens.create_everywhere if all_brands else tokens.create_for
    with shell.writer(scope) as session:
        row, text = make(
            session, shell.house.vault, OPERATOR, shell.user(session, email),
            name=name, role=Role[role.upper()], now=shell.now,
        )  # fmt: skip
    return Told({"id": row.id, "token": text, "role": row.role, "brand": row.brand_id}, [text])


@click.option("--platform", type=PLATFORMS, default="messenger", show_default=True)
@click.option("--key", help="The Page's, Instagram account's or phone number's id.")
@click.option("--account", help="WhatsApp: the id of the number's business account.")
@click.option("--access-token", envvar="FANLIGHT_PAGE_TOKEN", help="Of the Page, account, number.")
@click.option("--name", default="", help="Else what the platform calls it.")
@click.option("--app", default="default", show_default=True, help="The developer app's name here.")
@click.option("--app-secret", envvar="FANLIGHT_APP_SECRET", help="Needed for an app new here.")
@click.option("--verify-token")
@click.option("--graph-url", help="Another address than the installation's.")
@click.option("--ad-account")
@click.option("--rate", type=click.IntRange(1, 300), default=40, show_default=True)
@click.option("--practice", is_flag=True, help="One of the simulator; it need not exist yet.")
@BRAND
def _channel(shell: Shell, brand: str | None, *, practice: bool, **given: str | int | None) -> Told:
    """Connect a Page, an Instagram account or a WhatsApp number: its token is tried first."""
    with shell.writer(shell.brand(brand).id or 0) as session:
        if practice and given["key"] is None:
            made = practising.add(
                session, OPERATOR, shell.outside, shell.now,
                name=_text(given["name"]) or None, platform=str(given["platform"]),
                simulator=_text(given["graph_url"]),
            )  # fmt: skip
        else:
            connection = _connection(given, practice=practice)
            made = connecting.connect(session, OPERATOR, shell.outside, connection, shell.now)
    app = "practice" if practice and given["key"] is None else str(given["app"])
    return _connected(made, connecting.webhook_url(shell.outside, app))


def _connection(given: dict[str, str | int | None], *, practice: bool) -> Connection:
    if not given["key"] or not given["access_token"]:
        raise click.UsageError("Give --key and --access-token, or --practice alone.")
    form = reading.check(
        NewChannelForm,
        {
            "platform": given["platform"],
            "account": given["account"],
            "key": given["key"],
            "token": given["access_token"],
            "name": given["name"],
            "app_slug": given["app"],
            "app_secret": given["app_secret"],
            "graph_url": given["graph_url"],
            "ad_account": given["ad_account"],
            "rate_per_second": given["rate"],
        },
    )
    values = {**form.model_dump(), "verify_token": given["verify_token"], "practice": practice}
    return Connection(**values)


def _connected(made: Channel, webhook: str) -> Told:
    data = {"id": made.id, "key": made.key, "name": made.name, "webhook_url": webhook}
    return Told(data, [f"{made.name} is channel {made.id}.", f"Enter its webhook: {webhook}"])


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)
