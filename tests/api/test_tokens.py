"""Who a token speaks for, in which brand, and what its role may do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from tests.api import conftest
from tests.api.conftest import Program, World
from webapp.api import blueprint
from webapp.api.routes import Operation
from webapp.domain.permission import PERMISSIONS, Role
from webapp.models.user import Membership, User

OPERATIONS = list(blueprint.operations())
ROLES = ("viewer", "editor", "manager", "admin")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: it.name)
def test_each_role_is_let_in_where_the_table_says(world: World, operation: Operation) -> None:
    """By what is refused: 403 below the role, anything else from it on."""
    if operation.permission not in PERMISSIONS:
        return
    path = operation.path.format(**dict.fromkeys(operation.parameters, 10**6))
    for role in ROLES:
        response = world.program(role).ask(operation.method, path)
        allowed = Role[role.upper()] >= PERMISSIONS[operation.permission]
        assert (response.status_code != 403) is allowed, (role, response.get_data(as_text=True))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: it.name)
def test_nobody_is_let_in_without_a_token(world: World, operation: Operation) -> None:
    path = operation.path.format(**dict.fromkeys(operation.parameters, 1))
    for header in ("", "Bearer", "Bearer fl_wrong", "Basic YTpi", "Bearer \x7f"):
        response = world.app.test_client().open(
            f"/api/v1{path}", method=operation.method, headers={"Authorization": header}
        )
        if operation.public:
            assert response.status_code == 200
        else:
            conftest.problem(response, 401)
            assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_or_expired_token_is_refused(world: World) -> None:
    admin = world.program("admin")
    made = admin.post("/tokens", {"name": "x", "role": "viewer", "days": 1})
    short = Program(world.app, made["token"])
    assert short.get("/channels")["items"]
    world.clock.moment += timedelta(days=1)
    assert conftest.problem(short.ask("GET", "/channels"), 401)
    other = admin.post("/tokens", {"name": "y", "role": "viewer"})
    admin.delete(f"/tokens/{other['id']}")
    assert conftest.problem(Program(world.app, other["token"]).ask("GET", "/channels"), 401)


def test_a_token_never_does_more_than_its_person(world: World) -> None:
    manager = world.program("manager")
    with world.house.db.writer(world.cast.rosewood) as session:
        query = select(Membership).where(Membership.user_id == world.cast.manager)
        session.exec(query).one().role = "viewer"
        session.commit()
    assert conftest.problem(manager.ask("POST", "/topics", {"name": "News"}), 403)


def test_a_person_who_left_takes_their_token_along(world: World) -> None:
    manager = world.program("manager")
    with world.house.db.writer(world.cast.rosewood) as session:
        query = select(Membership).where(Membership.user_id == world.cast.manager)
        session.delete(session.exec(query).one())
        session.commit()
    assert conftest.problem(manager.ask("GET", "/channels"), 401)


def test_a_token_is_not_made_with_a_higher_role(world: World) -> None:
    admin = world.program("admin")
    made = admin.post("/tokens", {"name": "x", "role": "admin"})
    assert made["token"].startswith("fl_")
    listed = world.program("admin").ask("GET", "/tokens").get_data(as_text=True)
    assert made["token"] not in listed


def joined_both(world: World) -> Program:
    """The admin of Rosewood works for the other brand too, as a viewer there."""
    cast = world.cast
    with world.house.db.writer(cast.other) as session:
        session.add(
            Membership(
                brand_id=cast.other, user_id=cast.admin, role="viewer", created_at=world.clock.now()
            )
        )
        session.commit()
    return world.everywhere(cast.admin)


def test_a_token_for_all_brands_names_one(world: World) -> None:
    program = joined_both(world)
    assert "brand" in conftest.problem(program.ask("GET", "/channels"), 400)["errors"]
    here = program.get("/channels?brand=rosewood")["items"]
    there = program.get("/channels", headers={"Fanlight-Brand": str(world.cast.other)})["items"]
    assert [it["id"] for it in here] == [world.cast.channel]
    assert [it["id"] for it in there] == [world.cast.other_channel]
    assert conftest.problem(program.ask("GET", "/channels?brand=nobody"), 404)
    assert [it["role"] for it in program.get("/brands")["items"]] == ["admin", "viewer"]


def test_the_role_is_the_one_in_the_brand_that_is_named(world: World) -> None:
    program = joined_both(world)
    assert program.ask("POST", "/topics?brand=rosewood", {"name": "News"}).status_code == 201
    assert conftest.problem(program.ask("POST", "/topics?brand=other", {"name": "News"}), 403)
    there = f"/brands/{world.cast.other}"
    assert conftest.problem(program.ask("PATCH", there, {"name": "Mine"}), 403)
    assert program.patch(f"/brands/{world.cast.rosewood}", {"name": "Rose"})["name"] == "Rose"


def test_only_an_operators_token_for_all_brands_makes_a_brand(world: World) -> None:
    wanted = {"name": "Linden", "country": "DE", "timezone": "Europe/Berlin", "currency": "EUR"}
    bound = world.program("admin")
    assert conftest.problem(bound.ask("POST", "/brands", wanted), 403)
    everywhere = world.everywhere(world.cast.admin)
    made = everywhere.post("/brands", wanted)
    assert (made["slug"], made["role"]) == ("linden", "admin")
    assert conftest.problem(everywhere.ask("POST", "/brands", wanted), 409)
    with world.house.db.writer("no brand") as session:
        session.get_one(User, world.cast.admin).operator = False
        session.commit()
    assert conftest.problem(everywhere.ask("POST", "/brands", wanted), 403)
