"""Servers of the five operations that share no code with the mock, written from the vendors' pages alone."""
