"""A ledger and a contract of a few lines, and ways to spoil them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from specs.compiling import compile_contract
from specs.contract import Contract
from specs.flaws import FlawedDocument
from specs.source import Pointer, parse
from specs.statements import Ledger, read_ledger
from specs.translating import Translator
from specs.validation import Schema

LEDGER = """\
api: shop
pages:
  - page: "001"
    vendor: Shop
    title: Changing an item
    address: https://shop.example/items
    sha256: 4806
    prefix: SH
    operation: changeItem
statements:
  - id: SH-1
    says: The title may be as long as 5 characters.
    lines: "5-9"
    about: body title
    refusal: promised
    refusal_by: SHF-1
    proof: contract
  - id: SH-2
    says: Items are kept in order.
    lines: "5, 112-114"
    proof: none
    reason: Nothing on the wire shows it.
  - id: SH-3
    says: The price is a number.
    lines: "7"
    refusal: assumed
    refusal_by: SHF-2
    proof: contract
facts:
  - id: SHF-1
    standing: vendor
    says: A longer title is refused.
    source: https://shop.example/errors
    proof: contract
  - id: SHF-2
    standing: assumed
    says: What the page does not allow is refused.
    source: Chosen by us.
    proof: contract
contradictions:
  - id: X-1
    says: The page calls the price a number and a text.
    about: [SH-3]
    decision: It is a number.
    reason: The example shows a number.
    against: [SH-2]
"""

CONTRACT = """\
openapi: 3.0.3
info: {title: Shop, version: "1"}
x-default-actor: owner
x-success: {/code: "0"}
x-records:
  items: {$ref: "#/components/schemas/Item"}
x-refusals:
  unauthenticated: {status: 401, statement: SHF-1, body: null}
  no-route: {status: 404, statement: SHF-1, body: null}
  method: {status: 405, statement: SHF-1, body: null}
  media-type: {status: 415, statement: SHF-1, body: null}
  unreadable: {status: 400, statement: SHF-1, body: {code: "{detail}"}}
  missing-body: {status: 400, statement: SHF-1, body: {code: "1"}}
  invalid: {status: 400, statement: SHF-1, body: {code: "1"}}
  parameter: {status: 400, statement: SHF-1, body: {code: "1"}}
  unknown-parameter: {status: 400, statement: SHF-1, body: {code: "1"}}
  not-acceptable: {status: 406, statement: SHF-1, body: null}
  too-large: {status: 413, statement: SHF-1, body: null}
  not-modelled: {status: 501, statement: SHF-1, body: null}
x-checks:
  not_a_server_error: SHF-1
  use_after_free: {off: Nothing is removed.}
security:
  - token: []
paths:
  /items/{id}:
    put:
      operationId: changeItem
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Item"}
            examples:
              page: {value: {title: ink}}
      x-samples:
        page:
          x-statement: [SH-1, SH-3]
          path: {id: "7"}
          media: application/json
          body: page
      responses:
        "200":
          description: Changed.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Answer"}
          links:
            read: {operationId: readItem, parameters: {id: $request.path.id}}
        "400":
          description: Refused.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Answer"}
    get:
      operationId: readItem
      x-supporting: true
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      responses:
        "200": {description: The item.}
components:
  securitySchemes:
    token: {type: apiKey, in: header, name: X-Token}
  schemas:
    Item:
      type: object
      properties:
        title:
          type: string
          maxLength: 5
          x-statement: {maxLength: SH-1}
        price:
          type: number
          x-statement: SH-3
    Answer:
      type: object
      properties:
        code: {type: string}
"""


def changed(text: str, old: str, new: str) -> str:
    """The text with `old`, which it holds once, replaced."""
    if text.count(old) != 1:
        raise ValueError(f"{old!r} stands {text.count(old)} times in the text")
    return text.replace(old, new)


def line(text: str, part: str) -> int:
    """The number of the first line that holds `part`."""
    return text[: text.index(part)].count("\n") + 1


def ledger(text: str = LEDGER) -> Ledger:
    """The ledger that the text states, in a file called `statements.yaml`."""
    return read_ledger(parse(text, "statements.yaml"))


def ledger_flaws(text: str) -> list[str]:
    """What is reported about a flawed ledger, a flaw a line."""
    with pytest.raises(FlawedDocument) as caught:
        ledger(text)
    return str(caught.value).splitlines()


def contract(text: str = CONTRACT) -> Contract:
    """The contract that the text states, in a file called `openapi.yaml`."""
    return compile_contract(parse(text, "openapi.yaml"), ledger(), "shop", "documented")


def contract_flaws(text: str) -> list[str]:
    """What is reported about a flawed contract, a flaw a line."""
    with pytest.raises(FlawedDocument) as caught:
        contract(text)
    return str(caught.value).splitlines()


def schema(source: Any, components: Mapping[str, Any] | None = None) -> Schema:
    """The compiled form of an OpenAPI 3.0 schema that is in order."""
    compiled, complaints = translated(source, components)
    if complaints:
        raise ValueError(complaints)
    return compiled


def translated(source: Any, components: Mapping[str, Any] | None = None) -> tuple[Schema, list[tuple[Pointer, str]]]:
    """The compiled form of an OpenAPI 3.0 schema at `/here`, and what was complained about on the way."""
    complaints: list[tuple[Pointer, str]] = []
    translator = Translator(components or {}, lambda pointer, message: complaints.append((pointer, message)))
    return translator.schema(source, ("here",)), complaints
