"""What a mock prints when it listens: where each API is, and which credentials there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mock_server.addresses import first_segment
from mock_server.assembly import Assembly
from mock_server.operations.unreached import unreached
from mock_server.settings import TOKEN_VARIABLE, Settings
from mock_server.worlds.shared.address import shown_address
from specs.contract import Contract
from specs.flaws import Flaw
from specs.shortening import listed
from specs.source import CONTROL_BASE

_NAMED = 20
"""Operations that are named with a flaw that they share."""


def banner(settings: Settings, assembly: Assembly, port: int, token: str) -> str:
    """The lines for a mock that listens on `port`, whose control API asks for `token` if that is not empty."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    root = f"http://{host}:{port}"
    lines = [f"casepact mock on {root} (stop with Ctrl-C)", ""]
    addresses = assembly.addresses
    for contract in assembly.contracts.values():
        base = addresses.base(contract.api)
        lines += [f"  {contract.title}", f"    base URL    {root}{base}"]
        if contract.api == addresses.root:
            lines.append(
                f"    at the root {root}" if base else f"    at the root alone: its paths begin with /{contract.api}"
            )
        elif addresses.kept_out:
            lines.append(f"    not at the root: {_kept_out(contract, addresses.kept_out)}")
        lines.append(f"    Swagger UI  {root}/{contract.api}/ui/")
        if not contract.dialect.modelled:
            lines.append(f"    unmodelled: answers are made of the document's examples and schemas, {_kept(contract)}")
        actors = assembly.seeds[contract.api].actors
        width = max(map(len, [*actors, "at the root"]))
        for name, actor in actors.items():
            header = _first_header(contract, actor.credentials)
            lines.append(f"    {name:<{width}} {header}" if header else f"    {name}")
        lines.append("")
    if len(assembly.contracts) > 1 and not addresses.root:
        lines.append("  Nothing is at the root; --at-root NAME serves an API there too.")
    guard = f"asks for the bearer token in {TOKEN_VARIABLE}" if token else "open to this machine"
    lines.append(f"  In a browser: {root}/ shows requests as they arrive, and why one was refused.")
    lines.append(f"  Worlds, clock, journal, refusals: {root}{CONTROL_BASE}/ui/ ({guard})")
    if settings.worlds:
        lines.append(f"  Worlds are kept in {shown_address(settings.worlds)}, for all mocks that name it.")
    lines.append("  A world of your own: send X-Casepact-World: NAME, or put /~NAME before the path.")
    return "\n".join(lines)


def remarks(assembly: Assembly) -> Iterator[str]:
    """What is not served of documents without behaviours, each with its place and the operations that it costs."""
    for contract in assembly.contracts.values():
        yield from map(str, contract.remarks)
        if not contract.dialect.modelled:
            unreachable = list(unreached(contract))
            yield from unreachable[:_NAMED]
            if len(unreachable) > _NAMED:
                yield f"{contract.title}: {len(unreachable) - _NAMED} more paths are not reached as they stand."
        costs: dict[Flaw, list[str]] = {}
        for id, flaws in contract.unread.items():
            operation = contract.operations[id]
            for flaw in flaws:
                costs.setdefault(flaw, []).append(f"{operation.method} {operation.path}")
        for flaw, operations in sorted(costs.items()):
            more = f" and {len(operations) - _NAMED} more" if len(operations) > _NAMED else ""
            yield f"{flaw} Answered with 501: {', '.join(operations[:_NAMED])}{more}."


def _kept(contract: Contract) -> str:
    """Of what a mock of a document without behaviours keeps records."""
    # Of no use to a mock that serves no such document.
    from mock_server.behaviours.by_shape.recognition import GONE

    kept = [name for name in contract.records if f"{name}{GONE}" in contract.records]
    return f"records are kept of {listed(kept, _NAMED)}" if kept else "nothing is stored"


def _kept_out(contract: Contract, path: str) -> str:
    """Why an API that is served alone is not at the root, and the way there if there is one."""
    if first_segment(path) != contract.api:
        return f"its path {path} leads elsewhere there"
    return f"its path {path} begins with its name; --at-root {contract.api} serves it there alone"


def _first_header(contract: Contract, credentials: Mapping[str, str]) -> str:
    """The header, as it is sent, with the first credential that travels in one as it stands; "" for none."""
    for name, scheme in contract.security_schemes.items():
        if scheme.location == "header" and scheme.kind != "basic" and name in credentials:
            return f"{scheme.key}: {'Bearer ' if scheme.kind == 'bearer' else ''}{credentials[name]}"
    return ""
