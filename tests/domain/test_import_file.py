from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import import_cells as cells
from webapp.domain import import_columns, import_encoding, import_file, import_row
from webapp.domain.errors import Invalid, Refused
from webapp.domain.import_block import Block, RowError
from webapp.domain.import_cells import Options, Reader
from webapp.domain.import_columns import Target
from webapp.domain.import_file import Layout
from webapp.domain.import_row import RECORD, Record, Row
from webapp.domain.subscriber import AttributeType
from webapp.domain.wording import Sentence

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DATA = Path(__file__).parents[3] / "shared" / "data"
PARIS = Options("Europe/Paris", day_first=True, decimal=",")

FRENCH = (
    "\ufeffIdentifiant Messenger;Prénom;Nom;Ville;Dernier message;Étiquettes;Dépense totale\r\n"
    "7468363123566336;Stéphane;Charrier;Salmon;08/11/2026 18:02;store-pickup;547,93\r\n"
    "8982335466296696;Gabriel;Lefebvre;MassonBourg;09/11/2026 15:10;store-pickup,vip;184,50\r\n"
    "8982335466296696;Noël;Pereira;Charpentiernec;31/10/2026 03:23;press;489,53\r\n"
    "5.12E+15;Jules;Hoareau;Saint BernardVille;31/10/2026 10:41;newsletter-2017;154,57\r\n"
    ";Frédéric;Chevalier;Boulanger;09/09/2026 00:34;wholesale;0,63\r\n"
    "2503898648074978;Caroline;Leroux;Huet;31/02/2026 10:00;birthday-club;669,79\r\n"
    '5593444577058243;"=HYPERLINK(""http://x.example"";""clic"")";Marion;Charrier;'
    "23/10/2026 17:23;;118,54\r\n"
)
ENGLISH = (
    "psid,first_name,last_name,locale,timezone,country,city,gender,first_seen,last_message_at,"
    "last_source,topics,tags,lifetime_value,orders,last_order_on,favourite_store,"
    "marketing_consent_at\n"
    "7045781977270156,Maria Eduarda,Souza,pt_BR,America/Manaus,BR,Cavalcante do Sul,female,"
    "2025-09-12T04:42:49Z,2026-11-22T08:51:22Z,reaction,new-arrivals|event-news,newsletter-2017,"
    "602.35,5,2026-11-12,Siam,2025-09-12T04:42:49Z\n"
    "8033647009011268,Jonathan,Rojas,,America/Los_Angeles,US,,,2024-05-25T12:05:59Z,,postback,,,"
    "0.00,0,,Centro,\n"
)

Found = Row | RowError


def read(
    data: bytes,
    zone: str | None = None,
    known: Mapping[str, AttributeType] | None = None,
) -> list[Found]:
    layout = import_file.inspect(data[:65536])
    options = import_file.guess_options(layout, zone)
    guessed = import_columns.guess(layout.columns, layout.samples, options, known or {})
    mapping = import_columns.parse(import_columns.to_json(guessed), layout.columns)
    lines = io.TextIOWrapper(io.BytesIO(data), layout.encoding, "replace", newline="")
    types = import_columns.own_types(mapping)
    found: list[Found] = []
    for block in import_file.blocks(lines, layout, mapping, options, NOW, most=7):
        rows_ = [import_row.of_record(it, types) for it in records(block, types)]
        told: list[Found] = [*rows_, *block.errors]
        found += sorted(told, key=lambda each: each.line)
    return found


def records(block: Block, types: Mapping[str, AttributeType]) -> list[Record]:
    """Whole ones: what the file has not is None."""
    whole = Block(
        block.lines,
        {**dict.fromkeys(RECORD, [None] * len(block.lines)), **block.columns},
        block.errors,
        block.last,
    )
    return list(whole.rows(RECORD, types))


def rows(found: list[Found]) -> list[Row]:
    return [each for each in found if isinstance(each, Row)]


def faults(found: list[Found]) -> dict[int, str]:
    return {each.line: str(each.reason) for each in found if isinstance(each, RowError)}


def test_a_french_spreadsheet_comes_out_right() -> None:
    found = read(FRENCH.encode(), "Europe/Paris")
    first = rows(found)[0]
    assert first == Row(
        line=2,
        key="7468363123566336",
        values={"first_name": "Stéphane", "last_name": "Charrier", "city": "Salmon"},
        tags=("store-pickup",),
        last_inbound_at=datetime(2026, 11, 8, 17, 2, tzinfo=UTC),
        attributes={"depense_totale": Decimal("547.93")},
    )
    assert rows(found)[1].tags == ("store-pickup", "vip")
    assert rows(found)[-1].values["first_name"] == '=HYPERLINK("http://x.example";"clic")'


