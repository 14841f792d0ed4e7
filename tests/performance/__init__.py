"""The page on speed: docs/performance.md and its plots, from what was measured."""
