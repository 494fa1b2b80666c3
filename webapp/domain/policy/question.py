"""What is asked of the rulebook about everyone a broadcast could go to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from webapp.domain.broadcast import Kind
from webapp.domain.policy.region import country_code
from webapp.domain.policy.rules import clause as clauses
from webapp.domain.portfolio import SMALLEST, Portfolio


@dataclass(frozen=True)
class Question:
    """What is asked about everyone at once. Naive times are refused with ValueError.

    `template_approved` is the caller's word that the message is an approved template of the
    category its kind needs; `template_category` and `template_state` are the platform's words, and
    one of them that says otherwise stands above it.
    """

    platform: str
    kind: Kind
    at: datetime
    business_country: str | None = None  # ISO 3166; None: unknown, the strictest
    topic: str | None = None
    channel_suspended: bool = False
    has_ad_account: bool = False
    template_approved: bool = False
    approvals: frozenset[str] = field(default_factory=frozenset)  # what the platform has granted
    template_category: str = ""  # marketing, utility, authentication; "": the caller does not say
    template_state: str = ""  # approved, paused, disabled ...; "": as `template_approved` says
    portfolio: Portfolio = field(default_factory=lambda: Portfolio(SMALLEST))  # what is left of it

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("Question.at has no time zone: write an offset")
        code = country_code(self.business_country)
        object.__setattr__(self, "business_country", code)

    @property
    def facts(self) -> clauses.Facts:
        return {
            "suspended": int(self.channel_suspended),
            "ad_account": int(self.has_ad_account),
            "template_approved": int(self._has_template),
            "template_category": self.template_category.strip().lower(),
            "template_state": self.template_state.strip().lower(),
            "portfolio_full": int(self._is_full),
        }

    @property
    def _has_template(self) -> bool:
        state = self.template_state.strip().lower()
        return state == "approved" if state else self.template_approved

    @property
    def _is_full(self) -> bool:
        frees_at = self.portfolio.frees_at
        return self.portfolio.full and (frees_at is None or self.at < frees_at)
