"""`casepact init`: a project that works as it is, and notices when it no longer does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from specs.source import PACKAGE
from tests.commands import casepact

QUICK = ("--quick", "--seed", "1", "-n", "1")


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project that no test changes."""
    folder = tmp_path_factory.mktemp("init") / "my-apis"
    done = casepact("init", str(folder))
    assert done.code == 0, done.err
    return folder


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A new project to be changed."""
    folder = tmp_path / "my-apis"
    assert casepact("init", str(folder)).code == 0
    return folder


def change(file: Path, old: str, new: str) -> None:
    """Replace a text that must be there."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file} has no {old!r}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_new_project_is_kept_and_in_order(started: Path, tmp_path: Path) -> None:
    """From the first minute lint and check are green, strictly, and every statement of the page is verified."""
    lint = casepact("lint", cwd=started)
    check = casepact("check", "--strict", *QUICK, cwd=started, reports=tmp_path)

    assert (lint.code, check.code) == (0, 0), lint.err + check.out + check.err
    outcomes = check.outcomes("helpdesk")
    assert {name: outcome for name, outcome in outcomes.items() if name.startswith("TK")} == {
        **{f"TK-{number}": "verified" for number in range(1, 12)},
        **{f"TKD-{number}": "verified" for number in range(1, 5)},
    }


def test_a_rule_that_is_taken_out_is_noticed(mine: Path, tmp_path: Path) -> None:
    """The statement of the rule is violated, and no other."""
    change(mine / "behaviours" / "helpdesk.py", '(EXISTS, Rule("TK-9", ticket_is_open))', "(EXISTS,)")

    done = casepact("check", *QUICK, cwd=mine, reports=tmp_path / "reports")

    assert done.code == 1
    assert done.broken("helpdesk") == {"TK-9"}


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("behaviours/helpdesk.py", "(EXISTS,)", "(EXISTS)", "BEHAVIOURS has rules of 'getTicket' that are not a tuple"),
        ("behaviours/helpdesk.py", "def write_members(", "def write_members((", "helpdesk.py:14: cannot be imported"),
        ("probes/helpdesk.py", "def probes(", "def probe(", "probes/helpdesk.py: has no probes. Did you mean 'probe'?"),
        ("probes/helpdesk.py", '("TK-9",)', '("TK-99",)', "probes/helpdesk.py:13: no ledger has 'TK-99'."),
        (
            "inverses/helpdesk.py",
            'INVERSE = Inverse(read, named, obstacles, mend, kinds=("ticket",))',
            "INVERSE = read",
            "inverses/helpdesk.py: INVERSE is not an Inverse.",
        ),
        ("inverses/helpdesk.py", 'kinds=("ticket",)', 'kinds=("")', "inverses/helpdesk.py: INVERSE has no kinds"),
        ("specs/helpdesk/statements.yaml", "proof: probe", "prof: probe", "has an unknown key 'prof'"),
        (
            "fixtures/helpdesk/default.yaml",
            "status: closed",
            "status: shut",
            "fixtures/helpdesk/default.yaml:12, tickets 9: /status",
        ),
        ("targets/mock.yaml", "worlds: true", "world: true", "targets/mock.yaml:3: has an unknown key 'world'"),
    ],
)
def test_a_mistake_is_reported_with_its_file(mine: Path, file: str, old: str, new: str, message: str) -> None:
    """Every file of a project is looked at by `casepact lint`; none of them ends in a traceback."""
    change(mine / file, old, new)

    done = casepact("lint", cwd=mine)

    assert done.code != 0
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("old", "new", "command"),
    [
        ("    read = ctx.call(READ", "    read = ctx.call(REED", "check"),
        ('("TKD-2",), _unknown,', '("TKD-2",), _unknwon,', "lint"),
    ],
)
def test_name_that_a_file_of_probes_lacks_is_one_line(
    mine: Path, tmp_path: Path, old: str, new: str, command: str
) -> None:
    """Whether it is missed when probes are listed or when one runs, the line of the file is named."""
    change(mine / "probes" / "helpdesk.py", old, new)
    words = ("check", "--quick", "-n", "1", "-k", "unknown and ticket") if command == "check" else ("lint",)

    done = casepact(*words, cwd=mine, reports=tmp_path / "reports" if command == "check" else None)

    assert done.code == 2
    assert re.search(r"NameError: name '\w+' is not defined", done.out + done.err)
    assert re.search(r"probes/helpdesk\.py:\d+", done.out + done.err)
    assert "Traceback" not in done.out + done.err


