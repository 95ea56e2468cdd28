// Small hashes that are equal on every machine: 32 bits, for comparing what should be equal, not against adversaries.

export const HASH_START = 0x811c9dc5;

/** Goes on from `hash` with one integer. */
export function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** Goes on from `hash` with the characters of a text (FNV-1a): hashText(hashText(h, "a"), "b") is hashText(h, "ab"). */
export function hashText(hash: number, text: string): number {
  let result = hash;
  for (let at = 0; at < text.length; at++) result = Math.imul(result ^ text.charCodeAt(at), 0x01000193);
  return result >>> 0;
}

/** Goes on from `hash` with bytes `from` .. `to` (FNV-1a). */
export function hashBytes(hash: number, bytes: Uint8Array, from = 0, to = bytes.length): number {
  let result = hash;
  for (let at = from; at < to; at++) result = Math.imul(result ^ (bytes[at] ?? 0), 0x01000193);
  return result >>> 0;
}
