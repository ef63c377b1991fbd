"""Copy what the pages borrow from npm, with versions and licences.

Run `python static/vendor/refresh.py`. Needs npm and fonttools.
Fonts are cut down to the letters of Vietnamese and English.
"""

import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = {
    "bootstrap": "5.3.9",
    "bootstrap-icons": "1.13.2",
    "@fontsource/be-vietnam-pro": "5.3.0",
    "@fontsource/noto-sans": "5.3.0",
}
ICONS = [
    "arrow-repeat",
    "arrow-right",
    "bar-chart",
    "book",
    "box-arrow-right",
    "check-circle-fill",
    "check-lg",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevron-up",
    "circle-half",
    "clock",
    "cloud-check",
    "cloud-slash",
    "cloud-upload",
    "download",
    "exclamation-triangle",
    "file-text",
    "flag",
    "grid-3x3-gap",
    "house",
    "info-circle",
    "list-check",
    "moon",
    "people",
    "person",
    "pin-angle-fill",
    "printer",
    "search",
    "sun",
    "x-circle",
    "x-lg",
]
WEIGHTS = (400, 600, 700)
BASIC_LATIN = (
    "U+0020-007E,U+00A0,U+00AB,U+00B7,U+00BB,U+00C0-00FF,U+2013,U+2014,U+2018-201D,"
    "U+2022,U+2026,U+2192,U+2212,U+2264,U+2265"
)
FEATURES = "kern,mark,mkmk,ccmp,locl"
# What is printed as PDF has one file for every letter of a name, also of Ba Na and Gia Rai.
PRINTED_WEIGHTS = (400, 700)
PRINTED = (
    ("be-vietnam-pro", "latin", BASIC_LATIN),
    ("be-vietnam-pro", "latin-ext", "U+010C-010D"),
    ("be-vietnam-pro", "vietnamese", "*"),
    # Be Vietnam Pro lacks these short vowels.
    ("noto-sans", "latin-ext", "U+0114-0115,U+012C-012D,U+014E-014F,U+016C-016D"),
)


def main() -> None:
    """Replace every vendored file."""
    with tempfile.TemporaryDirectory() as folder:
        for name, version in PACKAGES.items():
            package = _unpack(name, version, Path(folder))
            short = name.rsplit("/", 1)[-1]
            take = {"bootstrap": _css, "bootstrap-icons": _sprite, "be-vietnam-pro": _fonts}
            if short in take:
                take[short](package)
            shutil.copy(package / "LICENSE", HERE / f"LICENSE-{short}.txt")
        _printed_fonts(Path(folder))
    versions = "".join(f"{name} {version}\n" for name, version in PACKAGES.items())
    (HERE / "VERSIONS.txt").write_text(versions)


def _unpack(name: str, version: str, folder: Path) -> Path:
    target = folder / name.replace("/", "-")
    target.mkdir()
    packed = subprocess.run(
        ["npm", "pack", "--silent", f"{name}@{version}"],
        cwd=target,
        check=True,
        capture_output=True,
        text=True,
    )
    with tarfile.open(target / packed.stdout.strip()) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def _css(package: Path) -> None:
    css = (package / "dist/css/bootstrap.min.css").read_text()
    (HERE / "bootstrap.min.css").write_text(re.sub(r"/\*# sourceMappingURL.*?\*/", "", css))


def _sprite(package: Path) -> None:
    symbols = []
    for icon in ICONS:
        svg = (package / f"icons/{icon}.svg").read_text()
        inner = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", svg, flags=re.DOTALL)
        inner = re.sub(r"\s*\n\s*", "", inner)
        symbols.append(f'<symbol id="{icon}" viewBox="0 0 16 16">{inner}</symbol>')
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">' + "\n".join(symbols) + "</svg>\n"
    (HERE.parent / "img/icons.svg").write_text(sprite)


def _fonts(package: Path) -> None:
    for weight in WEIGHTS:
        for subset in ("latin", "vietnamese"):
            source = package / f"files/be-vietnam-pro-{subset}-{weight}-normal.woff2"
            target = HERE / source.name
            letters = BASIC_LATIN if subset == "latin" else "*"
            subprocess.run(
                [
                    "pyftsubset",
                    source,
                    f"--unicodes={letters}",
                    f"--layout-features={FEATURES}",
                    "--flavor=woff2",
                    "--no-hinting",
                    "--desubroutinize",
                    f"--output-file={target}",
                ],
                check=True,
            )


def _printed_fonts(folder: Path) -> None:
    """A TTF per weight, without layout features, which our PDFs do not use."""
    for weight in PRINTED_WEIGHTS:
        parts = []
        for font, subset, letters in PRINTED:
            parts.append(folder / f"{font}-{subset}-{weight}.ttf")
            files = folder / f"@fontsource-{font}" / "package/files"
            subprocess.run(
                [
                    "pyftsubset",
                    files / f"{font}-{subset}-{weight}-normal.woff2",
                    f"--unicodes={letters}",
                    "--drop-tables+=GSUB,GPOS,GDEF",
                    "--no-hinting",
                    f"--output-file={parts[-1]}",
                ],
                check=True,
            )
        target = HERE / f"be-vietnam-pro-printed-{weight}.ttf"
        subprocess.run(["pyftmerge", *parts, f"--output-file={target}"], check=True)


if __name__ == "__main__":
    main()
