"""How the libraries behave where our code leans on it; an upgrade that changes it fails here."""
