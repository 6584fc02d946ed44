"""Each check condemns what is wrong, under the right statement, and leaves alone what is right."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace

import jsonschema_rs
import pytest

from conformance.checks import CHECKS, judge
from conformance.checks.judgement import Judgement
from specs import Contract
from specs.validation import Schema
from tests.conformance.answers import DONE, Answer, contract_of, page_json, page_xml

FIELD = page_json()["response"]["customFields"][0]
FIELD_XML = page_xml()[page_xml().index("<customFields>") : page_xml().index("</customFields>")]


@dataclass(frozen=True, slots=True)
class Wrong:
    """
    An answer with one thing wrong: the check that must see it, what it blames and how it calls it.

    `also` are statements that say the same of every answer.
    """

    check: str
    answer: Answer
    blamed: str
    title: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Right:
    """An answer in order, and a statement that the check finds kept by it."""

    check: str
    answer: Answer
    kept: str


def modified(body: object, status: int = 200, media: str = "application/json") -> Answer:
    return Answer("aicc", "modifyCase", status, body, media)


def closed(body: object, status: int = 200) -> Answer:
    return Answer("r7office", "closeCase", status, body)


def limited(*headers: tuple[str, str]) -> Answer:
    return Answer("onlyoffice", "updateCase", 503, "Service Unavailable", "text/plain", headers)


def made(*headers: tuple[str, str]) -> Answer:
    contract = contract_of("control")
    body = next(iter(contract.operation("createWorld").responses[201].content["application/json"].examples.values()))
    return Answer("control", "createWorld", 201, body, headers=headers)


def closed_xml(old: str = "", new: str = "") -> Answer:
    return Answer("r7office", "closeCase", 200, page_xml(old, new), "text/xml")


def in_a_wrapper(count: int) -> Answer:
    field = FIELD_XML.removeprefix("<customFields>")
    return closed_xml(field, f"<customField>{field}</customField>" * count)


WRONG: Mapping[str, Wrong] = {
    "an undocumented status of AICC": Wrong(
        "status", modified(DONE, 299), "HW-57", "Undocumented status code", ("D-33",)
    ),
    "201 for the 204 of eGain": Wrong(
        "status", Answer("egain", "editCase", 201, {}), "EG-69", "Undocumented status code", ("EGF-19", "EG-76")
    ),
    "a refusal that AICC does not document": Wrong(
        "status", modified({"resCode": "5", "resMsg": ""}, 422), "D-33", "Undocumented status code"
    ),
    "a status of a token, which no page prints": Wrong(
        "status", Answer("aicc", "getToken", 201, {}), "D-33", "Undocumented status code"
    ),
    "an undocumented status of R7": Wrong(
        "status", closed(page_json(), 201), "R7F-8", "Undocumented status code", ("OO-41",)
    ),
    "a server error": Wrong("status", modified(b"", 503), "HTTP-08", "Server error"),
    "a server error in the form of a refusal": Wrong(
        "status", modified({"resCode": "5", "resMsg": ""}, 500), "HTTP-08", "Server error"
    ),
    "another media type": Wrong(
        "media", modified("<p/>", media="text/html"), "HW-62", "Undocumented media type", ("D-28",)
    ),
    "HTML for a page's JSON": Wrong(
        "media",
        Answer("r7office", "closeCase", 200, "<p/>", "text/html"),
        "R7-06",
        "Undocumented media type",
        ("R7-22", "OO-12"),
    ),
    "HTML for an error of eGain": Wrong(
        "media", Answer("egain", "editCase", 400, "<p/>", "text/html"), "EG-77", "Undocumented media type", ("EGF-28",)
    ),
    "HTML for what no page prints": Wrong(
        "media", Answer("aicc", "getCase", 200, "<p/>", "text/html"), "D-28", "Undocumented media type"
    ),
    "the media type of the page, whose semicolon is encoded": Wrong(
        "media", modified(DONE, media="application/json%3Bcharset=UTF-8"), "D-28", "Media type that HTTP does not know"
    ),
    "another charset than JSON has": Wrong(
        "media", modified(DONE, media="application/json; charset=GBK"), "HW-62", "Another charset", ("D-28",)
    ),
    "no media type": Wrong("media", modified(DONE, media=""), "D-28", "Undocumented media type"),
    "a documented body left out": Wrong("media", modified(b""), "HW-62", "Answer without its body", ("D-28",)),
    "a documented body left out of what only the vendor tells": Wrong(
        "media", Answer("aicc", "getCase", 200, b""), "HWF-9", "Answer without its body", ("D-28",)
    ),
    "a code that is a number": Wrong(
        "body", modified({**DONE, "resCode": 0}), "HW-63", "Answer breaks its schema at /resCode"
    ),
    "a message that is null": Wrong(
        "body", modified({**DONE, "resMsg": None}), "HW-64", "Answer breaks its schema at /resMsg"
    ),
    "a list in place of an object": Wrong("body", modified([DONE]), "HW-62", "Answer breaks its schema at /"),
    "no code": Wrong("body", modified({"resMsg": "Success"}), "HW-63", "Member missing: /resCode"),
    "no custom fields": Wrong(
        "body", closed(page_json(customFields=None)), "R7-34", "Member missing: /response/customFields"
    ),
    "a flaw in an item of a list": Wrong(
        "body",
        closed(page_json(customFields=[FIELD, {**FIELD, "label": 7}])),
        "R7-36",
        "Answer breaks its schema at /response/customFields/*/label",
    ),
    "a moment without its seven digits": Wrong(
        "body",
        closed(page_json(created="2022-10-07T10:03:01.472Z")),
        "R7-29",
        "Answer breaks its schema at /response/created",
    ),
    "a refusal with the code of success": Wrong(
        "body", modified(DONE, 400), "D-33", "Answer breaks its schema at /resCode"
    ),
    "bytes that are no JSON": Wrong("body", modified("{resCode: 0}"), "HW-62", "Unreadable body", ("D-28", "D-33")),
    "XML that ends too soon": Wrong(
        "body", closed_xml("</result>", ""), "R7-07", "Unreadable body", ("R7-22", "OO-37")
    ),
    "a code that is not the one of a success": Wrong(
        "body", modified({**DONE, "resCode": "200"}), "D-33", "Answer does not say success at /resCode"
    ),
    "an element missing in XML": Wrong(
        "body", closed_xml("<canEdit>true</canEdit>", ""), "R7-33", "Member missing: /response/canEdit"
    ),
    "a number in words in XML": Wrong(
        "body",
        closed_xml("<position>10</position>", "<position>ten</position>"),
        "R7-39",
        "Answer breaks its schema at /response/customFields/*/position",
    ),
    "no Retry-After": Wrong("headers", limited(), "OO-24", "Header missing: retry-after"),
    "an empty Retry-After": Wrong("headers", limited(("Retry-After", "")), "OO-24", "Header missing: retry-after"),
    "a Location that is no URI": Wrong(
        "headers", made(("Location", "http://[worlds")), "CTL-12", "Header breaks its schema: location"
    ),
    "a member in PascalCase": Wrong(
        "names", closed(page_json(IsClosed=False)), "R7-43", "Member names in another style"
    ),
    "a member in PascalCase deep inside": Wrong(
        "names",
        closed(page_json(customFields=[{**FIELD, "Mask": ""}])),
        "R7-43",
        "Member names in another style",
    ),
    "another root element": Wrong("xml", closed_xml("result>", "answer>"), "R7-45", "XML root element"),
    "an attribute": Wrong("xml", closed_xml("<mask>", '<mask nil="true">'), "R7-45", "XML attributes"),
    "an element in PascalCase": Wrong(
        "xml", closed_xml("canEdit>", "CanEdit>"), "R7-46", "XML element names in another style"
    ),
    "a boolean with a capital": Wrong("xml", closed_xml("<canEdit>true<", "<canEdit>True<"), "R7-47", "XML booleans"),
    "a boolean as a digit": Wrong("xml", closed_xml("<isClosed>false<", "<isClosed>0<"), "R7-47", "XML booleans"),
    "a list in a wrapper": Wrong("xml", in_a_wrapper(2), "R7-49", "XML list in a wrapper"),
}

RIGHT: Mapping[str, Right] = {
    "a documented success": Right("status", modified(DONE), "HW-57"),
    "a documented refusal": Right("status", modified({"resCode": "1", "resMsg": ""}, 404), "HTTP-08"),
    "a media type with a charset": Right("media", modified(DONE, media="Application/JSON;charset=UTF-8"), "D-28"),
    "a charset in quotes": Right("media", modified(DONE, media='application/json; charset="utf-8"'), "D-28"),
    "ASCII by its own name": Right("media", modified(DONE, media="application/json; charset=us-ascii"), "D-28"),
    "plain text where it is documented": Right(
        "media", Answer("r7office", "closeCase", 404, "Not Found", "text/plain"), "D-10"
    ),
    "XML where it is documented": Right("media", closed_xml(), "R7-07"),
    "a code that is a text": Right("body", modified(DONE), "HW-63"),
    "a member that nobody promised": Right("body", modified({**DONE, "traceId": "7"}), "HW-62"),
    "the page's own case": Right("body", closed(page_json()), "R7-34"),
    "the page's own case in XML": Right("body", closed_xml(), "R7-39"),
    "no custom field in XML, which is an empty list": Right("body", closed_xml(f"{FIELD_XML}</customFields>"), "R7-33"),
    "Retry-After in other letters": Right("headers", limited(("retry-AFTER", "10")), "OO-24"),
    "a Location without a host": Right("headers", made(("Location", "/worlds/anna")), "CTL-12"),
    "members in camelCase": Right("names", closed(page_json()), "R7-43"),
    "the documented root element": Right("xml", closed_xml(), "R7-45"),
    "elements in camelCase": Right("xml", closed_xml(), "R7-46"),
    "booleans in small letters": Right("xml", closed_xml(), "R7-47"),
    "a list of one without a wrapper": Right("xml", closed_xml(), "R7-49"),
    "a list of two without a wrapper": Right(
        "xml", closed_xml(f"{FIELD_XML}</customFields>", f"{FIELD_XML}</customFields>" * 2), "R7-49"
    ),
    "what our schema and the document both allow": Right("cross-check", modified(DONE), "D-33"),
}

SILENT: Mapping[str, tuple[str, Answer]] = {
    "the status alone is for the status check": ("media", modified("<p/>", 299, "text/html")),
    "another media type is for the media check": ("body", modified("<p/>", media="text/html")),
    "a body left out is for the media check": ("body", modified(b"")),
    "names of a refusal are nobody's promise": (
        "names",
        Answer("r7office", "closeCase", 404, {"status": 1, "statusCode": 404, "Error": {}}),
    ),
    "names of an API without a style": ("names", modified({**DONE, "ResCode": "0"})),
    "a header that may be left out is no evidence": (
        "headers",
        Answer("aicc", "modifyCase", 401, DONE, headers=(("WWW-Authenticate", "AccessToken"),)),
    ),
    "a header that the check of headers condemns": ("cross-check", made()),
    "JSON is not for the XML check": ("xml", closed(page_json())),
    "unreadable XML is for the body check": ("xml", closed_xml("</result>", "")),
    "what our own judge condemns": ("cross-check", modified({**DONE, "resCode": 0})),
    "XML is not for the cross-check": ("cross-check", closed_xml()),
}


def judged(check: str, answer: Answer, contract: Contract | None = None) -> list[Judgement]:
    chosen = contract or contract_of(answer.api)
    return CHECKS[check](chosen, chosen.operation(answer.operation), answer.exchange(chosen))


def contradicted() -> Contract:
    """AICC's contract with a document that asks for a code which our schema, compiled before, does not."""
    contract = contract_of("aicc")
    document = copy.deepcopy(contract.document)
    document["components"]["schemas"]["Done"]["properties"]["resCode"]["type"] = "integer"
    return replace(contract, edition="contradicted", document=document)


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_wrong_answer_is_charged_to_its_statement_alone(case: Wrong) -> None:
    """An answer with one thing wrong brings one finding, under the statement of the wrong element."""
    found = {(item.statement, item.title) for item in judged(case.check, case.answer) if not item.held}

    assert found == {(name, case.title) for name in (case.blamed, *case.also)}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_finding_says_what_was_received_and_what_is_documented(case: Wrong) -> None:
    """A judgement against a statement always has both halves of its explanation."""
    found = [item for item in judged(case.check, case.answer) if not item.held]

    assert all(item.received and item.documented for item in found)


