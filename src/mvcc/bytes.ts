// Byte strings and their order. Where a key must be compared or looked up often it is a KeyText: one character (0 .. 255) per
// byte, so that the engine's own comparison of strings gives the order of the bytes and a Map finds it.

/** A byte string as text, one character per byte. Its order under `<` is the order of the bytes. */
export type KeyText = string;

/** Above every KeyText: the end of a range without end. */
export const END_OF_KEYS: KeyText = "\u{ffff}";

export const NO_BYTES: Uint8Array = new Uint8Array(0);

const CHARACTERS_PER_CALL = 4096;

export function textOf(bytes: Uint8Array): KeyText {
  if (bytes.length <= CHARACTERS_PER_CALL) return Reflect.apply(String.fromCharCode, undefined, bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += CHARACTERS_PER_CALL) {
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + CHARACTERS_PER_CALL));
  }
  return text;
}

export function bytesOf(text: KeyText): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Negative, zero or positive, as `a` sorts before, with or after `b`. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let at = 0; at < common; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
