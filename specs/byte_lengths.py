"""How long a text is in bytes: the keyword `x-max-bytes` (decision 1)."""

from __future__ import annotations

from typing import Any


class MaxBytes:
    """The keyword `x-max-bytes`: the UTF-8 encoding of a text is at most so long."""

    def __init__(self, parent_schema: dict[str, Any], value: Any, schema_path: list[str | int]) -> None:
        self.limit = int(value)

    def validate(self, instance: Any) -> None:
        """Raise `ValueError` when the text is longer; other types are another keyword's matter."""
        if isinstance(instance, str) and len(instance.encode("utf-8", "surrogatepass")) > self.limit:
            raise ValueError(f"is longer than {self.limit} bytes in UTF-8")