@pytest.mark.parametrize("case", RIGHT.values(), ids=RIGHT)
def test_right_answer_is_left_alone(case: Right) -> None:
    """A check holds nothing against an answer in order."""
    assert [item for item in judged(case.check, case.answer) if not item.held] == []


@pytest.mark.parametrize("case", RIGHT.values(), ids=RIGHT)
def test_right_answer_is_evidence(case: Right) -> None:
    """An answer in order shows that the statement behind it is kept."""
    assert case.kept in {item.statement for item in judged(case.check, case.answer)}


@pytest.mark.parametrize(("check", "answer"), SILENT.values(), ids=SILENT)
def test_check_is_silent_about_what_another_one_judges(check: str, answer: Answer) -> None:
    """What is wrong in one way is reported once: every other check neither condemns it nor takes it for evidence."""
    assert judged(check, answer) == []


def test_cross_check_that_disagrees_is_a_finding() -> None:
    """An answer that our schema takes and openapi-core does not is reported as the judges' disagreement."""
    found = judged("cross-check", modified(DONE), contradicted())

    assert [(item.held, item.statement, item.title) for item in found] == [(False, "D-33", "The two judges disagree")]


def test_cross_check_is_made_again_about_another_shape() -> None:
    """An answer of another shape is judged anew, not by what was said of the first."""
    contract = contradicted()
    judged("cross-check", modified(DONE), contract)

    other = judged("cross-check", modified({"resCode": "1", "resMsg": ""}, 404), contract)

    assert [item.held for item in other] == [True]