def test_each_unusable_line_is_named_with_its_reason() -> None:
    found = read(FRENCH.encode(), "Europe/Paris")
    assert {line: reason.split(" ")[:3] for line, reason in faults(found).items()} == {
        5: ["A", "spreadsheet", "has"],
        6: ["This", "line", "does"],
        7: ["There", "is", "no"],
    }
    wrong = next(each for each in found if isinstance(each, RowError) and each.line == 7)
    assert (wrong.column, wrong.value) == ("Dernier message", "31/02/2026 10:00")
    assert wrong.cells[1] == "Caroline"


def test_a_line_of_fewer_empty_cells_says_nothing() -> None:
    found = read(b"psid,first_name,city\n1,Ana,Lyon\n,\n2,Ben,Paris\n")
    assert [row.line for row in rows(found)] == [2, 4]
    assert faults(found) == {}


def test_an_english_export_is_typed_column_by_column() -> None:
    maria, jonathan = rows(read(ENGLISH.encode()))
    assert maria.topics == ("new-arrivals", "event-news")
    assert maria.opted_in_at == datetime(2025, 9, 12, 4, 42, 49, tzinfo=UTC)
    assert maria.attributes == {
        "lifetime_value": Decimal("602.35"),
        "orders": Decimal(5),
        "last_order_on": date(2026, 11, 12),
        "favourite_store": "Siam",
    }
    assert "locale" not in jonathan.values
    assert jonathan.last_inbound_at is None


@pytest.mark.skipif(not DATA.exists(), reason="the sample files are not beside the project")
def test_the_whole_french_file_comes_out_right() -> None:
    found = read((DATA / "crm_export_fr.csv").read_bytes(), "Europe/Paris")
    assert len({row.key for row in rows(found)}) == 396
    assert sorted(faults(found)) == [41, 42, 78]
    assert not any("E+" in row.key for row in rows(found))


@pytest.mark.skipif(not DATA.exists(), reason="the sample files are not beside the project")
def test_the_whole_audience_of_twenty_thousand_comes_out_right() -> None:
    found = read((DATA / "subscribers_20k.csv").read_bytes())
    assert len(found) == len({row.key for row in rows(found)}) == 20_000
    assert sum(1 for row in rows(found) if row.last_inbound_at is None) == 595


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_and_line_ends_are_found(
    encoding: str, delimiter: str, end: str
) -> None:
    table = [["psid", "Prénom", "city"], ["11111111111", "Éva", "Sète, sud; a"]]
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in table]
    found = read((end.join(lines) + end).encode(encoding))
    assert [row.values for row in rows(found)] == [{"first_name": "Éva", "city": "Sète, sud; a"}]


def test_a_character_cut_by_the_end_of_the_sample_changes_no_encoding() -> None:
    assert import_encoding.encoding_of(["é".encode()[:1], "é".encode()[1:]]) == "utf-8"
    assert import_file.inspect("psid,city\n1,é".encode()[:-1]).encoding == "utf-8"
    assert import_encoding.encoding_of([b"plain", "é".encode("cp1252"), b"s"]) == "cp1252"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_letters_whose_bytes_have_zeros_of_their_own_leave_utf_16_without_a_mark_readable(
    encoding: str,
) -> None:
    people = "".join(f"{n},Zoë 😀 Āda\n" for n in range(11111111111, 11111111121))
    found = rows(read(f"psid,first_name\n{people}".encode(encoding)))
    assert [row.values["first_name"] for row in found] == ["Zoë 😀 Āda"] * 10


def test_a_list_from_an_older_mac_is_told_by_letters_that_windows_has_not() -> None:
    text = "psid;prénom;ville\n1;Hélène;Besançon\n"
    assert import_encoding.encoding_of([text.encode("mac-roman")]) == "mac-roman"
    spoilt = text.encode("cp1252") + b"2;Ren\xc3\x8de;Alen\xe7on\n"
    assert import_encoding.encoding_of([spoilt]) == "cp1252"


