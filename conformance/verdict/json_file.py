"""Read JSON that somebody may have edited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from specs.flaws import CasepactError


def read_json(file: Path, missing: str) -> Any:
    """
    What a file of JSON holds; `missing` is the message where there is no such file.

    Raises `CasepactError` that names the file, and the line where it has one.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CasepactError(missing) from None
    except (OSError, UnicodeDecodeError) as error:
        raise CasepactError(f"{file}: cannot be read: {error}") from None
    except json.JSONDecodeError as error:
        raise CasepactError(f"{file}:{error.lineno}: is not JSON: {error.msg}.") from None
    except (RecursionError, ValueError):
        raise CasepactError(f"{file}: is nested too deep, or has too long a number, to be read.") from None
