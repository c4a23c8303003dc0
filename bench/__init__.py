"""Benchmarks: each figure is a ratio of two things measured in turns in one run, beside its goal."""