@pytest.mark.parametrize("encoding", import_encoding.CODECS)
def test_whatever_encoding_a_person_may_choose_can_be_read(encoding: str) -> None:
    assert "psid,city\n1,Lyon\n".encode(encoding).decode(encoding) == "psid,city\n1,Lyon\n"


def test_lines_of_spaces_are_no_people_and_no_names_of_columns() -> None:
    found = read(b"  \n\npsid,city\n   \n11111111111,Lyon\n\t\n")
    assert [(row.line, row.values) for row in rows(found)] == [(5, {"city": "Lyon"})]
    assert faults(found) == {}


def test_a_line_of_a_spreadsheet_that_names_its_separator_is_passed_over() -> None:
    found = read(b"sep=|\r\npsid|city\r\n11111111111|Lyon\r\n")
    assert [(row.line, row.values) for row in rows(found)] == [(3, {"city": "Lyon"})]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b" \n\t\n",
        b"PK\x03\x04rest of a workbook",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1, encrypted",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"<table><tr><td>psid</td></tr><tr><td>1</td></tr></table>",
        b'{"psid": "1", "name": "Ana"}\n{"psid": "2", "name": "Ben"}\n',
        b'[\n  {"psid": "1"}\n]',
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01",
        b"7468363123566336,Ana\n",
        ",".join(f"c{n}" for n in range(501)).encode(),
    ],
)
def test_what_is_no_list_of_people_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        import_file.inspect(data)
    assert str(caught.value).endswith(".")


def test_columns_without_a_name_or_with_the_same_one_are_told_apart() -> None:
    assert import_file.inspect(b"psid,,city,city\n").columns == (
        "psid",
        "column 2",
        "city",
        "city (4)",
    )


def test_columns_without_a_name_and_a_word_are_left_out() -> None:
    layout = import_file.inspect(b"psid,city,,\n1,Lyon,,x\n")
    guessed = import_columns.guess(layout.columns, layout.samples, Options(), {})
    assert [guessed[name].to for name in layout.columns] == ["psid", "city", "", "attr.column_4"]


def test_a_line_of_another_width_is_refused_and_its_neighbours_are_not() -> None:
    found = read(b"psid,city\n1,Lyon\n2\n3,Nice,,\n4,Nice,extra\n5,Metz\n")
    assert [row.key for row in rows(found)] == ["1", "3", "5"]
    assert list(faults(found)) == [3, 5]


def test_a_quotation_mark_left_open_does_not_stop_the_file_in_an_error() -> None:
    found = read(b'psid,city\n1,Lyon\n2,"open\n' + b"3,Nice\n" * 40_000)
    assert rows(found)[0].key == "1"
    assert "quotation mark" in next(iter(faults(found).values()))


def test_a_cell_with_line_ends_counts_its_lines() -> None:
    found = read(b'psid,city\n1,"a\nb"\n2,c\n')
    assert [(row.line, row.values["city"]) for row in rows(found)] == [(2, "a\nb"), (4, "c")]


def test_a_message_from_the_future_is_refused() -> None:
    found = read(b"psid,last message\n1,2026-11-22T12:00:01Z\n2,2026-11-22T12:00:00Z\n")
    assert faults(found) == {2: "This time is still to come."}


def test_tags_of_two_columns_are_one_list() -> None:
    found = read(b"psid,tags,labels\n1,a|b,b;c\n")
    assert rows(found)[0].tags == ("a", "b", "c")


NONE = Options()
AMERICAN = Options("America/New_York", day_first=False)


