"""NumPy float64, straight from the definition: one file per variant, one formula per function.

Every function takes rows: ``x``, cotangent ``g`` and tangent ``v`` of shape (rows, n), ``where`` a
boolean array of that shape (True = visible), parameters as columns (rows, 1), all float64.
"""
