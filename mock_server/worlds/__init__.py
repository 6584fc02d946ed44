"""Isolated copies of the fixtures: records, actors, clock."""
