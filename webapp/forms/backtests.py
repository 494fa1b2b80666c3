"""The day whose rules are tried."""

from __future__ import annotations

from datetime import date

from webapp.forms.reading import Form


class DayForm(Form):
    at: date | None = None
