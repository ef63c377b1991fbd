"""Programs of the system that tests need."""

import os
import shutil
import subprocess


def install(*packages: str) -> bool:
    """Install these with apt-get; False where that is not for us to do."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    return True