@pytest.mark.parametrize(
    ("reader", "cell", "options", "expected"),
    [
        (cells.platform_id, "7468363123566336", NONE, "7468363123566336"),
        (cells.platform_id, "BR.1349a7", NONE, "BR.1349a7"),
        (cells.platform_id, "US.ENT.5512", NONE, "US.ENT.5512"),
        (cells.number, "1 234,50 €", PARIS, Decimal("1234.5")),
        (cells.number, "1.234,5", PARIS, Decimal("1234.5")),
        (cells.number, "$1,234.5", NONE, Decimal("1234.5")),
        (cells.number, "R$ 12", NONE, Decimal(12)),
        (cells.number, "-3", NONE, Decimal(-3)),
        (cells.number, "\u22121\u202f234,5", PARIS, Decimal("-1234.5")),
        (cells.moment, "2026-11-22T18:00:00+01:00", NONE, datetime(2026, 11, 22, 17, tzinfo=UTC)),
        (cells.moment, "22/11/2026", PARIS, datetime(2026, 11, 21, 23, tzinfo=UTC)),
        (cells.moment, "22.11.2026 18h00", PARIS, datetime(2026, 11, 22, 17, tzinfo=UTC)),
        (cells.moment, "2026-11-22T18:00:00", PARIS, datetime(2026, 11, 22, 17, tzinfo=UTC)),
        (cells.moment, "29/03/2026 02:30", PARIS, datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (cells.moment, "11/22/2026 6:05 PM", AMERICAN, datetime(2026, 11, 22, 23, 5, tzinfo=UTC)),
        (cells.moment, "11/22/2026 12:30:15 a.m.", AMERICAN,
         datetime(2026, 11, 22, 5, 30, 15, tzinfo=UTC)),
        (cells.moment, "11/22/2026 12:00 pm", AMERICAN, datetime(2026, 11, 22, 17, tzinfo=UTC)),
        (cells.day, "11/22/2026", Options(day_first=False), date(2026, 11, 22)),
        (cells.day, "2026-11-22", PARIS, date(2026, 11, 22)),
        (cells.day, "2026-11-22T23:30:00Z", PARIS, date(2026, 11, 23)),
        (cells.country, "br", NONE, "BR"),
        (cells.locale, "pt-br", NONE, "pt_BR"),
        (cells.locale, "zh-hant-tw", NONE, "zh_Hant_TW"),
        (cells.locale, "fr", NONE, "fr"),
        (cells.timezone, "Asia/Bangkok", NONE, "Asia/Bangkok"),
        (cells.gender, "Femme", NONE, "female"),
        (cells.gender, "autre", NONE, "autre"),
        (cells.yesno, "Oui", NONE, True),
        (cells.yesno, "0", NONE, False),
        (cells.yesno, "✓", NONE, True),
        (cells.yesno, "Nein", NONE, False),
        (cells.yesno, "ใช่", NONE, True),
        (cells.yesno, "Không", NONE, False),
        (cells.text(9), "e\u0301te\u0301", NONE, "été"),
        (cells.text(200), "=1+1", NONE, "=1+1"),
        (cells.entries(9), "a, b|c", NONE, ("a, b", "c")),
        (cells.entries(9), "a;b,c;a", NONE, ("a", "b,c")),
    ],
)  # fmt: skip
def test_a_cell_is_read_into_its_type(
    reader: Reader, cell: str, options: Options, expected: object
) -> None:
    assert reader(cell, options) == expected


@pytest.mark.parametrize(
    ("reader", "cell", "options"),
    [
        (cells.platform_id, "5.12E+15", NONE),
        (cells.platform_id, "5,12e15", NONE),
        (cells.platform_id, "BR.", NONE),
        (cells.platform_id, "br.12", NONE),
        (cells.platform_id, "=BR.12", NONE),
        (cells.platform_id, "+33612345678", NONE),
        (cells.platform_id, "1" * 33, NONE),
        (cells.platform_id, "١٢٣", NONE),
        (cells.number, "547,93", NONE),
        (cells.number, "1.5.2", PARIS),
        (cells.number, "1e9", NONE),
        (cells.number, "9" * 13, NONE),
        (cells.number, "9" * 40, NONE),
        (cells.moment, "22/11/2026 18:00", NONE),
        (cells.moment, "22/11/26", PARIS),
        (cells.moment, "22/11/2026 25:00", PARIS),
        (cells.moment, "22/11/2026 13:00 PM", PARIS),
        (cells.moment, "22/11/2026 0:30 AM", PARIS),
        (cells.moment, "yesterday", PARIS),
        (cells.day, "31/02/2026", PARIS),
        (cells.country, "France", NONE),
        (cells.locale, "french", NONE),
        (cells.timezone, "Paris", NONE),
        (cells.yesno, "maybe", NONE),
        (cells.text(3), "four", NONE),
        (cells.text(9), "a\x00b", NONE),
        (cells.entries(3), "a|four", NONE),
        (cells.entries(3), "|".join(str(n) for n in range(101)), NONE),
    ],
)
def test_a_cell_that_cannot_be_used_is_refused_in_words(
    reader: Reader, cell: str, options: Options
) -> None:
    assert isinstance(reader(cell, options), Sentence)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("22/11/26", "year with four digits"),
        ("22.11.26 18:00", "year with four digits"),
        ("46000", "number of a day"),
        ("46000.75", "number of a day"),
        ("31/02/2026", "no such date"),
        ("2026", "no such date"),
    ],
)
def test_a_date_that_is_there_is_not_called_impossible(cell: str, words: str) -> None:
    assert words in str(cells.moment(cell, PARIS))
    assert words in str(cells.day(cell, PARIS))


