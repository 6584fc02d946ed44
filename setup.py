"""What pyproject.toml cannot say: the folder `fixtures` of a checkout is data within the package `specs`."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["specs*", "mock_server*", "conformance*", "casepact*"]), "specs.fixtures"],
    package_dir={"specs.fixtures": "fixtures"},
)
