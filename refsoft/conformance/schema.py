"""The JSON Schema of a report, versioned with the name it carries."""

from __future__ import annotations

from typing import Any

from refsoft.conformance.report import SCHEMA, SEVERITIES

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_COUNT = {"type": "integer", "minimum": 0}
_NUMBER = {"anyOf": [{"type": "number"}, {"enum": ["inf", "-inf", "nan"]}]}


def _record(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_FINDING = _record(
    {
        "severity": {"enum": list(SEVERITIES)},
        "kind": _TEXT,
        "law": _TEXT,
        "dtype": _TEXT,
        "cases": _TEXTS,
        "detail": _TEXT,
        "example": {
            "anyOf": [
                {"type": "null"},
                _record({"snippet": _TEXT, "given": _TEXT, "right": _TEXT}),
            ]
        },
        "diagnosis": _TEXT,
        "rerun": _TEXT,
        "required": {"type": "boolean"},
        "expected": _TEXT,
        "laws": _TEXTS,
    }
)
_CLASS = _record(
    {
        "family": _TEXT,
        "reason": _TEXT,
        "cases": _COUNT,
        "idle": _COUNT,
        "refused": _COUNT,
        "max_ulp": _NUMBER,
        "over_bound": _NUMBER,
        "histogram": {"type": "array", "items": _COUNT, "minItems": 6, "maxItems": 6},
        "verdict": _TEXT,
    }
)
_RUN = _record(
    {
        "dtype": _TEXT,
        "arithmetic": _TEXT,
        "declared": {"type": "boolean"},
        "tightest": {"type": ["string", "null"]},
        "judged": _COUNT,
        "classes": {"type": "array", "items": _CLASS},
        "findings": {"type": "array", "items": _FINDING},
        "powerless": _TEXTS,
        "search_seed": {"type": ["integer", "null"]},
    }
)

REPORT: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": SCHEMA,
    **_record(
        {
            "schema": {"const": SCHEMA},
            "verdict": {"enum": ["conforms", "does not conform", "not judged"]},
            "exit_code": {"enum": [0, 1, 2]},
            "headline": _TEXT,
            "target": _TEXT,
            "variant": _TEXT,
            "runs": {"type": "array", "items": _RUN},
            "domain": _TEXT,
            "not_tested": _TEXTS,
            "isolated": {"type": "boolean"},
            "unjudged": _TEXT,
            "unmet": _TEXTS,
            "seed": _COUNT,
            "seconds": {"type": "number"},
            "version": _TEXT,
        }
    ),
}
