"""Connexion is imported by way of our package, which silences what its imports warn of."""

import mock_server.http  # noqa: F401 # imported for the filter it puts in force
