"""What every table shares: UTC times, big keys, names for constraints, and the brand column."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Numeric
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BigKey = BigInteger().with_variant(Integer, "sqlite")  # SQLite autoincrements INTEGER only


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime. Naive values are refused; SQLite keeps sortable text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A time without a zone cannot be stored: {value!r}.")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Amount(TypeDecorator[Decimal]):
    """A decimal number of at most 15 digits, six of them behind the point. SQLite keeps a double,
    of which the shortest form is that number again; six decimals of it are not."""

    impl = Numeric(20, 6)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        exact: TypeEngine[Any] = Numeric(20, 6)
        double: TypeEngine[Any] = Numeric(20, 6, asdecimal=False)
        return dialect.type_descriptor(double if dialect.name == "sqlite" else exact)

    def process_result_value(self, value: Any, _dialect: Dialect) -> Decimal | None:
        if isinstance(value, float):
            return Decimal(repr(value))
        return None if value is None else Decimal(value)


class BrandOwned(SQLModel):
    """A row that belongs to one brand. `webapp.db` narrows every query on these tables."""

    brand_id: int = Field(foreign_key="brand.id", nullable=False)


def key_field() -> Any:
    """A 64-bit primary key, assigned by the database."""
    return Field(default=None, primary_key=True, sa_type=BigKey)


def time_field(**options: Any) -> Any:
    """A UTC time; optional unless said otherwise."""
    return Field(sa_type=UtcDateTime, **options)


def optional_time(**options: Any) -> Any:
    return Field(default=None, sa_type=UtcDateTime, nullable=True, **options)
