"""`python -m tests.lab up PLAN | status | fault NAME | heal | record DIR | down | list`."""

from tests.lab.cli import main

if __name__ == "__main__":
    main()
