"""A draft is the contract's own example with the target's records in it, or nothing."""

from __future__ import annotations

import pytest

from conformance.target.drafting import Draft, body_members, draft, evaluate, filled, roles
from tests.conformance.answers import contract_of
from tests.specs.small_api import CONTRACT, changed, contract

CASE = {"id": "c6m8-of-this-target"}
RECORDS = {
    "case.open": CASE,
    "user.owner": {"id": "owner-of-this-target"},
    "user.creator": {"id": "creator-of-this-target"},
    "contact": {"id": "contact-of-this-target"},
}


def made(operation: str = "modifyCase", api: str = "aicc") -> Draft:
    """The draft of an operation for a target that has every record."""
    contract = contract_of(api)
    found = draft(contract.operation(operation), RECORDS)
    assert found is not None
    return found


def test_roles_of_the_body_are_filled_with_the_known_records() -> None:
    """Each member that names a record names the target's own."""
    case = made().body["caseInfo"]

    assert [case[name] for name in ("id", "ownerId", "creatorId", "contactId")] == [
        "c6m8-of-this-target",
        "owner-of-this-target",
        "creator-of-this-target",
        "contact-of-this-target",
    ]


def test_other_members_are_those_of_the_page() -> None:
    """What names no record is what the page's sample has."""
    assert made().body["caseInfo"]["title"] == "testOpenApi11"


def test_role_of_the_path_is_filled_with_the_known_record() -> None:
    """A path parameter that names a record names the target's own, not the page's."""
    assert made("closeCase", "r7office").path == {"caseid": "c6m8-of-this-target"}


def test_operation_without_a_sample_is_drafted_from_an_example() -> None:
    """Where the page prints no request, the first example of the body serves."""
    assert made("getToken").body["grant_type"] == "client_credentials"


@pytest.mark.parametrize("role", RECORDS)
def test_absent_role_gives_no_draft(role: str) -> None:
    """Without a record that the request must name there is no request that should be carried out."""
    contract = contract_of("aicc")
    known = {name: record for name, record in RECORDS.items() if name != role}

    assert draft(contract.operation("modifyCase"), known) is None


def test_absent_role_of_the_path_gives_no_draft() -> None:
    """Likewise when the path has to name it."""
    contract = contract_of("r7office")

    assert draft(contract.operation("getCase"), {}) is None


def test_role_that_the_operation_does_not_name_is_not_needed() -> None:
    """A target that knows no record can still be asked for a token."""
    contract = contract_of("aicc")

    assert draft(contract.operation("getToken"), {}) is not None


def test_roles_are_those_that_a_draft_needs() -> None:
    """What a probe says it needs is what makes its draft possible."""
    assert set(roles(contract_of("aicc").operation("modifyCase"))) == set(RECORDS)


def test_setting_a_member_leaves_the_draft_as_it_was() -> None:
    """A changed draft is a new one."""
    first = made()
    first.with_member("/caseInfo/title", "changed")

    assert first.body["caseInfo"]["title"] == "testOpenApi11"


def test_setting_a_member_adds_one_that_was_not_there() -> None:
    """Optional members that the sample lacks can be set too."""
    assert made().with_member("/caseInfo/priority", "High").body["caseInfo"]["priority"] == "High"


def test_member_can_be_left_out() -> None:
    """A draft without a member has all the others."""
    before, after = made().body["caseInfo"], made().without_member("/caseInfo/title").body["caseInfo"]

    assert before.keys() - after.keys() == {"title"}


def test_leaving_out_what_is_not_there_changes_nothing() -> None:
    """A member that the sample lacks can be left out all the same."""
    assert made().without_member("/caseInfo/priority") == made()


def test_contract_keeps_its_example() -> None:
    """Records are put into a copy; the contract's example stays the page's."""
    made()
    example = contract_of("aicc").operation("modifyCase").body["application/json"].examples["page"]

    assert example["caseInfo"]["id"] == "c6m800000142mS63Voa8"


