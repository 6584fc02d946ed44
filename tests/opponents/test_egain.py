"""The eGain opponent: honest in each of its ways, and caught at each of its faults."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx import Response
from starlette.applications import Starlette

from tests.opponents import egain, egain_seed
from tests.opponents.egain import FAULTS
from tests.opponents.egain_seed import BARE, CLOSED, COLLEAGUES, FULL, NEARLY_FULL, POOL, SPARE, UNOWNED
from tests.opponents.store import Store
from tests.opponents.ways import Ways

CASE = "/core/casemgr/v3/case"
HEADERS = {"Accept": "application/json", "Accept-Language": "en-US"}
FIRST, SECOND = SPARE[:2]


class Wire(httpx.BaseTransport):
    """Carries requests straight to an application, each in an event loop of its own."""

    def __init__(self, app: Starlette) -> None:
        self._inner = httpx.ASGITransport(app, raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> Response:
        async def exchange() -> Response:
            answer = await self._inner.handle_async_request(request)
            return Response(answer.status_code, headers=answer.headers, content=await answer.aread())

        return asyncio.run(exchange())


class Talk:
    """A client of one opponent: edits by number of the case, reads as the client application."""

    def __init__(self, fault: str | None = None, ways: Ways | None = None, file: Path | None = None) -> None:
        self.ways = ways or Ways()
        self.store = Store(egain.seed(self.ways), lag=self.ways.settles, file=file)
        self.http = httpx.Client(transport=Wire(egain.build(self.ways, fault, self.store)), base_url="http://egain")
        self.tokens = {name: who.token for name, who in egain.credentials(self.ways).items()}

    def key(self, number: int) -> str:
        return str(number + (egain_seed.BIG if self.ways.big_ids else 0))

    def read(self, number: int, who: str = "sync") -> dict[str, Any]:
        url = f"{CASE}/{self.key(number)}?$attribute=all"
        answer = self.http.get(url, headers={"Authorization": f"Bearer {self.tokens[who]}"})
        assert answer.status_code == 200, answer.text
        return answer.json()["case"][0]

    def edit(self, number: int, who: str = "ines", *, url: str = CASE, **members: Any) -> Response:
        """Edit with the last modified date as it is, unless `members` give another."""
        body = {"id": self.key(number), "lastModified": self._last_modified(number)} | members
        return self.send(body, who, url=url)

    def send(self, body: Any, who: str = "ines", url: str = CASE, **headers: str) -> Response:
        authorization = {"Authorization": f"Bearer {self.tokens.get(who, who)}"} if who else {}
        return self.http.patch(url, json=body, headers=HEADERS | authorization | headers)

    def outcome(self, number: int, who: str = "ines", **members: Any) -> Any:
        """The status of an edit, and the case after it without the dates that differ from run to run."""
        status = self.edit(number, who, **members).status_code
        return status, {name: value for name, value in self.read(number).items() if name != "lastModified"}

    def with_headers(self, **headers: str) -> Any:
        body = {"id": self.key(FIRST), "lastModified": self._last_modified(FIRST), "severity": {"value": "high"}}
        return _answer(self.send(body, **{name.replace("_", "-"): value for name, value in headers.items()}))

    def _last_modified(self, number: int) -> str:
        record = self.store.current("case", self.key(number))
        return record["last_modified"] if record else "2026-02-11T09:00:00.000Z"


def _answer(answer: Response) -> Any:
    return answer.status_code, answer.headers.get("content-type"), answer.text


def _related(*numbers: int, unlink: tuple[int, ...] = ()) -> dict[str, Any]:
    def links(some: tuple[int, ...]) -> list[dict[str, str]]:
        return [{"rel": "case", "href": f"{CASE}/{number}"} for number in some]

    return {"link": links(numbers), "unlink": links(unlink)}


def _attributes(**values: str) -> dict[str, Any]:
    entries = [
        {"attribName": name, "attribValues": {"attribValue": [{"value": text}]}} for name, text in values.items()
    ]
    return {"customAttribute": entries}


def _owner(number: int) -> dict[str, Any]:
    return {"user": {"id": str(number)}}


def _soon(**ahead: int) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _edits(number: int, who: str = "ines", **members: Any) -> Callable[[Talk], Any]:
    return lambda talk: talk.outcome(number, who, **members)


def _answers(number: int, who: str = "ines", **members: Any) -> Callable[[Talk], Any]:
    return lambda talk: _answer(talk.edit(number, who, **members))


def _others(talk: Talk) -> Any:
    talk.edit(FIRST, subject="Only this one")
    return talk.read(SECOND)


def _later_date(talk: Talk) -> Any:
    before = talk.read(FIRST)["lastModified"]
    talk.edit(FIRST, subject="Later")
    return talk.read(FIRST)["lastModified"] > before


def _near_due_date(talk: Talk) -> Any:
    return talk.edit(FIRST, dueDate=_soon(hours=1)).status_code


def _array(talk: Talk) -> Any:
    bodies = [
        {"id": talk.key(number), "lastModified": talk.read(number)["lastModified"], "subject": "Both"}
        for number in (FIRST, SECOND)
    ]
    return talk.send(bodies).status_code, talk.read(SECOND)["subject"]


def _without(name: str) -> Callable[[Talk], Any]:
    def provoke(talk: Talk) -> Any:
        body = {"id": talk.key(FIRST), "lastModified": talk.read(FIRST)["lastModified"], "subject": "x"}
        del body[name]
        return talk.send(body).status_code, talk.read(FIRST)["subject"]

    return provoke


def _success(talk: Talk) -> Any:
    answer = talk.edit(FIRST, subject="Done")
    return answer.status_code, answer.content


STALE = "2025-02-11T09:14:22.187Z"
PROVOKED: dict[str, Callable[[Talk], Any]] = {
    "subject-lost": _edits(FIRST, subject="Winch"),
    "description-lost": _edits(FIRST, description="Winch"),
    "description-beside-subject-lost": _edits(FIRST, subject="Winch", description="It slips."),
    "solution-lost": _edits(FIRST, solution="Winch"),
    "due-date-lost": _edits(FIRST, dueDate="2033-01-02T03:04:05.000Z"),
    "severity-lost": _edits(FIRST, severity={"value": "urgent"}),
    "owner-lost": _edits(FIRST, owner=_owner(2712)),
    "custom-attributes-lost": _edits(FIRST, customAttributes=_attributes(work_order="WO-1")),
    "first-attribute-only": _edits(FIRST, customAttributes=_attributes(work_order="WO-1", berth_type="dry")),
    "other-attributes-dropped": _edits(FIRST, customAttributes=_attributes(work_order="WO-1")),
    "first-link-only": _edits(FIRST, relatedCases=_related(SECOND, UNOWNED)),
    "link-replaces": _edits(NEARLY_FULL, relatedCases=_related(SECOND)),
    "unlink-lost": _edits(NEARLY_FULL, relatedCases=_related(unlink=(POOL[0],))),
    "unlink-beside-link-lost": _edits(NEARLY_FULL, relatedCases=_related(SECOND, unlink=(POOL[0],))),
    "subject-ascii-only": _edits(FIRST, subject="Кран № 4"),
    "subject-trimmed": _edits(FIRST, subject="Issue with winch: "),
    "description-quotes-escaped": _edits(FIRST, description='The "blue" winch'),
    "solution-cut": _edits(FIRST, solution="s" * 1010),
    "empty-description-ignored": _edits(FIRST, description=""),
    "solution-wiped": _edits(FIRST, severity={"value": "urgent"}),
    "subject-of-others-written": _others,
    "one-write-behind": _edits(FIRST, subject="Winch"),
    "last-modified-stands": _later_date,
    "due-date-zone-dropped": _edits(FIRST, dueDate="2033-01-02T03:04:05+02:00"),
    "due-date-at-midnight": _edits(FIRST, dueDate="2033-01-02T03:04:05.000Z"),
    "refused-but-written": _edits(CLOSED[0], subject="Winch"),
    "half-written": _edits(FIRST, subject="Winch", relatedCases=_related(51161)),
    "closed-edited": _edits(CLOSED[0], subject="Winch"),
    "edit-right-unchecked": _edits(FIRST, "rosa", subject="Winch"),
    "department-unchecked": _edits(51161, subject="Winch"),
    "shared-department-editable": _edits(51151, subject="Winch"),
    "foreign-user-refused": _edits(51141, subject="Winch"),
    "disabled-owner-accepted": _edits(FIRST, owner=_owner(2713)),
    "unlicensed-owner-accepted": _edits(FIRST, owner=_owner(2714)),
    "transfer-unchecked": _edits(FIRST, owner=_owner(2717)),
    "transfer-to-self-refused": _edits(COLLEAGUES[0], owner=_owner(2711)),
    "target-department-unchecked": _edits(FIRST, owner=_owner(2715)),
    "foreign-target-refused": _edits(FIRST, owner=_owner(2716)),
    "pull-unchecked": _edits(51131, subject="Winch"),
    "pull-refused": _edits(COLLEAGUES[0], subject="Winch"),
    "related-department-unchecked": _edits(FIRST, relatedCases=_related(51161)),
    "shared-related-refused": _edits(FIRST, relatedCases=_related(51151)),
    "sharing-without-activities-enough": _edits(FIRST, relatedCases=_related(51171)),
    "seventy-six-links-accepted": _edits(FIRST, relatedCases=_related(*POOL[:76])),
    "seventy-five-links-refused": _edits(FIRST, relatedCases=_related(*POOL[:75])),
    "total-unchecked": _edits(FULL, relatedCases=_related(SECOND)),
    "stale-accepted": _edits(FIRST, subject="Winch", lastModified=STALE),
    "past-due-date-accepted": _edits(FIRST, dueDate="2024-01-02T03:04:05.000Z"),
    "near-due-date-refused": _near_due_date,
    "subject-1025-accepted": _edits(FIRST, subject="s" * 1025),
    "subject-1024-refused": _edits(FIRST, subject="s" * 1024),
    "description-1025-accepted": _edits(FIRST, description="s" * 1025),
    "description-1024-refused": _edits(FIRST, description="s" * 1024),
    "solution-1025-accepted": _edits(FIRST, solution="s" * 1025),
    "last-modified-not-required": _without("lastModified"),
    "number-id-accepted": _edits(FIRST, id=FIRST, subject="Winch"),
    "unknown-id-accepted": _answers(70000, subject="Winch"),
    "unknown-attribute-accepted": _edits(FIRST, customAttributes=_attributes(mood="good")),
    "status-member-accepted": _edits(FIRST, status={"value": "closed"}),
    "array-accepted": _array,
    "query-ignored": lambda talk: talk.edit(FIRST, url=f"{CASE}?dry=1", subject="Winch").status_code,
    "language-unchecked": lambda talk: talk.with_headers(Accept_Language="tlh"),
    "client-refused": _edits(FIRST, "sync", subject="Winch"),
    "token-not-needed": _edits(FIRST, "", subject="Winch"),
    "success-200": _success,
    "success-with-case": _success,
    "unknown-id-404": _answers(70000, subject="Winch"),
    "bad-token-403": _answers(FIRST, "nobody", subject="Winch"),
    "missing-right-401": _answers(FIRST, "rosa", subject="Winch"),
    "bad-language-400": lambda talk: talk.with_headers(Accept_Language="tlh"),
    "conflict-412": _answers(FIRST, subject="Winch", lastModified=STALE),
    "missing-id-500": _without("id"),
    "bad-date-500": _answers(FIRST, subject="Winch", lastModified="yesterday"),
    "emoji-500": _answers(FIRST, subject="Winch 🏗"),
    "portuguese-refused": lambda talk: talk.with_headers(Accept_Language="pt-PT"),
    "xml-accept-refused": lambda talk: talk.with_headers(Accept="application/xml"),
    "error-as-html": _answers(70000, subject="Winch"),
    "error-as-text": _answers(70000, subject="Winch"),
    "code-is-a-number": _answers(70000, subject="Winch"),
    "code-of-other-status": _answers(70000, subject="Winch"),
    "developer-message-missing": _answers(70000, subject="Winch"),
    "developer-message-misspelt": _answers(70000, subject="Winch"),
    "query-parameter-unnamed": _answers(FIRST, url=f"{CASE}?dry=1", subject="Winch"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_shows(fault: str) -> None:
    """
    Each fault changes the answer or the state that provokes it.
    """
    provoke = PROVOKED[fault]

    assert provoke(Talk(fault)) != provoke(Talk())


BREAKING_A_PLAIN_EDIT = ("severity-lost", "solution-wiped", "one-write-behind", "last-modified-stands", "success-200")


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in BREAKING_A_PLAIN_EDIT])
def test_fault_leaves_plain_edit(fault: str) -> None:
    """
    A fault that is not about a plain edit does not keep the server from editing a severity back and forth.
    """
    talk = Talk(fault)
    before = talk.read(FIRST)["severity"]["value"]
    statuses = [talk.edit(FIRST, severity={"value": value}).status_code for value in ("urgent", before)]

    assert (statuses, talk.read(FIRST)["severity"]["value"]) == (
        [200, 200] if fault == "success-with-case" else [204, 204],
        before,
    )


HONEST: dict[str, tuple[Callable[[Talk], Response], int, str]] = {
    "edit all": (
        lambda talk: talk.edit(
            FIRST,
            dueDate="2032-05-06T07:08:09Z",
            owner=_owner(2712),
            severity={"value": "low"},
            subject="Issue with winch: ",
            description="",
            solution="Кран",
            relatedCases=_related(SECOND, 51151),
            customAttributes=_attributes(berth_type="dry", work_order="Ü"),
        ),
        204,
        "",
    ),
    "collapsed objects of the sample": (
        lambda talk: talk.edit(BARE, subject="x", owner={}, severity={}, relatedCases={}, customAttributes={}),
        204,
        "",
    ),
    "nothing to change": (lambda talk: talk.edit(FIRST), 400, "400-387"),
    "unknown case": (lambda talk: talk.edit(70000, subject="x"), 400, "400-194"),
    "case of another tenant": (lambda talk: talk.edit(61001, subject="x"), 400, "400-194"),
    "closed case": (lambda talk: talk.edit(CLOSED[0], subject="x"), 400, "400-253"),
    "stale": (lambda talk: talk.edit(FIRST, subject="x", lastModified=STALE), 409, "409-100"),
    "other department": (lambda talk: talk.edit(FIRST, "mona", subject="x"), 403, "403-178"),
    "own department of another": (lambda talk: talk.edit(51161, "mona", subject="x"), 204, ""),
    "no licence": (lambda talk: talk.edit(FIRST, "lars", subject="x"), 403, "403-178"),
    "client of another type": (lambda talk: talk.edit(FIRST, "widget", subject="x"), 403, "403-178"),
    "read scope": (lambda talk: talk.edit(FIRST, "ines-reads", subject="x"), 403, "403-178"),
    "no token": (lambda talk: talk.edit(FIRST, "", subject="x"), 401, "401-101"),
    "two values of an enumeration of one": (
        lambda talk: talk.edit(
            FIRST,
            customAttributes={
                "customAttribute": [
                    {"attribName": "berth_type", "attribValues": {"attribValue": [{"value": "dry"}, {"value": "quay"}]}}
                ]
            },
        ),
        400,
        "400-152",
    ),
    "no option": (lambda talk: talk.edit(FIRST, customAttributes=_attributes(berth_type="wet")), 400, "400-152"),
    "seventy-fifth relation": (lambda talk: talk.edit(NEARLY_FULL, relatedCases=_related(SECOND)), 204, ""),
    "exchange on a full case": (
        lambda talk: talk.edit(FULL, relatedCases=_related(SECOND, unlink=(POOL[3],))),
        204,
        "",
    ),
    "query parameter": (lambda talk: talk.edit(FIRST, url=f"{CASE}?dry=1", subject="x"), 400, "'dry'"),
    "no body": (lambda talk: talk.http.patch(CASE, headers=_ines(talk)), 400, "400-264"),
    "broken JSON": (lambda talk: talk.http.patch(CASE, headers=_ines(talk), content=b"[[{"), 400, "400-152"),
    "half a character": (
        lambda talk: talk.http.patch(
            CASE, headers=_ines(talk), content=b'{"id":"1","lastModified":"2026-01-01T00:00:00Z","subject":"\\ud800"}'
        ),
        400,
        "400-152",
    ),
}


def _ines(talk: Talk) -> dict[str, str]:
    return HEADERS | {"Authorization": f"Bearer {talk.tokens['ines']}"}


@pytest.mark.parametrize("name", HONEST)
def test_honest_server_answers(name: str) -> None:
    """
    The honest server keeps the rules of the page.
    """
    request, status, text = HONEST[name]
    answer = request(Talk())

    assert (answer.status_code, text in answer.text) == (status, True), answer.text


@pytest.mark.parametrize("many", [65, 66])
def test_relations_count_in_all(many: int) -> None:
    """
    A case with ten relations takes 65 others, not 66.
    """
    talk = Talk()
    talk.edit(FIRST, relatedCases=_related(*POOL[:10]))

    assert talk.edit(FIRST, relatedCases=_related(*POOL[10 : 10 + many])).status_code == (204 if many == 65 else 400)


def test_relation_holds_both_ways() -> None:
    """
    A case that was related shows the relation too, with its own last modified date as it was.
    """
    talk = Talk()
    before = talk.read(SECOND)
    talk.edit(FIRST, relatedCases=_related(SECOND))
    after = talk.read(SECOND)

    assert (after["relatedCases"]["case"][0]["id"], after["lastModified"]) == (str(FIRST), before["lastModified"])


@pytest.mark.parametrize("unseen", [403, 404])
def test_case_out_of_sight_is_not_read(unseen: Any) -> None:
    """
    A case of an unshared department is refused on reading, with the status that the way says.
    """
    talk = Talk(ways=Ways(unseen=unseen))

    assert talk.http.get(f"{CASE}/51161", headers=_ines(talk)).status_code == unseen


def test_read_lags_where_writes_settle() -> None:
    """
    A read right after an edit shows the case before it, while the lock is that of the newest state.
    """
    talk = Talk(ways=Ways(settles=30))
    before = talk.read(FIRST)
    talk.edit(FIRST, subject="Winch")
    again = talk.send({"id": str(FIRST), "lastModified": before["lastModified"], "subject": "Again"})

    assert (talk.read(FIRST), again.status_code) == (before, 409)


@pytest.mark.parametrize(
    "ways",
    [Ways(big_ids=True), Ways(hides_optional=True), Ways(page_members_only=True), Ways(more_members=True)],
    ids=["big_ids", "hides_optional", "page_members_only", "more_members"],
)
def test_way_is_kept_in_an_edit(ways: Ways) -> None:
    """
    An edit with the read date is done and shown in each way.
    """
    talk = Talk(ways=ways)
    status = talk.edit(FIRST, subject="Winch", lastModified=talk.read(FIRST)["lastModified"]).status_code
    case = talk.read(FIRST)

    assert (status, case["subject"], case["id"]) == (204, "Winch", talk.key(FIRST))
    assert ("description" in case) is not ways.hides_optional
    assert ("channel" in case or "originatingChannel" in case) is not (ways.hides_optional or ways.page_members_only)
    assert ("revision" in case) is ways.more_members
    refusal = talk.edit(70000, subject="x").json()
    plain = {"code", "developerMessage"}
    assert (set(refusal) == plain) is (ways.hides_optional or ways.page_members_only)


def test_other_dates_can_be_sent_back() -> None:
    """
    A date in another zone is the same moment, and accepted as the last modified one.
    """
    talk = Talk(ways=Ways(other_dates=True))
    shown = talk.read(FIRST)["lastModified"]

    assert shown.endswith("+05:30")
    assert talk.edit(FIRST, subject="Winch", lastModified=shown).status_code == 204


@pytest.mark.parametrize("who", ["ines", "sync"])
def test_token_ends_and_is_fetched_anew(who: str) -> None:
    """
    An issued token is refused after as many requests as the way says; the next one is good again.
    """
    talk = Talk(ways=Ways(token_life=2))
    credential = egain.credentials(talk.ways)[who]
    form = {"grant_type": "client_credentials"}
    form |= {"client_id": credential.client_id, "client_secret": credential.client_secret}
    if credential.refresh_token:
        form = {"grant_type": "refresh_token", "refresh_token": credential.refresh_token}

    def issued() -> str:
        return talk.http.post("/global/quay/oauth2/v2.0/token", data=form).json()["access_token"]

    token = issued()
    statuses = [talk.edit(FIRST, one, subject="x").status_code for one in (token, token, token, issued())]

    assert statuses == [204, 204, 401, 204]


def test_others_change_what_nobody_asks_for() -> None:
    """
    Other users change their own cases, and on a known one only its notes.
    """
    talk = Talk()
    before = talk.store.all_current("case")
    for turn in range(30):
        egain.stir(talk.store, turn)
    after = talk.store.all_current("case")
    changed = {key for key, case in after.items() if case != before[key]}
    known = changed - set(talk.store.current("roster", "traffic")["ids"])

    assert known
    assert all(after[key] == before[key] | {"notes": after[key]["notes"]} for key in known)


def test_records_are_shared_through_a_file(tmp_path: Path) -> None:
    """
    A second process on the same file sees the edit of the first, and a token it issued.
    """
    one, two = (Talk(file=tmp_path / "records.json") for _ in range(2))
    one.edit(FIRST, subject="Winch")

    assert two.read(FIRST)["subject"] == "Winch"


def test_faults_are_many_and_of_every_kind() -> None:
    """
    Each fault has its provocation, and most are rules or states.
    """
    kinds = [fault.kind for fault in FAULTS.values()]

    assert set(PROVOKED) == set(FAULTS)
    assert len(kinds) >= 26 and len(kinds) - kinds.count("form") >= 12
    assert all(dataclasses.asdict(fault)["operation"] == "editCase" for fault in FAULTS.values())
