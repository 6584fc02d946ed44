"""Measurements of start, memory and the conformance run; see README.md."""
