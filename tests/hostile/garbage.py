"""
Hostile bytes: every kind of request that a server must not stumble over, drawn from a seed.

No shot is one that a mock may carry out as a write in a world of `VICTIMS`: each write breaks a rule besides what makes
it hostile, or is broken by it.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

from tests.hostile.shots import Ending, Shot

VICTIMS = ("default", "herbert", "petra")
"""The worlds that are shot at: named by nothing, by the header, by the prefix."""

Header = tuple[bytes, bytes]
JSON: Header = (b"Content-Type", b"application/json")
XML: Header = (b"Content-Type", b"text/xml")
FORM: Header = (b"Content-Type", b"application/x-www-form-urlencoded")
AICC: Header = (b"access-token", b"aicc-operator-token-0001")
EGAIN: Header = (b"Authorization", b"Bearer egain-agent-token-0001")
ONLYOFFICE: Header = (b"Authorization", b"oo-admin-token-0001")
R7: Header = (b"Authorization", b"r7-admin-token-0001")

AICC_CASE = b"/aicc/service/AICC__Case/1.0.0/openapi/case/c6m800000142mS63Voa8"
MODIFY = b"/aicc/service/AICC__Case/1.0.0/openapi/case/modify"
TOKEN = b"/aicc/baas/auth/v1.0/oauth2/token"
EDIT = b"/egain/core/casemgr/v3/case"
ONLYOFFICE_CASE = b"/onlyoffice/api/2.0/crm/case/1234"
R7_CASE = b"/r7office/api/2.0/crm/case/1234"
AUTHENTICATE = b"/r7office/api/2.0/authentication"
CONTROL = b"/_casepact/v1"


@dataclass(frozen=True, slots=True)
class Target:
    """An operation with the credential that it takes."""

    method: bytes
    path: bytes
    headers: tuple[Header, ...]


READS = (
    Target(b"GET", AICC_CASE, (AICC,)),
    Target(b"GET", EDIT + b"/1013", (EGAIN,)),
    Target(b"GET", ONLYOFFICE_CASE, (ONLYOFFICE,)),
    Target(b"GET", ONLYOFFICE_CASE + b"/contact", (ONLYOFFICE,)),
    Target(b"GET", R7_CASE + b".xml", (R7,)),
)
JSON_WRITES = (
    Target(b"POST", MODIFY, (AICC, JSON)),
    Target(b"PATCH", EDIT, (EGAIN, JSON)),
    Target(b"PUT", ONLYOFFICE_CASE, (ONLYOFFICE, JSON)),
    Target(b"POST", ONLYOFFICE_CASE + b"/contact", (ONLYOFFICE, JSON)),
    Target(b"POST", AUTHENTICATE, (JSON,)),
)
XML_WRITES = (
    Target(b"PUT", ONLYOFFICE_CASE, (ONLYOFFICE, XML)),
    Target(b"POST", ONLYOFFICE_CASE + b"/contact.xml", (ONLYOFFICE, XML)),
    Target(b"POST", AUTHENTICATE, (XML,)),
)
FORM_WRITES = (
    Target(b"PUT", ONLYOFFICE_CASE, (ONLYOFFICE, FORM)),
    Target(b"POST", ONLYOFFICE_CASE + b"/contact", (ONLYOFFICE, FORM)),
    Target(b"POST", TOKEN, (FORM,)),
)
EMPTY_WRITES = (
    Target(b"PUT", R7_CASE + b"/close", ()),
    Target(b"PUT", ONLYOFFICE_CASE + b"/reopen", ((b"Authorization", b"nobody"),)),
    Target(b"DELETE", ONLYOFFICE_CASE + b"/contact/9999", (ONLYOFFICE,)),
    Target(b"DELETE", ONLYOFFICE_CASE + b"/contact/1235", ((b"Authorization", b"nobody"),)),
)
"""Writes that are refused as they stand."""

REFUSED = b'{"caseInfo": {"id": "c6m800000142mS63Voa8"}, "id": "1013", "contactid": "none"}'
"""A body that no operation takes."""


def message(
    target: Target,
    world: str,
    *headers: Header,
    path: bytes | None = None,
    body: bytes | None = None,
    version: bytes = b"HTTP/1.1",
    close: bool = True,
) -> bytes:
    """A request to a world of `VICTIMS`; with a body it has its length, and the connection is to be closed after it."""
    where = target.path if path is None else path
    lines = [b"Host: 127.0.0.1"]
    if world == "petra":
        where = b"/~petra" + where
    elif world != "default":
        lines.append(b"X-Casepact-World: " + world.encode())
    lines += [name + b": " + value for name, value in (*target.headers, *headers)]
    if body is not None:
        lines.append(b"Content-Length: " + str(len(body)).encode())
    if close:
        lines.append(b"Connection: close")
    first = target.method + b" " + where + b" " + version
    return b"\r\n".join([first, *lines, b"", body or b""])


def noise(random: Random, most: int) -> bytes:
    """Up to so many bytes of any value."""
    return random.randbytes(random.randint(1, most))


def cut(random: Random, sent: bytes, most: int = 8) -> tuple[bytes, ...]:
    """The bytes in up to so many pieces."""
    edges = sorted(random.randint(0, len(sent)) for _ in range(random.randint(0, most - 1)))
    return tuple(sent[start:end] for start, end in zip([0, *edges], [*edges, len(sent)], strict=True))


# The request line


def request_line(random: Random, world: str) -> Shot:
    """What is no request line."""
    lines = (
        b"",
        b"\r\n\r\n\r\n",
        b"GET",
        b"GET /",
        b"GET / HTTP/9.9",
        b"GET / HTTP/1",
        b"GET / http/1.1",
        b"GET  / HTTP/1.1",
        b"GET\t/\tHTTP/1.1",
        b"GET / HTTP/1.1 and more",
        b"GET /a b HTTP/1.1",
        b"GET / HTTP/1.1\nHost: x",
        b" GET / HTTP/1.1",
        b"\x00GET / HTTP/1.1",
        b"G\xe9T / HTTP/1.1",
        b"GET \xff\xfe HTTP/1.1",
        b"GET nothing HTTP/1.1",
        b"PRI * HTTP/2.0\r\n\r\nSM",
        b"HTTP/1.1 200 OK",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(64),
        b"A" * random.choice((100, 10_000, 100_000)) + b" / HTTP/1.1",
        b"GET /" + b"a" * random.choice((1_000, 70_000, 300_000)) + b" HTTP/1.1",
        noise(random, 2000),
        noise(random, 200) + b" " + noise(random, 200) + b" HTTP/1.1",
    )
    ending = random.choice((b"\r\n\r\n", b"\n\n", b"\r\r", b""))
    return Shot("request line", (random.choice(lines) + ending,), Ending.HANG_UP)


def target_form(random: Random, world: str) -> Shot:
    """A target that is no plain path: absolute, an authority, an asterisk, dots, encoded slashes, NUL."""
    target = random.choice(READS)
    path = random.choice(
        (
            b"http://example.com" + target.path,
            b"https://127.0.0.1:1" + target.path,
            b"http://[::1" + target.path,
            b"http://",
            b"ftp://a/b",
            b"file:///etc/passwd",
            b"example.com:443",
            b"*",
            b"//" + target.path,
            b"//example.com" + target.path,
            b"/.." * 20 + b"/etc/passwd",
            b"/aicc/ui/" + b"../" * 10 + b"etc/passwd",
            b"/aicc/ui/" + b"%2e%2e%2f" * 10 + b"etc/passwd",
            b"/aicc/ui/%00",
            b"/aicc/ui/" + b"a" * 5000,
            b"/aicc/ui//etc/passwd",
            b"/aicc/ui/\\..\\..\\etc",
            b"/aicc/openapi.json/..",
            b"/_casepact/v1/ui/%00%ff",
            b"/_casepact/v1/ui/..%5c..%5c",
            target.path + b"%00",
            target.path + b"%",
            target.path + b"%2",
            target.path + b"%zz",
            target.path + b"%ff%fe",
            target.path + b"%c0%af",
            target.path + b"%ed%a0%80",
            target.path + b"%u0041",
            target.path + b"/" * random.randint(1, 500),
            target.path + b";a=b",
            target.path + b"#fragment",
            target.path + b"?",
            target.path + b"?" * 1000,
            target.path + b"?" + b"a=1&" * 10_000,
            target.path + b"?" + b"%ff=%fe&%00=%0d%0a",
            target.path + b"?$attribute=" + b"x," * 5_000,
            target.path + b"?a[b][c][d]=" + quote(random.randbytes(50)).encode(),
            target.path + b"?\xff\xfe=\xc3\x28",
            target.path.replace(b"/", b"%2F"),
            b"/aicc" + b"/a" * 5_000,
            b"/" + quote(random.randbytes(100)).encode(),
            b"/~" + b"~" * 100 + target.path,
            b"/~",
            b"/~/",
            b"/~\x7f/x",
        )
    )
    return Shot("target", (message(target, "default", path=path),), Ending.HANG_UP)


def numbers_in_paths(random: Random, world: str) -> Shot:
    """An id that is almost a number."""
    id = random.choice(
        (
            *(b"9" * 5000, b"-1", b"+1", b"1.0", b"1e3", b"0x10", b"1_000", b"%20", b"1%202", b"00001234", b"1234%00"),
            *(b"%D9%A1%D9%A2", b"%EF%BC%91", b"%E2%85%A7", b"NaN", b"Infinity", b"9" * 19, b"2147483648"),
            *(b"1" + b"0" * 400, b"-" + b"9" * 100, b"1234/1234", b"{caseid}", b"%7Bcaseid%7D", b"1234.xml.xml"),
        )
    )
    api, credential = random.choice(((b"/onlyoffice", ONLYOFFICE), (b"/r7office", R7)))
    rest = random.choice((b"", b".xml", b"/contact", b"/contact/" + id, b"/closed"))
    # Of these ids only 00001234 may lead to a case.
    method = b"GET" if id.startswith(b"0000") else random.choice((b"GET", b"PUT", b"DELETE"))
    target = Target(method, api + b"/api/2.0/crm/case/" + id + rest, (credential,))
    return Shot("number in a path", (message(target, world),))


def methods(random: Random, world: str) -> Shot:
    """A method that the path does not have, or that no path has."""
    method = random.choice(
        (
            *(b"HEAD", b"OPTIONS", b"TRACE", b"CONNECT", b"QUERY", b"PROPFIND", b"LINK", b"PURGE", b"get", b"Post"),
            *(b"BREW", b"X" * 300, b"GET\x00", b"M-SEARCH", b"!#$%&'*+-.^_`|~", b"DELETE"),
        )
    )
    path = random.choice((AICC_CASE, MODIFY, EDIT, R7_CASE + b"/close", b"/", b"/nope", b"*", CONTROL + b"/ready"))
    target = Target(method, path, (AICC,))
    return Shot("method", (message(target, "default" if path == b"*" else world),), Ending.HANG_UP)


def old_versions(random: Random, world: str) -> Shot:
    """HTTP/0.9, HTTP/1.0 with and without keep-alive, HTTP/1.1 without a host or with two."""
    target = random.choice(READS)
    sent = random.choice(
        (
            b"GET " + target.path + b"\r\n",
            message(target, world, version=b"HTTP/1.0", close=False),
            message(target, world, (b"Connection", b"keep-alive"), version=b"HTTP/1.0", close=False),
            message(target, world, version=b"HTTP/1.0").replace(b"Host: 127.0.0.1\r\n", b""),
            message(target, world).replace(b"Host: 127.0.0.1\r\n", b""),
            message(target, world, (b"Host", b"example.com")),
            message(target, world).replace(b"127.0.0.1", b"a:b:c/d@e\x01"),
            message(target, world).replace(b"127.0.0.1", b""),
        )
    )
    return Shot("version", (sent,), Ending.HANG_UP)


# Headers


def huge_header(random: Random, world: str) -> Shot:
    """One header that is far too long, in its name or in its value."""
    size = random.choice((8_000, 70_000, 300_000))
    header = random.choice(((b"X-Long", b"a" * size), (b"X-" + b"a" * size, b"1"), (b"Cookie", b"a=b; " * (size // 5))))
    return Shot("huge header", (message(random.choice(READS), world, header),), Ending.HANG_UP)


def many_headers(random: Random, world: str) -> Shot:
    """Hundreds or thousands of headers, of one name or of many."""
    number = random.choice((100, 1_000, 8_000))
    one_name = random.random() < 0.5
    headers = [(b"X-A" if one_name else b"X-%d" % index, b"%d" % index) for index in range(number)]
    return Shot("many headers", (message(random.choice(READS), world, *headers),), Ending.HANG_UP)


def broken_headers(random: Random, world: str) -> Shot:
    """Lines that are no header, or a header of bytes that none may hold."""
    line = random.choice(
        (
            *(b"no colon", b": no name", b"a b: c", b"X\x00: 1", b"X: \x00", b"X: a\rb", b"X: a\n b", b" folded: x"),
            *(b"X: 1\r\n folded", b"X : 1", b"\xff\xfe: 1", b"X: \xff\xfe\xc3\x28", b"X: " + noise(random, 50)),
            *(b"X\r: 1", b"\x7f: 1", b"X: \x1b[31mred", b"X-Casepact-World: a\r\nX-Casepact-World: b"),
        )
    )
    sent = message(random.choice(READS), world).replace(b"\r\nHost", b"\r\n" + line + b"\r\nHost", 1)
    return Shot("broken header", (sent,), Ending.HANG_UP)


def odd_values(random: Random, world: str) -> Shot:
    """Headers that the mock or its server reads, with values that are none."""
    long = random.choice((10, 1_000))
    header = random.choice(
        (
            (b"Accept", b"a/b;q=" + b"9" * long),
            (b"Accept", b"text/xml;q=0.5," * long),
            (b"Accept", b";;;,,,q=;/;*/"),
            (b"Accept", b"\xff/\xfe"),
            (b"Accept-Language", b"xx-" * long),
            (b"Accept-Language", b"en;q=" + b"1" * long),
            (b"Accept-Language", b"\xe9\xff"),
            (b"Accept-Charset", b"utf-7"),
            (b"Range", b"bytes=" + b"0-0," * long),
            (b"Range", b"bytes=9999999999999999999999-1"),
            (b"If-Match", b'"' * long),
            (b"If-None-Match", b"W/" * long),
            (b"If-Modified-Since", b"Sun, 99 Foo 99999 99:99:99 GMT"),
            (b"If-Range", b"\xff"),
            (b"Forwarded", b"for=" * long),
            (b"X-Forwarded-For", b"[::1, " * long),
            (b"X-Forwarded-For", b"\xff\xfe"),
            (b"X-Forwarded-Proto", b"gopher\x0b"),
            (b"X-Forwarded-Proto", b"https"),
            (b"X-Forwarded-Host", b"a\x7fb"),
            (b"X-Forwarded-Prefix", b"/" * long),
            (b"Upgrade", b"websocket"),
            (b"Upgrade", b"h2c"),
            (b"Expect", b"100-continue"),
            (b"Expect", b"the impossible"),
            (b"Connection", b"upgrade, " * long),
            (b"Keep-Alive", b"timeout=-1"),
            (b"TE", b"trailers, " * long),
            (b"Trailer", b"Content-Length"),
            (b"Cookie", b"asc_auth_key=" + b";=" * long),
            (b"Cookie", b"\xff=\xfe"),
            (b"Authorization", b"Basic " + b"=" * long),
            (b"Authorization", b"Basic /////w=="),
            (b"Authorization", b"Basic bm9jb2xvbg=="),
            (b"Authorization", b"Bearer " * long),
            (b"Authorization", b"\xff\xfe"),
            (b"Origin", b"null"),
            (b"Origin", b"http://\xff\xfe\x01"),
            (b"Content-Encoding", b"gzip"),
            (b"Content-Type", b"\xe9/;;="),
            (b"Content-Length", b"0"),
        )
    )
    target = random.choice((*READS, Target(b"GET", b"/aicc/ui/swagger-ui.css", ()), Target(b"GET", b"/", ())))
    return Shot("odd value", (message(target, world, header),), Ending.HANG_UP)


def websocket(random: Random, world: str) -> Shot:
    """A handshake for a protocol that nobody speaks here."""
    headers = (
        (b"Connection", b"Upgrade"),
        (b"Upgrade", random.choice((b"websocket", b"h2c", b"TLS/1.0"))),
        (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
        (b"Sec-WebSocket-Version", random.choice((b"13", b"99", b"x"))),
        (b"HTTP2-Settings", b"AAMAAABkAAQAAP__"),
    )
    sent = message(random.choice(READS), world, *headers, close=False)
    return Shot("websocket", (sent, random.choice((b"", b"\x81\x85" + random.randbytes(9)))), Ending.HANG_UP)


def preflights(random: Random, world: str) -> Shot:
    """A question of a browser, with nonsense in it."""
    headers = (
        (b"Origin", random.choice((b"null", b"http://x", b"\xff", b"http://" + b"a" * 2_000))),
        (b"Access-Control-Request-Method", random.choice((b"PUT", b"", b"NOPE", b"\xff", b"GET, PUT"))),
        (b"Access-Control-Request-Headers", random.choice((b"*", b"a," * 2_000, b"\xff", b"access-token"))),
        (b"Access-Control-Request-Private-Network", b"true"),
    )
    target = Target(b"OPTIONS", random.choice((AICC_CASE, b"/nope", CONTROL + b"/worlds")), ())
    return Shot("preflight", (message(target, world, *headers),))


def injections(random: Random, world: str) -> Shot:
    """Line breaks and other steering characters where a client's text comes back in a header or on the console."""
    evil = random.choice(
        (
            *(b"a%0d%0aX-Injected:%201", b"a%0aX-Injected: 1", b"%1b%5b31m", b"%00", b"%e2%80%a8", b"%c2%85"),
            *(b"{detail}", b"%7B%7B7*7%7D%7D", b"$(id)", b"<script>", b"%25s%25n", b"../../x", b"a" * 5_000),
        )
    )
    raw = random.choice((b"a b", b"-a", b"a\tb", b"\xe9", b"", b"a" * 65, b"../x", b"a,b", b"a;b", b'"a"', b"\x1b[31m"))
    target = random.choice(
        (
            Target(b"GET", AICC_CASE.rpartition(b"/")[0] + b"/" + evil, (AICC,)),
            Target(b"GET", b"/~" + evil + AICC_CASE, (AICC,)),
            Target(b"GET", b"/nope/" + evil, ()),
            Target(b"GET", CONTROL + b"/worlds/" + evil, ()),
            Target(b"GET", AICC_CASE, (AICC, (b"X-Casepact-World", raw))),
            Target(b"GET", AICC_CASE, (AICC, (b"Prefer", b"example=" + raw))),
            Target(b"POST", MODIFY, (AICC, JSON, (b"X-Casepact-World", raw))),
            Target(b"PUT", R7_CASE + b"/" + evil, (R7,)),
        )
    )
    return Shot("injection", (message(target, "default"),), Ending.HANG_UP)


