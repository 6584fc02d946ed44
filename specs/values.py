"""JSON values as such."""

from __future__ import annotations

from typing import Any

DEEPEST = 128
"""Levels of nesting that a body may have; orjson writes at most 254, jsonschema-rs judges at most 255."""


def too_deep(value: Any, text: bytes) -> bool:
    """Whether a value read from this text is nested deeper than `DEEPEST`; counted only where it could be."""
    return text.count(b"[") + text.count(b"{") > DEEPEST and depth(value) > DEEPEST


def depth(value: Any) -> int:
    """How many containers enclose the innermost value, counted without recursion."""
    levels, level = 0, [value]
    while level:
        level = [
            item
            for container in level
            if isinstance(container, dict | list)
            for item in (container.values() if isinstance(container, dict) else container)
        ]
        levels += 1
    return levels - 1
