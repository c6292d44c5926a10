/** CRC-32 of ZIP (ISO 3309), eight bytes a step. */

let tables: Int32Array | null = null;

/** Return the checksum of `bytes`, going on from the checksum of what came before them. */
export function crc32(bytes: Uint8Array, before = 0): number {
  tables ??= makeTables();
  const table = tables;
  const whole = bytes.length - (bytes.length % 8);
  let crc = ~before;
  let at = 0;
  const item = (row: number, value: number): number => table[row * 256 + (value & 0xff)] as number;
  const byte = (index: number): number => bytes[index] as number;
  for (; at < whole; at += 8) {
    crc ^= byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
    crc =
      item(7, crc) ^
      item(6, crc >>> 8) ^
      item(5, crc >>> 16) ^
      item(4, crc >>> 24) ^
      item(3, byte(at + 4)) ^
      item(2, byte(at + 5)) ^
      item(1, byte(at + 6)) ^
      item(0, byte(at + 7));
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ item(0, crc ^ byte(at));
  return ~crc >>> 0;
}

/** Row 0 is the usual table; row n is it after n further zero bytes. */
function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256);
  for (let value = 0; value < 256; value++) {
    let crc = value;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    made[value] = crc;
  }
  for (let at = 256; at < made.length; at++) {
    const previous = made[at - 256] as number;
    made[at] = (previous >>> 8) ^ (made[previous & 0xff] as number);
  }
  return made;
}
