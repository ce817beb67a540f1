// Packs a module for the way to the phone: its code in streams (unpack.js), everything else as it is.

const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { SECTION, items, sectionAt } = require("./module");
const { BRIEF, FIRST_BRIEF, MARK, STREAM, STREAMS, UNUSUAL, USUAL, follow, isAtAddress, unpack } = require("./unpack");

/** The module, packed. */
function packed(module) {
  const streams = Array.from({ length: STREAMS }, () => []);
  const { start, end, body } = sectionAt(module, SECTION.CODE);
  // The number of the section comes with what is before it, its length is found again.
  streams[STREAM.BEFORE].push(...module.subarray(0, start + 1));
  streams[STREAM.BEHIND].push(...module.subarray(end));
  const functions = items(body);
  for (const from of functions) {
    let at = 0;
    const bytes = (stream, count) => {
      while (count--) streams[stream].push(from[at++]);
    };
    const number = (stream) => {
      let [value, shift] = [0, 0];
      do {
        bytes(stream, 1);
        value |= (from[at - 1] & 0x7f) << shift;
        shift += 7;
      } while (from[at - 1] > 0x7f);
      return value;
    };
    const operation = () => {
      let it = from[at++];
      if (BRIEF.includes(it) && from[at] < 4) it = FIRST_BRIEF + 4 * BRIEF.indexOf(it) + from[at++];
      if (isAtAddress(it) && from[at++] !== Number(USUAL[it - 0x28])) streams[STREAM.OPERATIONS].push(UNUSUAL, from[at - 1]);
      streams[STREAM.OPERATIONS].push(it);
      return it;
    };
    follow({ operation, number, bytes });
  }
  const head = Uint32Array.from([MARK, module.length, functions.length, ...streams.map(({ length }) => length)]);
  const all = Buffer.concat([Buffer.from(head.buffer), ...streams.map((stream) => Buffer.from(stream))]);
  const back = unpack(all.buffer.slice(all.byteOffset, all.byteOffset + all.length));
  if (!module.equals(back)) throw new Error("what was packed does not come out as it was");
  return all;
}

/** The script with what unpacks before it. */
function unpacking(script) {
  const unpack = readFileSync(join(__dirname, "unpack.js"), "utf8").replace(/^module\.exports.*$/m, "");
  return `{\n${unpack}\nWebAssembly.instantiateStreaming = instantiateStreaming;\n}\n${script}`;
}

module.exports = { packed, unpacking };
