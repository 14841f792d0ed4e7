"""The softmax of JAX.

refsoft check docs/examples/jax_softmax.py:softmax --variant softmax --array jax
"""

from __future__ import annotations

import jax


def softmax(x: jax.Array) -> jax.Array:
    """Along the last axis."""
    return jax.nn.softmax(x, axis=-1)
