"""`python -m noc_agent` is `noc-agent`."""

from noc_agent.cli import main

if __name__ == "__main__":
    main()
