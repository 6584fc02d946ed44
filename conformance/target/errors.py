"""Why a request was not sent, or has no answer of the server's own: never the server's fault, so never a verdict."""

from __future__ import annotations

from specs.contract import Operation
from specs.flaws import CasepactError


class Unreachable(CasepactError):
    """The server does not answer: the environment's fault, never a verdict."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} does not answer: {reason}. Start the server, or give another --url.")


class WriteForbidden(CasepactError):
    """A request that could write, on a target that does not allow it; it was not sent. `reason` says more, if any."""

    def __init__(self, method: str, url: str, reason: str = "") -> None:
        self.reason = reason
        super().__init__(f"{method} {url} could write, which the target forbids{reason and f' ({reason})'}; not sent.")


class Undeclared(CasepactError):
    """A method that the contract does not have at that path; it was not sent, as the target is not a mock of ours."""

    def __init__(self, method: str) -> None:
        super().__init__(f"needs {method} on a path that does not declare it; that is sent to our own mock only")


class CredentialMissing(CasepactError):
    """An actor of the profile has no credential that an operation takes; the request was not sent."""

    def __init__(self, operation: Operation, actor: str) -> None:
        ways = " or ".join(" with ".join(alternative) for alternative in operation.security)
        super().__init__(f"needs a credential of actor {actor} by {ways} for {operation.id}")


class GatewayAnswer(CasepactError):
    """A gateway answered in place of the server, or cut it off: nothing is known of what became of the request."""


class EngineFailure(CasepactError):
    """The engine that draws requests could not go on; nothing of that is the server's."""


class LoginsSpent(CasepactError):
    """A login that must fail, beyond those that the profile allows; it was not sent, as real systems lock accounts."""

    def __init__(self, most: int) -> None:
        super().__init__(f"the profile allows {most} wrong logins a run (`wrongLogins`)")


class BoundReached(CasepactError):
    """A probe that would send more requests than it declared; it was stopped."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than the {most} requests that the plan allows this probe")
