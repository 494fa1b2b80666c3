"""Who may do what: the one place. Every door asks an `Actor`; services ask again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from webapp.domain import errors
from webapp.domain.wording import say


class Role(IntEnum):
    """Each role may do all that the ones before it may."""

    VIEWER = 1
    EDITOR = 2
    MANAGER = 3
    ADMIN = 4


WORDS: Final = {
    Role.VIEWER: say("viewer"),
    Role.EDITOR: say("editor"),
    Role.MANAGER: say("manager"),
    Role.ADMIN: say("admin"),
}
OPERATOR: Final = say("operator")

PERMISSIONS: Final[dict[str, Role]] = {
    "view": Role.VIEWER,
    "subscriber.edit": Role.EDITOR,
    "subscriber.export": Role.EDITOR,
    "import.run": Role.EDITOR,
    "segment.edit": Role.EDITOR,
    "campaign.edit": Role.EDITOR,
    "moment.edit": Role.EDITOR,
    "topic.edit": Role.EDITOR,
    "template.fetch": Role.EDITOR,
    "broadcast.edit": Role.EDITOR,
    "broadcast.ask": Role.EDITOR,
    "broadcast.test": Role.EDITOR,
    "broadcast.approve": Role.MANAGER,
    "broadcast.schedule": Role.MANAGER,
    "broadcast.exempt": Role.MANAGER,
    "broadcast.pause": Role.MANAGER,
    "broadcast.cancel": Role.MANAGER,
    "delivery.settle": Role.MANAGER,
    "target.edit": Role.MANAGER,
    "template.submit": Role.MANAGER,
    "engagement.share": Role.MANAGER,
    "subscriber.erase": Role.ADMIN,
    "broadcast.drill": Role.ADMIN,
    "channel.edit": Role.ADMIN,
    "member.edit": Role.ADMIN,
    "token.edit": Role.ADMIN,
    "brand.edit": Role.ADMIN,
    "audit.view": Role.ADMIN,
}
Who = Literal["public", "signed in", "brand", "operator", "token"]  # token: the API asks
OPERATOR_ONLY: Final = frozenset(
    {"brand.create", "user.create", "installation.stop", "installation.audiences"}
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What an address asks of whoever calls it: every endpoint carries one as `access_rule`."""

    who: Who
    permission: str | None = None

    def __post_init__(self) -> None:
        if self.permission and self.permission not in {*PERMISSIONS, *OPERATOR_ONLY}:
            raise ValueError(f"There is no permission {self.permission!r}.")


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody acting in one brand (`role` None: in none) through one door."""

    user_id: int | None
    name: str
    role: Role | None
    operator: bool = False
    door: str = "web"  # web | api | cli | job | platform

    def can(self, permission: str) -> bool:
        """Whether this permission is theirs; an unknown permission is a programming error."""
        if permission in OPERATOR_ONLY:
            return self.operator
        return self.role is not None and self.role >= PERMISSIONS[permission]

    def require(self, permission: str) -> None:
        """Raises `Forbidden` with the role that would be needed."""
        if self.can(permission):
            return
        needed = OPERATOR if permission in OPERATOR_ONLY else WORDS[PERMISSIONS[permission]]
        raise errors.Forbidden(
            say(
                "This needs the role %(role)s. Ask an admin of the brand for it.",
                role=needed,
            )
        )


def job(name: str) -> Actor:
    """The clock and the sender act as themselves, with every permission."""
    return Actor(None, name, Role.ADMIN, operator=True, door="job")
