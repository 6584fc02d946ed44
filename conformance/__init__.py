"""Does a server keep what the contracts promise? Statement by statement."""
