"""Every table. Importing this package registers them all with SQLModel's metadata."""

from webapp.models import (
    audit,
    base,
    brand,
    broadcast,
    campaign,
    channel,
    delivery,
    import_job,
    opt_in,
    raw_event,
    rollup,
    rulebook,
    segment,
    subscriber,
    user,
)

__all__ = [
    "audit",
    "base",
    "brand",
    "broadcast",
    "campaign",
    "channel",
    "delivery",
    "import_job",
    "opt_in",
    "raw_event",
    "rollup",
    "rulebook",
    "segment",
    "subscriber",
    "user",
]