@given(st.text(max_size=30), st.sampled_from([NONE, PARIS]))
def test_no_cell_breaks_a_reader(cell: str, options: Options) -> None:
    for reader in (*import_columns.READERS.values(), *cells.ATTRIBUTES.values()):
        reader(cell, options)


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda rest: b"psid,x\n" + rest))
def test_no_file_breaks_the_importer(data: bytes) -> None:
    try:
        read(data)
    except (Refused, Invalid) as refused:
        assert str(refused)  # noqa: PT017


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("PSID", "psid"),
        ("Identifiant Messenger", "psid"),
        ("Prénom", "first_name"),
        ("Nome", "first_name"),
        ("Nombre", "first_name"),
        ("NOM", "last_name"),
        ("Sobrenome", "last_name"),
        ("Apellidos", "last_name"),
        ("Cidade", "city"),
        ("Última mensagem", "last_inbound_at"),
        ("Último mensaje", "last_inbound_at"),
        ("Fuso horário", "timezone"),
        ("País", "country"),
        ("Étiquettes", "tags"),
        ("opt-ins", "topics"),
        ("Shoe size", "attr.shoe_size"),
        ("2nd visit", "attr.c_2nd_visit"),
        ("ขนาด", "attr.column_1"),
    ],
)
def test_a_header_is_understood_in_four_languages(header: str, target: str) -> None:
    assert import_columns.guess([header], [], NONE, {})[header].to == target


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("Dépense totale", ["547,93", "0,63"], AttributeType.MONEY),
        ("Pointure", ["38,5", "44"], AttributeType.NUMBER),
        ("visits", ["0", "1"], AttributeType.NUMBER),
        ("member", ["oui", "non"], AttributeType.YESNO),
        ("birthday", ["01/05/1990"], AttributeType.DATE),
        ("called", ["01/05/2026 10:00"], AttributeType.TIME),
        ("phone", ["0612345678"], AttributeType.TEXT),
        ("phone", ["+33612345678"], AttributeType.TEXT),
        ("sku", ["SKU123"], AttributeType.TEXT),
        ("sizes", ["S|M", "L"], AttributeType.LIST),
        ("empty", [], AttributeType.TEXT),
    ],
)
def test_a_new_attribute_is_typed_by_its_values(
    column: str, values: list[str], expected: AttributeType
) -> None:
    assert import_columns.guess_type(column, values, PARIS) is expected


def test_an_attribute_the_brand_has_keeps_its_type() -> None:
    guessed = import_columns.guess(["visits"], [["7"]], NONE, {"visits": AttributeType.TEXT})
    assert guessed["visits"] == Target("attr.visits", AttributeType.TEXT)


def test_a_second_column_for_the_same_field_becomes_an_attribute() -> None:
    guessed = import_columns.guess(["city", "ville"], [], NONE, {})
    assert [target.to for target in guessed.values()] == ["city", "attr.ville"]


