"""The JSON Schema of a manifest, versioned with the name it carries."""

from __future__ import annotations

from typing import Any

from refsoft._dtypes import DTYPES
from refsoft.vectors.gradients import COTANGENTS
from refsoft.vectors.names import FLAGS, SCHEMA, STORAGE
from refsoft.vectors.tensors import FORMATS

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_COUNT = {"type": "integer", "minimum": 0}
_NUMBER = {"anyOf": [{"type": "number"}, {"enum": ["inf", "-inf", "nan"]}]}
_HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def _record(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _map(names: str, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "propertyNames": {"pattern": names},
        "additionalProperties": values,
    }


_TENSOR = _record({"dtype": {"enum": list(FORMATS)}, "shape": {"type": "array", "items": _COUNT}})
_ROLE = r"^(x|mask|g|param\.\w+|(y|dx|grad\.\w+)(\.enclosure|\.bound)?)$"
_CASE = _record(
    {
        "id": {"type": "string", "pattern": "^[a-z0-9-]+/[0-9]+$"},
        "class": _TEXT,
        "reason": _TEXT,
        "level": {"enum": ["accuracy", "special"]},
        "group": {"enum": ["", "mask"]},
        "flags": {
            "type": "array",
            "items": _record({"flag": {"enum": list(FLAGS)}, "reason": _TEXT}),
        },
        "rulings": {
            "type": "array",
            "items": _record(
                {
                    "row": _COUNT,
                    "ruling": _TEXT,
                    "law": _TEXT,
                    "accepted": {"type": "array", "items": {"type": "array", "items": _NUMBER}},
                }
            ),
        },
        "cotangents": {"type": "array", "items": {"enum": list(COTANGENTS)}},
        "tensors": {
            **_map(_ROLE, _TENSOR),
            "required": ["x", "y", "y.enclosure", "y.bound"],
        },
    }
)

VECTORS: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": SCHEMA,
    **_record(
        {
            "schema": {"const": SCHEMA},
            "version": _TEXT,
            "variant": _TEXT,
            "formula": _TEXT,
            "gradient": _TEXT,
            "dtype": {"enum": list(DTYPES)},
            "storage": {"enum": list(STORAGE)},
            "arithmetics": {**_TEXTS, "minItems": 1},
            "default": _TEXT,
            "fixed": _map(r"^\w+$", _NUMBER),
            "passed": _TEXTS,
            "domain": _TEXT,
            "masks": {"type": "boolean"},
            "quick": {"type": "boolean"},
            "seed": _COUNT,
            "files": _map(r"^[^/\\]+$", _record({"bytes": _COUNT, "sha256": _HASH})),
            "cases": {"type": "array", "items": _CASE, "minItems": 1},
            "sha256": _HASH,
        }
    ),
}
