"""Foreign contracts whose paths form a resource: what is sent is kept, and every answer still fits the document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from mock_server.behaviours.by_shape.recognition import recognised
from specs.foreign import load_foreign
from tests.foreign.contracts import foreign, keeping
from tests.mock_server.client import Answer, Client

PET = """
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string, minLength: 1}
        status: {type: string}
        secret: {type: string, writeOnly: true}
        owner: {type: object, properties: {name: {type: string}, phone: {type: string, nullable: true}}}
        createdAt: {type: string, format: date-time, readOnly: true}
"""
ONE = "{description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}"
BODY = "requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}"
LIST = """
  get:
    parameters:
      - {name: limit, in: query, schema: {type: integer}}
      - {name: offset, in: query, schema: {type: integer}}
      - {name: status, in: query, schema: {type: string, default: free}}
      - {name: sort, in: query, schema: {type: string}}
    responses:
      '200':
        description: ok
        content:
          application/json:
            schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}
            example: [{id: 1, name: Rex, status: sold}, {id: 2, name: Tom, status: free}]
"""
CREATE = f"  post: {{{BODY}, responses: {{'201': {ONE}}}}}\n"
PATH = "/pets/{petId}:\n  parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]\n"
READ = f"  get: {{responses: {{'200': {ONE}, '404': {{description: none}}}}}}\n"
REPLACE = f"  put: {{{BODY}, responses: {{'200': {ONE}}}}}\n"
MERGE = "schema: {type: object, properties: {name: {type: string}, status: {type: string}, owner: {type: object}}}"
PATCH = f"""
  patch:
    requestBody:
      required: true
      content:
        application/json: {{{MERGE}}}
        application/merge-patch+json: {{{MERGE}}}
        application/json-patch+json: {{schema: {{type: array, items: {{type: object}}}}}}
    responses: {{'200': {ONE}}}
