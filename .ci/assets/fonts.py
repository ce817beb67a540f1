#!/usr/bin/env python3
"""Makes the committed woff2 subsets in public/fonts.

Run by hand when a font changes: python3 .ci/assets/fonts.py
Needs node/npm and `pip install 'fonttools[woff]==4.68.0' brotli==1.2.1` (other versions give a few bytes more or less).
The sources come from npm, pinned below. The unicode ranges here are the ones style/_fonts.scss names: change both
together.

A first visit downloads commissioner and voice, so Commissioner is made smaller where the eye cannot follow (`shrink`):
a grid of 1000 instead of 2000 units, weights within one unit, one kerning for all weights and none with a backslash,
glyphs in the order of their characters. One unit is 0.07 of a dot for text of 24 px on a screen of three dots a px.
"""

import io
import pathlib
import shutil
import subprocess
import tempfile

from fontTools.otlLib import builder
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.reorderGlyphs import reorderGlyphs
from fontTools.ttLib.scaleUpem import scale_upem
from fontTools.ttLib.tables.otBase import ValueRecord
from fontTools.ttLib.woff2 import WOFF2FlavorData
from fontTools.varLib import instancer
from fontTools.varLib.varStore import VarStoreInstancer

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


def subset(font: TTFont, text: str, features: list[str], scripts: list[str]) -> None:
    """Keeps only the glyphs of `text` and the features and scripts named."""
    options = Options()
    options.layout_features = features
    options.layout_scripts = scripts
    options.hinting = False
    options.desubroutinize = True
    options.notdef_outline = False
    options.name_IDs = [1, 2]  # the licence stands beside the fonts
    options.glyph_names = False
    options.drop_tables += ["DSIG", "meta", "STAT"]
    subsetter = Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(font)


def write(font: TTFont, name: str) -> None:
    font.flavor = "woff2"
    path = OUT / f"{name}.woff2"
    font.save(path)
    print(f"{path.stat().st_size:7} {path.relative_to(ROOT)}")


def shrink(font: TTFont) -> TTFont:
    """Makes a font smaller without a difference one can see."""
    scale_upem(font, 1000)
    glyphs, widths = font["glyf"], font["hmtx"].metrics
    for glyph, (width, _) in list(widths.items()):
        glyphs[glyph].recalcBounds(glyphs)
        # Rounding may have moved a letter from its own left edge, which shows and cannot be left out of the file.
        widths[glyph] = (width, getattr(glyphs[glyph], "xMin", 0))
    if "fvar" in font:
        font["fvar"].instances = []
        del font["MVAR"]  # it varies only the caret, the strike-out and the unit ex
        for glyph, variations in font["gvar"].variations.items():
            if glyphs[glyph].isComposite():
                continue
            points, controls = glyphs._getCoordinatesAndControls(glyph, widths)
            for variation in variations:
                variation.calcInferredDeltas(points, controls.endPts)
                variation.roundDeltas()
                variation.optimize(points, controls.endPts, tolerance=1)
    kern_in_classes(font, without="\\")
    file = io.BytesIO()
    font.save(file)
    font = TTFont(file, recalcTimestamp=False)
    font.ensureDecompiled()
    characters = {glyph: character for character, glyph in sorted(font.getBestCmap().items(), reverse=True)}
    first, *others = font.getGlyphOrder()
    reorderGlyphs(font, [first, *sorted(others, key=lambda glyph: (characters.get(glyph, 0x110000), glyph))])
    font.flavorData = WOFF2FlavorData(transformedTables={"glyf", "loca", "hmtx"})
    return font


