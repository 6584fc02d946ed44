"""What build_app puts together: behaviours, documents, addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
import yaml

from mock_server import assembly
from mock_server.addresses import Addresses
from mock_server.behaviours import BEHAVIOURS
from mock_server.http.app import build_app
from mock_server.reply import Behaviour, Call, Refusal, Reply
from mock_server.settings import Settings
from mock_server.worlds.records import Records
from specs import load_contract
from specs.contract import Contract
from specs.flaws import CasepactError
from specs.project import ApiFiles, project
from specs.source import PACKAGE
from tests.mock_server.client import Client

AICC_CASE = "/service/AICC__Case/1.0.0/openapi/case/c6m800000142mS63Voa8"
R7_CASE = "/api/2.0/crm/case/1234"
OPERATOR = ("access-token", "aicc-operator-token-0001")
BRACES = "{{ 7 * 7 }} {{caseId}} {% raw %} {# x #} <b>{detail}</b>"


def failing(call: Call) -> Reply:
    """A behaviour with a mistake in it."""
    raise RuntimeError("a mistake of ours")


def test_operation_without_behaviour_stops_the_start(
    contracts: Mapping[str, Contract], seeds: Mapping[str, Records]
) -> None:
    """
    An operation that nobody behaves for is named before anything is served.
    """
    lacking = {name: behaviour for name, behaviour in BEHAVIOURS["r7office"].items() if name != "closeCase"}

    with pytest.raises(
        CasepactError, match=r"^mock_server\.behaviours\.crm: R7OFFICE has no 'closeCase'\. Did you mean 'getCase'\?$"
    ):
        build_app([contracts["r7office"]], {"r7office": lacking}, seeds)


def test_api_without_behaviours_stops_the_start(
    contracts: Mapping[str, Contract], seeds: Mapping[str, Records]
) -> None:
    """
    A contract that no module behaves for is named before anything is served.
    """
    with pytest.raises(CasepactError, match=r"aicc: BEHAVIOURS has no 'modifyCase'\.$"):
        build_app([contracts["aicc"]], {}, seeds)


@pytest.mark.parametrize("api", ["aicc", "r7office"])
def test_swagger_ui_is_served_per_api(client: Client, contracts: Mapping[str, Contract], api: str) -> None:
    """
    /{api}/ui/ is the Swagger UI of this API's document, which it finds beside itself.
    """
    answer = client.get(f"/{api}/ui/")

    shown = client.get(f"/{api}/ui/openapi.json").json()

    assert (answer.status, 'url: "openapi.json"' in answer.body.decode()) == (200, True)
    assert (shown["info"], shown["servers"]) == (contracts[api].document["info"], [{"url": f"/{api}"}])


@pytest.mark.parametrize("file", ["swagger-ui.css", "swagger-ui-bundle.js"])
def test_files_of_swagger_ui_are_served(client: Client, file: str) -> None:
    """
    What the page loads comes from the mock itself.
    """
    assert client.get(f"/aicc/ui/{file}").status == 200


@pytest.mark.parametrize("api", ["aicc", "r7office"])
def test_document_is_served_per_api(client: Client, contracts: Mapping[str, Contract], api: str) -> None:
    """
    /{api}/openapi.json is the contract's document with the mock as its server.
    """
    served = client.get(f"/{api}/openapi.json").json()

    assert (served["info"], served["servers"], set(served["paths"])) == (
        contracts[api].document["info"],
        [{"url": f"/{api}"}],
        set(contracts[api].document["paths"]),
    )


@pytest.mark.parametrize("api", ["aicc", "r7office"])
def test_document_below_a_world_is_served(client: Client, api: str) -> None:
    """
    Documents are found with the prefix of a world too, and lead into it.
    """
    served = client.get(f"/~alice/{api}/openapi.json").json()

    assert served["servers"] == [{"url": f"/~alice/{api}"}]


@pytest.mark.parametrize("prefix", ["", "/~alice"])
def test_document_in_yaml_is_the_one_in_json(client: Client, prefix: str) -> None:
    """
    Whoever likes YAML better gets the same document.
    """
    answer = client.get(f"{prefix}/aicc/openapi.yaml")

    assert answer.header("content-type") == "application/yaml"
    assert yaml.safe_load(answer.body) == client.get(f"{prefix}/aicc/openapi.json").json()


def test_swagger_ui_below_a_world_stays_in_it(client: Client) -> None:
    """
    What is tried out on the page of a world is carried out in that world.
    """
    assert 'url: "openapi.json"' in client.get("/~alice/aicc/ui/").body.decode()
    assert client.get("/~alice/aicc/ui/openapi.json").json()["servers"] == [{"url": "/~alice/aicc"}]


def test_address_alone_leads_to_the_apis(client: Client) -> None:
    """
    Whoever opens the mock in a browser finds the APIs and their Swagger UI.
    """
    assert '<a href="/aicc/ui/">' in client.get("/").body.decode()


def test_document_needs_no_credential(client: Client) -> None:
    """
    Whoever wants to know the API may read its document.
    """
    assert client.without("access-token").get("/aicc/openapi.yaml").status == 200


def test_braces_in_a_document_are_not_rendered(contracts: Mapping[str, Contract], seeds: Mapping[str, Records]) -> None:
    """
    Text of a contract that looks like a template is served as it stands.
    """
    contract = contracts["aicc"]
    info = {**contract.document["info"], "description": BRACES}
    braced = replace(contract, document={**contract.document, "info": info})
    client = Client(build_app([braced], BEHAVIOURS, seeds), "/aicc")

    assert client.get("/openapi.json").json()["info"]["description"] == BRACES


@pytest.mark.parametrize("prefix", ["", "/~alice"])
def test_operation_is_served_under_the_name_of_its_api(client: Client, prefix: str) -> None:
    """
    With and without a world; the root is nobody's.
    """
    answers = [client.send("GET", f"{prefix}{base}{AICC_CASE}", (OPERATOR,)).status for base in ("/aicc", "")]

    assert answers == [200, 404]


def test_app_of_one_api_does_not_serve_another(contracts: Mapping[str, Contract], seeds: Mapping[str, Records]) -> None:
    """
    What was not asked for is not there.
    """
    client = Client(build_app([contracts["aicc"]], BEHAVIOURS, seeds))

    assert client.get(f"/r7office{R7_CASE}").status == 404


def test_root_belongs_to_the_api_that_was_asked_for(
    contracts: Mapping[str, Contract], seeds: Mapping[str, Records]
) -> None:
    """
    Where two APIs share a path, the root leads to the one that was named, whatever the order.
    """
    twin = replace(contracts["r7office"], api="twin")
    app = build_app(
        [twin, contracts["r7office"]],
        {"twin": BEHAVIOURS["r7office"], **BEHAVIOURS},
        {"twin": seeds["r7office"], **seeds},
        addresses=Addresses(root="r7office"),
    )
    client = Client(app, headers=(("authorization", "r7-admin-token-0001"),))
    client.send("PUT", f"{R7_CASE}/close")

    assert [client.get(f"/{api}{R7_CASE}").json()["response"]["isClosed"] for api in ("twin", "r7office")] == [
        False,
        True,
    ]


def test_limit_of_the_body_is_a_setting(contracts: Mapping[str, Contract], seeds: Mapping[str, Records]) -> None:
    """
    A mock with a smaller limit refuses smaller bodies.
    """
    client = Client(build_app([contracts["aicc"]], BEHAVIOURS, seeds, max_body=10), headers=(OPERATOR,))

    assert client.post("/aicc/service/AICC__Case/1.0.0/openapi/case/modify", {"caseInfo": {}}).status == 413


def test_two_apps_share_no_state(contracts: Mapping[str, Contract], seeds: Mapping[str, Records]) -> None:
    """
    A second app from the same seeds starts with the fixtures, whatever happened in the first.
    """
    first, second = (
        Client(
            build_app([contracts["r7office"]], BEHAVIOURS, seeds),
            "/r7office",
            (("authorization", "r7-admin-token-0001"),),
        )
        for _ in range(2)
    )
    first.send("PUT", f"{R7_CASE}/close")

    assert second.get(R7_CASE).json()["response"]["isClosed"] is False


def test_mistake_in_a_behaviour_is_answered_with_500(
    contracts: Mapping[str, Contract], seeds: Mapping[str, Records]
) -> None:
    """
    A mistake of ours is answered as one, in a form that a page of another origin may read.
    """
    behaviours = {**BEHAVIOURS["aicc"], "getCase": Behaviour(failing)}
    client = Client(
        build_app([contracts["aicc"]], {"aicc": behaviours}, seeds), "/aicc", (OPERATOR, ("origin", "http://x"))
    )
    answer = client.get(AICC_CASE)

    assert (answer.status, answer.header("access-control-allow-origin")) == (500, "*")


def test_refusal_of_an_unknown_kind_is_named_in_the_log(
    contracts: Mapping[str, Contract], seeds: Mapping[str, Records], caplog: pytest.LogCaptureFixture
) -> None:
    """
    A behaviour that refuses in a way `x-refusals` does not have is answered with 500, and the log says which.
    """

    def refusing(call: Call) -> Refusal:
        return Refusal("not-fond", ("HW-21",), "misspelt")

    behaviours = {**BEHAVIOURS["aicc"], "getCase": Behaviour(refusing)}
    client = Client(build_app([contracts["aicc"]], {"aicc": behaviours}, seeds), "/aicc", (OPERATOR,))

    assert client.get(AICC_CASE).status == 500
    assert "no refusal kind is named 'not-fond'. Did you mean 'not-found'?" in caplog.text


def test_built_in_api_of_which_nothing_is_said_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A folder of contracts that the list of the built-in APIs does not mention names the line that it needs.
    """
    folder = ApiFiles("loans", PACKAGE / "loans", PACKAGE.parent / "fixtures" / "loans")
    monkeypatch.setattr(assembly, "project", lambda: replace(project(), apis={"loans": folder}))
    contract = replace(load_contract("aicc"), api="loans")
    loans = assembly.Assembly({"loans": contract}, {}, load_contract("control"), Addresses())

    with pytest.raises(
        CasepactError, match=r"specs/loans/ is an API, but specs/casepact.yaml says nothing of its code"
    ):
        assembly.behaviours_of(loans, Settings(("loans",)))
