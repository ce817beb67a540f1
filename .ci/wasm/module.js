// Reading and writing the sections of a WASM module. https://webassembly.github.io/spec/core/binary/modules.html

/** Numbers of sections. */
const SECTION = { CUSTOM: 0, IMPORT: 2, FUNCTION: 3, EXPORT: 7, ELEMENT: 9, CODE: 10 };
/** The kind of an import or an export. */
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

/** The section of this number: its body, and where the whole of it starts and ends. */
function sectionAt(module, id) {
  for (let at = 8; at < module.length; ) {
    const [length, start] = number(module, at + 1);
    if (module[at] === id) return { start: at, end: start + length, body: module.subarray(start, start + length) };
    at = start + length;
  }
  throw new Error(`there is no section ${id}`);
}

/** The module of these sections. */
function joined(module, sections) {
  const parts = sections.map(({ id, body }) => Buffer.concat([Buffer.from([id]), leb(body.length), body]));
  return Buffer.concat([module.subarray(0, 8), ...parts]);
}

/** What the module imports: `parts` are [module, name, the bytes of what it is]. */
function importsOf(body) {
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

/** What the module exports: `what` are the bytes of its number. */
function exportsOf(body) {
  const all = [];
  let [count, at] = number(body, 0);
  while (count--) {
    const [length, from] = number(body, at);
    const start = from + length;
    const end = number(body, start + 1)[1];
    all.push({ name: body.toString("utf8", from, start), kind: body[start], what: body.subarray(start, end) });
    at = end;
  }
  return all;
}

/** What stands in the table of functions: the numbers in its first piece, and the bytes before and behind them. */
function elements(body) {
  const [PLAIN, END] = [0, 0x0b];
  let at = number(body, 0)[1];
  if (body[at] !== PLAIN) throw new Error("the table of functions begins in a way this script cannot read");
  at = number(body, at + 2)[1]; // the kind and the operation "a constant" before it
  if (body[at++] !== END) throw new Error("the table of functions begins nowhere");
  const before = body.subarray(0, at);
  let many;
  [many, at] = number(body, at);
  const functions = Array.from({ length: many }, () => {
    let it;
    [it, at] = number(body, at);
    return it;
  });
  return { before, functions, behind: body.subarray(at) };
}

/** The names of functions by their number. */
function names(module) {
  const OF_FUNCTIONS = 1;
  const found = new Map();
  for (const { id, body } of sections(module)) {
    if (id !== SECTION.CUSTOM || !body.subarray(0, 5).equals(text("name"))) continue;
    for (let at = 5; at < body.length; ) {
      const kind = body[at];
      let [length, from] = number(body, at + 1);
      at = from + length;
      if (kind !== OF_FUNCTIONS) continue;
      let count;
      [count, from] = number(body, from);
      while (count--) {
        let it;
        [it, from] = number(body, from);
        [length, from] = number(body, from);
        found.set(it, body.toString("utf8", from, from + length));
        from += length;
      }
    }
  }
  return found;
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

module.exports = { FUNCTION, SECTION, elements, exportsOf, importsOf, items, joined, leb, names, numbers, sectionAt, sections, text };
