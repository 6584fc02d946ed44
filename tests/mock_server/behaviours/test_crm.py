"""R7-Office over HTTP: cases are closed, reopened and read."""

from __future__ import annotations

from typing import Any

import pytest
from defusedxml import ElementTree

from tests.mock_server.client import Client

CASES = "/api/2.0/crm/case"
OPEN, OTHER, CLOSED, PRIVATE, ATTENDED = 1234, 1235, 1236, 1237, 1238
AUTHENTICATE = "/api/2.0/authentication"
OUTSIDER = ("authorization", "r7-outsider-token-0001")
MANAGER = ("authorization", "r7-manager-token-0001")
ADMIN = {"userName": "irina.sokolova@example.com", "password": "admin-password-0001"}


def shown(client: Client, id: int = OPEN) -> dict[str, Any]:
    """The case as reading it shows it."""
    case: dict[str, Any] = client.get(f"{CASES}/{id}").json()["response"]
    return case


@pytest.mark.parametrize("id", [OPEN, CLOSED])
def test_close_answers_with_the_closed_case(crm: Client, id: int) -> None:
    """
    The answer shows the new state, also when the case was closed already (OO-69).
    """
    answer = crm.send("PUT", f"{CASES}/{id}/close")

    assert (answer.status, answer.json()["response"]["isClosed"]) == (200, True)


@pytest.mark.parametrize("id", [OPEN, CLOSED])
def test_reopen_answers_with_the_open_case(crm: Client, id: int) -> None:
    """
    The answer shows the new state, also when the case was open already (OO-69).
    """
    answer = crm.send("PUT", f"{CASES}/{id}/reopen")

    assert (answer.status, answer.json()["response"]["isClosed"]) == (200, False)


def test_closed_case_is_read_back_closed(crm: Client) -> None:
    """
    After closing, whoever reads the case sees it closed (R7-51).
    """
    crm.send("PUT", f"{CASES}/{OPEN}/close")

    assert shown(crm)["isClosed"] is True


def test_reopened_case_is_read_back_open(crm: Client) -> None:
    """
    After closing and reopening, the case is as it was.
    """
    before = shown(crm)
    crm.send("PUT", f"{CASES}/{OPEN}/close")
    crm.send("PUT", f"{CASES}/{OPEN}/reopen")

    assert shown(crm) == before


@pytest.mark.parametrize("verb", ["close", "reopen"])
def test_second_call_changes_nothing(crm: Client, verb: str) -> None:
    """
    Closing twice is closing once, and so is reopening.
    """
    first = crm.send("PUT", f"{CASES}/{OPEN}/{verb}")
    state = crm.snapshot()
    second = crm.send("PUT", f"{CASES}/{OPEN}/{verb}")

    assert (second, crm.snapshot()) == (first, state)


def test_close_changes_nothing_but_the_state(crm: Client) -> None:
    """
    A closed case differs from the open one in isClosed alone.
    """
    before = shown(crm)
    crm.send("PUT", f"{CASES}/{OPEN}/close")

    assert shown(crm) == {**before, "isClosed": True}


def test_close_leaves_other_cases_alone(crm: Client) -> None:
    """
    Closing concerns one case.
    """
    crm.send("PUT", f"{CASES}/{OPEN}/close")

    assert shown(crm, OTHER)["isClosed"] is False


def test_state_survives_later_calls(crm: Client) -> None:
    """
    A closed case stays closed while others are changed.
    """
    crm.send("PUT", f"{CASES}/{OPEN}/close")
    crm.send("PUT", f"{CASES}/{OTHER}/close")
    crm.send("PUT", f"{CASES}/{CLOSED}/reopen")

    assert [shown(crm, id)["isClosed"] for id in (OPEN, OTHER, CLOSED)] == [True, True, False]


def test_leading_zeros_name_the_same_case(crm: Client) -> None:
    """
    A number is a number however it is written.
    """
    assert crm.get(f"{CASES}/0001234").json()["response"]["id"] == OPEN


@pytest.mark.parametrize("verb", ["close", "reopen"])
@pytest.mark.parametrize(("id", "status"), [("999", 404), ("0", 400), ("9223372036854775808", 400), ("9" * 40, 400)])
def test_change_of_no_case_is_refused(crm: Client, id: str, status: int, verb: str) -> None:
    """
    An unknown number is 404; 0 and a number beyond 32 bits are 400 (OO-53, OO-32).
    """
    assert crm.send("PUT", f"{CASES}/{id}/{verb}").status == status