def test_verified_statement_says_which_probe_lacked_something(mine: Path, tmp_path: Path) -> None:
    """With -v the probe that could not run is named, and what it needs."""
    change(mine / "targets" / "mock.yaml", "      ticket.other: {id: 8}\n", "")
    change(mine / "probes" / "helpdesk.py", "_unknown, ()", '_unknown, ("ticket.other",)')
    change(mine / "probes" / "helpdesk.py", '("TKD-2",)', '("TKD-2", "TK-3")')

    done = casepact("check", *QUICK, "-v", cwd=mine, reports=tmp_path / "reports")

    assert 'TK-3     verified, but not by "unknown ticket": needs record ticket.other' in done.out


def test_nothing_is_overwritten(mine: Path) -> None:
    """A second init names what is there and leaves it alone."""
    change(mine / "README.md", "My APIs", "Ours")

    done = casepact("init", str(mine))

    assert done.code == 2
    assert "nothing is overwritten" in done.err
    assert "README.md" in done.err
    assert "It is a project already." in done.err
    assert "Ours" in (mine / "README.md").read_text(encoding="utf-8")


def test_profiles_are_written_to_the_folder_of_the_project(mine: Path) -> None:
    """`target new` explains the roles of the project's API, and the profile is found by its name."""
    done = casepact("target", "new", "staging", cwd=mine)
    check = casepact("target", "check", "staging", cwd=mine)

    assert done.code == 0
    assert "Somebody who may change tickets" in (mine / "targets" / "staging.yaml").read_text(encoding="utf-8")
    assert "targets/staging.yaml:" in check.err


def test_commands_work_from_elsewhere_with_project(started: Path, tmp_path: Path) -> None:
    """--project stands before or after the command, for the mock too."""
    after = casepact("lint", "--project", str(started), cwd=tmp_path)
    before = casepact("--project", str(started), "ledger", cwd=tmp_path)
    mock = casepact("mock", "--project", str(started), "--describe", cwd=tmp_path)

    assert (after.code, before.code, mock.code) == (0, 0, 0), after.err + before.err + mock.err
    assert before.out.splitlines()[1].split()[:2] == ["helpdesk", "11"]
    assert '"helpdesk": {' in mock.out


def test_the_code_of_a_new_project_is_typed(started: Path) -> None:
    """What it shows is how it should be written: mypy --strict has nothing to say."""
    strict = ("--strict", "--explicit-package-bases", "--no-error-summary", "--cache-dir", "/dev/null")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *strict, "behaviours", "probes", "inverses"],
        capture_output=True,
        text=True,
        check=False,
        cwd=started,
        # mypy does not follow the import hook of an editable installation.
        env={**os.environ, "MYPYPATH": str(PACKAGE.parent)},
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_editors_find_the_schemas(started: Path) -> None:
    """The first line of each of our documents names a schema that is there."""
    named = {
        path.relative_to(started).as_posix(): path.read_text(encoding="utf-8").partition("\n")[0]
        for path in started.rglob("*.yaml")
        if "github" not in str(path) and path.name != "openapi.yaml"
    }

    assert len(named) == 5
    for first in named.values():
        assert first.startswith("# yaml-language-server: $schema=")


def test_only_what_failed_last_time_is_run_again(mine: Path, tmp_path: Path) -> None:
    """With --lf all probes run while none has failed, and the run says so; then those that failed, which is enough."""
    rule, said = '(EXISTS, Rule("TK-9", ticket_is_open))', "--lf: no probe failed in the last run with these reports"
    first = casepact("check", *QUICK, "--lf", cwd=mine, reports=tmp_path / "reports")
    right = (mine / "behaviours" / "helpdesk.py").read_text(encoding="utf-8")
    change(mine / "behaviours" / "helpdesk.py", rule, "(EXISTS,)")
    casepact("check", *QUICK, cwd=mine, reports=tmp_path / "reports")
    (mine / "behaviours" / "helpdesk.py").write_text(right, encoding="utf-8")
    second = casepact("check", *QUICK, "--lf", cwd=mine, reports=tmp_path / "reports")

    assert (first.code, said in first.out, second.code, said in second.out) == (0, True, 0, False), second.out
    assert first.report["apis"]["helpdesk"]["probes"] > second.report["apis"]["helpdesk"]["probes"] > 0


