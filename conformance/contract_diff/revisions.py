"""Files of a git revision, written to a folder of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

from specs.flaws import CasepactError

_SUFFIXES = (".yaml", ".yml", ".json")


def is_revision(name: str) -> bool:
    """Whether git knows a commit by this name; False outside a repository too."""
    if not name or name.startswith("-"):
        return False
    done = _run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return done.returncode == 0


def top_level() -> Path:
    """The folder of the repository that is worked in; raises `CasepactError` outside one."""
    done = _run("rev-parse", "--show-toplevel")
    if done.returncode:
        raise CasepactError(
            f"{Path.cwd()} is not in a git repository, so there are no revisions to compare; name two files or folders."
        )
    return Path(done.stdout.decode().strip())


def inside(path: Path, top: Path) -> str:
    """A path as git names it, from the folder of the repository; raises `CasepactError` for one outside."""
    resolved = path.resolve()
    if not resolved.is_relative_to(top.resolve()):
        raise CasepactError(f"{path} is not in the repository {top}; name a path in it with --path.")
    return resolved.relative_to(top.resolve()).as_posix()


def check_out(revision: str, path: str, folder: Path) -> Path:
    """
    Write the YAML and JSON of a revision at or below `path` into the folder, with what lies beside it, since `$ref`s
    may lead there.

    Returns the path in the folder. Raises `CasepactError` where the revision has nothing there.
    """
    wanted = PurePosixPath(path)
    files = _listed(revision, wanted)
    if not files:
        raise CasepactError(f"revision {revision} has no {path}, or no YAML or JSON in it.")
    single = path in files
    if single or f"{path}/openapi.yaml" in files:
        around = wanted.parent.parent if single else wanted.parent
        files |= _listed(revision, around)
    _write(files, folder)
    return folder / path


def _listed(revision: str, path: PurePosixPath) -> dict[str, str]:
    """The object of each YAML or JSON file at or below a path, by the name of the file."""
    where = [] if str(path) in (".", "") else ["--", str(path)]
    done = _run("-C", str(top_level()), "ls-tree", "-r", "-z", "--full-tree", revision, *where)
    if done.returncode:
        raise CasepactError(f"git cannot list revision {revision}: {_said(done)}.")
    found = {}
    for line in done.stdout.decode("utf-8", "surrogateescape").split("\0"):
        about, _, name = line.partition("\t")
        mode, _, rest = about.partition(" ")
        # Links and submodules hold no contract.
        if mode.startswith("100") and name.lower().endswith(_SUFFIXES):
            found[name] = rest.split(" ")[1]
    return found


def _write(files: dict[str, str], folder: Path) -> None:
    names = list(files)
    done = _run("cat-file", "--batch", stdin="\n".join(files.values()).encode() + b"\n")
    if done.returncode:
        raise CasepactError(f"git cannot read the files: {_said(done)}.")
    data, at = done.stdout, 0
    for name in names:
        end = data.index(b"\n", at)
        size = int(data[at:end].split()[2])
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data[end + 1 : end + 1 + size])
        at = end + size + 2


def _run(*arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], input=stdin, capture_output=True, check=False)
    except FileNotFoundError:
        raise CasepactError("git is not installed, so there are no revisions; name two files or folders.") from None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ").rstrip(".") or "no reason given"
