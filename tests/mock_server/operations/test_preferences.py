"""`Prefer`: which preferences are read, and that each documented answer can be had as the contract describes it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.target.decoding import decode
from mock_server.operations.preferences import LONGEST_DELAY, Preferences, UnmetPreference, read_preferences
from specs.contract import Operation, Response
from tests.mock_server.client import Answer, Client
from tests.mock_server.provoked import CREDENTIALS, CRM, EDIT, EDITION, MODIFY, as_json
from tests.mock_server.whole import Whole, running

UPDATE = CRM.format("1234")


@pytest.fixture(scope="module")
def whole() -> Whole:
    """The mock that tests share."""
    return running()


@pytest.fixture
def aicc(whole: Whole) -> Client:
    """The AICC operator in a world of their own."""
    return whole.fresh().under("/aicc").with_headers(CREDENTIALS["aicc"]["operator"])


@pytest.fixture
def crm(whole: Whole) -> Client:
    """The ONLYOFFICE administrator in a world of their own."""
    return whole.fresh().under("/onlyoffice").with_headers(CREDENTIALS["onlyoffice"]["admin"])


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("code=409", Preferences("409")),
        ("CODE=409", Preferences("409")),
        ("code = 409", Preferences("409")),
        ('code="409"', Preferences("409")),
        ('example="a b"', Preferences(example="a b")),
        (r'example="a \"b\" \\ c"', Preferences(example=r'a "b" \ c')),
        ("code=409, example=stale", Preferences("409", "stale")),
        ("code=409,example=stale,delay=5", Preferences("409", "stale", 5)),
        ("  code=409  ,  delay=5  ", Preferences("409", "", 5)),
        ("code=409, code=200", Preferences("409")),
        ("code=409; foo=bar; code=200, delay=5", Preferences("409", "", 5)),
        ("respond-async, wait=10, handling=lenient, code=409", Preferences("409")),
        ('other; note="x, code=404", code=409', Preferences("409")),
        ('other="x, code=404", code=409', Preferences("409")),
        ("return=minimal", Preferences()),
        ("code", Preferences()),
        ('code=""', Preferences()),
        ("delay", Preferences()),
        ("delay=0", Preferences()),
        ("delay=060", Preferences(delay=60)),
        ("", Preferences()),
        (',,;=,"', Preferences()),
        ("code=4 09", Preferences()),
        (f"delay={LONGEST_DELAY}", Preferences(delay=LONGEST_DELAY)),
    ],
)
def test_preferences_are_read_as_rfc_7240_writes_them(header: str, read: Preferences) -> None:
    """
    Names in any letter case, quoted values, parameters, unknown preferences and doubled ones: the RFC says what counts.
    """
    assert read_preferences(header) == read


@pytest.mark.parametrize("delay", [str(LONGEST_DELAY + 1), "-1", "1.5", "1e3", "soon", "٣", "9" * 5000, '" 5"'])
def test_delay_that_is_none_is_unmet(delay: str) -> None:
    """
    A delay is a number of milliseconds within a minute; the sentence says so.
    """
    with pytest.raises(UnmetPreference, match="is not a number of milliseconds from 0 to 60000"):
        read_preferences(f"delay={delay}")


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_any_header_is_read_or_unmet(header: str) -> None:
    """
    Whatever a client sends, the answer is preferences or the sentence about a delay.
    """
    try:
        found = read_preferences(header)
    except UnmetPreference:
        return
    assert 0 <= found.delay <= LONGEST_DELAY


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30))
def test_applied_preference_is_read_back(name: str) -> None:
    """
    What `Preference-Applied` says of an example reads as the same preference again, whatever its name holds.
    """
    applied = Preferences(example=name, delay=7)

    assert read_preferences(applied.applied()) == applied


def modify(client: Client, prefer: str, *more: str, value: object = None) -> Answer:
    """A modifyCase that prefers; its body is empty unless said, so that it would be refused."""
    headers = (("content-type", "application/json"), ("prefer", prefer), *(("prefer", item) for item in more))
    return client.send("POST", MODIFY, headers, as_json(value or {})["body"])


def test_documented_refusal_is_given(aicc: Client) -> None:
    """
    code=404 gives the vendor's own 404.
    """
    answer = modify(aicc, "code=404")

    assert (answer.status, answer.json()["resCode"][:3]) == (404, "404")


def test_documented_success_is_given_to_a_bad_request(aicc: Client) -> None:
    """
    code=200 gives the documented success, whatever the request would have got.
    """
    answer = modify(aicc, "code=200")

    assert (answer.status, answer.json()) == (200, {"resCode": "0", "resMsg": "Success"})


def test_undocumented_status_is_refused_with_the_documented_ones(aicc: Client) -> None:
    """
    Who asks for what the page does not have learns what it has.
    """
    answer = modify(aicc, "code=418")

    assert (answer.status, answer.json()["detail"]) == (
        400,
        (
            "Prefer cannot be kept: modifyCase documents no answer 418; it has 200, 400, 401, 404, 413, 415; "
            "408, 429 and 500 to 599 are simulated."
        ),
    )


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504, 599])
def test_error_that_is_not_documented_is_simulated(aicc: Client, code: int) -> None:
    """
    Errors that any part of a network gives can be had everywhere, in the vendor's format, and say that they are none.
    """
    answer = modify(aicc, f"code={code}")

    assert (answer.status, answer.header("x-casepact-simulated")) == (code, "preference")
    assert answer.header("preference-applied") == f"code={code}"
    detail = f"simulated: modifyCase documents no answer {code}, and the request prefers it"
    assert answer.json() == {"resCode": f"{code}001", "resMsg": detail}


def test_simulated_error_has_the_representation_of_a_success(crm: Client) -> None:
    """
    Below .xml it is XML, as every error there.
    """
    answer = crm.send("GET", f"{UPDATE}.xml", (("prefer", "code=500"),))

    assert (answer.status, answer.header("content-type")) == (500, "text/xml; charset=UTF-8")
    assert b"<statusCode>500</statusCode>" in answer.body


def test_simulated_error_has_no_example(aicc: Client) -> None:
    """
    A named example is one of documented answers.
    """
    answer = modify(aicc, "code=503, example=renamed")

    assert (answer.status, "no answer 503 by example" in answer.json()["detail"]) == (400, True)


def test_preferred_answer_is_simulated_in_the_journal(whole: Whole, aicc: Client) -> None:
    """
    What the request asked for itself says nothing of whether it would be admitted.
    """
    modify(aicc, "code=200")
    modify(aicc, "code=503")
    entries = whole.steer("GET", f"/worlds/{aicc.world}/journal").json()["entries"]

    assert [(entry["status"], entry["outcome"]) for entry in entries] == [(200, "simulated"), (503, "simulated")]


def test_challenge_of_a_preferred_refusal_is_that_of_the_request(crm: Client) -> None:
    """
    It names the host that was asked, and comes only where a credential was sent; what is kept of answers has neither.
    """
    found = []
    for host in ("a.example", "b.example"):
        answer = crm.with_headers(("host", host)).send("GET", UPDATE, (("prefer", "code=401"),))
        found.append(answer.header("www-authenticate"))

    assert found == ['Basic Realm="a.example"', 'Basic Realm="b.example"']


@pytest.mark.parametrize("code", ["4", "40", "4040", "abc", "0404", "-404", "404.0"])
def test_status_that_is_none_is_refused(aicc: Client, code: str) -> None:
    """
    A status is three digits of ASCII.
    """
    answer = aicc.send("POST", MODIFY, (("prefer", f"code={code}"),))

    assert (answer.status, "documents no answer" in answer.json()["detail"]) == (400, True)


def test_named_example_is_given(whole: Whole) -> None:
    """
    example=stale finds the answer that has an example of this name.
    """
    egain = whole.fresh().under("/egain").with_headers(CREDENTIALS["egain"]["agent"])
    answer = egain.send("PATCH", EDIT, (("prefer", "example=stale"),))

    assert (answer.status, answer.json()["code"]) == (409, "409-100")


def test_unknown_example_is_refused_with_the_nearest(whole: Whole) -> None:
    """
    A misspelt example is answered with 400, the nearest name and all names.
    """
    egain = whole.fresh().under("/egain").with_headers(CREDENTIALS["egain"]["agent"])
    detail = egain.send("PATCH", EDIT, (("prefer", "example=stael"),)).json()["detail"]

    assert ("Did you mean 'stale'?" in detail, "unknownLanguage (406)" in detail) == (True, True)


def test_example_of_another_status_is_refused(whole: Whole) -> None:
    """
    A status and an example that do not go together are not served.
    """
    egain = whole.fresh().under("/egain").with_headers(CREDENTIALS["egain"]["agent"])
    answer = egain.send("PATCH", EDIT, (("prefer", "code=406, example=stale"),))

    assert (answer.status, "unknownLanguage (406)" in answer.json()["detail"]) == (400, True)


def test_doubled_headers_are_one_list(aicc: Client) -> None:
    """
    Two lines of Prefer are read as one, the first instance of a preference first (RFC 7240 section 2).
    """
    answer = modify(aicc, "code=404", "code=200, delay=1")

    assert (answer.status, answer.header("preference-applied")) == (404, "code=404, delay=1")


def test_applied_preferences_are_named(aicc: Client) -> None:
    """
    `Preference-Applied` has what was kept and nothing else (RFC 7240 section 3).
    """
    assert modify(aicc, 'respond-async, code="404"').header("preference-applied") == "code=404"


def test_ignored_preferences_are_not_named(aicc: Client) -> None:
    """
    A request whose preferences mean nothing here is answered as if it had none.
    """
    answer = modify(aicc, "respond-async, return=minimal")

    assert (answer.status, answer.header("preference-applied")) == (400, None)


def test_delayed_answer_comes_late(aicc: Client) -> None:
    """
    delay=120 holds the answer back for so many milliseconds at least.
    """
    started = time.perf_counter()
    modify(aicc, "delay=120")

    assert time.perf_counter() - started >= 0.12


def test_delay_alone_changes_no_answer(aicc: Client) -> None:
    """
    A request that only asks to wait is carried out, and the answer names the delay.
    """
    answer = modify(aicc, "delay=1", value={"caseInfo": {"id": "x"}})

    assert (answer.status, answer.header("preference-applied")) == (400, "delay=1")


def test_delay_out_of_bounds_is_refused_at_once(aicc: Client) -> None:
    """
    Nobody waits longer than a minute.
    """
    assert modify(aicc, "delay=60001").status == 400


def test_preferred_answer_changes_nothing(whole: Whole) -> None:
    """
    A write that would have succeeded is not carried out when another answer was preferred.
    """
    client = whole.fresh()
    egain = client.under("/egain").with_headers(CREDENTIALS["egain"]["agent"])
    before = client.snapshot()
    answer = egain.send("PATCH", EDIT, (("content-type", "application/json"), ("prefer", "code=409")), _edition())

    assert (answer.status, client.snapshot() == before) == (409, True)


def test_preferred_success_changes_nothing(whole: Whole) -> None:
    """
    Nor is it when success was preferred: the answer is an example.
    """
    client = whole.fresh()
    egain = client.under("/egain").with_headers(CREDENTIALS["egain"]["agent"])
    before = client.snapshot()
    answer = egain.send("PATCH", EDIT, (("content-type", "application/json"), ("prefer", "code=204")), _edition())

    assert (answer.status, client.snapshot() == before) == (204, True)


def test_preferred_answer_is_in_the_journal(whole: Whole) -> None:
    """
    The journal says that the request chose its answer.
    """
    client = whole.fresh()
    modify(client.under("/aicc"), "code=404")
    entry = whole.steer("GET", f"/worlds/{client.world}/journal").json()["entries"][-1]

    assert (entry["status"], entry["detail"]) == (404, "preferred by the request")


def test_preferred_answer_is_xml_by_suffix(crm: Client) -> None:
    """
    The suffix chooses the representation of the preferred answer too.
    """
    answer = crm.send("PUT", f"{UPDATE}.xml", (("prefer", "code=200"),))

    assert (answer.header("content-type"), answer.body[:8]) == ("text/xml; charset=UTF-8", b"<result>")


def test_preferred_answer_is_xml_by_accept(crm: Client) -> None:
    """
    So does Accept.
    """
    answer = crm.send("PUT", UPDATE, (("prefer", "example=private"), ("accept", "text/xml")))

    assert (answer.header("content-type"), answer.body[:8]) == ("text/xml; charset=UTF-8", b"<result>")


def test_preferred_answer_to_head_has_no_body(crm: Client) -> None:
    """
    HEAD gets the headers of the preferred answer, its length included, and no body (RFC 9110 section 9.3.2).
    """
    head = crm.send("HEAD", UPDATE, (("prefer", "code=200"),))
    full = crm.send("GET", UPDATE, (("prefer", "code=200"),))

    assert (head.status, head.body, head.header("content-length")) == (200, b"", str(len(full.body)))


def test_rate_limit_can_be_preferred(crm: Client) -> None:
    """
    The vendor's 503 comes with its Retry-After (OO-24).
    """
    answer = crm.send("PUT", UPDATE, (("prefer", "code=503"),))

    assert (answer.status, answer.header("retry-after"), answer.body) == (503, "10", b"Service Unavailable")


def test_preferred_unauthorized_has_its_challenge(aicc: Client) -> None:
    """
    A preferred 401 names the scheme, as every 401 does (RFC 9110 section 11.6.1).
    """
    assert modify(aicc, "code=401").header("www-authenticate") == 'AccessToken realm="AICC"'


def test_preferred_answer_needs_no_credential(whole: Whole) -> None:
    """
    An answer that does not depend on the request does not depend on who asks.
    """
    assert modify(whole.fresh().under("/aicc"), "code=200").status == 200


def test_control_api_has_preferences_too(whole: Whole) -> None:
    """
    The documented answers of the control API can be had in the same way.
    """
    answer = whole.client.send("DELETE", "/_casepact/v1/worlds/default", (("prefer", "code=204"),))

    assert (answer.status, whole.store.find("default") is not None) == (204, True)


def choices(whole: Whole) -> Iterator[tuple[str, Operation, Response, str, str]]:
    """Every documented answer: contract, operation, response, media type, and example or nothing."""
    assembly = whole.assembly
    for contract in (*assembly.contracts.values(), assembly.control):
        for operation in contract.operations.values():
            for response in operation.responses.values():
                if not response.content:
                    yield contract.api, operation, response, "", ""
                for media in response.content.values():
                    yield contract.api, operation, response, media.name, ""
                    for example in media.examples:
                        yield contract.api, operation, response, media.name, example


SWEEP = list(choices(running()))


@pytest.mark.parametrize(
    ("api", "operation", "response", "media", "example"),
    SWEEP,
    ids=[f"{api} {operation.id} {response.status} {media} {name}" for api, operation, response, media, name in SWEEP],
)
def test_every_documented_answer_can_be_had(
    whole: Whole, api: str, operation: Operation, response: Response, media: str, example: str
) -> None:
    """
    Each status, in each of its representations and examples, is given with a body and headers that the contract has.
    """
    base = "/_casepact/v1" if api == "control" else f"/{api}"
    path = operation.path
    for parameter in operation.parameters:
        path = path.replace(f"{{{parameter.name}}}", "1234")
    prefer = f"code={response.status}" + (f', example="{example}"' if example else "")
    answer = whole.client.send(operation.method, base + path, (("prefer", prefer), ("accept", media or "*/*")))
    reported = (answer.header("content-type") or "").partition(";")[0]

    assert answer.status == response.status
    assert {name for name, header in response.headers.items() if header.required} <= {
        name for name, _ in answer.headers
    }
    if response.content:
        found = response.content[reported]
        assert found.schema is None or found.schema.flaws(decode(found, answer.body)) == []
        # An answer follows Accept only as far as a success of the operation has that type.
        offered = operation.responses[operation.success_status()].content
        assert reported == media or media not in offered
    else:
        assert answer.body == b""


def _edition() -> bytes:
    body: bytes = as_json(EDITION)["body"]
    return body