SUCCESSES = [
    (api, operation.id, media, pointer)
    for api in ("aicc", "onlyoffice", "r7office")
    for operation in contract_of(api).operations.values()
    for media in operation.responses[operation.success_status()].content
    for pointer in operation.success
]


@pytest.mark.parametrize(("api", "name", "media", "pointer"), SUCCESSES)
def test_constant_of_a_success_is_compared_as_it_is_printed(api: str, name: str, media: str, pointer: str) -> None:
    """Another value of the same type is no success, and a statement stands behind that."""
    operation = contract_of(api).operation(name)
    schema = operation.responses[operation.success_status()].content[media].schema
    printed = operation.success[pointer]
    other = "7" if isinstance(printed, str) else 7
    assert schema is not None
    flaws = [flaw for flaw in schema.flaws({pointer[1:]: other}) if flaw.pointer == pointer]

    assert [(flaw.keyword, bool(flaw.statements)) for flaw in flaws] == [("enum", True)]


def test_missing_body_is_charged_to_the_representation_that_was_asked_for() -> None:
    """Nothing in answer to a request for XML breaks the statement of XML, and not that of JSON."""
    contract, answer = contract_of("r7office"), Answer("r7office", "closeCase", 200, b"")
    exchange = answer.exchange()
    asked = replace(exchange, request=replace(exchange.request, url=f"{exchange.request.url}.xml"))
    found = [judge(contract, contract.operation("closeCase"), item) for item in (exchange, asked)]

    assert [{"R7-06", "R7-07"} & {item.statement for item in judged if not item.held} for judged in found] == [
        {"R7-06"},
        {"R7-07"},
    ]