def preferences(random: Random, world: str) -> Shot:
    """An answer is asked for that nobody documented, or a delay that is none."""
    prefer = random.choice(
        (
            *(b"code=999", b"code=-1", b"code=abc", b"code=", b"code=" + b"9" * 5_000, b"code=2_0_0", b"code=\xc2\xb2"),
            *(b"example=nope", b"example=__class__", b"example=" + b"x" * 5_000, b"code=400, example=nope"),
            *(b"delay=-1", b"delay=abc", b"delay=1e9", b"delay=" + b"9" * 400, b"delay=99999999999", b"delay=nan"),
            *(b"code=418;;;", b"\xff=\xfe", b"code=200, code=404", b"delay=0.0000001"),
        )
    )
    target = random.choice((*READS, *EMPTY_WRITES))
    return Shot("preference", (message(target, world, (b"Prefer", prefer)),))


# Framing


def slowly(random: Random, world: str) -> Shot:
    """A request that is refused in the end, byte by byte."""
    sent = message(random.choice(JSON_WRITES), world, body=REFUSED)
    return Shot("byte by byte", tuple(sent[index : index + 1] for index in range(len(sent))))


def given_up(random: Random, world: str) -> Shot:
    """A request that ends in the middle: the client closes its side, or the whole connection."""
    target = random.choice((*JSON_WRITES, *XML_WRITES, *FORM_WRITES))
    sent = message(target, world, body=REFUSED * random.choice((1, 500)))
    end = random.randint(1, len(sent) - 1)
    return Shot("given up", cut(random, sent[:end]), random.choice((Ending.HANG_UP, Ending.RESET)))


