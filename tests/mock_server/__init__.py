"""Does the mock keep what it says of itself."""
