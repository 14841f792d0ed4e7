r"""softmax_one with a custom_vjp: with the backward of softmax, and with its own.

    refsoft check docs/examples/jax_custom_vjp.py:borrowed \
        --variant softmax_one --array jax --autodiff
    refsoft check docs/examples/jax_custom_vjp.py:softmax_one \
        --variant softmax_one --array jax --autodiff

Both backwards are y*(g - <g,y>). The y of softmax_one does not sum to 1; taking
that of softmax makes the gradient of a quiet row as large as that of a loud one.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp


def forward(x: jax.Array) -> jax.Array:
    """The 1 is a score of 0, whose own result is dropped."""
    zero = jnp.zeros((*x.shape[:-1], 1), x.dtype)
    return jax.nn.softmax(jnp.concatenate([x, zero], axis=-1), axis=-1)[..., :-1]


def pulled(y: jax.Array, g: jax.Array) -> tuple[jax.Array]:
    """The gradient of a softmax with results y."""
    return (y * (g - (g * y).sum(axis=-1, keepdims=True)),)


softmax_one = jax.custom_vjp(forward)
"""Right: the backward has the results of the forward."""
softmax_one.defvjp(lambda x: (forward(x), forward(x)), pulled)

borrowed = jax.custom_vjp(forward)
"""Wrong: the backward has the results of softmax."""
borrowed.defvjp(lambda x: (forward(x), jax.nn.softmax(x, axis=-1)), pulled)
