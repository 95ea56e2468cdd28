// JSON as ASCII bytes: every byte is one character, so bytes can travel inside JSON texts and be cut anywhere.
import type { JsonValue } from "../../trace/index.ts";

/** Encodes a value; characters beyond ASCII become \u escapes. */
export function asciiJson(value: JsonValue): Uint8Array {
  const text = JSON.stringify(value).replace(/[\u0080-\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return bytesOf(text);
}

/** The bytes of a text in which every character is below 256. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** The text of bytes, one character each; the inverse of bytesOf. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
