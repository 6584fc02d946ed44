"""Drawn values are what they claim to be, and a broken promise is reported once, by its smallest value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.checks.judgement import Judgement
from conformance.probes.context import ProbeContext
from conformance.probes.drawing import ENDURED, WIDTHS, for_each, other_types, text_of_bytes, text_of_length
from conformance.probes.edges import FORMATS
from conformance.target.errors import BoundReached, Unreachable
from conformance.target.exchange import Exchange, Request, Response
from specs import CasepactError
from specs.formats import validator
from specs.statements import Side
from tests.conformance.answers import NOWHERE, idle_context

few = settings(max_examples=30, deadline=None, database=None)


class Server:
    """Takes numbers below its limit, and remembers what it was asked."""

    def __init__(self, ctx: ProbeContext, limit: int) -> None:
        self.ctx, self.limit = ctx, limit
        self.asked: list[int] = []

    def show(self, number: int) -> bool:
        """Send a number and promise that it is taken."""
        self.asked.append(number)
        exchange = Exchange("modifyCase", Request("POST", NOWHERE, ()), Response(200, (), b""))
        return self.ctx.promise(
            ["HW-21"], number < self.limit, exchange, title="Refused", received=str(number), documented="a number"
        )


def against(ctx: ProbeContext) -> list[Judgement]:
    return [judged.judgement for judged in ctx.judged if not judged.judgement.held]


@pytest.mark.parametrize("count", [20, 21, 128, 20001])
@given(data=st.data())
@few
def test_text_of_bytes_is_exactly_so_many_bytes(count: int, data: st.DataObject) -> None:
    """A text drawn for an edge lies on that very edge, counted in UTF-8."""
    assert len(data.draw(text_of_bytes(count)).encode()) == count


@pytest.mark.parametrize("limit", [20, 128, 20000])
@given(data=st.data())
@few
def test_wide_text_is_over_the_limit_in_bytes_and_under_it_in_characters(limit: int, data: st.DataObject) -> None:
    """Of wide characters, a text that is too long in bytes is short enough for a server that counts characters."""
    assert len(data.draw(text_of_bytes(limit + 3, (2, 3, 4)))) < limit


@pytest.mark.parametrize(("width", "character"), WIDTHS.items())
def test_character_of_each_width_is_so_wide(width: int, character: str) -> None:
    """There is a character for each length that UTF-8 knows."""
    assert len(character.encode()) == width


@pytest.mark.parametrize("count", [1, 20, 129])
@given(data=st.data())
@few
def test_text_of_length_is_exactly_so_many_characters(count: int, data: st.DataObject) -> None:
    """A text drawn for a limit in characters lies on it, however wide they are."""
    assert len(data.draw(text_of_length(count))) == count


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@few
def test_right_text_of_a_format_fits_it(name: str, data: st.DataObject) -> None:
    """What is drawn as right is right by the contract's own format."""
    assert validator({"format": name}).is_valid(data.draw(FORMATS[name][0]))


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@few
def test_wrong_text_of_a_format_does_not_fit_it(name: str, data: st.DataObject) -> None:
    """What is drawn as wrong is wrong by the contract's own format."""
    assert not validator({"format": name}).is_valid(data.draw(FORMATS[name][1]))


@pytest.mark.parametrize(("kind", "types"), [("string", (str,)), ("number", (int, float)), ("object", (dict,))])
@given(data=st.data())
@few
def test_value_of_another_type_is_none_of_these(kind: str, types: tuple[type, ...], data: st.DataObject) -> None:
    """A value drawn to be refused is not of the type that is asked for; a boolean is no number."""
    value: Any = data.draw(other_types(kind))

    assert isinstance(value, bool) or not isinstance(value, types)


def test_broken_promise_is_reported_once() -> None:
    """Of all the values that broke a promise, one finding is left."""
    ctx = idle_context()
    for_each(ctx, st.integers(0, 10_000), Server(ctx, limit=100).show)

    assert len(against(ctx)) == 1


def test_broken_promise_is_reported_by_its_smallest_value() -> None:
    """The value in the finding is the smallest that breaks the promise."""
    ctx = idle_context()
    for_each(ctx, st.integers(0, 10_000), Server(ctx, limit=100).show)

    assert against(ctx)[0].received == "100"


def test_kept_promises_stay_evidence_beside_a_finding() -> None:
    """What held before a value broke the promise is not forgotten."""
    ctx = idle_context()
    server = Server(ctx, limit=5000)
    for_each(ctx, st.integers(0, 10_000), server.show)

    assert any(judged.judgement.held for judged in ctx.judged)


def test_finding_of_an_earlier_probe_stays() -> None:
    """Shrinking one promise leaves alone what was found before it."""
    ctx = idle_context()
    for limit in (100, 50):
        for_each(ctx, st.integers(0, 10_000), Server(ctx, limit).show)

    assert [judgement.received for judgement in against(ctx)] == ["100", "50"]


