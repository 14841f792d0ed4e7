"""The scalar functions that recipes are written in, in plain Python."""
