// Makes public/pictures.svg and public/pictures-stories.svg. Run by hand when a drawing changes:
//   npm install --prefix /tmp/pictures @tabler/icons@3.51.0 svgo@4
//   node .ci/assets/pictures.mjs /tmp/pictures
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { icons, mark, pictograms } from "./drawings.mjs";
import { stories } from "./stories.mjs";

const packages = createRequire(`${process.argv[2]}/node_modules/`);
const { optimize } = packages("svgo");
const root = new URL("../../public/", import.meta.url);

/** One short path of everything in `paths`, rounded to a tenth of a unit: finer is not seen at 96 px. */
function shorten(paths) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg">${paths.map((d) => `<path d="${d}"/>`).join("")}</svg>`;
  const plugins = [
    { name: "convertPathData", params: { floatPrecision: 1, makeArcs: false, lineShorthands: true } },
    { name: "mergePaths", params: { force: true, floatPrecision: 1 } },
  ];
  const out = optimize(svg, { multipass: true, plugins }).data;
  return [...out.matchAll(/ d="([^"]*)"/g)].map((m) => m[1]).join("");
}

const line = (box, width) =>
  `viewBox="0 0 ${box} ${box}" fill="none" stroke="currentColor" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"`;
const sprite = (symbols) => `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;

const drawn = Object.entries(pictograms).map(([id, { line: d, point: [x, y, r], mark }]) => {
  const marked = mark ? `<path stroke="var(--vp-point,currentColor)" stroke-width="5" d="${mark}"/>` : "";
  const point = r ? `<circle cx="${x}" cy="${y}" r="${r}" fill="var(--vp-point,currentColor)" stroke="none"/>` : "";
  return `<symbol id="${id}" ${line(48, 3)}><path d="${shorten([d])}"/>${marked}${point}</symbol>`;
});
// Icons are short as they are, and rounding would swallow their dots.
const bold = { "i-more": 3.5, "i-pause": 4 };
const small = Object.entries(icons).map(
  ([id, d]) => {
    const fill = id === "i-play" ? ' fill="currentColor"' : "";
    return `<symbol id="${id}" ${line(24, bold[id] ?? 2)}><path${fill} d="${d}"/></symbol>`;
  },
);
const logo = `<symbol id="logo" viewBox="8 8 84 84"><path fill="currentColor" d="${shorten([mark])}"/><circle cx="50" cy="50" r="11" fill="var(--vp-point,currentColor)"/></symbol>`;
writeFileSync(new URL("pictures.svg", root), sprite([...drawn, ...small, logo]));

const outline = (name) => {
  const svg = readFileSync(`${process.argv[2]}/node_modules/@tabler/icons/icons/outline/${name}.svg`, "utf8");
  return [...svg.matchAll(/ d="([^"]*)"/g)].map((m) => m[1]).filter((d) => d !== "M0 0h24v24H0z");
};
const told = stories.map(([drawing], number) => {
  const own = drawing.startsWith("M");
  const d = shorten(own ? [drawing] : outline(drawing));
  return `<symbol id="s-${number}" ${own ? line(48, 3.2) : line(24, 1.6)}><path d="${d}"/></symbol>`;
});
writeFileSync(new URL("pictures-stories.svg", root), sprite(told));
// Their names on the screen are `picture.0` to `picture.63` in app/locales; those in stories.mjs are for who draws.
console.log(`${drawn.length} pictograms, ${small.length} icons, ${told.length} story pictures`);
