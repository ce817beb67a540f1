// Reading and writing the sections of a WASM module. https://webassembly.github.io/spec/core/binary/modules.html

/** Numbers of sections. */
const SECTION = { CUSTOM: 0, IMPORT: 2, FUNCTION: 3, CODE: 10 };
/** The kind of an import. */
const FUNCTION = 0;

/** Every section: its number and its bytes. */
function sections(module) {
  const all = [];
  for (let at = 8; at < module.length; ) {
    const [length, start] = number(module, at + 1);
    all.push({ id: module[at], body: module.subarray(start, start + length) });
    at = start + length;
  }
  return all;
}

/** The module of these sections. */
function joined(module, sections) {
  const parts = sections.map(({ id, body }) => Buffer.concat([Buffer.from([id]), leb(body.length), body]));
  return Buffer.concat([module.subarray(0, 8), ...parts]);
}

/** What the module imports: `parts` are [module, name, the bytes of what it is]. */
function imports(body) {
  const all = [];
  let [count, at] = number(body, 0);
  const text = () => {
    const [length, from] = number(body, at);
    at = from + length;
    return body.toString("utf8", from, at);
  };
  while (count--) {
    const from = text();
    const name = text();
    const start = at;
    const kind = body[at];
    if (kind === FUNCTION) at = number(body, at + 1)[1];
    else at = afterOther(body, at);
    all.push({ from, name, kind, what: body.subarray(start, at) });
  }
  return all;
}

/** Where the description of an imported table, memory or global ends. */
function afterOther(body, at) {
  const [TABLE, MEMORY] = [1, 2];
  const kind = body[at];
  if (kind !== TABLE && kind !== MEMORY) return at + 3;
  at += kind === TABLE ? 2 : 1;
  const hasMost = body[at] & 1;
  [, at] = number(body, at + 1);
  return hasMost ? number(body, at)[1] : at;
}

/** The parts of a vector whose items are a number each. */
function numbers(body) {
  let [count, at] = number(body, 0);
  return Array.from({ length: count }, () => {
    let value;
    [value, at] = number(body, at);
    return value;
  });
}

/** The parts of a vector whose items say how long they are. */
function items(body) {
  let [count, at] = number(body, 0);
  return Array.from({ length: count }, () => {
    const [length, start] = number(body, at);
    at = start + length;
    return body.subarray(start, at);
  });
}

/** An unsigned LEB128 number of the module and where it ends. */
function number(module, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = module[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

function leb(value) {
  const bytes = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}

/** A text with its length before it. */
function text(words) {
  return Buffer.concat([leb(Buffer.byteLength(words)), Buffer.from(words)]);
}

module.exports = { FUNCTION, SECTION, imports, items, joined, leb, numbers, sections, text };