def given_up_late(random: Random, world: str) -> Shot:
    """A whole request by a client that does not wait for the answer."""
    read, write = random.choice(READS), random.choice(EMPTY_WRITES)
    sent = random.choice((message(read, world), message(write, world), message(read, world, close=False) * 30))
    return Shot("answer not read", (sent,), random.choice((Ending.HANG_UP, Ending.RESET)))


def chunks(random: Random, world: str) -> Shot:
    """A chunked body whose sizes or ends are wrong (RFC 9112 section 7.1)."""
    body = random.choice(
        (
            *(b"zz\r\nabc\r\n0\r\n\r\n", b"-5\r\nabcde\r\n0\r\n\r\n", b"0x5\r\nabcde\r\n0\r\n\r\n", b"5\r\nabc"),
            *(b"ffffffffffffffff\r\nabc\r\n", b"5\r\nabcdeXX0\r\n\r\n", b"5 \r\nabcde\r\n0\r\n\r\n", b"\r\n", b"0\r\n"),
            b"5;" + b"a=b;" * random.choice((10, 20_000)) + b"\r\nabcde\r\n0\r\n\r\n",
            b"5\r\nabcde\r\n0\r\nX-Trailer: 1\r\nContent-Length: 3\r\n\r\n",
            b"5\r\nabcde\r\n0\r\n" + b"X-T: 1\r\n" * random.choice((1, 5_000)) + b"\r\n",
            b"1\r\na\r\n" * random.choice((10, 3_000)) + b"0\r\n\r\n",
            b"5\nabcde\n0\n\n",
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(REFUSED), REFUSED),
            b"0" * 1_000 + b"5\r\nabcde\r\n0\r\n\r\n",
            noise(random, 300),
        )
    )
    sent = message(random.choice(JSON_WRITES), world, (b"Transfer-Encoding", b"chunked")) + body
    return Shot("chunks", cut(random, sent), Ending.HANG_UP)


