// The order of the functions in a module, for Brotli's sake: those of one type beside each other, so that the list of
// types is hardly anything, and among them each before the one that is most like it.

const { FUNCTION, SECTION, importsOf, items, joined, leb, numbers, sections, text } = require("./module");

/** What two functions share is counted in runs of so many bytes. */
const RUN = 5;
/** A run that so many functions have says nothing. */
const COMMON = 2000;

/** The module with names for its functions by which `wasm-opt --reorder-functions-by-name` puts them in order. */
function named(module) {
  const all = sections(module);
  const body = (id) => all.find((section) => section.id === id)?.body;
  const imported = importsOf(body(SECTION.IMPORT)).filter(({ kind }) => kind === FUNCTION).length;
  const places = [];
  order(numbers(body(SECTION.FUNCTION)), items(body(SECTION.CODE))).forEach((it, place) => (places[it] = place));
  const name = (place) => text(String(place).padStart(6, "0"));
  const list = places.flatMap((place, it) => [leb(imported + it), name(place)]);
  const names = Buffer.concat([leb(places.length), ...list]);
  const OF_FUNCTIONS = 1;
  const custom = Buffer.concat([text("name"), Buffer.from([OF_FUNCTIONS]), leb(names.length), names]);
  const rest = all.filter(({ id }) => id !== SECTION.CUSTOM);
  return joined(module, [...rest, { id: SECTION.CUSTOM, body: custom }]);
}

/** The numbers of the functions in their new order. */
function order(types, bodies) {
  const key = bodies.map((body, it) => String(types[it]).padStart(6, "0") + body.toString("latin1"));
  const sorted = [...bodies.keys()].sort((a, b) => (key[a] < key[b] ? -1 : 1));
  const runs = bodies.map(runsOf);
  const having = new Map();
  runs.forEach((of, it) => of.forEach((run) => (having.get(run) ?? having.set(run, []).get(run)).push(it)));
  const left = new Set(sorted);
  const chain = [];
  for (let last = sorted[0]; last !== undefined; last = next(last)) {
    left.delete(last);
    chain.push(last);
  }
  return chain;

  function next(last) {
    const shared = new Map();
    for (const run of runs[last]) {
      const others = having.get(run);
      if (others.length > COMMON) continue;
      // The rarer, the more it says.
      const weight = 1 / Math.log2(1 + others.length);
      for (const it of others) {
        if (left.has(it) && types[it] === types[last]) shared.set(it, (shared.get(it) ?? 0) + weight);
      }
    }
    let [best, most] = [left.values().next().value, 0];
    for (const [it, weight] of shared) {
      const alike = weight / Math.sqrt(runs[it].size * runs[last].size);
      if (alike > most) [best, most] = [it, alike];
    }
    return best;
  }
}

/** The runs of bytes in it, as numbers. */
function runsOf(body) {
  const runs = new Set();
  for (let at = 0; at + RUN <= body.length; at++) {
    let run = 0;
    for (let i = 0; i < RUN; i++) run = (Math.imul(run, 0x9e3779b1) + body[at + i] + 1) | 0;
    runs.add(run);
  }
  return runs;
}

module.exports = { named };
