"""``python -m runner`` does what ``retrigger`` does."""

from runner.cli import main

if __name__ == "__main__":
    main()