"""
DELETE = "  delete: {responses: {'204': {description: gone}}}\n"
PETS = f"/pets:{LIST}{CREATE}{PATH}{READ}{REPLACE}{PATCH}{DELETE}"

BY_SHAPE = "by-shape"


def shop(folder: Path, paths: str = PETS, rest: str = PET, *, stateless: bool = False) -> Client:
    """A client of a mock that serves these paths alone, with the control API."""
    foreign(folder, paths, rest)
    return keeping(folder / "shop.yaml", stateless=stateless)[0]


def send(client: Client, method: str, path: str, value: Any, media: str = "application/json") -> Answer:
    """A request with a body of JSON."""
    return client.send(method, path, (("content-type", media),), orjson.dumps(value))


def shown(answer: Answer) -> str | None:
    """What an answer says of how it was made."""
    return answer.header("x-casepact-unmodelled")


@pytest.fixture
def pets(tmp_path: Path) -> Client:
    """A collection of pets with everything that can be done to one."""
    return shop(tmp_path)


def test_created_record_is_read_and_listed(pets: Client) -> None:
    """
    What is posted is there, under the next id.
    """
    made = pets.post("/pets", {"name": "Bo", "status": "new"})

    assert (made.status, made.json()["id"], made.json()["name"], shown(made)) == (201, 3, "Bo", BY_SHAPE)
    assert pets.get("/pets/3").json() == made.json()
    assert [pet["id"] for pet in pets.get("/pets").json()] == [1, 2, 3]


def test_server_gives_what_is_read_only_and_keeps_what_is_write_only(pets: Client) -> None:
    """
    The id and the time of creation are the server's, a write-only member is never answered.
    """
    made = pets.post("/pets", {"name": "Bo", "id": 77, "secret": "s", "createdAt": "2001-01-01T00:00:00Z"}).json()

    assert made["id"] == 3
    assert "secret" not in made
    assert made["createdAt"] > "2020"


def test_new_record_has_no_member_of_the_sample_that_was_not_sent(pets: Client) -> None:
    """
    An optional member that nobody sent is not made up.
    """
    assert "status" not in pets.post("/pets", {"name": "Bo"}).json()


def test_member_that_the_document_does_not_have_is_not_kept(pets: Client) -> None:
    """
    The answer says that it was left out.
    """
    made = pets.post("/pets", {"name": "Bo", "nick": "B"})

    assert "nick" not in made.json()
    assert made.header("x-casepact-detail") == "not kept: nick"


def test_created_record_has_an_address(pets: Client) -> None:
    """
    A 201 leads to the new record (RFC 9110 section 15.3.2), also below the prefix of a world.
    """
    assert pets.post("/pets", {"name": "Bo"}).header("location") == "/pets/3"
    assert pets.post("/~anna/shop/pets", {"name": "Bo"}).header("location") == "/~anna/shop/pets/3"


def test_seed_is_read_under_its_id(pets: Client) -> None:
    """
    The records of the document's examples are there, each under its own id.
    """
    assert pets.get("/pets/2").json() == {"id": 2, "name": "Tom", "status": "free"}


def test_replaced_record_keeps_what_is_the_servers(pets: Client) -> None:
    """
    PUT takes away what it does not send, but not what a client cannot send.
    """
    made = pets.post("/pets", {"name": "Bo", "status": "new"}).json()
    send(pets, "PUT", "/pets/3", {"name": "Bob"})

    assert pets.get("/pets/3").json() == {"id": 3, "name": "Bob", "createdAt": made["createdAt"]}


@pytest.mark.parametrize(
    ("media", "patch", "expected"),
    [
        ("application/json", {"status": "x"}, {"id": 1, "name": "Rex", "status": "x"}),
        ("application/json", {"status": None}, {"id": 1, "name": "Rex", "status": "sold"}),
        ("application/merge-patch+json", {"status": "y"}, {"id": 1, "name": "Rex", "status": "y"}),
    ],
)
def test_patch_is_merged(pets: Client, media: str, patch: Any, expected: Any) -> None:
    """
    Members that are not sent stay (RFC 7396).
    """
    send(pets, "PATCH", "/pets/1", patch, media)

    assert pets.get("/pets/1").json() == expected


def test_merge_patch_goes_into_objects_and_null_takes_away(pets: Client) -> None:
    """
    A merge patch is recursive; in application/json null is a value where the document has it as one.
    """
    send(pets, "PATCH", "/pets/1", {"owner": {"name": "Ann", "phone": "1"}})
    send(pets, "PATCH", "/pets/1", {"owner": {"phone": None}})
    kept = pets.get("/pets/1").json()["owner"]
    send(pets, "PATCH", "/pets/1", {"owner": {"phone": None}}, "application/merge-patch+json")

    assert kept == {"name": "Ann", "phone": None}
    assert pets.get("/pets/1").json()["owner"] == {"name": "Ann"}


def test_json_patch_changes_nothing_and_says_so(pets: Client) -> None:
    """
    What is not read is answered as it is without records.
    """
    answer = send(pets, "PATCH", "/pets/1", [{"op": "remove", "path": "/status"}], "application/json-patch+json")

    assert (answer.status, shown(answer)) == (200, "true")
    assert "not by the records" in str(answer.header("x-casepact-detail"))
    assert pets.get("/pets/1").json()["status"] == "sold"


def test_deleted_record_is_gone(pets: Client) -> None:
    """
    It is neither read, changed nor listed, and its id is not given out again.
    """
    pets.post("/pets", {"name": "Bo"})
    gone = pets.send("DELETE", "/pets/3")

    assert (gone.status, shown(gone)) == (204, BY_SHAPE)
    assert pets.get("/pets/3").status == 404
    assert send(pets, "PATCH", "/pets/3", {"status": "x"}).status == 404
    assert [pet["id"] for pet in pets.get("/pets").json()] == [1, 2]
    assert pets.post("/pets", {"name": "Cy"}).json()["id"] == 4


def test_deleting_twice_is_a_success_where_no_404_is_documented(pets: Client) -> None:
    """
    DELETE is idempotent (RFC 9110 section 9.2.2).
    """
    assert [pets.send("DELETE", "/pets/1").status for _ in range(2)] == [204, 204]


def test_id_that_never_was_is_missed_where_a_404_is_documented(pets: Client) -> None:
    """
    Where none is documented the answer is the one without records, and says so.
    """
    read, changed = pets.get("/pets/99"), send(pets, "PUT", "/pets/99", {"name": "Bo"})

    assert (read.status, shown(read)) == (404, BY_SHAPE)
    assert (changed.status, shown(changed)) == (200, "true")
    assert pets.get("/pets/99").status == 404


def test_404_is_as_documented(tmp_path: Path) -> None:
    """
    The body of a missing record is the document's, with the reason in it.
    """
    error = "{type: object, required: [message], properties: {message: {type: string}}}"
    read = f"  get: {{responses: {{'200': {ONE}, '404': {{content: {{application/json: {{schema: {error}}}}}}}}}}}\n"
    client = shop(tmp_path, f"/pets:{LIST}{CREATE}{PATH}{read}{DELETE}")

    assert client.get("/pets/9").json() == {"message": "pets has no record with the id 9"}


def test_put_creates_where_a_201_is_documented(tmp_path: Path) -> None:
    """
    An unknown id is created then, with the status for it; a known one is replaced with the other.
    """
    put = f"  put: {{{BODY}, responses: {{'200': {ONE}, '201': {ONE}}}}}\n"
    client = shop(tmp_path, f"/pets:{LIST}{PATH}{READ}{put}")
    first, second = (send(client, "PUT", "/pets/9", {"name": name}) for name in ("Bo", "Bob"))

    assert (first.status, second.status, client.get("/pets/9").json()["name"]) == (201, 200, "Bob")
    assert first.header("location") == "/pets/9"


@pytest.mark.parametrize("responses", ["{'201': {description: made}}", "{'204': {description: made}}"])
def test_create_without_a_body_in_its_answer_keeps_the_record(tmp_path: Path, responses: str) -> None:
    """
    The next list has it.
    """
    client = shop(tmp_path, f"/pets:{LIST}  post: {{{BODY}, responses: {responses}}}\n{PATH}{READ}")
    made = client.post("/pets", {"name": "Bo"})

    assert (made.body, shown(made)) == (b"", BY_SHAPE)
    assert client.get("/pets/3").json()["name"] == "Bo"
    assert (made.header("location") == "/pets/3") == (made.status == 201)


def test_accepted_create_is_carried_out(tmp_path: Path) -> None:
    """
    After a 202 with an answer of its own the record is there.
    """
    job = "{content: {application/json: {schema: {type: object, properties: {job: {type: string}}}}}}"
    client = shop(tmp_path, f"/pets:{LIST}  post: {{{BODY}, responses: {{'202': {job}}}}}\n{PATH}{READ}")

    assert client.post("/pets", {"name": "Bo"}).status == 202
    assert client.get("/pets/3").json()["name"] == "Bo"


def test_id_that_is_there_is_refused_where_a_409_is_documented(tmp_path: Path) -> None:
    """
    A client that chooses ids gets a conflict for one that is taken.
    """
    rest = PET.replace("id: {type: integer, readOnly: true}", "id: {type: integer}")
    create = f"  post: {{{BODY}, responses: {{'201': {ONE}, '409': {{description: there}}}}}}\n"
    client = shop(tmp_path, f"/pets:{LIST}{create}{PATH}{READ}", rest)

    assert client.post("/pets", {"id": 1, "name": "Bo"}).status == 409
    assert client.post("/pets", {"id": 8, "name": "Bo"}).json()["id"] == 8


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [1, 2]),
        ("?limit=1", [1]),
        ("?limit=1&offset=1", [2]),
        ("?offset=5&limit=1", []),
        ("?status=free", [2]),
        ("?status=all", [1, 2]),
        ("?sort=name", [1, 2]),
    ],
)
def test_list_is_paged_and_filtered_where_names_leave_no_doubt(pets: Client, query: str, ids: list[int]) -> None:
    """
    A default does not filter, and what else a query says is left alone.
    """
    assert [pet["id"] for pet in pets.get(f"/pets{query}").json()] == ids


def test_object_around_a_list_counts_and_leads_nowhere_at_its_end(tmp_path: Path) -> None:
    """
    Totals are those of the records, and there is no next page where nothing follows.
    """
    page = """{type: object, required: [data, total, has_more], properties: {
      data: {type: array, items: {$ref: '#/components/schemas/Pet'}}, total: {type: integer},
      has_more: {type: boolean}, next: {type: string, nullable: true}}}"""
    example = "{data: [{id: 1, name: Rex}], total: 40, has_more: true, next: /pets?page=2}"
    content = f"{{application/json: {{schema: {page}, example: {example}}}}}"
    query = "[{name: page, in: query, schema: {type: integer}}, {name: per_page, in: query, schema: {type: integer}}]"
    list_ = f"\n  get: {{parameters: {query}, responses: {{'200': {{content: {content}}}}}}}\n"
    client = shop(tmp_path, f"/pets:{list_}{CREATE}{PATH}{READ}")
    client.post("/pets", {"name": "Bo"})

    assert {key: value for key, value in client.get("/pets").json().items() if key != "data"} == {
        "total": 2,
        "has_more": False,
        "next": None,
    }
    assert client.get("/pets?page=1&per_page=1").json()["has_more"] is True
    assert [pet["name"] for pet in client.get("/pets?page=2&per_page=1").json()["data"]] == ["Bo"]


def test_header_with_the_total_has_that_of_the_records(tmp_path: Path) -> None:
    """
    A documented X-Total-Count is not made up.
    """
    headers = "{X-Total-Count: {schema: {type: integer}, example: 40}}"
    list_ = LIST.replace("description: ok", f"headers: {headers}")
    client = shop(tmp_path, f"/pets:{list_}{CREATE}{PATH}{READ}")

    assert client.get("/pets?limit=1").header("x-total-count") == "2"


def test_envelope_of_a_record_is_read_and_written(tmp_path: Path) -> None:
    """
    A record in an object around it, in bodies and answers.
    """
    within = "{type: object, required: [pet], properties: {pet: {$ref: '#/components/schemas/Pet'}}}"
    answer = f"{{content: {{application/json: {{schema: {within}}}}}}}"
    body = f"requestBody: {{content: {{application/json: {{schema: {within}}}}}}}"
    create = f"  post: {{{body}, responses: {{'201': {answer}}}}}\n"
    read = f"  get: {{responses: {{'200': {answer}}}}}\n"
    client = shop(tmp_path, f"/pets:{LIST}{create}{PATH}{read}")
    client.post("/pets", {"pet": {"name": "Bo"}})

    assert client.get("/pets/3").json()["pet"]["name"] == "Bo"


def test_each_parent_has_its_own_records(tmp_path: Path) -> None:
    """
    What is written below one shop is not in another; until then each has the records of the examples.
    """
    nested = PETS.replace("/pets", "/shops/{shopId}/pets").replace(
        "[{name: petId", "[{name: shopId, in: path, required: true, schema: {type: string}}, {name: petId"
    )
    client = shop(tmp_path, nested)
    client.post("/shops/a/pets", {"name": "Bo"})
    client.send("DELETE", "/shops/a/pets/1")

    assert [pet["id"] for pet in client.get("/shops/a/pets").json()] == [2, 3]
    assert [pet["id"] for pet in client.get("/shops/b/pets").json()] == [1, 2]
    assert client.get("/shops/b/pets/3").status == 404


def test_worlds_keep_their_own_records(pets: Client) -> None:
    """
    Reset, snapshots and the control API work as they do for our own APIs.
    """
    anna = pets.in_world("anna")
    anna.post("/pets", {"name": "Bo"})
    records = anna.get("/_casepact/v1/worlds/anna/records/shop/pets").json()["records"]

    assert sorted(records) == ["1", "2", "3"]
    assert pets.get("/pets/3").status == 404
    assert send(pets, "PUT", "/_casepact/v1/worlds/anna/records/shop/pets/7", {"id": 7, "name": "Set"}).status == 200
    assert anna.get("/pets/7").json()["name"] == "Set"
    assert send(pets, "PUT", "/_casepact/v1/worlds/anna/records/shop/pets/8", {"id": 7, "name": "Set"}).status == 400
    assert pets.send("POST", "/_casepact/v1/worlds/anna/reset").status == 200
    assert anna.get("/pets/3").status == 404


def test_fixtures_of_a_world_come_back_as_they_were(pets: Client) -> None:
    """
    What the control API gives can be given back, deletions included.
    """
    pets.send("DELETE", "/pets/1")
    taken = pets.get("/_casepact/v1/worlds/default/fixtures/shop").json()
    assert send(pets, "PUT", "/_casepact/v1/worlds/ben/fixtures/shop", taken).status == 200

    assert [pets.in_world("ben").get(f"/pets/{id}").status for id in (1, 2)] == [404, 200]


def test_stateless_mock_forgets(tmp_path: Path) -> None:
    """
    With --stateless every answer is the document's.
    """
    client = shop(tmp_path, stateless=True)
    client.post("/pets", {"name": "Bo"})

    assert [pet["id"] for pet in client.get("/pets").json()] == [1, 2]
    assert shown(client.get("/pets")) == "true"


def test_record_that_does_not_fit_an_answer_is_adapted_to_it(tmp_path: Path) -> None:
    """
    Lists of another schema show what that has; what records lack is made up, and a header says so.
    """
    brief = "{type: object, required: [id, url], properties: {id: {type: integer}, url: {type: string, enum: [u]}}}"
    content = f"{{application/json: {{schema: {{type: array, items: {brief}}}}}}}"
    list_ = f"\n  get: {{responses: {{'200': {{content: {content}}}}}}}\n"
    client = shop(tmp_path, f"/pets:{list_}{CREATE}{PATH}{READ}")
    client.post("/pets", {"name": "Bo"})
    answer = client.get("/pets")

    assert all(item["url"] == "u" and "name" not in item for item in answer.json())
    assert "made up" in str(answer.header("x-casepact-detail"))


@pytest.mark.parametrize(
    "paths",
    [
        f"/pets:{LIST}{PATH}{READ}",
        f"/pets:{LIST}{CREATE}",
        f"/pets:{LIST}{CREATE}{PATH}{READ}".replace("petId", "slug"),
        f"/search:{LIST}{CREATE}/pets/{{petId}}:\n{PATH.partition(chr(10))[2]}{READ}",
    ],
    ids=["nothing writes", "no item", "no member has that name", "no collection"],
)
def test_what_is_no_resource_for_certain_stays_as_it_is(tmp_path: Path, paths: str) -> None:
    """
    Nothing is kept then, and answers say so.
    """
    contract = foreign(tmp_path, paths, PET)

    assert recognised(contract) == ()


@pytest.mark.parametrize(
    ("parameter", "schema", "member"),
    [
        ("petId", "{type: integer}", "id"),
        ("pet_id", "{type: integer}", "id"),
        ("uuid", "{type: integer}", "id"),
        ("pet", "{type: integer}", "id"),
        ("petName", "{type: string}", "name"),
        ("name", "{type: string}", "name"),
        ("petId", "{type: boolean}", None),
    ],
)
def test_member_that_a_parameter_names(tmp_path: Path, parameter: str, schema: str, member: str | None) -> None:
    """
    By its words and by its type.
    """
    path = (
        f"/pets/{{{parameter}}}:\n  parameters: [{{name: {parameter}, in: path, required: true, schema: {schema}}}]\n"
    )
    found = recognised(foreign(tmp_path, f"/pets:{LIST}{CREATE}{path}{READ}", PET))

    assert [resource.key for resource in found] == ([member] if member else [])


def test_link_makes_an_operation_of_another_path_a_create(tmp_path: Path) -> None:
    """
    A link says to which records an answer leads, and by which member.
    """
    link = "{pet: {operationId: get-pets-petId, parameters: {petId: '$response.body#/id'}}}"
    answer = ONE[:-1] + f", links: {link}}}"
    client = shop(
        tmp_path, f"/adopt:\n  post: {{{BODY}, responses: {{'201': {answer}}}}}\n/pets:{LIST}{PATH}{READ}{DELETE}"
    )
    client.post("/adopt", {"name": "Bo"})

    assert client.get("/pets/3").json()["name"] == "Bo"


def test_extension_says_whose_records_an_operation_serves(tmp_path: Path) -> None:
    """
    A search lists, an action deletes, and what is said to be false keeps nothing.
    """
    found = LIST.replace("  get:\n", "  get:\n    x-casepact-resource: pets\n")
    discard = "  post: {x-casepact-resource: {name: pets, role: delete, parameter: petId}, responses: {'204': {}}}\n"
    client = shop(
        tmp_path,
        f"{PETS}/found:{found}{PATH.replace('{petId}', '{petId}/discard')}{discard}",
    )
    client.send("POST", "/pets/1/discard")

    assert [pet["id"] for pet in client.get("/found").json()] == [2]
    off = shop(tmp_path, PETS.replace("  get: {resp", "  get: {x-casepact-resource: false, resp"))
    assert shown(off.get("/pets/1")) == "true"


@pytest.mark.parametrize("said", ["7", "{role: list}", "{name: pets, role: find}", "{name: pets, paramter: petId}"])
def test_wrong_extension_is_a_flaw_with_its_line(tmp_path: Path, said: str) -> None:
    """
    It costs its operation, and names what is allowed.
    """
    contract = foreign_leniently(tmp_path, PETS.replace("  get: {resp", f"  get: {{x-casepact-resource: {said}, resp"))
    ((flaw, *_),) = contract.unread.values()

    assert "x-casepact-resource" in str(flaw) and "shop.yaml:" in str(flaw)


def test_extension_that_cannot_be_kept_is_remarked(tmp_path: Path) -> None:
    """
    What a document says and the mock does not do is listed at the start, with its line.
    """
    _, contract = keeping(
        document(tmp_path, PETS + "/ping:\n  get: {x-casepact-resource: pets, responses: {'200': {}}}\n")
    )

    (remark,) = contract.remarks

    assert "shop.yaml:" in str(remark) and "it keeps nothing" in str(remark)


def document(folder: Path, paths: str) -> Path:
    """A file with these paths."""
    foreign(folder, paths, PET)
    return folder / "shop.yaml"


def foreign_leniently(folder: Path, paths: str) -> Any:
    """The contract of these paths, flawed operations apart."""
    below = "".join(f"  {line}\n" for line in paths.splitlines())
    path = folder / "shop.yaml"
    path.write_text(f"openapi: 3.0.3\ninfo: {{title: Shop, version: '1'}}\npaths:\n{below}{PET}", encoding="utf-8")
    return load_foreign(path, "shop", strict=False)


def test_reason_with_an_id_of_any_characters_is_a_header(tmp_path: Path) -> None:
    """
    A header holds visible ASCII only (RFC 9110 section 5.5); an id in a path may be anything.
    """
    read = f"  get: {{responses: {{'200': {ONE}}}}}\n"
    texts = PATH.replace("type: integer", "type: string")
    pet = PET.replace("id: {type: integer", "id: {type: string")
    listed = LIST.replace("id: 1", "id: '1'").replace("id: 2", "id: '2'")
    answer = shop(tmp_path, f"/pets:{listed}{CREATE}{texts}{read}{DELETE}", pet).get("/pets/%1F%0A%C3%A9")

    assert (
        answer.header("x-casepact-detail") == "not by the records: no record has the id ???, and no 404 is documented"
    )