def test_outer_members_of_a_body_come_before_inner_ones() -> None:
    """The members of a body are listed with their places, the object before what it holds."""
    members = body_members(contract_of("aicc").operation("modifyCase"), "application/json")

    assert [member.pointer for member in members][:3] == ["/caseInfo", "/caseInfo/id", "/caseInfo/title"]


def test_member_tells_its_role_its_duty_and_its_statements() -> None:
    """A member carries what the edge probes need to know of it."""
    members = body_members(contract_of("aicc").operation("modifyCase"), "application/json")
    creator = next(member for member in members if member.pointer == "/caseInfo/creatorId")

    assert (creator.role, creator.required, creator.charges["required"]) == ("user.creator", True, ("HW-45",))


def test_operation_without_a_body_has_no_members() -> None:
    """A media type that an operation does not read has no members either."""
    assert body_members(contract_of("r7office").operation("closeCase"), "application/json") == []


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$request.path.id", 7),
        ("$request.body#/a/b", "sent"),
        ("$response.body#/list/1", "second"),
        ("$response.body", {"list": ["first", "second"]}),
        ("a constant", "a constant"),
        (5, 5),
    ],
)
def test_runtime_expression_finds_its_value(expression: object, value: object) -> None:
    """OpenAPI's runtime expressions point into the path, the body that was sent and the answer."""
    answered = {"list": ["first", "second"]}

    assert evaluate(expression, {"id": 7}, {"a": {"b": "sent"}}, answered) == value


def test_runtime_expression_that_points_at_nothing_is_a_lookup_error() -> None:
    """An answer without the member is told apart from one whose member is null."""
    with pytest.raises(LookupError):
        evaluate("$response.body#/result/0", {}, {}, {"result": []})


def test_member_that_is_filled_in_names_the_record_of_the_target() -> None:
    """What the page's sample has for it is nobody's id here."""
    whole = filled(contract_of("aicc").operation("modifyCase"), made().without_member("/caseInfo/contactId"), RECORDS)

    assert whole.body["caseInfo"]["contactId"] == "contact-of-this-target"


def test_one_member_can_be_filled_in_alone() -> None:
    """The others stay out."""
    operation = contract_of("aicc").operation("modifyCase")
    whole = filled(operation, made(), RECORDS, "/caseInfo/priority")

    assert whole.body["caseInfo"].keys() - made().body["caseInfo"].keys() == {"priority"}


def test_member_without_a_known_value_stays_out() -> None:
    """A record that the profile lacks cannot be named."""
    operation = contract_of("aicc").operation("modifyCase")
    less = made().without_member("/caseInfo/contactId")

    assert "contactId" not in filled(operation, less, {}).body["caseInfo"]


@pytest.mark.parametrize(
    "price",
    [
        "{$ref: '#/components/schemas/Price'}",
        "{allOf: [{$ref: '#/components/schemas/Price'}]}",
        "{allOf: [{$ref: '#/components/schemas/Price'}], nullable: true}",
    ],
)
def test_member_is_known_however_its_schema_is_put(price: str) -> None:
    """What a member may hold, and its own members, are found behind a reference, in a part and beside null."""
    text = changed(
        CONTRACT, "        price:\n          type: number\n          x-statement: SH-3", f"        price: {price}"
    )
    text = changed(
        text, "  schemas:\n", "  schemas:\n    Price: {type: object, properties: {amount: {type: integer}}}\n"
    )
    members = body_members(contract(text).operation("changeItem"), "application/json")

    assert [(member.pointer, member.schema["type"]) for member in members] == [
        ("/title", "string"),
        ("/price", "object"),
        ("/price/amount", "integer"),
    ]


def test_member_that_holds_itself_is_entered_once() -> None:
    """A body of items within items has the members of one item, and of the item within."""
    text = changed(
        CONTRACT,
        "        price:\n          type: number\n          x-statement: SH-3",
        "        inner: {$ref: '#/components/schemas/Item'}",
    )
    members = body_members(contract(text).operation("changeItem"), "application/json")

    assert [member.pointer for member in members] == ["/title", "/inner"]