def test_answer_that_lost_a_header_is_judged_anew() -> None:
    """An answer whose body came before is no known one where a header that the contract asks for is gone."""
    contract = contract_of("control")
    operation = contract.operation("listWorlds")
    body = operation.refusals["unauthenticated"].body
    exchange = Answer("control", "listWorlds", 401, body, "application/problem+json").exchange(contract)
    reported = (*exchange.response.headers, ("WWW-Authenticate", "Bearer"))
    whole = replace(exchange, response=replace(exchange.response, headers=reported))

    held = [all(item.held for item in judge(contract, operation, item)) for item in (whole, exchange, whole)]

    assert held == [True, False, True]


@pytest.mark.parametrize(("text", "held"), [("10", True), ("soon", False)])
def test_header_that_is_a_number_is_read_as_one(text: str, held: bool) -> None:
    """A header is text; a document may still call it an integer (OpenAPI's style `simple`)."""
    contract, answer = contract_of("onlyoffice"), limited(("Retry-After", text))
    operation = contract.operation(answer.operation)
    schema = Schema({"type": "integer"}, jsonschema_rs.validator_for({"type": "integer"}))
    number = {"retry-after": replace(operation.responses[503].headers["retry-after"], schema=schema)}
    responses = {**operation.responses, 503: replace(operation.responses[503], headers=number)}

    found = CHECKS["headers"](contract, replace(operation, responses=responses), answer.exchange(contract))

    assert [(item.statement, item.held) for item in found] == [("OO-24", held)]


