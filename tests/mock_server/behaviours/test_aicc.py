"""AICC over HTTP: cases are modified and read back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_server.client import Answer, Client

MODIFY = "/service/AICC__Case/1.0.0/openapi/case/modify"
OPEN, OTHER, TEMPLATED = "c6m800000142mS63Voa8", "c6m800000147rF58Yqd2", "c6m800000153nT74Wpb9"
FORM = (("content-type", "application/x-www-form-urlencoded"),)
TOKEN = "/baas/auth/v1.0/oauth2/token"
NO_WAIVER = object()


def case_path(id: str) -> str:
    """Where a case is read."""
    return f"/service/AICC__Case/1.0.0/openapi/case/{id}"


def info(**members: Any) -> dict[str, Any]:
    """A `caseInfo` with what must be sent, and these members; NOTHING leaves one out."""
    whole = {"id": OPEN, "title": "t", "description": "d", "creatorId": "c", **members}
    return {name: value for name, value in whole.items() if value is not NO_WAIVER}


def modify(client: Client, **members: Any) -> Answer:
    """Change a case."""
    return client.post(MODIFY, {"caseInfo": info(**members)})


def shown(client: Client, id: str = OPEN) -> dict[str, Any]:
    """The case as reading it shows it."""
    case: dict[str, Any] = client.get(case_path(id)).json()["result"][0]["caseInfo"]
    return case


def text_of(size: int, character: str) -> str:
    """A text of so many bytes in UTF-8, made of this character as far as it goes."""
    width = len(character.encode())
    return character * (size // width) + "a" * (size % width)


LIMITS = [("title", 128), ("description", 20000), ("contactId", 20), ("creatorId", 20), ("contactPhone", 20)]
CHARACTERS = ["a", "é", "€", "😀"]


def test_modify_answers_with_success_alone(aicc: Client) -> None:
    """
    A change is answered with resCode "0" and no data (HW-57, HW-63).
    """
    answer = modify(aicc)

    assert (answer.status, answer.json()) == (200, {"resCode": "0", "resMsg": "Success"})


def test_modified_members_are_read_back(aicc: Client) -> None:
    """
    What was written is what is read.
    """
    members = info(
        title="Новый",
        ownerId="o",
        priority="Critical",
        dueDate="2024-02-29 23:59:59",
        contactId="k",
        contactPhone="1",
        attachment="x.pdf",
    )
    aicc.post(MODIFY, {"caseInfo": members})

    assert shown(aicc).items() >= members.items()


def test_members_not_sent_keep_their_value(aicc: Client) -> None:
    """
    A change of the mandatory members leaves the optional ones alone (D-34).
    """
    before = shown(aicc)
    modify(aicc)

    assert shown(aicc) == {**before, **info()}


def test_state_survives_later_changes(aicc: Client) -> None:
    """
    A second change adds to the first.
    """
    modify(aicc, contactPhone="1")
    modify(aicc, ownerId="o")

    assert (shown(aicc)["contactPhone"], shown(aicc)["ownerId"]) == ("1", "o")


def test_other_cases_stay_as_they_are(aicc: Client) -> None:
    """
    A change concerns the case that the id names and no other.
    """
    before = shown(aicc, OTHER)
    modify(aicc)

    assert shown(aicc, OTHER) == before


def test_change_is_seen_by_every_actor(aicc: Client) -> None:
    """
    State belongs to the world, not to the token.
    """
    modify(aicc, title="seen")

    assert shown(aicc.with_headers(("access-token", "aicc-supervisor-token-0002")))["title"] == "seen"


@pytest.mark.parametrize("value", ["second level", 7, 1.5, True, None, [], {"a": [1, {"b": None}]}])
def test_extension_member_is_kept(aicc: Client, value: Any) -> None:
    """
    A member that the contract does not name is stored as it was sent (HW-56).
    """
    modify(aicc, id=TEMPLATED, AICC__test1__CST=value)

    assert shown(aicc, TEMPLATED)["AICC__test1__CST"] == value


def test_extension_member_not_sent_is_kept(aicc: Client) -> None:
    """
    An extension field keeps its value like any other (D-34).
    """
    modify(aicc, id=TEMPLATED)

    assert shown(aicc, TEMPLATED)["AICC__test1__CST"] == "first level"


@pytest.mark.parametrize(("member", "value"), [("state", 42), ("caseNo", "x"), ("isUpgraded", "no"), ("type", [])])
def test_case_still_fits_its_schema_after_any_accepted_change(aicc: Client, member: str, value: Any) -> None:
    """
    Either a change is refused, or what is read afterwards keeps the contract.
    """
    answer = modify(aicc, **{member: value})

    assert answer.status == 400 or shown(aicc)[member] != value


@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize(("member", "limit"), LIMITS)
def test_text_of_as_many_bytes_as_allowed_is_taken(aicc: Client, member: str, limit: int, character: str) -> None:
    """
    The limit itself is allowed, whatever the characters (HW-21, HW-24, HW-40, HW-44, HW-48).
    """
    answer = modify(aicc, **{member: text_of(limit, character)})

    assert answer.status == 200


@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize(("member", "limit"), LIMITS)
def test_text_of_one_byte_more_is_refused(aicc: Client, member: str, limit: int, character: str) -> None:
    """
    Bytes in UTF-8 are counted, not characters (D-30).
    """
    answer = modify(aicc, **{member: text_of(limit + 1, character)})

    assert answer.status == 400


@pytest.mark.parametrize(("size", "status"), [(20, 404), (21, 400)])
def test_id_is_judged_by_its_bytes_before_it_is_looked_up(aicc: Client, size: int, status: int) -> None:
    """
    Twenty bytes are the id of no case; one more is no id (HW-17, D-33).
    """
    assert modify(aicc, id=text_of(size, "é")).status == status


@pytest.mark.parametrize("member", ["id", "title", "description", "creatorId"])
def test_mandatory_member_must_be_sent(aicc: Client, member: str) -> None:
    """
    Without id, title, description or creator nothing is changed (HW-18, HW-22, HW-25, HW-45).
    """
    assert modify(aicc, **{member: NO_WAIVER}).status == 400


@pytest.mark.parametrize("member", ["id", "title", "description", "creatorId"])
def test_mandatory_member_is_named_when_missing(aicc: Client, member: str) -> None:
    """
    The refusal says which member it misses.
    """
    answer = modify(aicc, **{member: NO_WAIVER})

    assert f'"{member}" is a required property' in answer.json()["resMsg"]


def test_missing_creator_is_charged_to_its_statement(aicc: Client) -> None:
    """
    The refusal of a change without creatorId names HW-45.
    """
    answer = modify(aicc, creatorId=NO_WAIVER)

    assert answer.header("x-casepact-statement") == "HW-45"


@pytest.mark.parametrize(
    "members",
    [
        {"id": 7},
        {"title": None},
        {"title": ["t"]},
        {"creatorId": None},
        {"priority": "Urgent"},
        {"priority": "high"},
        {"priority": None},
        {"dueDate": "2023-06-20T00:00:00"},
        {"dueDate": "2023-02-30 00:00:00"},
        {"dueDate": "2023-06-20 24:00:00"},
        {"dueDate": "2023-06-20 00:00:00Z"},
        {"dueDate": "2023-06-20 00:00:00\n"},
        {"dueDate": ""},
        {"contactPhone": 15151515152},
        {"attachment": {}},
    ],
)
def test_wrong_value_is_refused(aicc: Client, members: dict[str, Any]) -> None:
    """
    A member of another type, form or choice than documented is answered 400.
    """
    assert modify(aicc, **members).status == 400


@pytest.mark.parametrize("body", [{}, {"caseInfo": None}, {"caseInfo": []}, [], "x", None, 1])
def test_body_without_case_info_is_refused(aicc: Client, body: Any) -> None:
    """
    A body in which no caseInfo stands is answered 400 (HW-14, HW-15).
    """
    assert aicc.post(MODIFY, body).status == 400


def test_member_beside_case_info_is_refused(aicc: Client) -> None:
    """
    Nothing stands beside caseInfo (D-31).
    """
    assert aicc.post(MODIFY, {"caseInfo": info(), "extra": 1}).status == 400


def test_every_flaw_of_a_change_is_named_in_the_header(aicc: Client) -> None:
    """
    A change with two flaws names the statements of both.
    """
    answer = modify(aicc, title=1, creatorId=NO_WAIVER)

    assert set((answer.header("x-casepact-statement") or "").split(", ")) == {"HW-20", "HW-45"}


def test_refused_change_changes_nothing(aicc: Client) -> None:
    """
    A change with one wrong member is not carried out in part.
    """
    before = aicc.snapshot()
    modify(aicc, title="new", priority="Urgent")

    assert aicc.snapshot() == before


def test_change_of_unknown_case_is_refused(aicc: Client) -> None:
    """
    An id that no case has is answered 404 and makes no case (HW-19, D-33).
    """
    before = aicc.snapshot()

    assert (modify(aicc, id="c6m800000000000000zz").status, aicc.snapshot()) == (404, before)


@pytest.mark.parametrize("id", ["c6m800000000000000zz", "x", OPEN.lower(), f"{OPEN}%20", "%00"])
def test_read_of_unknown_case_is_refused(aicc: Client, id: str) -> None:
    """
    Reading a case that does not exist is answered 404 (D-33).
    """
    assert aicc.get(case_path(id)).status == 404


def test_read_shows_one_wrapped_case(aicc: Client) -> None:
    """
    A case comes as the only item of `result`, with all that belongs to it (HWF-14).
    """
    detail = aicc.get(case_path(OPEN)).json()["result"]

    assert [sorted(item) for item in detail] == [["caseInfo", "caseTrace", "customerInfo", "isFollower", "tasks"]]


def test_world_of_a_header_does_not_see_another(aicc: Client) -> None:
    """
    A change in one world is not seen in the next.
    """
    modify(aicc, title="mine")

    assert shown(aicc.in_world(f"{aicc.world}-b"))["title"] == "testOpenApi"


def test_default_world_does_not_see_a_named_one(aicc: Client) -> None:
    """
    A change in a named world is not seen without a name.
    """
    modify(aicc, title="mine")

    assert shown(aicc.without("x-casepact-world"))["title"] == "testOpenApi"


def test_world_by_prefix_is_the_world_by_header(aicc: Client) -> None:
    """
    /~name/ before the path and the header lead to the same records.
    """
    modify(aicc, title="mine")

    assert shown(aicc.without("x-casepact-world").under(f"/~{aicc.world}/aicc"))["title"] == "mine"


def test_world_by_prefix_does_not_see_another(aicc: Client) -> None:
    """
    A change below one prefix is not seen below the next.
    """
    bare = aicc.without("x-casepact-world")
    modify(bare.under(f"/~{aicc.world}-p/aicc"), title="mine")

    assert shown(bare.under(f"/~{aicc.world}-q/aicc"))["title"] == "testOpenApi"


def test_prefix_goes_before_header(aicc: Client) -> None:
    """
    Where a request names two worlds, the path decides.
    """
    modify(aicc, title="mine")

    assert shown(aicc.under(f"/~{aicc.world}-p/aicc"))["title"] == "testOpenApi"


def test_token_is_given_to_a_known_client(aicc: Client) -> None:
    """
    Id and secret of a machine user are traded for its token (HWF-3).
    """
    body = b"grant_type=client_credentials&client_id=aicc-operator-client&client_secret=aicc-operator-secret"
    answer = aicc.without("access-token").send("POST", TOKEN, FORM, body)

    assert (answer.status, answer.json()) == (
        200,
        {"access_token": "aicc-operator-token-0001", "expires_in": 1800, "token_type": "Bearer"},
    )


def test_given_token_opens_other_operations(aicc: Client) -> None:
    """
    What getToken gives is what getCase asks for (HWF-6).
    """
    body = b"grant_type=client_credentials&client_id=aicc-supervisor-client&client_secret=aicc-supervisor-secret"
    token = aicc.send("POST", TOKEN, FORM, body).json()["access_token"]

    assert aicc.with_headers(("access-token", token)).get(case_path(OPEN)).status == 200


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"grant_type=client_credentials&client_id=a&client_secret=b", "unauthorized_client"),
        (b"grant_type=client_credentials&client_id=aicc-operator-client&client_secret=b", "unauthorized_client"),
        (
            b"grant_type=client_credentials&client_id=aicc-operator-client&client_secret=aicc-supervisor-secret",
            "unauthorized_client",
        ),
        (b"grant_type=password&client_id=a&client_secret=b", "unsupported_grant_type"),
        (b"grant_type=client_credentials&client_id=a", "invalid_request"),
        (b"a=b", "invalid_request"),
        (b"grant_type=client_credentials&client_id=%FF&client_secret=b", "invalid_request"),
        (b"", "invalid_request"),
    ],
)
def test_token_is_refused_in_the_words_of_oauth(aicc: Client, body: bytes, error: str) -> None:
    """
    A form that earns no token is answered 400 with an error word and no resCode (HWF-5).
    """
    answer = aicc.send("POST", TOKEN, FORM, body)

    assert (answer.status, answer.json()["error"], "resCode" in answer.json()) == (400, error, False)


def test_doubled_form_field_counts_once(aicc: Client) -> None:
    """
    Of a field sent twice the first value is read.
    """
    body = (
        b"grant_type=client_credentials&client_id=aicc-operator-client&client_secret=aicc-operator-secret&client_id=x"
    )

    assert aicc.send("POST", TOKEN, FORM, body).status == 200


def test_token_asked_for_in_json_is_refused(aicc: Client) -> None:
    """
    getToken reads forms only and answers 415 to JSON (HTTP-03).
    """
    answer = aicc.post(TOKEN, {"grant_type": "client_credentials"})

    assert (answer.status, answer.json()["error"]) == (415, "invalid_request")
