// Story codes, as `app/domain/src/code` and `key.rs` make them.

import { createHash, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const list = readFileSync(path.join(__dirname, '../../app/domain/src/code/words.txt'), 'utf8').trim().split('\n');

/** The owner key that follows from the nine words of a code. */
export function keyOf(nine: string[]): string {
  const number = nine.slice(0, 8).reduce((sum, word) => (sum << 10n) | BigInt(list.indexOf(word)), 0n);
  return keyOfBits(Buffer.from(number.toString(16).padStart(20, '0'), 'hex'));
}

function keyOfBits(bits: Buffer): string {
  return Buffer.from(hkdfSync('sha256', bits, '', 'vertelpunt owner key 1', 32)).toString('hex');
}

/** The nine words of eighty bits: eight that carry them and one that checks. */
export function wordsOf(bits: Buffer): string[] {
  const number = BigInt(`0x${bits.toString('hex')}`);
  const hash = createHash('sha256').update(bits).digest();
  const check = (hash[0]! << 2) | (hash[1]! >> 6);
  const eight = Array.from({ length: 8 }, (_, place) => list[Number((number >> BigInt(70 - 10 * place)) & 1023n)]!);
  return [...eight, list[check]!];
}