def lengths(random: Random, world: str) -> Shot:
    """A Content-Length that is not a number, two of them, or another one than the body has."""
    true = len(REFUSED)
    length = random.choice(
        (
            *(b"-1", b"+5", b"0x10", b"1e3", b"5, 5", b"5,6", b"", b" ", b"abc", b"\xd9\xa1", b"9" * 30, b"1.0"),
            *(str(true - 10).encode(), str(true + 10).encode(), b"0", b"00000000005", b"18446744073709551616"),
        )
    )
    second = random.choice(((), (), ((b"Content-Length", b"%d" % random.randint(0, true)),)))
    sent = message(random.choice(JSON_WRITES), world, (b"Content-Length", length), *second) + REFUSED
    return Shot("length", cut(random, sent, 3), Ending.HANG_UP)


def smuggling(random: Random, world: str) -> Shot:
    """Transfer-Encoding beside Content-Length, or a Transfer-Encoding that is none (RFC 9112 section 6.1)."""
    coding = random.choice(
        (
            *(b"chunked", b"chunked, chunked", b"identity", b"xchunked", b"gzip, chunked", b"chunked\x0b", b"Chunked"),
            *(b"\tchunked", b"chunked;a=b", b"", b"gzip", b"chunked\r\nTransfer-Encoding: identity"),
        )
    )
    hidden = message(random.choice(EMPTY_WRITES), world)
    body = b"0\r\n\r\n" + hidden
    length = random.choice((b"%d" % len(body), b"5", b"%d" % (len(body) - 3)))
    sent = message(random.choice(JSON_WRITES), world, (b"Transfer-Encoding", coding), (b"Content-Length", length))
    return Shot("smuggling", cut(random, sent + body, 3), Ending.HANG_UP)


