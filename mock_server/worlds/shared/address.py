"""The address of what keeps worlds, without what must not be shown."""

from __future__ import annotations

from urllib.parse import urlsplit

from specs.flaws import CasepactError

NO_ADDRESS = "--worlds is not an address of Redis; it looks like redis://HOST:6379/0, rediss:// or unix:///PATH."


def shown_address(address: str) -> str:
    """The address without user, password and query; raises `CasepactError` for what is not one."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise CasepactError(NO_ADDRESS) from None
    if parts.scheme == "unix" and parts.path:
        return f"unix://{parts.path}"
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise CasepactError(NO_ADDRESS)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or 6379}{parts.path if parts.path.strip('/') else '/0'}"
