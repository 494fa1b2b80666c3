"""What a request to a channel's platform needs, opened from the vault."""

from __future__ import annotations

from sqlmodel import Session

from webapp.config import Settings
from webapp.models.channel import Channel, MetaApp
from webapp.platforms.protocol import ChannelAccess
from webapp.vault import Vault


def access_of(
    session: Session, channel: Channel, vault: Vault, settings: Settings
) -> ChannelAccess:
    """Raises `Refused` when a secret cannot be opened with this installation's key."""
    app = session.get_one(MetaApp, channel.app_id)
    return ChannelAccess(
        key=channel.key,
        token=vault.open(channel.access_token),
        graph_url=channel.graph_url or settings.graph_url,
        version=settings.graph_version,
        app_secret=vault.open(app.app_secret),
        ad_account=channel.ad_account,
    )