def pipelines(random: Random, world: str) -> Shot:
    """Many requests at once: every one is answered, in order."""
    number = random.randint(2, 40)
    requests = []
    for index in range(number):
        last = index == number - 1
        if random.random() < 0.5:
            requests.append(message(random.choice(READS), world, close=last))
        else:
            requests.append(message(random.choice(JSON_WRITES), world, body=REFUSED, close=last))
    return Shot("pipeline", cut(random, b"".join(requests)), answers=number)


# Bodies

DEEP = 100_000


def json_bodies(random: Random, world: str) -> Shot:
    """Bodies that are no JSON, or JSON that breaks readers."""
    id = random.choice((b'"c6m800000142mS63Voa8"', b'"1013"', b"1234"))
    deep = random.choice((500, DEEP))
    value = random.choice(
        (
            *(b"[" * deep, b"[" * deep + b"]" * deep, b'{"a":' * deep, b'{"a":' * deep + b"1" + b"}" * deep),
            *(b"1e999", b"-1e999", b"1" * 20_000, b"0." + b"1" * 20_000, b"1e-999999", b"-0", b"01", b"+1", b".5"),
            *(b"NaN", b"Infinity", b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"', b'"\x00"', b'"\xff\xfe"', b'"\\x"'),
            *(b'"' + b"\\u0041" * 20_000 + b'"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"', b"null", b"tru"),
            *(b"[" + b"1," * 50_000 + b"1]", b"{" + b'"a":1,' * 20_000 + b'"b":1}', b"[1,]", b"{,}", b"//", b"'a'"),
            *(b'{"__proto__": 1, "constructor": 2, "__class__": 3}', b"\xef\xbb\xbf{}", b"", b"\x00" * 1_000),
            noise(random, 500),
        )
    )
    whole = random.choice(
        (
            value,
            b'{"caseInfo": {"id": ' + id + b', "title": ' + value + b"}}",
            b'{"id": ' + id + b', "lastModified": ' + value + b"}",
            b'{"title": ' + value + b', "members": 5}',
            b'{"contactid": ' + value + b"x}",
        )
    )
    if random.random() < 0.1:
        whole = whole.decode("latin-1").encode(random.choice(("utf-16", "utf-32", "utf-16-be")))
    target = random.choice(JSON_WRITES)
    # ONLYOFFICE takes what it can bind and leaves out the rest; without a title it has nothing to carry out.
    if target.path.startswith(b"/onlyoffice"):
        whole = whole.replace(b'"title"', b'"titel"').replace(b'"contactid"', b'"contact"')
    return Shot("JSON", (message(target, world, body=whole),))


def xml_bodies(random: Random, world: str) -> Shot:
    """XML with entities, inner and outer, with depth, with encodings that are none."""
    lol = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    element = random.choice((b"titel", b"contact", b"userNam"))
    body = random.choice(
        (
            b'<!DOCTYPE r [<!ENTITY l0 "lol">' + lol + b"]><r><title>&l11;</title></r>",
            b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r><title>&e;</title></r>',
            b'<!DOCTYPE r [<!ENTITY e SYSTEM "http://127.0.0.1:1/x">]><r><title>&e;</title></r>',
            b'<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///etc/hostname">%p;]><r><title>t</title></r>',
            b'<!DOCTYPE r [<!ENTITY a "' + b"a" * 50_000 + b'">]><r><title>' + b"&a;" * 1_000 + b"</title></r>",
            b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><r><title>t</title></r>',
            b"<r>" + b"<a>" * DEEP + b"</a>" * DEEP + b"</r>",
            b"<r>" + b"<a>" * DEEP,
            b"<r " + b"".join(b'a%d="1" ' % index for index in range(5_000)) + b"/>",
            b"<r " + b'a="1" ' * 2 + b"/>",
            b'<?xml version="1.0" encoding="UTF-7"?><r>+ADw-a+AD4-</r>',
            b'<?xml version="1.0" encoding="none"?><r/>',
            b'<?xml version="9.9"?><r/>',
            b'<?xml version="1.0" encoding="UTF-16"?><r/>',
            '<?xml version="1.0" encoding="UTF-16"?><r/>'.encode("utf-16"),
            b"<r>\x00</r>",
            b"<r>\xff\xfe</r>",
            b"<r>&#0;&#x110000;</r>",
            b"<r>&nope;</r>",
            b"<r><![CDATA[" + b"]]" * 5_000 + b"</r>",
            b'<r xmlns:a="b"><a:' + element + b">x</a:" + element + b"></r>",
            b"<r><" + element + b">" + b"x" * 100_000 + b"</" + element + b"></r>",
            b"<r/><r/>",
            b"<?php system('id'); ?>",
            b'<r xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd" parse="text"/></r>',
            b"",
            noise(random, 300),
        )
    )
    return Shot("XML", (message(random.choice(XML_WRITES), world, body=body),))


def form_bodies(random: Random, world: str) -> Shot:
    """Forms with brackets that reach far, with too many fields, with escapes that are none."""
    body = random.choice(
        (
            b"customFieldList[999999999999][Key]=1",
            b"customFieldList" + b"[0]" * 5_000 + b"=1",
            b"customFieldList[" + b"9" * 5_000 + b"][Key]=1",
            b"customFieldList[-1][Key]=1&customFieldList[x][Key]=1&customFieldList[][Key]",
            b"members=" + b"9" * 5_000,
            b"members[]=1&members[0]=2&members=3&members[a]=4",
            b"isPrivate=%ff&accessList=%fe",
            b"a=%zz&b=%&c=%1&d=%u0041",
            b"&&&&====",
            b"a=1&" * 50_000,
            b"contact=%00&titel=%0d%0a",
            b"grant_type=client_credentials&client_id=%ff&client_secret=" + b"x" * 10_000,
            quote(random.randbytes(200)).encode(),
            noise(random, 500),
        )
    )
    return Shot("form", (message(random.choice(FORM_WRITES), world, body=body),))


def media_types(random: Random, world: str) -> Shot:
    """A body of a type that is none, or of another one than it says."""
    kind = random.choice(
        (
            *(
                b"text/plain",
                b"application/jso",
                b"application/json; charset=none",
                b"application/json; charset=utf-16",
            ),
            *(
                b"application/json;" + b"a=b;" * 2_000,
                b"\xff/\xfe",
                b"multipart/form-data; boundary=x",
                b"*/*",
                b"",
                b";",
            ),
            *(b"multipart/form-data", b"application/xml", b"application/octet-stream", b"application/json, text/xml"),
        )
    )
    target = random.choice(JSON_WRITES)
    bare = Target(target.method, target.path, tuple(header for header in target.headers if header != JSON))
    body = random.choice((REFUSED, b"--x\r\n\r\n--x--", b"\x00\x01", b"<r/>"))
    return Shot("media type", (message(bare, world, (b"Content-Type", kind), body=body),))


def _bombs() -> tuple[tuple[bytes, bytes], ...]:
    zeros = b"0" * 20_000_000
    accepted = b'{"caseInfo": {"id": "c6m800000142mS63Voa8", "title": "t", "description": "d", "creatorId": "c"}}'
    return (
        (b"gzip", gzip.compress(zeros, mtime=0)),
        (b"gzip", gzip.compress(gzip.compress(zeros, mtime=0), mtime=0)),
        (b"gzip", gzip.compress(accepted, mtime=0)),
        (b"deflate", zlib.compress(zeros)),
        (b"deflate", zlib.compress(accepted)),
        (b"x-gzip, gzip", gzip.compress(accepted, mtime=0)),
        (b"br", b"\x1b\x00\x00"),
        (b"none of these", b"x" * 100),
    )


BOMBS = _bombs()


def compressed(random: Random, world: str) -> Shot:
    """A compressed body: the mock reads none and says 415 (RFC 9110 section 15.5.16), or 400 where a vendor says so."""
    coding, body = random.choice(BOMBS)
    target = random.choice((*JSON_WRITES[:3], *XML_WRITES[:1], *FORM_WRITES[:1]))
    sent = message(target, world, (b"Content-Encoding", coding), body=body)
    return Shot("compressed", (sent,), statuses=frozenset({400, 415}))


def too_large(random: Random, world: str) -> Shot:
    """More than a mebibyte, announced or not: 413, or 400 where a vendor says so (D-23)."""
    target = random.choice(JSON_WRITES)
    body = b" " * (2**20 + random.randint(1, 2**19))
    if random.random() < 0.5:
        return Shot("too large", (message(target, world, body=body),), statuses=frozenset({400, 413}))
    sent = message(target, world, (b"Transfer-Encoding", b"chunked"))
    return Shot("too large", (sent, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)), statuses=frozenset({400, 413}))


