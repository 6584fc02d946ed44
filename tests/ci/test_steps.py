"""Each script of action.yml, of the GitLab job and of casepact.sh does what its CI system needs, run one by one."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.runner.mock_process import running_mock
from conformance.verdict.outcomes import Exit
from tests.ci.steps import ROOT, SHELL, WORKFLOW, Job, bash, gitlab_job, installed_venv, load, own_environment

QUICK = "-k sample --seed 7"
SOON = {"retry-wait": "0"}

Run = Callable[..., Job]


@pytest.fixture
def action(tmp_path: Path, temp: Path) -> Run:
    """Run the whole action in an empty workspace; names of inputs are written with underscores."""

    def ran(**inputs: str) -> Job:
        named = {name.replace("_", "-"): value for name, value in inputs.items()}
        return Job(tmp_path, temp, ROOT, {"quick": "true", "args": QUICK, **named}).run()

    return ran


def test_kept_contract_passes_with_its_reports(action: Run, honest: str, tmp_path: Path) -> None:
    """Code 0; summary, outputs and artifact are there, and nothing goes to code scanning."""
    job = action(api="aicc", url=honest)

    assert (job.code, job.result) == (0, {"word": "kept", "code": "0", "reports": "reports"}), job.log
    assert job.summary.startswith("# Conformance: kept")
    artifact = job.used["actions/upload-artifact@v6"]
    assert artifact["path"] == "reports"
    assert artifact["name"].startswith("casepact-http---127.0.0.1-")
    assert (tmp_path / "reports" / "junit.xml").is_file()
    assert "github/codeql-action/upload-sarif@v4" not in job.used


def test_mock_is_checked_where_nothing_is_named(action: Run) -> None:
    """With an API alone the run starts the mock."""
    job = action(api="aicc", strict="true")

    assert (job.code, job.result["word"]) == (0, "kept"), job.log
    assert job.used["actions/upload-artifact@v6"]["name"] == "casepact-mock-aicc"


def test_violation_fails_after_the_reports_are_kept(action: Run, broken: str) -> None:
    """Code 1 is that of the last step, so the artifact is uploaded; findings are annotated."""
    job = action(api="r7office", url=broken, artifact="mine")

    assert (job.code, job.result["word"], job.result["code"]) == (1, "violated", "1"), job.log
    assert job.used["actions/upload-artifact@v6"]["name"] == "mine"
    assert "R7-34" in job.summary
    assert "::error " in job.log


def test_baseline_excuses_what_is_known(action: Run, broken: str, temp: Path, tmp_path: Path) -> None:
    """What was found before passes, once it is in the baseline."""
    action(api="r7office", url=broken)
    words = [str(temp / "casepact" / "bin" / "casepact"), "baseline", "update", "known.json", "--reports", "reports"]
    subprocess.run(words, cwd=tmp_path, env=own_environment(), check=True, capture_output=True)
    job = action(api="r7office", url=broken, baseline="known.json")

    assert (job.code, job.result["word"]) == (0, "kept"), job.log
    assert json.loads((tmp_path / "known.json").read_text())["findings"]


def test_server_that_is_down_is_tried_again_and_fails(action: Run, nobody: str) -> None:
    """Code 3 after the further tries; without a report the summary says where to look."""
    job = action(api="aicc", url=nobody, retries="1", **SOON)

    assert (job.code, job.result["word"]) == (3, "environment"), job.log
    assert job.log.count("The server does not answer; the next try") == 1
    assert job.summary.startswith("# Conformance: environment")


@pytest.mark.parametrize(("codes", "code"), [("3", 0), ("3,4", 0), (" 4, 3 ", 0), ("", 3), ("4", 3), ("33", 3)])
def test_server_that_is_down_only_warns_where_that_is_asked_for(
    tmp_path: Path, temp: Path, codes: str, code: int
) -> None:
    """With its code in `warn-on` the job is green, with a warning; with any other it fails."""
    job = Job(tmp_path, temp, ROOT, {"warn-on": codes})
    job.outputs["check"] = {"word": "environment", "code": "3", "reports": "reports"}
    job.run("Result")

    assert (job.code, job.result["code"]) == (code, "3"), job.log
    assert ("::warning title=casepact::environment (exit code 3)" in job.log) is (code == 0)


def test_bad_input_fails_whatever_only_warns(action: Run) -> None:
    """A target that does not exist could not run; its message is in the log."""
    job = action(target="nowhere", warn_on="3,4")

    assert (job.code, job.result["word"]) == (2, "could not run")
    assert "no target is named 'nowhere'" in job.log
    assert "No report was written" in job.summary


def test_old_summary_is_not_shown_for_a_run_without_one(action: Run, honest: str) -> None:
    """Where a run could not even start, the reports of an earlier step are not taken for its own."""
    action(api="aicc", url=honest)
    job = action(api="aicc", strict="perhaps")

    assert (job.code, job.summary.splitlines()[0]) == (2, "# Conformance: could not run")


@pytest.mark.parametrize(
    "names",
    [
        ("reports", "artifact", "warn_on"),
        ("target", "api", "args", "baseline", "project"),
        ("url", "spec", "api", "args"),
    ],
)
def test_inputs_are_never_run(action: Run, tmp_path: Path, names: tuple[str, ...]) -> None:
    """Text of an input, which a title of a pull request may reach, is data: in no script is it a command."""
    hostile = '"; touch "$GITHUB_WORKSPACE/owned" #$(touch owned)`touch owned`'
    job = action(**{"api": "aicc", **dict.fromkeys(names, hostile)})

    assert job.result["word"] in ("kept", "could not run"), job.log
    assert [path for path in tmp_path.rglob("*") if path.name == "owned"] == []


def test_sarif_is_uploaded_where_it_is_asked_for(tmp_path: Path, temp: Path) -> None:
    """The step gets the file that the run wrote, under a category of its own."""
    job = Job(tmp_path, temp, ROOT, {"sarif": "true"})
    job.outputs["check"] = {"sarif": "reports/results.sarif", "artifact": "casepact-staging"}
    job.run("Upload to code scanning")

    assert job.used["github/codeql-action/upload-sarif@v4"] == {
        "sarif_file": "reports/results.sarif",
        "category": "casepact-staging",
    }


def test_every_exit_word_is_known(tmp_path: Path, temp: Path) -> None:
    """The word of each exit code is that of the reports."""
    program = tmp_path / "temp" / "casepact" / "bin" / "casepact"
    program.parent.mkdir(parents=True)
    for end in Exit:
        program.write_text(f"#!/bin/sh\nexit {end.code}\n")
        program.chmod(0o755)
        job = Job(tmp_path, tmp_path / "temp", ROOT, {"retries": "0"}).run("Check", "Result")

        assert (job.code, job.result["word"]) == (end.code, end.value)


def test_cache_has_the_same_name_for_the_same_packages(tmp_path: Path) -> None:
    """The key depends on the pinned versions, and on the version of Python."""
    first, second = (Job(tmp_path, tmp_path, ROOT, {}).run("Name the cache", "Cache packages") for _ in range(2))
    keys = [job.used["actions/cache@v5"]["key"] for job in (first, second)]

    assert keys[0] == keys[1]
    assert len(first.outputs["key"]["digest"]) == 16


def github_shards(folder: Path, temp: Path, url: str, api: str) -> list[int]:
    """The exit codes of the machines of the workflow; their artifacts are in `shards`, as the next job finds them."""
    described = load(WORKFLOW)["jobs"]["thorough"]
    given = described["steps"][-1]["with"]
    codes = []
    for number in ("1", "2", "3"):
        shard = {"CASEPACT_SHARD": described["env"]["CASEPACT_SHARD"].replace("${{ matrix.shard }}", number)}
        workspace = folder / number
        workspace.mkdir()
        inputs = {
            **given,
            "api": api,
            "url": url,
            "quick": "true",
            "args": QUICK,
            "artifact": f"casepact-shard-{number}",
        }
        job = Job(workspace, temp, ROOT, inputs, shard).run()
        codes.append(job.code)
        artifact = job.used["actions/upload-artifact@v6"]
        shutil.copytree(workspace / artifact["path"], folder / "shards" / artifact["name"])
    return codes


@pytest.mark.parametrize(("api", "word", "code"), [("aicc", "kept", 0), ("r7office", "violated", 1)])
def test_github_machines_make_one_verdict(
    api: str, word: str, code: int, tmp_path: Path, temp: Path, honest: str, broken: str
) -> None:
    """The job after the shards ends as one run would, with its summary and reports."""
    codes = github_shards(tmp_path, temp, broken if code else honest, api)
    (step,) = [step for step in load(WORKFLOW)["jobs"]["thorough-verdict"]["steps"] if step.get("name") == "Join"]
    summary = tmp_path / "summary.md"
    path = f"{temp / 'casepact' / 'bin'}:{own_environment()['PATH']}"
    done = bash(step["run"], tmp_path, {**own_environment(), "PATH": path, "GITHUB_STEP_SUMMARY": str(summary)})

    assert (max(codes), done.returncode) == (code, code), done.stdout + done.stderr
    assert summary.read_text(encoding="utf-8").startswith(f"# Conformance: {word}\n")
    assert (tmp_path / "reports" / "junit.xml").is_file()


def test_shards_leave_annotations_to_the_verdict(tmp_path: Path, temp: Path, broken: str) -> None:
    """What one shard finds may have the cause of what another finds, and each finding is annotated once."""
    inputs = {"api": "r7office", "url": broken, "quick": "true", "args": "--seed 7 --shard 1/1"}
    job = Job(tmp_path, temp, ROOT, inputs).run()

    assert (job.code, "::error " in job.log) == (1, False)


@pytest.fixture(scope="module")
def gitlab_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as `before_script` leaves it."""
    folder = tmp_path_factory.mktemp("project")
    installed_venv(folder / ".venv-casepact")
    (folder / "examples").symlink_to(ROOT / "examples")
    return folder


