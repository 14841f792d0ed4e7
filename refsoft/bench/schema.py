"""The JSON Schema of a record, versioned with the name it carries."""

from __future__ import annotations

from typing import Any

from refsoft._dtypes import DTYPES
from refsoft.bench import SCHEMA
from refsoft.bench.sizes import OPERATIONS, PARAMETERS

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_SECONDS = {"type": "number", "exclusiveMinimum": 0}
_NUMBER = {"anyOf": [{"type": "number"}, {"enum": ["inf", "nan"]}]}


def _record(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [{"type": "null"}, schema]}


def _list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


_SPREAD = _record({"median": _SECONDS, "low": _SECONDS, "high": _SECONDS, "count": _COUNT})
_CELL = {
    "op": {"enum": list(OPERATIONS)},
    "dtype": {"enum": list(DTYPES)},
    "rows": _COUNT,
    "n": _COUNT,
    "axis": {"enum": [-1, 0]},
}
_ENTRY = _record(
    {
        "name": _TEXT,
        "library": _TEXT,
        "variant": {"enum": list(PARAMETERS)},
        "into": _or_null(_SPREAD),
        "fresh": _or_null(_SPREAD),
        "ulp": _or_null(_NUMBER),
        "wrong": {"type": "boolean"},
        "truth": {"enum": ["", "oracle", "golden"]},
        "refused": _TEXT,
    }
)
_GROUP = _record({**_CELL, "copy": _or_null(_SPREAD), "entries": _list(_ENTRY)})
_ROW = _record(
    {
        "what": _TEXT,
        "value": _NUMBER,
        "bar": {"type": "number"},
        "goal": {"type": "number"},
        "unit": _TEXT,
        "met": {"type": "boolean"},
    }
)
_PEAK = _record({"name": _TEXT, **_CELL, "into": _or_null(_COUNT), "fresh": _or_null(_COUNT)})
_MACHINE = _record(
    {"device": {"enum": ["cpu", "cuda"]}, "model": _TEXT, "cores": _COUNT, "python": _TEXT}
)

RECORD: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": SCHEMA,
    **_record(
        {
            "schema": {"const": SCHEMA},
            "machine": _MACHINE,
            "versions": {"type": "object", "additionalProperties": _TEXT},
            "threads": _COUNT,
            "budget": {"type": "number", "minimum": 0},
            "seed": _COUNT,
            "absent": _list(_TEXT),
            "groups": _list(_GROUP),
            "bar": _list(_ROW),
            "peaks": _list(_PEAK),
        }
    ),
}
