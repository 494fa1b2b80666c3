"""The secrets of channels, opened once for one sender and again when a channel has new ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from webapp.domain.errors import Refused
from webapp.domain.retry import StopChannel
from webapp.models.channel import Channel
from webapp.platforms.protocol import ChannelAccess
from webapp.services import channels, recording
from webapp.services.channels import Outside


@dataclass
class ChannelKeys:
    outside: Outside
    opened: dict[int, tuple[str, ChannelAccess]] = field(default_factory=dict)

    def open(self, session: Session, channel: Channel, now: datetime) -> bool:
        """False for a channel whose secrets cannot be opened: it stops alone and says why."""
        key = channel.id or 0
        if key in self.opened and self.opened[key][0] == channel.access_token:
            return True
        try:
            access = channels.access_to(self.outside, session, channel)
        except Refused as error:
            recording.stop_channel(session, key, StopChannel(190, None, error.sentence), now)
            session.commit()
            return False
        self.opened[key] = (channel.access_token, access)
        return True

    def of(self, channel_id: int) -> ChannelAccess:
        return self.opened[channel_id][1]
