"""Secrets that a request held are seen by no reader: not in explanations, journals, console lines or `repr`."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.console import LOGGER, JsonLines, TextLines
from mock_server.explanations.redaction import (
    HIDDEN,
    holds_secret,
    is_secret,
    may_hold_secret,
    safe_form,
    safe_headers,
    safe_target,
    safe_text,
    safe_value,
)
from tests.mock_server.client import Header
from tests.mock_server.provoked import CASE_INFO, CREDENTIALS, CRM, FORM, JSON, LOGIN, MODIFY, SECRET_SENT, TOKEN
from tests.mock_server.whole import Whole, running

SECRET_NAMES = [
    *("password", "userPassword", "PASSWORD", "passwd", "pwd", "passphrase", "client_secret", "clientSecret"),
    *("token", "access_token", "accessToken", "x-api-key", "api_key", "apikey", "private_key", "authorization"),
    *("Authorisation", "x-auth", "oauth_verifier", "asc_auth_key", "credential", "credentials", "jwt"),
]
PLAIN_NAMES = ["title", "author", "authorId", "creatorId", "compass", "id", "key", "pass", "caseInfo", "authority"]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_is_known_by_its_name(name: str) -> None:
    """
    Names that secrets have in APIs are known, in any spelling.
    """
    assert is_secret(name)


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_other_names_are_no_secrets(name: str) -> None:
    """
    What merely sounds alike is shown.
    """
    assert not is_secret(name)


def test_members_are_hidden_at_any_depth() -> None:
    """
    In lists and objects, whatever the secret's value is.
    """
    value = {"a": [{"password": {"b": 1}, "c": [1]}], "token": ["x"], "d": None}

    assert safe_value(value) == {"a": [{"password": HIDDEN, "c": [1]}], "token": HIDDEN, "d": None}


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("/a", "/a"),
        ("/a?", "/a?"),
        ("/a?x=1&y=a%20b+c", "/a?x=1&y=a%20b+c"),
        ("/a?x=1&token=s&y=2", "/a?x=1&token=[redacted]&y=2"),
        ("/a?p%61ssword=s", "/a?p%61ssword=[redacted]"),
        ("/a?pass+word=s&client+secret=s", "/a?pass+word=s&client+secret=[redacted]"),
        ("/a?token", "/a?token=[redacted]"),
        ("/a?a[token]=s", "/a?a[token]=[redacted]"),
        ("/a?token=s?x=1", "/a?token=[redacted]"),
        ("/a?token=s;x", "/a?token=[redacted]"),
    ],
)
def test_secrets_of_a_query_are_hidden(target: str, safe: str) -> None:
    """
    Whether their names are encoded or not; what is no secret stays as it was sent.
    """
    assert safe_target(target) == safe


def test_query_that_is_a_credential_by_contract_is_hidden() -> None:
    """
    A security scheme may travel in a query parameter of any name.
    """
    assert safe_target("/a?key=s&x=1", {"key"}) == "/a?key=[redacted]&x=1"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("see https://x/?token=abc&y=1", "see https://x/?token=[redacted]&y=1"),
        ("Bearer abc.def-123", "Bearer [redacted]"),
        ("basic dXNlcjpwYXNz", "basic [redacted]"),
        ('{"password": "a b", "x": 1}', '{"password": [redacted], "x": 1}'),
        ("password='a b'; x", "password=[redacted]; x"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_secrets_in_running_text_are_hidden(text: str, safe: str) -> None:
    """
    What is set to a secret's name, and what follows the word of an authentication scheme.
    """
    assert safe_text(text) == safe


def test_hiding_ends_quickly() -> None:
    """
    A header full of names of secrets is no trap: 64 kB are read in well under a second.
    """
    assert len(safe_text("token" * 13_000)) == 65_000


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "x',
        "<a><clientSecret>x</clientSecret></a>",
        "p%61ssword=x",
        '{"p\\u0061ssword": "x',
        "password=x".encode("utf-16-le").decode("latin-1"),
        "password=x".encode("utf-16-be").decode("latin-1"),
    ],
)
def test_text_that_nobody_can_read_may_hold_a_secret(text: str) -> None:
    """
    However the name is written.
    """
    assert may_hold_secret(text)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_value_without_secrets_is_shown_as_it_is(value: Any) -> None:
    """
    Hiding changes nothing where there is nothing to hide.
    """
    assert holds_secret(value) or safe_value(value) == value


@given(st.dictionaries(st.text("abtoken=&%+[]é ", max_size=8), st.text("ab=&%+é ", max_size=8), max_size=4))
def test_form_without_secrets_is_shown_as_it_is(fields: dict[str, str]) -> None:
    """
    The same holds for forms.
    """
    text = "&".join(f"{name}={value}" for name, value in fields.items())

    assert is_secret(text.replace("+", " ")) or may_hold_secret(text) or safe_form(text) == text


def test_headers_of_credentials_are_hidden() -> None:
    """
    Those every API has, those of the contract, and those that are named like secrets.
    """
    sent = {"authorization": "x", "cookie": "x", "x-own": "x", "x-api-key": "x", "accept": "text/xml"}

    assert safe_headers(sent, {"x-own"}) == {
        "authorization": HIDDEN,
        "cookie": HIDDEN,
        "x-own": HIDDEN,
        "x-api-key": HIDDEN,
        "accept": "text/xml",
    }


# What a whole mock tells.


class Console(logging.Handler):
    """Everything that the mock reported, as text and as JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep both forms of a line."""
        self.lines += [TextLines().format(record), JsonLines().format(record)]


@pytest.fixture
def console() -> Iterator[Console]:
    """The console of the mock while a test runs."""
    logger = logging.getLogger(LOGGER)
    handler, level = Console(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture(scope="module")
def whole() -> Whole:
    """The mock that tests share."""
    return running()


AICC, CRM_USER = CREDENTIALS["aicc"]["operator"], CREDENTIALS["onlyoffice"]["admin"]
KIND, AS_FORM, AS_XML = ("content-type", JSON), ("content-type", FORM), ("content-type", "text/xml")


def case(**more: Any) -> bytes:
    """A modifyCase without a title, with more members."""
    return json.dumps({"caseInfo": {"id": CASE_INFO["id"], **more}}).encode()


UPDATE = CRM.format("1234")
PLANTED: Mapping[str, tuple[str, str, str, tuple[Header, ...], bytes]] = {
    "credential header": ("aicc", "POST", MODIFY, (("access-token", SECRET_SENT), KIND), case()),
    "known credential beside another": ("aicc", "POST", MODIFY, (AICC, ("x-api-key", SECRET_SENT), KIND), case()),
    "authorization": ("onlyoffice", "PUT", UPDATE, (("authorization", f"Basic {SECRET_SENT}"), KIND), b"{}"),
    "cookie": ("onlyoffice", "PUT", UPDATE, (("cookie", f"asc_auth_key={SECRET_SENT}"), KIND), b"{}"),
    "another cookie": ("aicc", "POST", MODIFY, (AICC, ("cookie", f"session={SECRET_SENT}"), KIND), case()),
    "address in a header": (
        "aicc",
        "POST",
        MODIFY,
        (AICC, ("referer", f"http://x/?token={SECRET_SENT}"), KIND),
        case(),
    ),
    "scheme in a header": ("aicc", "POST", MODIFY, (AICC, ("x-forwarded", f"Bearer {SECRET_SENT}"), KIND), case()),
    "query": ("aicc", "POST", f"{MODIFY}?password={SECRET_SENT}&x=1", (AICC, KIND), case()),
    "encoded query": ("aicc", "POST", f"{MODIFY}?access%5Ftoken={SECRET_SENT}", (AICC, KIND), case()),
    "query of a GET": ("egain", "GET", f"/core/casemgr/v3/case/1013?api_key={SECRET_SENT}", (), b""),
    "refused query": (
        *("egain", "GET", f"/core/casemgr/v3/case/1013?api_key={SECRET_SENT}"),
        *((CREDENTIALS["egain"]["agent"],), b""),
    ),
    "member": ("aicc", "POST", MODIFY, (AICC, KIND), case(clientSecret=SECRET_SENT)),
    "deep member": ("aicc", "POST", MODIFY, (AICC, KIND), case(list=[{"password": [SECRET_SENT]}])),
    "member that breaks its schema": (
        "onlyoffice",
        "POST",
        LOGIN,
        (KIND,),
        json.dumps({"password": SECRET_SENT}).encode(),
    ),
    "member in an object that is of the wrong type": (
        *("aicc", "POST", MODIFY, (AICC, KIND)),
        json.dumps({"caseInfo": {**CASE_INFO, "title": {"password": SECRET_SENT}}}).encode(),
    ),
    "member in a long object of the wrong type": (
        *("aicc", "POST", MODIFY, (AICC, KIND)),
        json.dumps({"caseInfo": {**CASE_INFO, "title": {"a": "x" * 40, "password": SECRET_SENT * 9}}}).encode(),
    ),
    "member in a list that is a body": (
        "aicc",
        "POST",
        MODIFY,
        (AICC, KIND),
        json.dumps([{"token": SECRET_SENT}]).encode(),
    ),
    "half a body": ("aicc", "POST", MODIFY, (AICC, KIND), f'{{"password": "{SECRET_SENT}"'.encode()),
    "half a body, escaped": ("aicc", "POST", MODIFY, (AICC, KIND), f'{{"p\\u0061ssword": "{SECRET_SENT}"'.encode()),
    "body in UTF-16": ("aicc", "POST", MODIFY, (AICC, KIND), f'{{"password": "{SECRET_SENT}"}}'.encode("utf-16")),
    "form": (
        *("aicc", "POST", TOKEN, (AS_FORM,)),
        f"grant_type=client_credentials&client_id=x&client_secret={SECRET_SENT}".encode(),
    ),
    "encoded form": ("aicc", "POST", TOKEN, (AS_FORM,), f"client_id=x&client%5Fsecret={SECRET_SENT}".encode()),
    "form of a login": ("onlyoffice", "POST", LOGIN, (AS_FORM,), f"userName=x&password={SECRET_SENT}".encode()),
    "form as JSON": ("aicc", "POST", MODIFY, (AICC, KIND), f"password={SECRET_SENT}".encode()),
    "login": ("r7office", "POST", LOGIN, (KIND,), json.dumps({"userName": "x", "password": SECRET_SENT}).encode()),
    "login in other letters": (
        *("r7office", "POST", LOGIN, (KIND,)),
        json.dumps({"USERNAME": "x", "PassWord": SECRET_SENT}).encode(),
    ),
    "XML": ("onlyoffice", "PUT", UPDATE, (CRM_USER, AS_XML), f"<c><password>{SECRET_SENT}</password></c>".encode()),
    "login in a query": ("onlyoffice", "POST", f"{LOGIN}?userName=x&password={SECRET_SENT}", (KIND,), b"{}"),
}


def reported(whole: Whole, name: str) -> dict[str, str]:
    """All that a reader can see of a request with a planted secret, by where it is seen."""
    api, method, path, headers, body = PLANTED[name]
    client = whole.fresh()
    answer = client.under(f"/{api}").send(method, path, headers, body)
    assert answer.status >= 400
    world = whole.store.find(client.world)
    link = answer.header("link") or ""
    assert world is not None
    found = whole.book.find(link.partition(">")[0].rpartition("/")[2])
    return {
        "explanation": json.dumps(whole.explained(answer)),
        "journal": whole.steer("GET", f"/worlds/{client.world}/journal").body.decode(),
        "repr": repr(found) + repr(list(world.journal.numbered())) + repr(world),
    }


@pytest.mark.parametrize("name", PLANTED)
def test_planted_secret_is_not_shown(whole: Whole, console: Console, name: str) -> None:
    """
    Wherever a client put it, the secret is in nothing that anybody reads later, nor is half of it.
    """
    seen = reported(whole, name)
    seen["console"] = "\n".join(console.lines)

    assert [where for where, text in seen.items() if SECRET_SENT[:12] in text] == []


@pytest.mark.parametrize("name", PLANTED)
def test_known_credential_is_not_shown(whole: Whole, console: Console, name: str) -> None:
    """
    Nor are the credentials and passwords of actors, which corrected requests rest on.
    """
    seen = reported(whole, name)
    seen["console"] = "\n".join(console.lines)
    actors = whole.assembly.seeds[PLANTED[name][0]].actors.values()
    secrets = {value for actor in actors for value in actor.credentials.values()}
    secrets |= {str(value) for actor in actors for key, value in actor.attributes.items() if is_secret(key)}

    assert [(where, secret) for where, text in seen.items() for secret in secrets if secret in text] == []


def test_console_has_a_line_for_a_refusal(whole: Whole, console: Console) -> None:
    """
    What is hidden is not the refusal itself.
    """
    reported(whole, "deep member")

    assert "modifyCase" in console.lines[0] and "/caseInfo" in console.lines[0]


def test_forgotten_refusal_does_not_give_its_secret_away(whole: Whole) -> None:
    """
    A journal may remember longer than the book of refusals; what it cannot tell safely then, it hides.
    """
    api, method, path, headers, body = PLANTED["member in an object that is of the wrong type"]
    client = whole.fresh()
    client.under(f"/{api}").send(method, path, headers, body)
    for _ in range(500):
        whole.client.under("/aicc").send("POST", MODIFY, (AICC, KIND), b"{}")
    entry = whole.steer("GET", f"/worlds/{client.world}/journal").json()["entries"][0]

    assert entry["detail"] == HIDDEN


def test_actor_does_not_repeat_its_credentials(whole: Whole) -> None:
    """
    An actor in a traceback or a log shows no credential.
    """
    assert "aicc-operator-token-0001" not in repr(whole.assembly.seeds["aicc"].actors["operator"])
