// CRC-32C (Castagnoli), reflected, eight bytes a step (Kounavis and Berry's slicing-by-8).

const POLYNOMIAL = 0x82f63b78;
const TABLES = tables();

/** The checksum of `bytes[from..to)`; `before` is that of what precedes them: crc(a + b) = crc(b, crc(a)). */
export function crc32c(bytes: Uint8Array, { before = 0, from = 0, to = bytes.length } = {}): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  let crc = ~before;
  let at = from;
  for (const last = to - 8; at <= last; at += 8) {
    crc ^= byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    crc =
      word(t7, crc & 0xff) ^
      word(t6, (crc >>> 8) & 0xff) ^
      word(t5, (crc >>> 16) & 0xff) ^
      word(t4, crc >>> 24) ^
      word(t3, byte(bytes, at + 4)) ^
      word(t2, byte(bytes, at + 5)) ^
      word(t1, byte(bytes, at + 6)) ^
      word(t0, byte(bytes, at + 7));
  }
  for (; at < to; at++) crc = word(t0, (crc ^ byte(bytes, at)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

type Table = Int32Array;
type Tables = readonly [Table, Table, Table, Table, Table, Table, Table, Table];

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

function word(table: Table, at: number): number {
  return table[at] as number;
}

function tables(): Tables {
  const all: Tables = [table(), table(), table(), table(), table(), table(), table(), table()];
  for (let value = 0; value < 256; value++) {
    let crc = value;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    all[0][value] = crc;
  }
  for (let slice = 1; slice < 8; slice++) {
    const before = all[slice - 1] as Table;
    for (let value = 0; value < 256; value++) {
      const crc = word(before, value);
      (all[slice] as Table)[value] = word(all[0], crc & 0xff) ^ (crc >>> 8);
    }
  }
  return all;
}

function table(): Table {
  return new Int32Array(256);
}
