// Runs in the browser, before everything else (wasm-opt puts it there), and while building, where it shows that what
// pack.js packed comes out letter for letter.

/** Of each instruction and each kind of number its own stream: Brotli learns what follows what in a stream, which it
 *  cannot where all of them alternate. A tenth of what a teller downloads. */
const STREAM = { BEFORE: 0, BEHIND: 1, LOCALS: 2, OPERATIONS: 3, OTHER: 4, LOCAL: 5, OFFSET: 6, INTEGER: 7, BRANCH: 8, CALL: 9, LONG: 10 };
const STREAMS = 11;
/** What a packed module begins with ("pack"), then the length of the module, the number of its functions and the length
 *  of each stream. */
const MARK = 0x6b636170;
const HEAD = 3 + STREAMS;
/** No operation of WASM has this number: an operation follows whose data stands at an unusual address. */
const UNUSUAL = 0xff;
/** These operations with one of the numbers 0 to 3 behind them, which is most of them, have a number of their own from
 *  0xd3 on: `local.get`, `local.set`, `local.tee`, `i32.const`. */
const BRIEF = [0x20, 0x21, 0x22, 0x41];
const FIRST_BRIEF = 0xd3;
/** Log2 of the bytes that the operations 0x28 to 0x3e read or write. */
const USUAL = "23230011001122232301012";
const isAtAddress = (operation) => operation >= 0x28 && operation <= 0x3e;

/** Goes through one function. `operation()`, `number(stream)` and `bytes(stream, count)` each bring over what comes next
 *  there; the first two answer what it was. https://webassembly.github.io/spec/core/binary/instructions.html */
function follow({ operation, number, bytes }) {
  for (let groups = number(STREAM.LOCALS); groups; groups--) {
    number(STREAM.LOCALS);
    bytes(STREAM.LOCALS, 1);
  }
  for (let depth = 1; depth; ) {
    const it = operation();
    if (it === 0x0b) depth--;
    else if (it >= 0x02 && it <= 0x04) number(STREAM.OTHER), depth++;
    else if (it === 0x0c || it === 0x0d) number(STREAM.BRANCH);
    else if (it === 0x0e) for (let left = number(STREAM.BRANCH); left >= 0; left--) number(STREAM.BRANCH);
    else if (it === 0x10) number(STREAM.CALL);
    else if (it === 0x11) number(STREAM.OTHER), number(STREAM.OTHER);
    else if (it === 0x1c) bytes(STREAM.OTHER, number(STREAM.OTHER));
    else if (it >= 0x20 && it <= 0x22) number(STREAM.LOCAL);
    else if (isAtAddress(it)) number(STREAM.OFFSET);
    else if (it === 0x41) number(STREAM.INTEGER);
    else if (it === 0x42) number(STREAM.LONG);
    else if (it === 0x43 || it === 0x44) bytes(STREAM.OTHER, it === 0x43 ? 4 : 8);
    else if ((it >= 0x23 && it <= 0x40) || it === 0xd0 || it === 0xd2) number(STREAM.OTHER);
    else if (it === 0xfc) {
      // Of these, conversions have nothing behind them; what works on memory and tables has one number or two.
      const which = number(STREAM.OPERATIONS);
      if (which > 7) number(STREAM.OTHER);
      if ([8, 10, 12, 14].includes(which)) number(STREAM.OTHER);
    }
  }
}

/** The module that was packed; a page that stands in its place, as of a network one must sign in to, is refused. */
function unpack(packed) {
  const from = new Uint8Array(packed);
  const [mark, length, functions, ...lengths] = new Uint32Array(packed, 0, HEAD);
  let start = 4 * HEAD;
  const at = lengths.map((length) => (start += length) - length);
  if (mark !== MARK || start !== from.length) throw new TypeError("this is no packed module");
  const to = new Uint8Array(length);
  let end = 0;
  const bytes = (stream, count) => {
    while (count--) to[end++] = from[at[stream]++];
  };
  const number = (stream) => {
    let [value, shift] = [0, 0];
    do {
      bytes(stream, 1);
      value |= (to[end - 1] & 0x7f) << shift;
      shift += 7;
    } while (to[end - 1] > 0x7f);
    return value;
  };
  const operation = () => {
    const next = () => from[at[STREAM.OPERATIONS]++];
    let it = next();
    const brief = it - FIRST_BRIEF;
    if (brief >= 0 && brief < 4 * BRIEF.length) {
      to[end++] = BRIEF[brief >> 2];
      to[end++] = brief & 3;
      return it;
    }
    const unusual = it === UNUSUAL ? next() : undefined;
    if (unusual !== undefined) it = next();
    to[end++] = it;
    if (isAtAddress(it)) to[end++] = unusual ?? USUAL[it - 0x28];
    return it;
  };
  const write = (value) => {
    for (; value > 0x7f; value >>>= 7) to[end++] = value | 0x80;
    to[end++] = value;
  };
  /** What is written, behind its length. */
  const measured = (content) => {
    const start = end;
    content();
    const size = end - start;
    write(size);
    const more = end - start - size;
    to.copyWithin(start + more, start, start + size);
    end = start;
    write(size);
    end += size;
  };
  bytes(STREAM.BEFORE, lengths[STREAM.BEFORE]);
  measured(() => {
    write(functions);
    for (let left = functions; left; left--) measured(() => follow({ operation, number, bytes }));
  });
  bytes(STREAM.BEHIND, lengths[STREAM.BEHIND]);
  return to;
}

/** In the place of the browser's own, which cannot read what is packed. */
async function instantiateStreaming(coming, imports) {
  return WebAssembly.instantiate(unpack(await (await coming).arrayBuffer()), imports);
}

module.exports = { BRIEF, FIRST_BRIEF, MARK, STREAM, STREAMS, UNUSUAL, USUAL, follow, isAtAddress, unpack };