@pytest.mark.parametrize(
    ("id", "status"), [("999", 404), ("0", 404), ("9223372036854775807", 404), ("9223372036854775808", 400)]
)
def test_read_of_no_case_is_refused(crm: Client, id: str, status: int) -> None:
    """
    Reading knows 404 for every number that fits 32 bits (OO-53).
    """
    assert crm.get(f"{CASES}/{id}").status == status


@pytest.mark.parametrize("id", ["abc", "-1", "1.5", "12a", "%20", "1234%20", "٧"])
def test_id_of_other_characters_is_no_route(crm: Client, id: str) -> None:
    """
    What is not made of digits matches no route: 404 in plain text (OO-7, D-10).
    """
    encoded = id.encode().decode("latin-1") if id.isascii() else "%D9%A7"
    answer = crm.send("PUT", f"{CASES}/{encoded}/close")

    assert (answer.status, answer.body) == (404, b"Not Found")


@pytest.mark.parametrize("verb", ["close", "reopen"])
def test_stranger_may_not_change_a_private_case(crm: Client, verb: str) -> None:
    """
    Without access to the case its state cannot be changed: 403 (OO-69).
    """
    assert crm.with_headers(OUTSIDER).send("PUT", f"{CASES}/{PRIVATE}/{verb}").status == 403


def test_refused_close_changes_nothing(crm: Client) -> None:
    """
    A 403 leaves every record as it was.
    """
    before = crm.snapshot()
    crm.with_headers(OUTSIDER).send("PUT", f"{CASES}/{PRIVATE}/close")

    assert crm.snapshot() == before


def test_private_case_does_not_exist_for_strangers(crm: Client) -> None:
    """
    Reading a case that one may not see is asking for one that does not exist (OO-53).
    """
    hidden, missing = (crm.with_headers(OUTSIDER).get(f"{CASES}/{id}") for id in (PRIVATE, 999))

    assert (hidden.status, hidden.body) == (missing.status, missing.body)


def test_member_of_the_access_list_may_close(crm: Client) -> None:
    """
    Access is enough to close, for a user who is no administrator.
    """
    assert crm.with_headers(MANAGER).send("PUT", f"{CASES}/{PRIVATE}/close").status == 200


def test_stranger_may_close_a_public_case(crm: Client) -> None:
    """
    Everybody has access to a case that is not private (OO-55).
    """
    assert crm.with_headers(OUTSIDER).send("PUT", f"{CASES}/{OPEN}/close").status == 200


@pytest.mark.parametrize(("id", "listed"), [(OPEN, False), (PRIVATE, True)])
def test_access_list_is_shown_for_private_cases_only(crm: Client, id: int, listed: bool) -> None:
    """
    Who may see the case is reported only where not everybody may.
    """
    assert ("accessList" in shown(crm, id)) is listed


def test_suffix_chooses_xml(crm: Client) -> None:
    """
    A path that ends in .xml is answered in XML, whatever Accept says (OO-8).
    """
    answer = crm.send("PUT", f"{CASES}/{OPEN}/close.xml", (("accept", "application/json"),))

    assert answer.header("content-type") == "text/xml; charset=UTF-8"


def test_suffix_chooses_json(crm: Client) -> None:
    """
    A path that ends in .json is answered in JSON, whatever Accept says (OO-8).
    """
    answer = crm.send("GET", f"{CASES}/{OPEN}.json", (("accept", "text/xml"),))

    assert answer.header("content-type") == "application/json; charset=UTF-8"


def test_accept_chooses_xml(crm: Client) -> None:
    """
    Without a suffix the Accept header decides.
    """
    answer = crm.send("GET", f"{CASES}/{OPEN}", (("accept", "text/xml, application/json;q=0.5"),))

    assert answer.header("content-type") == "text/xml; charset=UTF-8"


@pytest.mark.parametrize("accept", ["image/png", "", "application/json;q=0"])
def test_nothing_acceptable_is_answered_all_the_same(crm: Client, accept: str) -> None:
    """
    A client that accepts none of the representations gets JSON (HTTP-05).
    """
    answer = crm.send("GET", f"{CASES}/{OPEN}", (("accept", accept),))

    assert (answer.status, answer.header("content-type")) == (200, "application/json; charset=UTF-8")


def test_accept_on_two_lines_is_one_list(crm: Client) -> None:
    """
    Header lines of one name are one list, in their order (RFC 9110 section 5.3).
    """
    answer = crm.send("GET", f"{CASES}/{OPEN}", (("accept", "text/html"), ("accept", "text/xml")))

    assert answer.header("content-type") == "text/xml; charset=UTF-8"


