#!/usr/bin/env python3
"""Makes the committed woff2 subsets in public/fonts.

Run by hand when a font changes: python3 .ci/assets/fonts.py
Needs node/npm and `pip install 'fonttools[woff]' brotli`. The sources come from npm, pinned below.
The unicode ranges here are the ones style/_fonts.scss names: change both together.
"""

import pathlib
import shutil
import subprocess
import tempfile

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "public" / "fonts"
PACKAGES = ["@fontsource-variable/commissioner@5.3.0", "@fontsource-variable/readex-pro@5.3.0"]

# Every letter of Dutch, English, French, German and Spanish, and the punctuation we set.
LATIN = "".join(map(chr, range(0x20, 0x7F))) + (
    "\u00a0¡£§«°·»¿×"
    "ÀÁÂÄÇÈÉÊËÍÎÏÑÓÔÖÙÚÛÜßàáâäçèéêëìíîïñòóôöùúûüÿŒœ"
    "–—‘’‚“”„•…€→−"
)
# What the other Latin languages of our menu need on top (Turkish, Polish) and their neighbours.
LATIN_EXT = "".join(map(chr, [*range(0xA1, 0x180), 0x218, 0x219, 0x21A, 0x21B, 0x1E9E])).translate(
    {ord(c): None for c in LATIN}
)
# Questions, titles and thanks never need programmers' signs in the voice letter.
VOICE = LATIN.translate({ord(c): None for c in "#$%*+<=>@[\\]^_`{|}~£§°×→−"})
ARABIC = "".join(map(chr, [*range(0x600, 0x700), *range(0x200C, 0x2010), 0x25CC])) + "ﷺ"


def write(font: TTFont, text: str, name: str, features: list[str]) -> None:
    """Keeps only the glyphs of `text` and the features named, and writes woff2."""
    options = Options()
    options.flavor = "woff2"
    options.layout_features = features
    options.hinting = False
    options.desubroutinize = True
    options.notdef_outline = False
    options.name_IDs = [1, 2, 13, 14]
    options.glyph_names = False
    options.drop_tables += ["DSIG", "meta", "STAT"]
    subsetter = Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(font)
    font.flavor = "woff2"
    path = OUT / f"{name}.woff2"
    font.save(path)
    print(f"{path.stat().st_size:7} {path.relative_to(ROOT)}")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as where:
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", where, *PACKAGES], check=True
        )
        base = pathlib.Path(where) / "node_modules" / "@fontsource-variable"
        commissioner = base / "commissioner" / "files"
        readex = base / "readex-pro" / "files"
        latin = ["kern", "mark", "ccmp", "locl", "tnum"]
        for script, text, name in [("latin", LATIN, "commissioner"), ("latin-ext", LATIN_EXT, "commissioner-ext")]:
            font = TTFont(commissioner / f"commissioner-{script}-wght-normal.woff2")
            instancer.instantiateVariableFont(font, {"wght": (400, 400, 700)}, inplace=True)
            write(font, text, name, latin)
        pinned = {"FLAR": 100, "VOLM": 100, "wght": 740, "slnt": 0}
        for script, text, name in [("latin", VOICE, "voice"), ("latin-ext", LATIN_EXT, "voice-ext")]:
            font = TTFont(commissioner / f"commissioner-{script}-full-normal.woff2")
            instancer.instantiateVariableFont(font, pinned, inplace=True)
            write(font, text, name, ["kern", "mark", "ccmp", "locl"])
        font = TTFont(readex / "readex-pro-arabic-wght-normal.woff2")
        write(font, ARABIC, "readex-arabic", ["*"])
        shutil.copy(base / "commissioner" / "LICENSE", OUT / "commissioner-OFL.txt")
        shutil.copy(base / "readex-pro" / "LICENSE", OUT / "readex-pro-OFL.txt")


if __name__ == "__main__":
    main()
