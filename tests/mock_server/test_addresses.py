"""Where an API is served: below its name, at the root when that was asked for, and never where another one is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from mock_server.addresses import Addresses
from mock_server.assembly import Assembly, assemble, behaviours_of
from mock_server.http.app import build_app
from mock_server.settings import Settings
from specs.flaws import CasepactError
from tests.mock_server.client import Client
from tests.mock_server.whole import CONTROL

DOCUMENT = """\
openapi: 3.0.3
info: {{title: {title}, version: "1"}}
paths:
"""
PATH = """\
  {path}:
    get:
      {parameters}
      responses:
        "200": {{description: It., content: {{application/json: {{example: {{of: {api}}}}}}}}}
"""
TICKETS = ("/tickets", "/tickets/{id}", "/notes/{id}")
PETS = ("/animals/{id}",)
TENANTS = ("/{id}/rooms",)


def written(folder: Path, api: str, paths: Sequence[str]) -> Path:
    """A document of an API that answers each of its paths with its own name."""
    text = DOCUMENT.format(title=api)
    for path in paths:
        parameter = "parameters: [{name: id, in: path, required: true, schema: {type: string}}]"
        text += PATH.format(path=path, api=api, parameters=parameter if "{id}" in path else "description: All.")
    file = folder / f"{api}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def assembled(folder: Path, documents: Mapping[str, Sequence[str]], at_root: str | None = None) -> Assembly:
    """What a mock of these documents serves."""
    specs = tuple(written(folder, api, paths) for api, paths in documents.items())
    return assemble(Settings(apis=(), specs=specs, at_root=at_root))


def served(folder: Path, documents: Mapping[str, Sequence[str]], at_root: str | None = None) -> Client:
    """A client of such a mock, with its control API."""
    found = assembled(folder, documents, at_root)
    behaviours = behaviours_of(found, Settings(apis=()))
    return Client(
        build_app(found.contracts.values(), behaviours, found.seeds, control=found.control, addresses=found.addresses)
    )


def answers(client: Client, path: str) -> str:
    """The API that answers a path with success, or "" for a 404."""
    answer = client.get(path)
    assert answer.status in (200, 404)
    return str(answer.json()["of"]) if answer.status == 200 else ""


def test_nothing_is_at_the_root_of_several(tmp_path: Path) -> None:
    """
    Unless it was asked for, each API has one address.
    """
    client = served(tmp_path, {"tickets": TICKETS, "pets": PETS})

    assert [answers(client, path) for path in ("/notes/1", "/tickets/notes/1", "/animals/1", "/pets/animals/1")] == [
        "",
        "tickets",
        "",
        "pets",
    ]


@pytest.mark.parametrize("prefix", ["", "/~alice"])
def test_api_that_was_asked_for_is_at_the_root_too(tmp_path: Path, prefix: str) -> None:
    """
    Beside its name and in every world; the others are where they were.
    """
    client = served(tmp_path, {"tickets": ("/notes/{id}",), "pets": PETS}, "pets").under(prefix)

    assert [answers(client, path) for path in ("/animals/1", "/pets/animals/1", "/notes/1", "/tickets/notes/1")] == [
        "pets",
        "pets",
        "",
        "tickets",
    ]


@pytest.mark.parametrize("prefix", ["", "/~alice"])
def test_api_that_is_served_alone_is_at_the_root_too(tmp_path: Path, prefix: str) -> None:
    """
    Nobody else could be meant.
    """
    client = served(tmp_path, {"pets": PETS}).under(prefix)

    assert [answers(client, path) for path in ("/animals/1", "/pets/animals/1")] == ["pets", "pets"]


def test_api_alone_whose_paths_begin_with_its_name_stays_below_it(tmp_path: Path) -> None:
    """
    What stands behind the name of an API is the API's own: no path of the root answers there.
    """
    client = served(tmp_path, {"tickets": TICKETS})

    assert [answers(client, path) for path in ("/tickets/tickets/1", "/tickets/1", "/tickets/nope", "/notes/1")] == [
        "tickets",
        "",
        "",
        "",
    ]


def test_api_asked_for_whose_paths_begin_with_its_name_is_at_the_root_alone(tmp_path: Path) -> None:
    """
    Whoever asks for the root gets the vendor's addresses, and they are the only ones.
    """
    client = served(tmp_path, {"tickets": TICKETS, "pets": PETS}, "tickets")

    assert [answers(client, path) for path in ("/tickets/1", "/tickets", "/notes/1", "/tickets/tickets/1")] == [
        "tickets",
        "tickets",
        "tickets",
        "",
    ]


@pytest.mark.parametrize("prefix", ["", "/~alice"])
def test_pages_of_an_api_at_the_root_alone_stay_below_its_name(tmp_path: Path, prefix: str) -> None:
    """
    Swagger UI and the documents, also where a path of the API could have taken theirs.
    """
    client = served(tmp_path, {"tickets": TICKETS}, "tickets").under(prefix)
    documents = [client.get(f"/tickets/{name}").json() for name in ("openapi.json", "ui/openapi.json")]

    assert client.get("/tickets/ui/").status == 200
    assert [(item["info"]["title"], item["servers"]) for item in documents] == [
        ("tickets", [{"url": prefix or "/"}])
    ] * 2


def test_unknown_path_at_the_root_is_refused_as_its_api_refuses() -> None:
    """
    The root is the API's then, and below the names of the others they refuse.
    """
    found = assemble(Settings(apis=("aicc", "r7office"), at_root="aicc"))
    behaviours = behaviours_of(found, Settings(apis=()))
    client = Client(build_app(found.contracts.values(), behaviours, found.seeds, addresses=found.addresses))

    assert ["resMsg" in client.get(path).json() for path in ("/nowhere", "/aicc/nowhere")] == [True, True]
    assert client.get("/r7office/nowhere").body == b"Not Found"


@pytest.mark.parametrize("path", ["/pets/rooms", "/%70ets/rooms", "/tenants/rooms", f"{CONTROL}/rooms"])
def test_name_of_an_api_goes_before_a_parameter_at_the_root(tmp_path: Path, path: str) -> None:
    """
    `/{id}/rooms` at the root answers nothing below an API that is served, or a test of that API would see it.
    """
    client = served(tmp_path, {"tenants": TENANTS, "pets": PETS}, "tenants")

    assert answers(client, "/7/rooms") == "tenants"
    assert answers(client, path) != "tenants"


def test_index_names_every_address(tmp_path: Path) -> None:
    """
    Whoever opens the mock, or a world of it, in a browser sees where the APIs are, and stays in the world.
    """
    client = served(tmp_path, {"tickets": TICKETS, "pets": PETS}, "pets")

    assert '<a href="/pets/ui/">pets</a> base URL /pets and /<' in client.get("/").body.decode()
    assert '<a href="/~a/pets/ui/">pets</a> base URL /~a/pets and /~a<' in client.get("/~a/").body.decode()


@pytest.mark.parametrize(
    ("documents", "at_root", "addresses"),
    [
        ({"tickets": TICKETS, "pets": PETS}, None, Addresses()),
        ({"pets": PETS}, None, Addresses(root="pets")),
        ({"pets": PETS}, "pets", Addresses(root="pets")),
        ({"tickets": TICKETS}, None, Addresses(kept_out="/tickets")),
        ({"tickets": TICKETS}, "tickets", Addresses({"tickets": ""}, "tickets")),
        ({"pets": ("/_casepact/v2",)}, None, Addresses(kept_out="/_casepact/v2")),
        ({"pets": ("/~{id}/animals",)}, None, Addresses(kept_out="/~{id}/animals")),
        ({"tenants": TENANTS, "pets": PETS}, "tenants", Addresses(root="tenants")),
    ],
)
def test_addresses_follow_from_what_was_asked(
    tmp_path: Path, documents: Mapping[str, Sequence[str]], at_root: str | None, addresses: Addresses
) -> None:
    """
    The root is given when it was asked for, or to an API by itself that does not collide there.
    """
    assert assembled(tmp_path, documents, at_root).addresses == addresses


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        (
            {"tickets": TICKETS, "notes": PETS},
            (
                "--at-root tickets: its path /notes/{id} cannot be at the root, where /notes leads elsewhere. "
                "Leave --at-root out, and send requests to /tickets/notes/{id}."
            ),
        ),
        (
            {"tickets": ("/~{id}/x",)},
            (
                "--at-root tickets: its path /~{id}/x cannot be at the root, where /~{id} leads elsewhere. "
                "Leave --at-root out, and send requests to /tickets/~{id}/x."
            ),
        ),
        ({"pets": PETS}, "--at-root tickets: this mock serves no API 'tickets'; it serves pets."),
        (
            {"pets": PETS, "rooms": TENANTS},
            "--at-root tickets: this mock serves no API 'tickets'; it serves pets, rooms.",
        ),
    ],
)
def test_root_that_cannot_be_given_is_reported(
    tmp_path: Path, documents: Mapping[str, Sequence[str]], message: str
) -> None:
    """
    A name that is not served, or paths that lead elsewhere there.
    """
    with pytest.raises(CasepactError) as error:
        assembled(tmp_path, documents, "tickets")

    assert str(error.value) == message
