"""Gradients judged: the backward of a function, or what torch and JAX derive from it."""