def expectations(random: Random, world: str) -> Shot:
    """A client that waits for 100 (Continue) before it sends what is refused."""
    sent = message(random.choice(JSON_WRITES), world, (b"Expect", b"100-continue"), body=REFUSED)
    head, _, body = sent.partition(b"\r\n\r\n")
    return Shot("expectation", (head + b"\r\n\r\n", body))


def egain_extremes(random: Random, world: str) -> Shot:
    """Dates, ids and addresses of eGain that are at the end of what can be said, or beyond."""
    date = random.choice(
        (
            *("9999-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2095-13-45T99:99:99Z"),
            *("9999-12-31T23:59:59-23:59", "2095-02-30T00:00:00Z", "2095-11-30T18:30:00." + "9" * 5_000 + "Z"),
            *("٢٠٩٥-11-30T18:30:00Z", "2095-11-30", "now", "\u0000", " ", "+2095-11-30T18:30:00Z"),
        )
    )
    stale = "2014-07-30T13:07:40.000Z"
    edit = random.choice(
        (
            {"id": "1013", "lastModified": date, "subject": "s"},
            {"id": "1013", "lastModified": stale, "dueDate": date},
            {"id": "1013", "lastModified": stale, "relatedCases": {"link": [{"rel": "case", "href": "/" * 5_000}]}},
            {"id": "9" * 5_000, "lastModified": stale, "subject": "s"},
            {"id": "1013", "lastModified": stale, "owner": {"user": {"id": "\u0000" * 100}}},
            {"id": "1013", "lastModified": stale, "customAttributes": {"customAttribute": [{}] * 1_000}},
        )
    )
    read = Target(b"GET", EDIT + b"/" + random.choice((b"1," * 500, b",", b"%2C" * 300, b"1013," * 80)), (EGAIN,))
    if random.random() < 0.3:
        return Shot("eGain", (message(read, world),))
    return Shot("eGain", (message(JSON_WRITES[1], world, body=json.dumps(edit).encode()),))


