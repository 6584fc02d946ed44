"""A stateful mock that keeps what the contracts promise."""