def test_search_for_a_smaller_value_keeps_findings_of_other_statements() -> None:
    """A read-back that breaks another statement with every value does not undo a refusal that was seen once."""
    ctx = idle_context()

    def show(number: int) -> bool:
        exchange = Exchange("modifyCase", Request("POST", NOWHERE, ()), Response(200, (), b""))
        reported = {"title": "Refused", "received": str(number), "documented": "a number"}
        ctx.promise(["HW-21"], number != 7000, exchange, **reported)
        return ctx.promise(["HW-05"], False, exchange, **reported)

    for_each(ctx, st.sampled_from([7000, 1]), show)
    for_each(ctx, st.just(7000), show)

    assert {judgement.statement for judgement in against(ctx)} == {"HW-05", "HW-21"}


@pytest.mark.parametrize("other", [{"statement": "HW-24"}, {"title": "Accepted"}, {"side": Side.REFUSE}])
def test_smaller_value_takes_the_place_of_the_same_finding_alone(other: dict[str, Any]) -> None:
    """What the first, larger value broke beside it stays."""
    ctx = idle_context()

    def show(number: int) -> bool:
        exchange = Exchange("modifyCase", Request("POST", NOWHERE, ()), Response(200, (), b""))
        if number > 500:
            beside = {"statement": "HW-21", "title": "Refused", "side": Side.ACCEPT, **other}
            ctx.promise([beside.pop("statement")], False, exchange, received=str(number), documented="", **beside)
        return ctx.promise(["HW-21"], number < 100, exchange, title="Refused", received=str(number), documented="")

    for_each(ctx, st.integers(0, 10_000), show)

    assert [item.received for item in against(ctx)].count("100") == 1
    assert len(against(ctx)) == 2


def test_server_errors_end_the_search_for_a_smaller_value() -> None:
    """Nobody wants a server to fail a hundred times only to be shown by the smallest value."""
    ctx, asked = idle_context(), []

    def show(number: int) -> bool:
        asked.append(number)
        answer = Exchange("modifyCase", Request("POST", NOWHERE, ()), Response(500, (), b""))
        return ctx.accepted(["HW-21"], answer, "a number")

    for_each(ctx, st.integers(0, 10_000), show)

    assert len(asked) == ENDURED


def test_kept_promise_is_tried_as_often_as_was_asked() -> None:
    """A server that keeps the promise is asked with as many values as the level says."""
    ctx = idle_context(examples=7)
    server = Server(ctx, limit=100_000)
    for_each(ctx, st.integers(0, 10_000), server.show)

    assert (len(server.asked), against(ctx)) == (7, [])


class Ended:
    """Lets a server be asked so often, and then keeps every request back."""

    def __init__(self, server: Server, most: int, error: Exception) -> None:
        self.server, self.most, self.error = server, most, error

    def show(self, number: int) -> bool:
        """Ask the server, or raise what keeps the request back."""
        if len(self.server.asked) == self.most:
            raise self.error
        return self.server.show(number)


def test_requests_that_run_out_while_shrinking_leave_the_finding() -> None:
    """The latest value that broke the promise is reported, and nothing is raised."""
    ctx = idle_context()
    server = Server(ctx, limit=100)
    for_each(ctx, st.integers(0, 10_000), Ended(server, 9, BoundReached(9)).show)

    assert [judgement.received for judgement in against(ctx)] == [str([n for n in server.asked if n >= 100][-1])]


@pytest.mark.parametrize("error", [BoundReached(3), Unreachable(NOWHERE, "it is gone")])
def test_what_keeps_requests_back_is_raised_as_it_is(error: CasepactError) -> None:
    """Without a finding the caller learns why a probe could not go on, and the server is left alone."""
    ctx = idle_context()
    server = Server(ctx, limit=100_000)
    ended = Ended(server, 3, error)

    with pytest.raises(type(error)):
        for_each(ctx, st.integers(0, 10_000), ended.show)

    assert len(server.asked) == 3


def test_server_that_is_lost_while_shrinking_is_reported() -> None:
    """A finding does not hide that the environment failed."""
    ctx = idle_context()
    server = Server(ctx, limit=100)

    with pytest.raises(Unreachable):
        for_each(ctx, st.integers(0, 10_000), Ended(server, 9, Unreachable(NOWHERE, "it is gone")).show)


def test_single_value_is_tried_once() -> None:
    """Where there is but one value to try, it is not sent again."""
    ctx = idle_context(examples=7)
    server = Server(ctx, limit=100)
    for_each(ctx, st.just(1), server.show)

    assert server.asked == [1]


def test_same_seed_draws_the_same_values() -> None:
    """A run can be repeated: seed and probe decide every value."""
    servers = [Server(ctx, limit=100_000) for ctx in (idle_context(), idle_context())]
    for server in servers:
        for_each(server.ctx, st.integers(0, 10_000), server.show)

    assert servers[0].asked == servers[1].asked