# The control API


def steering(random: Random, world: str) -> Shot:
    """The control API, asked for what there is not or told what cannot be."""
    name = random.choice((b"a%20b", b"%00", b"%ff", b"-", b"a" * 65, b"..", b"%2e%2e", b"{world}", b"nobody.at.all"))
    junk = random.choice(
        (b"", b"[]", b"null", b"{", b'"x"', b'{"nope": 1}', b"[" * 10_000, b'{"name": ""}', b"\xff\xfe")
    )
    clock = random.choice(
        (
            *(b'{"mode": "backwards"}', b'{"mode": "frozen"}', b'{"mode": "frozen", "at": "never"}', b'{"mode": 1}'),
            *(b'{"mode": "shifted", "by": "x"}', b'{"mode": "shifted", "bySeconds": 1e999}', b"{}", junk),
            *(b'{"mode": "frozen", "at": "0000-00-00T00:00:00Z"}', b'{"mode": "running", "nope": true}'),
        )
    )
    traffic = random.choice(
        (b'{"errorRate": 2}', b'{"latencyMilliseconds": -1}', b'{"rateLimit": "x"}', b'{"seed": 1e400}', junk)
    )
    method, path, body = random.choice(
        (
            (b"POST", b"/worlds", random.choice((junk, b'{"name": "a b"}', b'{"name": "default"}', b'{"name": 5}'))),
            (b"POST", b"/worlds", b'{"name": "x", "from": "nobody.at.all"}'),
            (b"DELETE", b"/worlds/" + name, None),
            (b"DELETE", b"/worlds/default", None),
            (b"POST", b"/worlds/" + name + b"/reset", None),
            (b"GET", b"/worlds/" + name, None),
            (b"PUT", b"/worlds/default/snapshots/" + name[:1] + b"%20", junk),
            (b"POST", b"/worlds/default/snapshots/nothing/restore", None),
            (b"DELETE", b"/worlds/default/snapshots/nothing", None),
            (b"PUT", b"/worlds/default/clock", clock),
            (b"PUT", b"/worlds/" + name + b"/clock", clock),
            (b"PUT", b"/worlds/default/traffic", traffic),
            (b"POST", b"/worlds/default/fixtures", b'{"set": "../../../etc/passwd"}'),
            (b"POST", b"/worlds/default/fixtures", junk),
            (b"PUT", b"/worlds/default/fixtures/aicc", random.choice((junk, b'{"api": "egain", "records": {}}'))),
            (b"PUT", b"/worlds/default/fixtures/" + name, junk),
            (b"GET", b"/worlds/default/records/aicc/" + name, None),
            (b"GET", b"/worlds/default/records/aicc/cases/" + name, None),
            (b"PUT", b"/worlds/default/records/aicc/cases/c6m800000142mS63Voa8", junk),
            (b"PUT", b"/worlds/default/records/aicc/cases/" + name, b'{"id": "another"}'),
            (b"DELETE", b"/worlds/default/records/aicc/cases/" + name, None),
            (b"GET", b"/worlds/default/journal?limit=" + random.choice((b"-1", b"x", b"9" * 500, b"%ff")), None),
            (b"GET", b"/refusals/" + name, None),
            (b"GET", b"/" + name, None),
        )
    )
    return Shot("control", (message(Target(method, CONTROL + path, (JSON,)), "default", body=body),))


