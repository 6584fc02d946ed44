"""Ctrl-C stops a probe at once where nothing is torn by it, and waits where something would be."""

from __future__ import annotations

import signal
import threading

import pytest

from conformance.rollback.interrupts import Interrupts, Terminated, terminable


def ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


def test_exposed_work_is_stopped_at_once() -> None:
    """Between two requests nothing keeps Ctrl-C waiting."""
    done: list[str] = []

    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt), interrupts.exposed():
        ctrl_c()
        done.append("more")

    assert (done, interrupts.pending) == ([], True)


def test_sheltered_work_is_finished_first() -> None:
    """A write and its answer are not torn apart: Ctrl-C is raised when the answer is there."""
    done: list[str] = []

    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt), interrupts.exposed():
        with interrupts.sheltered():
            ctrl_c()
            done.append("answered")
        done.append("more")

    assert done == ["answered"]


def test_putting_back_is_not_interrupted() -> None:
    """Outside of exposed work Ctrl-C is remembered, and raises nothing."""
    with Interrupts() as interrupts:
        ctrl_c()
        ctrl_c()

    assert interrupts.pending


def test_ctrl_c_before_the_work_keeps_it_from_starting() -> None:
    """What came while records were read stops the probe before its first request."""
    with Interrupts() as interrupts:
        ctrl_c()
        with pytest.raises(KeyboardInterrupt), interrupts.exposed():
            raise AssertionError("nothing may start")


def test_second_ctrl_c_does_not_stop_what_follows_the_first() -> None:
    """Only one is raised, so that the finaliser comes to its end."""
    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt), interrupts.exposed():
        try:
            ctrl_c()
        finally:
            ctrl_c()

    assert interrupts.pending


def test_sigterm_is_held_back_as_ctrl_c_is() -> None:
    """A write that SIGTERM comes into is finished first, and what is raised then says which signal it was."""
    done: list[str] = []

    with Interrupts() as interrupts, pytest.raises(Terminated), interrupts.exposed():
        with interrupts.sheltered():
            signal.raise_signal(signal.SIGTERM)
            done.append("answered")
        done.append("more")

    assert (done, interrupts.stop) == (["answered"], Terminated)


def test_only_the_first_sigterm_stops_a_run() -> None:
    """What a run does at its end, its reports say, is not stopped by a second one."""
    done: list[str] = []

    with terminable():
        try:
            signal.raise_signal(signal.SIGTERM)
        except Terminated:
            signal.raise_signal(signal.SIGTERM)
            done.append("reports")

    assert (done, signal.getsignal(signal.SIGTERM)) == (["reports"], signal.SIG_DFL)


def test_former_handler_is_back_afterwards() -> None:
    """Once a probe is over, Ctrl-C is for pytest again."""
    before = signal.getsignal(signal.SIGINT)
    with Interrupts():
        pass

    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_are_left_alone() -> None:
    """Signals come to the main thread; elsewhere nothing is caught, and nothing fails."""
    seen: list[bool] = []

    def work() -> None:
        with Interrupts() as interrupts, interrupts.exposed(), interrupts.sheltered():
            seen.append(interrupts.pending)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert seen == [False]