def kern_in_classes(font: TTFont, without: str) -> None:
    """Rewrites the kerning as one table of classes: that of the middle weight, nothing for the characters `without`."""
    if "GPOS" not in font:
        return
    (lookup,) = font["GPOS"].table.LookupList.Lookup
    left_out = {font.getBestCmap().get(ord(character)) for character in without}
    pairs = {pair: value for pair, value in kerning(font, lookup).items() if value and not left_out & set(pair)}

    def classes(side: int) -> list[tuple[str, ...]]:
        rows: dict[str, dict[str, int]] = {}
        for pair, value in pairs.items():
            rows.setdefault(pair[side], {})[pair[1 - side]] = value
        alike: dict[tuple, list[str]] = {}
        for glyph in filter(rows.get, font.getGlyphOrder()):
            alike.setdefault(tuple(sorted(rows[glyph].items())), []).append(glyph)
        return [tuple(glyphs) for glyphs in alike.values()]

    table = {}
    for first in classes(0):
        for second in classes(1):
            if value := pairs.get((first[0], second[0])):
                record = ValueRecord()
                record.XAdvance = value
                table[first, second] = (record, None)
    lookup.SubTable = [builder.buildPairPosClassesSubtable(table, font.getReverseGlyphMap())]
    lookup.SubTableCount = 1
    definitions = font["GDEF"].table if "GDEF" in font else None
    if getattr(definitions, "VarStore", None):
        definitions.VarStore = None
        definitions.Version = 0x00010000


def kerning(font: TTFont, lookup) -> dict[tuple[str, str], int]:
    """Every pair the lookup has a word about, the first word counting, halfway between the lightest and the boldest."""
    store = getattr(font["GDEF"].table, "VarStore", None) if "GDEF" in font else None
    boldest = VarStoreInstancer(store, font["fvar"].axes, {"wght": 1.0}) if store else None

    def value(record) -> int:
        device = getattr(record, "XAdvDevice", None)
        more = boldest[(device.StartSize << 16) + device.EndSize] if device else 0
        return round((getattr(record, "XAdvance", 0) or 0) + more / 2)

    pairs: dict[tuple[str, str], int] = {}
    for table in lookup.SubTable:
        for index, first in enumerate(table.Coverage.glyphs):
            if table.Format == 1:
                for record in table.PairSet[index].PairValueRecord:
                    pairs.setdefault((first, record.SecondGlyph), value(record.Value1))
            else:
                row = table.Class1Record[table.ClassDef1.classDefs.get(first, 0)].Class2Record
                for second in font.getGlyphOrder():
                    record = row[table.ClassDef2.classDefs.get(second, 0)]
                    pairs.setdefault((first, second), value(record.Value1))
    return pairs


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as where:
        subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", where, *PACKAGES], check=True
        )
        base = pathlib.Path(where) / "node_modules" / "@fontsource-variable"
        commissioner = base / "commissioner" / "files"
        readex = base / "readex-pro" / "files"
        features = ["kern", "mark", "ccmp", "locl"]
        # Of the letters that differ by language: the accented ij of Dutch; a Turkish i is drawn like any other.
        dutch = ["DFLT", "latn.dflt", "latn.NLD "]
        for script, text, name, scripts in [
            ("latin", LATIN, "commissioner", dutch),
            ("latin-ext", LATIN_EXT, "commissioner-ext", ["*"]),
        ]:
            font = TTFont(commissioner / f"commissioner-{script}-wght-normal.woff2", recalcTimestamp=False)
            instancer.instantiateVariableFont(font, {"wght": (400, 400, 700)}, inplace=True)
            subset(font, text, features, scripts)
            write(shrink(font), name)
        pinned = {"FLAR": 100, "VOLM": 100, "wght": 740, "slnt": 0}
        for script, text, name, scripts in [("latin", VOICE, "voice", dutch), ("latin-ext", LATIN_EXT, "voice-ext", ["*"])]:
            font = TTFont(commissioner / f"commissioner-{script}-full-normal.woff2", recalcTimestamp=False)
            instancer.instantiateVariableFont(font, pinned, inplace=True)
            subset(font, text, features, scripts)
            write(shrink(font), name)
        font = TTFont(readex / "readex-pro-arabic-wght-normal.woff2", recalcTimestamp=False)
        subset(font, ARABIC, ["*"], ["*"])
        write(font, "readex-arabic")
        shutil.copy(base / "commissioner" / "LICENSE", OUT / "commissioner-OFL.txt")
        shutil.copy(base / "readex-pro" / "LICENSE", OUT / "readex-pro-OFL.txt")


if __name__ == "__main__":
    main()