def test_xml_and_json_show_the_same(crm: Client) -> None:
    """
    Every scalar member of the case has the same text in both representations (R7-50).
    """
    document = ElementTree.fromstring(crm.get(f"{CASES}/{OPEN}.xml").body)
    case = shown(crm)
    scalars = {name: value for name, value in case.items() if not isinstance(value, list | dict)}

    assert {name: document.findtext(f"response/{name}") for name in scalars} == {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in scalars.items()
    }


def test_custom_fields_are_repeated_in_xml(crm: Client) -> None:
    """
    Two custom fields are two elements, without one around them (R7-49).
    """
    document = ElementTree.fromstring(crm.get(f"{CASES}/{OPEN}.xml").body)

    assert [field.findtext("id") for field in document.findall("response/customFields")] == ["11", "12"]


def test_refusal_follows_the_suffix(crm: Client) -> None:
    """
    A refusal is XML where a success would be, with the root result (OO-51).
    """
    answer = crm.get(f"{CASES}/999.xml")

    assert ElementTree.fromstring(answer.body).findtext("error/message") == "Not found"


def test_contacts_are_shown_whole(crm: Client) -> None:
    """
    A case that contacts take part in shows each with its currency, null for none.
    """
    members = shown(crm, ATTENDED)["members"]

    assert [member["currency"] and member["currency"]["symbol"] for member in members] == ["руб", None]


def test_world_of_a_header_does_not_see_another(crm: Client) -> None:
    """
    A case closed in one world is open in the next.
    """
    crm.send("PUT", f"{CASES}/{OPEN}/close")

    assert shown(crm.in_world(f"{crm.world}-b"))["isClosed"] is False


def test_world_of_a_prefix_does_not_see_another(crm: Client) -> None:
    """
    A case closed below one prefix is open below the next.
    """
    bare = crm.without("x-casepact-world")
    bare.under(f"/~{crm.world}-p/r7office").send("PUT", f"{CASES}/{OPEN}/close")

    assert shown(bare.under(f"/~{crm.world}-q/r7office"))["isClosed"] is False


def test_world_by_prefix_is_the_world_by_header(crm: Client) -> None:
    """
    /~name/ before the path and the header lead to the same records.
    """
    crm.send("PUT", f"{CASES}/{OPEN}/close")

    assert shown(crm.without("x-casepact-world").under(f"/~{crm.world}/r7office"))["isClosed"] is True


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/json", b'{"userName": "irina.sokolova@example.com", "password": "admin-password-0001"}'),
        (
            "application/json; charset=utf-8",
            b'{"password":"admin-password-0001","userName":"irina.sokolova@example.com"}',
        ),
        ("application/x-www-form-urlencoded", b"userName=irina.sokolova%40example.com&password=admin-password-0001"),
    ],
)
def test_name_and_password_are_traded_for_a_token(crm: Client, media: str, body: bytes) -> None:
    """
    JSON and forms do; the token comes with 201 and ends a year from now (OO-21, OO-26).
    """
    answer = crm.without("authorization").send("POST", AUTHENTICATE, (("content-type", media),), body)

    assert (answer.status, answer.json()["response"]) == (
        201,
        {"token": "r7-admin-token-0001", "expires": "2027-07-01T12:00:00.0000000Z"},
    )


def test_given_token_opens_other_operations(crm: Client) -> None:
    """
    What authenticate gives is what getCase asks for.
    """
    token = crm.without("authorization").post(AUTHENTICATE, ADMIN).json()["response"]["token"]

    assert crm.with_headers(("authorization", token)).get(f"{CASES}/{OPEN}").status == 200


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"userName": "nobody"}, {"password": ""}])
def test_wrong_name_or_password_is_refused(crm: Client, change: dict[str, str]) -> None:
    """
    Nobody's name or another password is answered like any failed authentication (OO-23).
    """
    answer = crm.without("authorization").post(AUTHENTICATE, {**ADMIN, **change})

    assert (answer.status, answer.body) == (401, b"Unauthorized")


def test_unknown_member_of_credentials_is_ignored(crm: Client) -> None:
    """
    A member that the operation does not know makes no difference (OO-29).
    """
    assert crm.post(AUTHENTICATE, {**ADMIN, "session": True}).status == 201


def test_unknown_query_parameter_is_ignored(crm: Client) -> None:
    """
    A query parameter that the operation does not know makes no difference (OO-29).
    """
    assert crm.get(f"{CASES}/{OPEN}?fields=title&x").status == 200
