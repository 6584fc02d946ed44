"""What every exchange with an operation is judged by: one promise each."""

from collections.abc import Callable, Mapping

from conformance.checks import body, media, names, second, status, xml_form
from conformance.exchange import Exchange
from conformance.judgement import Judgement
from specs.contract import Contract, Operation

Check = Callable[[Contract, Operation, Exchange], list[Judgement]]

CHECKS: Mapping[str, Check] = {
    "status": status.check,
    "media": media.check,
    "body": body.check,
    "names": names.check,
    "xml": xml_form.check,
    "second judge": second.check,
}


def judge(contract: Contract, operation: Operation, exchange: Exchange) -> list[Judgement]:
    """Every check's judgement of an exchange."""
    return [judgement for check in CHECKS.values() for judgement in check(contract, operation, exchange)]
