"""The system's programs that the trials need: installed as root, else named with the reason."""

import os
import shutil
import sys

from tests.system import install

# Program: its package, and what it is for.
NEEDED = {
    "strace": ("strace", "to see that the disk has a save before its learner hears so"),
    "ip": ("iproute2", "to make the network of a phone"),
    "mount": ("mount", "to make a disk small enough to fill"),
}


def main() -> None:
    """Make sure that all are there, or say which are not."""
    missing = {name: needed for name, needed in NEEDED.items() if shutil.which(name) is None}
    packages = sorted({package for package, _ in missing.values()})
    if missing and not install(*packages):
        for name, (_, purpose) in missing.items():
            print(f"{name} is missing, {purpose}.")
        sys.exit(f"Run this as root where there is apt-get, or install: {' '.join(packages)}")
    if os.geteuid() != 0:
        print(
            "Without root a limit on the size of files stands in for the full disk, "
            "and a proxy for the network of lost packets."
        )


if __name__ == "__main__":
    main()