def test_a_mapping_keeps_its_json() -> None:
    mapping = {
        "a": Target("psid"),
        "b": Target("attr.size", AttributeType.NUMBER),
        "c": Target(""),
    }
    assert import_columns.parse(import_columns.to_json(mapping), ["a", "b", "c"]) == mapping


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({}, "psid"),
        (None, "psid"),
        ({"a": {"to": "psid"}, "z": {"to": "city"}}, "z"),
        ({"a": {"to": "psid"}, "b": {"to": "psid"}}, "b"),
        ({"a": {"to": "psid"}, "b": {"to": "shoe"}}, "b"),
        ({"a": {"to": "psid"}, "b": {"to": "attr.Shoe Size", "type": "text"}}, "b"),
        ({"a": {"to": "psid"}, "b": {"to": "attr.size"}}, "b"),
        ({"a": {"to": "psid"}, "b": {"to": "attr.size", "type": ["number"]}}, "b"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_by_column(mapping: object, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        import_columns.parse(mapping, ["a", "b"])
    assert list(caught.value.errors) == [field]


def test_days_and_decimals_are_guessed_from_the_samples() -> None:
    def guessed(cell: str, delimiter: str = ",") -> Options:
        return import_file.guess_options(Layout("utf-8", delimiter, ("a",), ((cell,),)), None)

    assert guessed("11/22/2026").day_first is False
    assert guessed("22/11/2026").day_first is True
    assert guessed("1,50").decimal == ","
    assert guessed("1.50", ";").decimal == "."
    assert guessed("x", ";").decimal == ","
    assert Options.parse(PARIS.to_json()) == PARIS
    with pytest.raises(Invalid):
        Options.parse({"zone": "Nowhere/Land"})
    with pytest.raises(Invalid):
        Options.parse({"decimal": "x"})


@pytest.mark.parametrize(
    ("text", "wrong", "keys"),
    [
        ('psid,name\n1,"Ida\n2,Ben\n3,Cho\n', {2: "never closed"}, ["2", "3"]),
        ('psid,name\n1,"Ida\n2,"Ben\n3,Cho\n', {2: "never closed", 3: "never"}, ["3"]),
        ('psid,name\n1,Ida\n2,"Be', {3: "never closed"}, ["1"]),
        ('psid,name\n1,"Ida\nMarie"\n2,Ben\n', {}, ["1", "2"]),
        ("psid,name\n1," + "x" * 200_000 + "\n2,Ben\n", {2: "A cell of this line"}, ["2"]),
        ("psid,name\n1," + "x" * 1_500_000 + "\n2,Ben\n", {2: "This line is longer"}, ["2"]),
        ("psid,name\n" + "z," * 1_000_000 + "\n2,Ben\n", {2: "This line is longer"}, ["2"]),
        ("psid,name\n1,a,b\n2,Ben\n", {2: "3 cells where"}, ["2"]),
        ('psid,name\n1,"' + "x\n" * 700_000 + 'y"\n2,Ben\n', {2: "A cell of this"}, ["2"]),
        ('psid,name\n1,"' + "x\n" * 300 + '"\n2,Ben\n', {2: "A cell of this"}, ["2"]),
        ('psid,name\n1,"' + "x" * 200_000 + '\ny"\n2,Ben\n', {2: "A cell of this"}, ["2"]),
        ('psid,name\n1,"' + "x" * 200_000 + "\n2,Ben\n", {2: "A cell of this"}, ["2"]),
    ],
)
def test_a_broken_line_is_named_and_takes_no_other_with_it(
    text: str, wrong: dict[int, str], keys: list[str]
) -> None:
    found = read(text.encode())
    assert faults(found).keys() == wrong.keys()
    assert all(words in faults(found)[line] for line, words in wrong.items())
    assert [row.key for row in rows(found)] == keys


def test_an_open_quotation_mark_swallows_no_people_although_a_later_line_ends_with_one() -> None:
    people = [f"{n},P{n}\n" for n in range(2, 300)]
    found = read(('psid,name\n1,"Ida\n' + "".join(people) + '300,Screen 5"\n301,Ben\n').encode())
    assert faults(found).keys() == {2}
    assert "never closed" in faults(found)[2]
    assert [row.key for row in rows(found)] == [str(n) for n in range(2, 302)]


def test_latin_9_is_told_from_windows_text_by_its_euro() -> None:
    text = "psid;prénom;solde\n1;Œuvre;3 €\n"
    assert import_encoding.encoding_of([text.encode("iso-8859-15")]) == "iso-8859-15"
    assert import_encoding.encoding_of([text.encode("cp1252")]) == "cp1252"
    assert import_encoding.encoding_of(["psid;maß\n1;½\n".encode("cp1252")]) == "cp1252"
    assert import_encoding.encoding_of([text.encode("utf-32")]) == "utf-32"


def test_what_a_file_of_refused_lines_says_of_them_is_left_out() -> None:
    columns = ["psid", "column", "line", "column (4)", "reason"]
    again = ["psid", "name", "line", "column", "reason"]
    assert import_columns.guess(columns, [], Options(), {})["reason"].to == "attr.reason"
    guessed = import_columns.guess(again, [], Options(), {})
    assert [guessed[name].to for name in again] == ["psid", "attr.name", "", "", ""]


def test_a_text_made_harmless_for_spreadsheets_is_read_as_it_was() -> None:
    found = rows(read(b"psid,first_name\n1,'=1+1\n2,'Ida\n3,=2\n4,'-x\n"))
    assert [row.values["first_name"] for row in found] == ["=1+1", "'Ida", "=2", "-x"]