# A good request with something wrong in it


def mutations(random: Random, world: str) -> Shot:
    """A request with bytes changed, doubled, left out or moved; a write is one that two rules refuse."""
    base = random.choice(
        (
            message(random.choice(READS), world),
            message(Target(b"PATCH", EDIT, (JSON,)), world, body=REFUSED),
            message(Target(b"POST", MODIFY, (JSON,)), world, body=REFUSED),
            message(Target(b"PUT", ONLYOFFICE_CASE, (JSON,)), world, body=b'{"titel": 1, "members": "x"}'),
        )
    )
    sent = bytearray(base)
    for _ in range(random.choice((1, 1, 2, 5, 30))):
        at = random.randrange(len(sent)) if sent else 0
        change = random.randrange(5)
        if change == 0 and sent:
            sent[at] = random.randrange(256)
        elif change == 1:
            sent[at:at] = noise(random, 8)
        elif change == 2:
            del sent[at : at + random.randint(1, 20)]
        elif change == 3:
            sent[at:at] = sent[at : at + random.randint(1, 60)]
        else:
            sent[at : at + 1] = random.choice((b"\r", b"\n", b"\r\n", b"\x00", b" ", b":", b"\t", b"%"))
    return Shot("mutation", cut(random, bytes(sent), 4), Ending.HANG_UP)


Kind = Callable[[Random, str], Shot]

KINDS: Mapping[Kind, int] = {
    request_line: 6,
    target_form: 8,
    numbers_in_paths: 4,
    methods: 4,
    old_versions: 3,
    huge_header: 1,
    many_headers: 1,
    broken_headers: 6,
    odd_values: 8,
    websocket: 2,
    preflights: 2,
    injections: 5,
    preferences: 5,
    slowly: 1,
    given_up: 4,
    given_up_late: 3,
    chunks: 6,
    lengths: 5,
    smuggling: 5,
    pipelines: 1,
    json_bodies: 8,
    xml_bodies: 6,
    form_bodies: 5,
    media_types: 4,
    compressed: 3,
    too_large: 1,
    expectations: 1,
    egain_extremes: 3,
    steering: 8,
    mutations: 12,
}
"""How often each kind is drawn, beside the others."""

_DRAWN: Sequence[Kind] = [kind for kind, times in KINDS.items() for _ in range(times)]


def garbage(seed: int, number: int, start: int = 0) -> Iterator[Shot]:
    """So many shots from the place `start` on; each is told by the seed and its place alone."""
    for index in range(start, start + number):
        random = Random(f"{seed}-{index}")
        yield random.choice(_DRAWN)(random, random.choice(VICTIMS))
