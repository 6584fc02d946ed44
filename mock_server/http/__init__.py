"""HTTP around the behaviours: the only part that knows Connexion."""

import warnings

with warnings.catch_warnings():
    # Connexion 3.3.0 imports jsonschema's RefResolver and Starlette's test client in ways their authors have
    # deprecated. Nothing here uses either, so the two warnings would only frighten users.
    warnings.simplefilter("ignore")
    import connexion  # noqa: F401 # imported here so that the filter is in force the first time
