"""Public documents out of npm and PyPI packages are served, and nothing that is answered is against them."""

from __future__ import annotations

import pytest

from tests.foreign.public_documents import measure
from tests.foreign.subjects import SUBJECTS, Subject

PUBLIC = [subject for subject in SUBJECTS if subject.package]


@pytest.mark.slow
@pytest.mark.parametrize("subject", PUBLIC, ids=[subject.name for subject in PUBLIC])
def test_public_document_is_served(subject: Subject) -> None:
    """
    The mock starts, reads nearly every operation, and makes answers that a judge of others finds in order.
    """
    found = measure(subject)

    assert found.answers is not None
    assert (found.answers.wrong, found.unread <= found.operations * 0.03) == ((), True)


def test_documents_are_of_every_version() -> None:
    """
    The list has at least eight documents of others, one of them above 5 MB.
    """
    assert len(PUBLIC) >= 8
