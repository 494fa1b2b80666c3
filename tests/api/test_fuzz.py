"""Whatever is sent to any address, the answer is never our mistake, and an error is a problem.

Bodies are made from the schemas the document publishes, then spoilt: wrong types, endless nesting,
huge numbers, NULs, half surrogates, broken JSON.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api import conftest
from tests.api.conftest import Program, World
from tests.conftest import NOW
from webapp import db as database
from webapp.api import blueprint, openapi
from webapp.api.routes import NDJSON, Operation

OPERATIONS = list(blueprint.operations())
DOCUMENT = openapi.described(OPERATIONS)
EXAMPLES = 12  # an address; raise it to look deeper
IDS = st.sampled_from([1, 1, 1, 1, 1, 1, 2, 2, 3, 2026, 0, 10**6, 2**63 - 1, 2**63, 10**30])
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "\x00", "a\x00b", "\ud800", "%", "_", "{{first_name}}", "{{", "$x$", "1" * 5000,
         "2026-11-22T10:00:00", "2026-11-22T10:00:00Z", "9999-12-31T23:59:59-23:59", "2026-02-30",
         "0001-01-01T00:00:00+23:59", "standard", "subscription", "price-drops", "all", "now", "at",
         "Europe/Paris", "../etc/passwd", "http://[", "1e999", "NaN", "-1", "=1+1"]
    ),
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers(-3, 5), st.sampled_from([2**31, 2**63, -(2**63) - 1, 10**400, 1.5, -0.0, 1e308])
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
CONDITION = st.fixed_dictionaries(
    {
        "field": st.sampled_from(
            ["tag", "country", "first_name", "last_inbound_at", "window", "topic", "attr.x", "city"]
        ),
        "op": st.sampled_from(["is", "has", "in", "before", "within", "contains", "known", "open"]),
    },
    optional={"value": ANYTHING},
)
TREES = st.recursive(
    st.one_of(CONDITION, st.just({"all": []})),
    lambda inner: st.one_of(
        *(
            st.fixed_dictionaries({kind: st.lists(inner, max_size=3)})
            for kind in ("all", "any", "none")
        )
    ),
    max_leaves=5,
)
CONTENTS = st.fixed_dictionaries(
    {},
    optional={
        "text": TEXTS,
        "image_url": TEXTS,
        "buttons": st.lists(
            st.fixed_dictionaries(
                {"type": st.sampled_from(["url", "postback", "x"]), "title": TEXTS},
                optional={"url": TEXTS, "payload": TEXTS},
            ),
            max_size=2,
        ),
        "quick_replies": st.lists(st.fixed_dictionaries({"title": TEXTS}), max_size=2),
    },
)  # fmt: skip
SCHEDULES = st.fixed_dictionaries(
    {"mode": st.sampled_from(["now", "at", "x"])},
    optional={"at": TEXTS, "zone": TEXTS, "grace_minutes": NUMBERS},
)
TIMES = {
    "date": ["2026-11-01", "2026-12-24", "0001-01-01", "9999-12-31"],
    "date-time": ["2026-11-22T10:00:00Z", "1970-01-01T00:00:00+01:00", "2026-11-22T10:00"],
}
KNOWN = {"tree": TREES, "content": CONTENTS, "schedule": SCHEDULES}


@cache
def bodies(name: str) -> st.SearchStrategy[Any]:
    """Objects of a published schema: mostly right, at times with anything in a field."""
    schema = DOCUMENT["components"]["schemas"][name]
    fields = {field: _field(field, it) for field, it in schema.get("properties", {}).items()}
    needed = set(schema.get("required", ()))
    right = st.fixed_dictionaries(
        {field: it for field, it in fields.items() if field in needed},
        optional={field: it for field, it in fields.items() if field not in needed},
    )
    return st.one_of(
        right, right, ANYTHING, st.dictionaries(st.sampled_from(sorted(fields) or ["x"]), ANYTHING)
    )


def _field(name: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.one_of(KNOWN.get(name, st.nothing()), _typed(schema), _typed(schema), ANYTHING)


def _typed(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([_typed(it) for it in schema["anyOf"]])
    if "$ref" in schema:
        return bodies(schema["$ref"].rpartition("/")[2])
    if schema.get("format") in TIMES:
        return st.sampled_from(TIMES[schema["format"]])
    if schema.get("type") == "array":
        return st.lists(_typed(schema.get("items", {})), max_size=3)
    simple = {
        "integer": st.one_of(IDS, st.integers(0, 300)), "string": TEXTS, "boolean": st.booleans(),
        "null": st.none(),
        "object": st.dictionaries(TEXTS, ANYTHING, max_size=2),
    }  # fmt: skip
    return simple.get(schema.get("type", ""), ANYTHING)


def queries(operation: Operation) -> st.SearchStrategy[dict[str, str]]:
    """Mostly what the address knows; at times another brand, or a name nobody knows."""
    schema = operation.query.model_json_schema() if operation.query else {}
    known = {
        name: st.one_of(_typed(it).map(str), _typed(it).map(str), TEXTS)
        for name, it in schema.get("properties", {}).items()
    }
    right = st.fixed_dictionaries({}, optional=known)
    wrong = st.fixed_dictionaries({}, optional={**known, "brand": TEXTS, "x": TEXTS})
    return st.one_of(right, right, right, right, wrong)


@pytest.fixture(scope="module")
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One for all examples: what they leave behind is input too."""
    folder: Path = tmp_path_factory.mktemp("fuzz")
    path = folder / "fanlight.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    db = database.Database(f"sqlite:///{path}")
    yield filled(conftest.build(db, NOW, folder))
    db.dispose()


