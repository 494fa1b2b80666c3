"""Ids handed to the database as a table: no statement grows with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, column, func
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session


def table(session: Session, ids: Sequence[int] | str) -> Any:
    """Of one column, `value`; SQLite also reads the JSON that it listed ids as itself."""
    if session.get_bind().dialect.name == "postgresql":
        listed = func.unnest(sql_cast(ids, ARRAY(BigInteger)))
        return listed.table_valued("value").render_derived()
    text = ids if isinstance(ids, str) else json.dumps(ids)
    return func.json_each(text).table_valued(column("value", BigInteger))
