"""What a segment's condition can ask: one table of fields, their types and their operators.

Screens build their selects from it, `segment` reads trees by it, SQL and `segment_matching`
give each operator its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.domain.segment_operators import (
    NEGATIVES,
    OPERATORS,
    FieldType,
    Op,
    Operator,
    ValueKind,
)
from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import Sentence, say

__all__ = [
    "ATTRIBUTE",
    "FIELDS",
    "NEGATIVES",
    "OF_BROADCASTS",
    "OPERATORS",
    "Field",
    "FieldType",
    "Op",
    "Operator",
    "ValueKind",
    "fields",
    "readable",
]

ATTRIBUTE = "attr."  # prefix of a brand's own attributes
# What was done with a message of ours, which belongs to a broadcast.
OF_BROADCASTS = ("received", "delivered", "read", "clicked", "replied")


@dataclass(frozen=True)
class Field:
    name: str
    type: FieldType
    label: Sentence

    @property
    def operators(self) -> Mapping[Op, Operator]:
        return OPERATORS[self.type]


FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("country", FieldType.TEXT, say("country")),
        Field("locale", FieldType.TEXT, say("locale")),
        Field("language", FieldType.TEXT, say("language")),
        Field("timezone", FieldType.TEXT, say("time zone")),
        Field("city", FieldType.TEXT, say("city")),
        Field("gender", FieldType.TEXT, say("gender")),
        Field("first_name", FieldType.TEXT, say("first name")),
        Field("last_name", FieldType.TEXT, say("last name")),
        Field("source", FieldType.TEXT, say("source")),
        Field("tag", FieldType.TAG, say("tags")),
        Field("topic", FieldType.TOPIC, say("topic")),
        Field("last_inbound_at", FieldType.MOMENT, say("last wrote to us")),
        Field("first_seen_at", FieldType.MOMENT, say("first seen")),
        Field("wrote", FieldType.DOING, say("wrote to us")),
        Field("tapped", FieldType.DOING, say("tapped a button")),
        Field("received", FieldType.DOING, say("received a message")),
        Field("delivered", FieldType.DOING, say("had a message delivered")),
        Field("read", FieldType.DOING, say("read a message")),
        Field("clicked", FieldType.DOING, say("clicked in a message")),
        Field("replied", FieldType.DOING, say("replied to a message")),
        Field("window", FieldType.WINDOW, say("window")),
        Field("opted_out", FieldType.FLAG, say("opted out")),
        Field("unavailable", FieldType.FLAG, say("unavailable")),
        Field("import", FieldType.IMPORT, say("import")),
        Field("segment", FieldType.SEGMENT, say("another segment")),
        Field("share", FieldType.SHARE, say("random share")),
    )
}

_ATTRIBUTE_FIELDS: Mapping[AttributeType, FieldType] = {
    AttributeType.TEXT: FieldType.TEXT,
    AttributeType.NUMBER: FieldType.NUMBER,
    AttributeType.MONEY: FieldType.NUMBER,
    AttributeType.DATE: FieldType.DAY,
    AttributeType.TIME: FieldType.MOMENT,
    AttributeType.YESNO: FieldType.YESNO,
    AttributeType.LIST: FieldType.LIST,
}


def fields(attributes: Mapping[str, AttributeType]) -> dict[str, Field]:
    """All fields of a brand by name: the fixed ones, then `attr.<name>` for each of its own."""
    own = (
        Field(
            ATTRIBUTE + name,
            _ATTRIBUTE_FIELDS[kind],
            Sentence("%(name)s", {"name": readable(name)}),
        )
        for name, kind in attributes.items()
    )
    return {**FIELDS, **{field.name: field for field in own}}


def readable(attribute: str) -> str:
    return attribute.removeprefix(ATTRIBUTE).replace("_", " ")