def filled(world: World) -> World:
    """With one of everything, so that ids meet something."""
    admin = world.program("admin")
    admin.post("/segments", {"name": "All", "tree": {"all": []}})
    admin.post(
        "/broadcasts",
        {"name": "B", "kind": "standard", "content": {"text": "x"}, "schedule": {"mode": "now"}},
    )
    admin.post("/campaigns", {"name": "C", "starts_on": "2026-11-01", "ends_on": "2026-11-30"})
    admin.post("/moments", {"day": "2026-11-27", "name": "Black Friday"})
    return world


def sound(program: Program, operation: Operation, path: str, **more: Any) -> None:
    response = program.ask(operation.method, path, **more)
    assert response.status_code < 500, (path, more, response.get_data(as_text=True))
    if response.status_code >= 400:
        conftest.problem(response, response.status_code)
    elif response.content_type.startswith("application/json"):
        json.loads(response.get_data())


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: it.name)
def test_no_input_is_our_mistake(world: World, operation: Operation) -> None:
    program = world.everywhere(world.cast.admin)

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.data())
    def tried(data: st.DataObject) -> None:
        path = operation.path.format(**{name: data.draw(IDS) for name in operation.parameters})
        query = data.draw(queries(operation))
        more: dict[str, Any] = {
            "query_string": {k: v.encode("utf-8", "surrogatepass") for k, v in query.items()}
        }
        if operation.takes == NDJSON:
            lines = data.draw(st.lists(bodies("Person"), max_size=4))
            more |= {"data": "\n".join(map(json.dumps, lines)), "content_type": NDJSON}
        elif operation.body is not None:
            more |= {
                "data": json.dumps(data.draw(bodies(operation.body.__name__))),
                "content_type": "application/json",
            }
        sound(program, operation, path, **more)

    tried()


BROKEN = [
    b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b'{"a": NaN}', b'{"a": 1e999}', b"\x00",
    b'{"name": "\xed\xa0\x80"}', b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000,
    b'{"a": ' + b"9" * 10_000 + b"}", b'{"\\u0000": 1}', b'{"\\ud800": 1}',
    b'{"a": 1, "a": 2}', '{"a": 1}'.encode("utf-16"),
]  # fmt: skip
TAKING = [it for it in OPERATIONS if it.method in ("POST", "PUT", "PATCH")]


@pytest.mark.parametrize("operation", TAKING, ids=lambda it: it.name)
def test_a_broken_body_is_a_problem(world: World, operation: Operation) -> None:
    program = world.program("admin")
    path = operation.path.format(**dict.fromkeys(operation.parameters, 1))
    media = NDJSON if operation.takes == NDJSON else "application/json"
    for body in BROKEN:
        sound(program, operation, path, data=body, content_type=media)
    for other in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "x",
    ):
        sound(program, operation, path, data=b"{}", content_type=other)
