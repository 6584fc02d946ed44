"""Which requests reach an operation of a foreign document: paths, servers and credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from mock_server.operations.unreached import unreached
from specs.foreign import server_paths
from tests.foreign.contracts import foreign, serving

GET = "{get: {responses: {'200': {description: ok}}}}"
PATHS = f"""
/caf%C3%A9/menu%20card: {GET}
/größe/a b: {GET}
/of%20{{id}}%21/x: {GET}
/a%2Fb: {GET}
/%7Bx%7D: {GET}
/auth#basic: {{post: {{responses: {{'200': {{description: ok}}}}}}}}
/auth#token: {{post: {{responses: {{'201': {{description: ok}}}}}}}}
/plain#other: {{get: {{responses: {{'201': {{description: ok}}}}}}}}
/plain: {GET}
/list?action={{action}}: {GET}
""".strip()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/caf%C3%A9/menu%20card", 200),
        ("GET", "/caf%c3%a9/menu%20card", 200),
        ("GET", "/gr%C3%B6%C3%9Fe/a%20b", 200),
        ("GET", "/of%20me!/x", 200),
        ("GET", "/of%20me%21/x", 200),
        ("GET", "/a%2Fb", 200),
        ("GET", "/a/b", 404),
        ("GET", "/%7Bx%7D", 200),
        ("POST", "/auth", 200),
        ("GET", "/plain", 200),
        ("GET", "/list?action=a", 200),
    ],
)
def test_template_is_reached(tmp_path: Path, method: str, path: str, status: int) -> None:
    """
    Texts of a template may be encoded; a fragment and a query in it are no part of the path.
    """
    client = serving(tmp_path, PATHS)

    assert (client.send(method, path).status, client.send(method, f"/shop{path}").status) == (status, status)


def test_server_path_gives_way_to_a_path_of_the_document(tmp_path: Path) -> None:
    """
    What a server's path would make of one path is another path already, with its parameters in another order.
    """
    put = "{put: {responses: {'204': {description: ok}}}}"
    rest = "servers: [{url: 'https://api.example/v1'}]\n"
    client = serving(tmp_path, f"/v1/b/{{y}}/{{x}}: {put}\n/b/{{x}}/{{y}}: {GET}", rest)

    assert (client.send("PUT", "/v1/b/1/2").status, client.get("/b/1/2").status) == (204, 200)


@pytest.mark.parametrize(
    ("paths", "method", "path", "flaw"),
    [
        (f"/a/{{id}}/b/{{id}}: {GET}", "GET", "/a/1/b/2", "the path names 'id' twice"),
        (
            f"/a/{{x}}/{{y}}: {GET}\n/a/{{y}}/{{x}}: {{put: {{responses: {{'200': {{description: ok}}}}}}}}",
            "PUT",
            "/a/1/2",
            "another path is this one with its parameters in another order",
        ),
        (
            f"/a/{{x}}/{{y}}#one: {GET}\n/a/{{y}}/{{x}}: {{put: {{responses: {{'200': {{description: ok}}}}}}}}",
            "PUT",
            "/a/1/2",
            "another path is this one with its parameters in another order",
        ),
        (
            f"/caf%C3%A9/{{x}}/{{y}}: {GET}\n/café/{{y}}/{{x}}: {{put: {{responses: {{'200': {{description: ok}}}}}}}}",
            "PUT",
            "/caf%C3%A9/1/2",
            "another path is this one with its parameters in another order",
        ),
    ],
)
def test_path_whose_parameters_are_ambiguous_costs_its_own_operations(
    tmp_path: Path, paths: str, method: str, path: str, flaw: str
) -> None:
    """
    It is answered with 501 and the flaw; what else the document has is served, from the first request on.
    """
    client = serving(tmp_path, f"{paths}\n/fine: {GET}")

    refused, fine = client.send(method, path), client.get("/fine")

    assert (refused.status, fine.status) == (501, 200)
    assert flaw in refused.body.decode()


def test_template_that_no_request_has_is_told(tmp_path: Path) -> None:
    """
    What is served elsewhere, and what another operation answers for, is told with its line.
    """
    contract = foreign(tmp_path, f"{PATHS}\n/p/{{a}}: {GET}\n/p/{{b}}: {GET}\n/q/../r: {GET}")
    told = [sentence.replace(f"{tmp_path}/", "") for sentence in unreached(contract)]

    assert told == [
        "shop.yaml:15: GET /p/{b} cannot be reached: GET /p/{a} answers its requests.",
        "shop.yaml:16: GET /q/../r may not be reached: clients take out '.' and '..' of a path.",
        "shop.yaml:9: POST /auth#basic: no request has a fragment; it is served at /auth.",
        "shop.yaml:10: POST /auth#token cannot be reached: POST /auth#basic answers its requests.",
        "shop.yaml:11: GET /plain#other cannot be reached: GET /plain answers its requests.",
        "shop.yaml:13: GET /list?action={action}: no request has a query in its path; it is served at /list.",
    ]


# Servers


@pytest.mark.parametrize(
    ("servers", "paths"),
    [
        ([{"url": "https://api.example/v3"}], ["/v3"]),
        ([{"url": "https://api.example/v3/"}, {"url": "https://b.example/v3"}], ["/v3"]),
        ([{"url": "/v1"}, {"url": "v2/"}, {"url": "./v3"}], ["/v1", "/v2", "/v3"]),
        ([{"url": "https://api.example"}, {"url": "/"}], []),
        (
            [{"url": "{scheme}://{host}/{base}", "variables": {"base": {"default": "v2", "enum": ["v1", "v2"]}}}],
            ["/v2", "/v1"],
        ),
        ([{"url": "https://{host}:443/a/{b}/c", "variables": {"b": {"default": "x/y"}}}], ["/a/x/y/c"]),
        ([{"url": "https://api.example/{undefined}"}, {"url": 5}, None, {"url": ".."}], []),
        ("none", []),
    ],
)
def test_server_has_a_path(servers: object, paths: list[str]) -> None:
    """
    The path of a server is that of its address, with its variables replaced.
    """
    assert server_paths(servers) == paths


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v3/x/7", 200),
        ("/x/7", 200),
        ("/shop/x/7", 200),
        ("/shop/v3/x/7", 200),
        ("/v4/x/7", 404),
        ("/own/y", 200),
        ("/v3/y", 404),
        ("/deep/z", 200),
        ("/v3/z", 404),
    ],
)
def test_path_of_a_server_stands_before_the_paths(tmp_path: Path, path: str, status: int) -> None:
    """
    Requests as clients of the vendor send them are answered too; nearer servers stand in the place of others.
    """
    get = "{responses: {'200': {description: ok}}"
    client = serving(
        tmp_path,
        f"/x/{{id}}: {{get: {get}}}}}\n/y: {{servers: [{{url: /own}}], get: {get}}}}}\n"
        f"/z: {{servers: [{{url: /own}}], get: {get}, servers: [{{url: /deep}}]}}}}",
        "servers: [{url: 'https://api.example/v3'}]\n",
    )

    assert client.get(path).status == status


# Credentials


SCHEMES = (
    "components: {securitySchemes: {id: {type: apiKey, in: header, name: X-Id}, key: {type: apiKey, in: header, name: "
    "X-Key}, query: {type: apiKey, in: query, name: q}, cookie: {type: apiKey, in: cookie, name: c}, basic: {type: "
    "http, scheme: basic}, token: {type: oauth2, flows: {}}}}"
)
ID, KEY = ("x-id", "i"), ("x-key", "k")


@pytest.mark.parametrize(
    ("security", "path", "headers", "missing"),
    [
        ("[{id: [], key: []}]", "/x", [KEY], "X-Id: TOKEN"),
        ("[{id: [], key: []}]", "/x", [ID], "X-Key: TOKEN"),
        ("[{id: [], key: []}]", "/x", [], "X-Id: TOKEN and X-Key: TOKEN"),
        ("[{id: [], key: []}]", "/x", [ID, ("x-key", "")], "X-Key: TOKEN"),
        ("[{id: [], key: []}]", "/x", [ID, KEY], ""),
        ("[{id: []}, {key: []}]", "/x", [KEY], ""),
        ("[{id: []}, {key: []}]", "/x", [], "X-Id: TOKEN, or X-Key: TOKEN"),
        ("[{id: [], key: []}, {query: []}]", "/x", [ID], "X-Key: TOKEN, or the query parameter q with TOKEN"),
        ("[{id: [], key: []}, {query: []}]", "/x?q=1", [], ""),
        ("[{id: [], query: []}]", "/x?q=1", [], "X-Id: TOKEN"),
        ("[{query: [], cookie: []}]", "/x?q=1", [("cookie", "c=1")], ""),
        ("[{query: [], cookie: []}]", "/x?q=1", [("cookie", "d=1")], "the cookie c with TOKEN"),
        ("[{token: [a], key: []}]", "/x", [("authorization", "Bearer t")], "X-Key: TOKEN"),
        ("[{token: [a], key: []}]", "/x", [KEY, ("authorization", "Basic dDp0")], "Authorization: Bearer TOKEN"),
        ("[{basic: [], id: []}]", "/x", [ID, ("authorization", "Basic dDp0")], ""),
        ("[{id: [], key: []}, {}]", "/x", [], ""),
        ("[]", "/x", [], ""),
    ],
)
def test_every_scheme_of_one_alternative_is_needed(
    tmp_path: Path, security: str, path: str, headers: list[tuple[str, str]], missing: str
) -> None:
    """
    All credentials of a requirement have to be there, those of one among several; the refusal names what is missing.
    """
    responses = "responses: {'200': {description: ok}, '401': {description: no}}"
    answer = serving(tmp_path, f"/x: {{get: {{security: {security}, {responses}}}}}", SCHEMES).send(
        "GET", path, headers
    )

    expected = (401, f"credentials are missing; send {missing}") if missing else (200, None)
    assert (answer.status, answer.header("x-casepact-detail")) == expected


# Statuses of refusals


@pytest.mark.parametrize(
    "documented", ["404", "405", "406", "408", "409", "410", "412", "413", "415", "428", "429", "500"]
)
def test_error_that_means_something_else_is_no_refusal(tmp_path: Path, documented: str) -> None:
    """
    An invalid request gets 400, whatever other errors the document has.
    """
    parameters = "parameters: [{name: a, in: query, required: true, schema: {type: integer}}]"
    responses = f"responses: {{'200': {{description: ok}}, '{documented}': {{description: no}}}}"
    client = serving(tmp_path, f"/x: {{get: {{{parameters}, {responses}}}}}")

    assert (client.get("/x?a=b").status, client.get("/x").status) == (400, 400)
