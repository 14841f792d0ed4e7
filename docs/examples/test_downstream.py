import numpy as np
import pytest

from refsoft.testing import assert_conforms


def softmax_one(x):
    top = np.maximum(x.max(axis=-1, keepdims=True, initial=-np.inf), 0)
    weights = np.exp(x - top)
    return weights / (np.exp(-top) + weights.sum(axis=-1, keepdims=True))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_one(dtype):
    assert_conforms(softmax_one, "softmax_one", dtype=dtype, quick=True)
