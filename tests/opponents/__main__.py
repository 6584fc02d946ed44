"""Serve one opponent: `python -m tests.opponents aicc --port 8080 --ways settles=0.3,big_ids --fault title-lost`."""

from tests.opponents.serving import main

if __name__ == "__main__":
    main()