def in_gitlab(name: str, project: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The script of a GitLab job in a project whose `before_script` has run."""
    job = gitlab_job(name)
    environment = {**own_environment(), **job["variables"], "CI_PROJECT_DIR": str(project), "GITLAB_CI": "true"}
    chosen = {"CASEPACT_KEYWORD": "sample", "CASEPACT_QUICK": "1", "CASEPACT_SEED": "7"}
    return bash("\n".join(job["script"]), project, {**environment, **chosen, **variables})


def test_gitlab_job_of_the_mock(gitlab_project: Path) -> None:
    """One of the matrix: the variable chooses the API, and GitLab's reports are where the job says."""
    done = in_gitlab("contracts", gitlab_project, CASEPACT_API="aicc")
    named = gitlab_job("contracts")["artifacts"]["reports"]

    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(named) == ["codequality", "junit"]
    assert [path for path in named.values() if not (gitlab_project / path).is_file()] == []


def test_gitlab_machines_make_one_verdict(gitlab_project: Path, broken: str) -> None:
    """The shards are in folders of their own; the job after them ends as one run would, with GitLab's reports."""
    server = {"CASEPACT_URL": broken, "CASEPACT_API": "r7office", "CASEPACT_THOROUGH": "", "CI_NODE_TOTAL": "3"}
    shards = [in_gitlab("thorough", gitlab_project, **server, CI_NODE_INDEX=number) for number in "123"]
    done = in_gitlab("thorough-verdict", gitlab_project)
    named = gitlab_job("thorough-verdict")["artifacts"]["reports"]

    assert max(shard.returncode for shard in shards) == 1, shards[0].stdout + shards[0].stderr
    assert done.returncode == 1, done.stdout + done.stderr
    assert "violated: " in done.stdout
    assert [path for path in named.values() if not (gitlab_project / path).is_file()] == []


def test_gitlab_job_of_a_server(gitlab_project: Path, broken: str, nobody: str) -> None:
    """A violation is code 1, until the baseline knows it; a server that is down is code 3, which the job allows."""
    server = {"CASEPACT_TARGET": "", "CASEPACT_API": "r7office"}
    found = in_gitlab("staging", gitlab_project, **server, CASEPACT_URL=broken)
    program = str(gitlab_project / ".venv-casepact" / "bin" / "casepact")
    (gitlab_project / "baselines").mkdir(exist_ok=True)
    words = [program, "baseline", "update", "baselines/staging.json", "--reports", "reports"]
    subprocess.run(words, cwd=gitlab_project, env=own_environment(), check=True, capture_output=True)
    known = in_gitlab("staging", gitlab_project, **server, CASEPACT_URL=broken)
    down = in_gitlab("staging", gitlab_project, **server, CASEPACT_URL=nobody)

    assert [done.returncode for done in (found, known, down)] == [1, 0, 3], found.stdout + known.stderr + down.stderr
    assert gitlab_job("staging")["allow_failure"]["exit_codes"] == [3]
    assert gitlab_job("staging")["retry"]["exit_codes"] == [3]


def test_gitlab_job_of_a_front_end(gitlab_project: Path) -> None:
    """The suite of examples/pytest talks to the service of the job, which wants its token."""
    job = gitlab_job("front-end")
    with running_mock([job["variables"]["CASEPACT_API"]], token=job["variables"]["CASEPACT_CONTROL_TOKEN"]) as port:
        done = in_gitlab("front-end", gitlab_project, CASEPACT_MOCK_URL=f"http://127.0.0.1:{port}")

    assert done.returncode == 0, done.stdout + done.stderr
    assert (gitlab_project / "reports" / "junit.xml").is_file()


def shell(workspace: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The script for any CI, by the system's own `sh`."""
    chosen = {"CASEPACT_API": "aicc", "CASEPACT_QUICK": "1", "CASEPACT_KEYWORD": "sample", "RETRY_WAIT": "0"}
    environment = {**own_environment(), **chosen, **variables}
    command = ["sh", str(SHELL), *words]
    return subprocess.run(command, cwd=workspace, env=environment, capture_output=True, text=True, check=False)


def test_shell_ends_with_the_exit_code(tmp_path: Path, temp: Path, honest: str, broken: str, nobody: str) -> None:
    """Kept is 0, violated 1, a bad name 2; a server that is down is tried again, and only warns where that is asked."""
    venv = {"VENV": str(temp / "casepact")}
    violated = shell(tmp_path, CASEPACT_URL=broken, CASEPACT_API="r7office", **venv)
    down = shell(tmp_path, "--url", nobody, RETRIES="1", WARN_ON="4 3", **venv)
    wrong = shell(tmp_path, "--target", "nowhere", WARN_ON="3", **venv)
    kept = shell(tmp_path, "--url", honest, **venv)

    ends = [done.returncode for done in (kept, violated, down, wrong)]
    assert ends == [0, 1, 0, 2], kept.stdout + kept.stderr
    assert down.stderr.count("the next try") == 1
    assert "exit code 3, which only warns here" in down.stderr
    assert "no target is named 'nowhere'" in wrong.stderr
    assert (tmp_path / "reports" / "summary.md").is_file()
