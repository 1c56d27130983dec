"""Benchmarks: data sets and methods to tables, rankings, factors and figures."""
