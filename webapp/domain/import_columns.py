"""Which column of an import file means what: guessed from its name and values, or chosen by hand.

A mapping's JSON is `{column: {"to": target, "type": attribute type or null}}`, with `""` as the
target of a column that is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.domain import import_cells as cells
from webapp.domain.errors import Invalid
from webapp.domain.import_cells import Options, Reader
from webapp.domain.import_row import SEVERAL
from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import Sentence, say

ATTRIBUTE = "attr."
REPORT = ("line", "column", "reason")  # what a file of refused lines has after its columns
INFORMATION = "information"  # columns of our own files that are told and never taken in
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)

# Every target but the brand's own attributes; lengths are those of the tables.
READERS: Mapping[str, Reader] = {
    "psid": cells.platform_id,
    "first_name": cells.text(200),
    "last_name": cells.text(200),
    "locale": cells.locale,
    "timezone": cells.timezone,
    "country": cells.country,
    "city": cells.text(200),
    "gender": cells.gender,
    "source": cells.text(80),
    "first_seen_at": cells.moment,
    "last_inbound_at": cells.moment,
    "tags": cells.entries(80),
    "topics": cells.entries(60),
    "opted_in_at": cells.moment,
}
# How our own files name a brand's attribute with its type, and what they only tell.
_OWN = re.compile(rf"([a-z][a-z0-9_]{{0,59}}) \(({'|'.join(AttributeType)}|{INFORMATION})\)")

# English, French, Portuguese, Spanish; folded: no accents, no capitals, words by spaces.
_SYNONYMS: Mapping[str, str] = {
    "psid": "psid|id|messenger id|page scoped id|user id|subscriber id|facebook id|"
    "identifiant|identifiant messenger|id messenger|id do messenger|id de messenger|"
    "identificador|identificador messenger|identificador de messenger",
    "first_name": "first name|firstname|given name|prenom|nome|primeiro nome|nombre|primer nombre",
    "last_name": "last name|lastname|surname|family name|nom|nom de famille|sobrenome|"
    "ultimo nome|apellido|apellidos",
    "locale": "locale|language|lang|langue|idioma|lingua",
    "timezone": "timezone|time zone|tz|fuseau|fuseau horaire|fuso|fuso horario|zona horaria|"
    "huso horario",
    "country": "country|country code|pays|code pays|pais|codigo do pais|codigo de pais",
    "city": "city|town|ville|commune|localite|cidade|ciudad",
    "gender": "gender|sex|sexe|genre|sexo|genero",
    "source": "source|last source|origin|origine|provenance|origem|fonte|origen|fuente",
    "first_seen_at": "first seen|first seen at|subscribed at|created at|premier contact|"
    "date d inscription|inscrit le|cree le|primeiro contato|inscrito em|criado em|"
    "primer contacto|inscrito el|creado el",
    "last_inbound_at": "last message|last message at|last inbound|last inbound at|"
    "last interaction|dernier message|derniere interaction|ultima mensagem|ultima interacao|"
    "ultimo mensaje|ultima interaccion",
    "tags": "tags|tag|labels|etiquettes|libelles|etiquetas|marcadores",
    "topics": "topics|opt ins|optins|subscriptions|sujets|abonnements|topicos|assuntos|"
    "inscricoes|temas|suscripciones",
    "opted_in_at": "opted in at|opt in date|consent at|consent date|marketing consent at|"
    "date de consentement|consentement le|data do consentimento|fecha de consentimiento",
}
_TARGET_BY_NAME = {name: target for target, names in _SYNONYMS.items() for name in names.split("|")}
KEY = "psid"
_PHONES = (
    "phone|phone number|telephone|tel|mobile|mobile phone|mobile number|cell|cell phone|whatsapp|"
    "whatsapp id|whatsapp number|whatsapp phone|wa id|waid|msisdn|number|telephone mobile|portable|"
    "numero|numero de telephone|numero whatsapp|telefone|celular|telefone celular|"
    "numero de telefone|telefono|movil|telefono movil|numero de telefono"
)
_MONEY = re.compile(
    r"\b(value|spent|spend|amount|revenue|price|total|ltv|depense|montant|prix|valeur|valor|gasto|"
    r"receita|preco|monto|importe|precio|ingresos)\b"
)
_IN_ORDER = (AttributeType.YESNO, AttributeType.NUMBER, AttributeType.DATE, AttributeType.TIME)


@dataclass(frozen=True)
class Target:
    """Where a column goes: a name of READERS, `attr.<name>` with its type, or nowhere."""

    to: str
    type: AttributeType | None = None

    @property
    def reader(self) -> Reader:
        return READERS[self.to] if self.type is None else cells.ATTRIBUTES[self.type]

    def to_json(self) -> dict[str, object]:
        return {"to": self.to, "type": None if self.type is None else self.type.value}


NOWHERE = Target("")
Columns = Mapping[str, Target]


def guess(
    columns: Sequence[str],
    samples: Sequence[Sequence[str]],
    options: Options,
    known: Mapping[str, AttributeType],
) -> dict[str, Target]:
    """A target for every column; `known` are the attributes the brand has already. What a file of
    refused lines says about them is left out."""
    guessed: dict[str, Target] = {}
    taken: set[str] = set()
    key = _key_column(columns, options)
    told = len(columns) - len(REPORT) if tuple(columns[-len(REPORT) :]) == REPORT else len(columns)
    for index, column in enumerate(columns[:told]):
        values = [row[index].strip() for row in samples if index < len(row) and row[index].strip()]
        to, own = _TARGET_BY_NAME.get(folded(column), ""), _own(column, known)
        to = KEY if column == key else "" if to == KEY else to
        if column == unnamed(index) and not values:
            target = NOWHERE  # a separator too many at the end of every line
        elif own is not None and own.to not in taken:
            target = own
        elif not to or (to in taken and to not in SEVERAL):
            name = _free_name(column, index, taken)
            kind = known.get(name) or guess_type(column, values, options)
            target = Target(ATTRIBUTE + name, kind)
        else:
            target = Target(to)
        taken.add(target.to or column)
        guessed[column] = target
    return guessed | dict.fromkeys(columns[told:], NOWHERE)


def _key_column(columns: Sequence[str], options: Options) -> str | None:
    """The one that says who people are: by our own name, by number where they go by that, else the
    first that is called an id."""
    ranks = [KEY, *([_PHONES] if options.phones else []), _SYNONYMS[KEY]]
    for names in ranks:
        called = names.split("|")
        if found := next((column for column in columns if folded(column) in called), None):
            return found
    return None


def unnamed(index: int) -> str:
    """What a column without a name is called."""
    return f"column {index + 1}"


def heading(name: str, type_: AttributeType | None = None) -> str:
    """The column of an attribute in a file of ours; without a type, of what is only told."""
    return f"{name} ({INFORMATION if type_ is None else type_.value})"


def ours(columns: Sequence[str]) -> bool:
    """Whether these are the columns of a file that we wrote."""
    return any((match := _OWN.fullmatch(name)) and match[2] == INFORMATION for name in columns)


def guess_type(column: str, values: Sequence[str], options: Options) -> AttributeType:
    if values and any("|" in value for value in values):
        return AttributeType.LIST
    for kind in _IN_ORDER:
        if values and all(_could_be(kind, value, options) for value in values):
            money = kind is AttributeType.NUMBER and _MONEY.search(folded(column))
            return AttributeType.MONEY if money else kind
    return AttributeType.TEXT


def parse(obj: object, columns: Sequence[str]) -> dict[str, Target]:
    """A mapping chosen by hand; columns it does not name are left out. Raises Invalid."""
    given = obj if isinstance(obj, Mapping) else {}
    errors = {
        str(column): [say("The file has no such column.")] for column in given.keys() - {*columns}
    }
    mapping: dict[str, Target] = {}
    for column in columns:
        target = _target(given.get(column))
        double = isinstance(target, Target) and target.to not in ("", *SEVERAL)
        if isinstance(target, Sentence):
            errors[column] = [target]
        elif double and any(target.to == other.to for other in mapping.values()):
            errors[column] = [say("Another column goes there already.")]
        else:
            mapping[column] = target
    if not errors and not any(target.to == KEY for target in mapping.values()):
        errors[KEY] = [say("Choose the column that says who people are: their ids or numbers.")]
    if errors:
        raise Invalid(errors)
    return mapping


def to_json(mapping: Columns) -> dict[str, object]:
    return {column: target.to_json() for column, target in mapping.items()}


def own_types(mapping: Columns) -> dict[str, AttributeType]:
    """The attributes among the targets, by name."""
    return {
        target.to.removeprefix(ATTRIBUTE): target.type
        for target in mapping.values()
        if target.type is not None
    }


def folded(name: str) -> str:
    """Without accents, capitals and punctuation: `Dépense totale` is `depense totale`."""
    bare = "".join(
        mark for mark in unicodedata.normalize("NFKD", name) if not unicodedata.combining(mark)
    )
    return " ".join(re.findall(r"[a-z0-9]+", bare.casefold()))


def _own(column: str, known: Mapping[str, AttributeType]) -> Target | None:
    """Where a column of one of our own files goes: an attribute keeps the type it has here."""
    match = _OWN.fullmatch(column)
    if match is None:
        return None
    if match[2] == INFORMATION:
        return NOWHERE
    return Target(ATTRIBUTE + match[1], known.get(match[1]) or AttributeType(match[2]))


def _target(obj: object) -> Target | Sentence:
    given = obj if isinstance(obj, Mapping) else {"to": obj}
    to, kind = str(given.get("to") or ""), given.get("type")
    if not to or to in READERS:
        return Target(to)
    if not to.startswith(ATTRIBUTE):
        return say("There is no field %(name)s to import into.", name=to)
    if not _NAME.fullmatch(to.removeprefix(ATTRIBUTE)):
        return say("An attribute's name has small letters, digits and underscores.")
    if kind not in list(AttributeType):
        return say("Choose the type of this attribute.")
    return Target(to, AttributeType(str(kind)))


def _free_name(column: str, index: int, taken: set[str]) -> str:
    name = folded(column).replace(" ", "_")[:50] or f"column_{index + 1}"
    name = name if name[0].isalpha() else f"c_{name}"
    while ATTRIBUTE + name in taken:
        name = f"{name}_{index + 1}"
    return name


def _could_be(kind: AttributeType, value: str, options: Options) -> bool:
    if kind is AttributeType.YESNO and value in ("0", "1"):
        return False  # more likely a count
    if kind is AttributeType.NUMBER and re.match(r"\+|0\d|\d{13}", value):
        return False  # a phone number, a postcode, an id
    if kind is AttributeType.DATE and ":" in value:
        return False
    return not isinstance(cells.ATTRIBUTES[kind](value, options), Sentence)