@pytest.mark.parametrize("check", CHECKS)
def test_check_has_an_answer_it_condemns_and_one_it_takes(check: str) -> None:
    """A check that is added gets its examples here, on both sides."""
    condemned = {case.check for case in WRONG.values()} | {"cross-check"}

    assert check in condemned & {case.check for case in RIGHT.values()}


@pytest.mark.parametrize(
    "answer", [modified(DONE), closed(page_json()), closed_xml()], ids=["aicc", "r7office", "r7office xml"]
)
def test_page_answer_passes_every_check(answer: Answer) -> None:
    """The success that a vendor's page prints has nothing held against it by any check."""
    contract = contract_of(answer.api)
    found = judge(contract, contract.operation(answer.operation), answer.exchange())

    assert [item for item in found if not item.held] == []


def test_undocumented_member_hides_nothing_of_the_documented_ones() -> None:
    """An answer with a member more is noted for that, and still shows that the members of the contract are right."""
    contract = contract_of("onlyoffice")
    operation = contract.operation("getCase")
    page = next(iter(operation.responses[200].content["application/json"].examples.values()))
    answer = Answer("onlyoffice", "getCase", 200, {**page, "response": {**page["response"], "Revision": 7}})
    judged = CHECKS["body"](contract, operation, answer.exchange(contract))

    assert {item.held for item in judged} == {True, False}
    assert len({item.statement for item in judged if item.held}) > 10


@pytest.mark.parametrize(("lost", "blamed"), [(20, True), (2, False)])
def test_object_without_most_of_its_members_is_another_one(lost: int, blamed: bool) -> None:
    """A case where a contact belongs breaks not only what is said of each member, but that a contact is answered."""
    contract = contract_of("onlyoffice")
    page = next(iter(contract.operation("addCaseContact").responses[201].content["application/json"].examples.values()))
    contact = dict(list(page["response"].items())[lost:])
    found = judged("body", Answer("onlyoffice", "addCaseContact", 201, {**page, "response": contact}))

    assert ("OC-05" in {item.statement for item in found if item.title == "Another object at /response"}) is blamed