def test_a_probe_that_crashes_is_a_mistake_of_its_own(mine: Path, tmp_path: Path) -> None:
    """It is named with the line, is an error and no failure in JUnit, and ends the run with 2, never with a verdict."""
    file = mine / "probes" / "helpdesk.py"
    change(file, "    refused = _update(ctx, ", '    raise ValueError("no such\\nthing")\n    refused = _update(ctx, ')
    line = file.read_text(encoding="utf-8").splitlines().index('    raise ValueError("no such\\nthing")') + 1

    done = casepact("check", *QUICK, cwd=mine, reports=tmp_path / "reports")
    suite = fromstring((tmp_path / "reports" / "junit.xml").read_text())[0]
    (error,) = suite.iter("error")
    reason = f"ValueError: no such thing (my-apis/probes/helpdesk.py:{line})"

    assert (done.code, done.err, done.out.splitlines()[-1].partition(":")[0]) == (2, "", "could not run")
    assert f"a probe could not finish: helpdesk: updateTicket closed ticket: {reason}" in done.out.splitlines()
    assert (error.get("message"), suite.get("errors"), suite.get("failures")) == (reason, "1", "0")
    assert done.outcomes("helpdesk")["TK-9"] == "not exercised"


def test_probes_that_cannot_be_made_are_reported_with_their_line(mine: Path, tmp_path: Path) -> None:
    """What goes wrong before the first request is one line as well."""
    change(
        mine / "probes" / "helpdesk.py", '    yield Probe("closed', '    raise ValueError("x")\n    yield Probe("closed'
    )
    done = casepact("check", *QUICK, cwd=mine, reports=tmp_path / "reports")

    reason = "helpdesk: ValueError: x (my-apis/probes/helpdesk.py:13)"

    assert (done.code, done.err) == (
        2,
        f"casepact: could not run: the probes could not be run: {reason}\n",
    )


def test_a_document_alone_is_served_and_named(mine: Path, tmp_path: Path) -> None:
    """A folder with an openapi.yaml and no ledger is not passed over: lint and check say that nothing checks it."""
    (mine / "specs" / "extra").mkdir()
    (mine / "specs" / "extra" / "openapi.yaml").write_text(
        (mine / "specs" / "helpdesk" / "openapi.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    named = (
        "specs/extra/openapi.yaml:1, extra: no statements.yaml is beside it: the mock serves it, but nothing checks it."
    )
    lint = casepact("lint", cwd=mine)
    check = casepact("check", *QUICK, cwd=mine, reports=tmp_path / "reports")

    assert (lint.code, lint.err.splitlines(), check.code, named in check.out.splitlines()) == (0, [named], 0, True)


def test_the_only_document_without_a_ledger_is_named(mine: Path, tmp_path: Path) -> None:
    """A profile of an API without a ledger is no reason to say that there is no such API."""
    (mine / "specs" / "helpdesk" / "statements.yaml").unlink()
    named = "specs/helpdesk/openapi.yaml:1, helpdesk: no statements.yaml is beside it"
    done = casepact("check", *QUICK, cwd=mine, reports=tmp_path / "reports")

    assert (done.code, done.err.startswith(f"casepact: could not run: {named}")) == (2, True)


@pytest.mark.parametrize("command", [("lint",), ("check", *QUICK), ("mock", "--port", "0")])
def test_an_operation_without_a_behaviour_is_named(command: tuple[str, ...], mine: Path) -> None:
    """Whatever is asked of a mock that cannot do all that its document says, the line of the document is named."""
    change(mine / "behaviours" / "helpdesk.py", '    "getTicket": Behaviour(get_ticket, (EXISTS,)),\n', "")
    line = (mine / "specs" / "helpdesk" / "openapi.yaml").read_text(encoding="utf-8").splitlines().index("    get:") + 1
    done = casepact(*command, cwd=mine)
    reason = "getTicket: it has no behaviour; write one for it in BEHAVIOURS of behaviours/helpdesk.py."

    assert (done.code, f"specs/helpdesk/openapi.yaml:{line}, {reason}" in done.err) == (2, True), done.err


def test_an_api_without_behaviours_is_no_traceback(mine: Path) -> None:
    """Each of its operations is named, and where its behaviour is to be written."""
    (mine / "behaviours" / "helpdesk.py").unlink()
    done = casepact("lint", cwd=mine)

    assert (done.code, done.err.count("it has no behaviour; write one for it in a file behaviours/helpdesk.py.")) == (
        2,
        3,
    )


def test_a_body_without_an_example_is_made_of_its_schema(mine: Path, tmp_path: Path) -> None:
    """An operation whose document shows no body is checked with the members that one must have."""
    shown = "            examples:\n              closed: {value: {status: closed}}\n"
    change(mine / "specs" / "helpdesk" / "openapi.yaml", shown, "")
    done = casepact("check", "--strict", *QUICK, cwd=mine, reports=tmp_path / "reports")

    assert (done.code, done.outcomes("helpdesk")["TKD-3"]) == (0, "verified"), done.out
