"""Requests that hold no more than they must, and what is put into them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from conformance.target.drafting import Draft, Member
from specs.contract import Operation
from specs.references import at, split

Members = Mapping[str, Member]
"""The members of a request body by their JSON pointers, the outer ones first."""


def least(made: Draft, members: Members) -> Draft:
    """The request without the members that may be left out."""
    for pointer, member in members.items():
        if not member.required and holds(made, pointer):
            made = made.without_member(pointer)
    return made


def about(made: Draft, operation: Operation, members: Members, role: str, id: Any) -> Draft:
    """The same request with another record in this role."""
    path = dict(made.path)
    for parameter in operation.parameters:
        if parameter.role == role and parameter.name in path:
            path[parameter.name] = id
    made = Draft(path, made.media, made.body)
    for pointer, member in members.items():
        if member.role == role and holds(made, pointer):
            made = made.with_member(pointer, id)
    return made


def put(made: Draft, pointer: str, value: Any) -> Draft:
    """The request with one member set; the objects around it come with it."""
    body = copy.deepcopy(made.body)
    *outer, last = split(pointer)
    holder = body
    for part in outer:
        holder = holder.setdefault(part, {})
    holder[last] = value
    return Draft(made.path, made.media, body)


def holds(made: Draft, pointer: str) -> bool:
    """Whether the request has this member."""
    try:
        at(made.body, tuple(split(pointer)))
    except LookupError:
        return False
    return True


def sent(made: Draft, pointer: str) -> Any:
    """The value of a member that the request has."""
    return at(made.body, tuple(split(pointer)))
