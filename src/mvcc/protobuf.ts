// The little of protobuf's wire format that the records of the store need: varints and byte strings in numbered fields.
import { assert } from "../base/index.ts";

const VARINT = 0;
const BYTES = 2;
const TWO_TO_28 = 2 ** 28;

/** Bytes that `value` (an integer from 0 to 2^53 - 1) takes as a varint. */
function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Lengths and writing of the fields of one message. A field that is zero or empty is left out, as proto3 does. */
export class MessageWriter {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
  }

  static numberLength(value: number): number {
    return value === 0 ? 0 : 1 + varintLength(value);
  }

  static int64Length(value: bigint): number {
    if (value === 0n) return 0;
    return value < 0n ? 11 : 1 + varintLengthOfBigInt(value);
  }

  static bytesLength(value: Uint8Array): number {
    return value.length === 0 ? 0 : 1 + varintLength(value.length) + value.length;
  }

  number(field: number, value: number): void {
    if (value === 0) return;
    this.#byte((field << 3) | VARINT);
    this.#varint(value);
  }

  int64(field: number, value: bigint): void {
    if (value === 0n) return;
    this.#byte((field << 3) | VARINT);
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 128n; rest >>= 7n) this.#byte(Number(rest & 127n) | 128);
    this.#byte(Number(rest));
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length === 0) return;
    this.#byte((field << 3) | BYTES);
    this.#varint(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** The message; its length must be what was announced. */
  finish(): Uint8Array {
    assert(this.#at === this.#bytes.length, "a message is as long as its fields");
    return this.#bytes;
  }

  #byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#byte((rest % 128) | 128);
    this.#byte(rest);
  }
}

/** Reads the fields of a message one after the other. What it reads was written here: anything odd is a broken invariant. */
export class MessageReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #wireType = VARINT;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The number of the next field, 0 at the end. Its value must be read (or skipped) before the next call. */
  next(): number {
    if (this.#at >= this.#bytes.length) return 0;
    const tag = this.number();
    this.#wireType = tag & 7;
    assert(this.#wireType === VARINT || this.#wireType === BYTES, "records hold varints and byte strings");
    return tag >>> 3;
  }

  /** A varint that is at most 2^53 - 1. */
  number(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
      assert(scale <= TWO_TO_28 * TWO_TO_28, "a varint of a record fits a safe integer");
    }
  }

  int64(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, value);
      assert(shift < 63n, "a varint has at most ten bytes");
    }
  }

  /** A view of the record, not a copy. */
  bytes(): Uint8Array {
    const length = this.number();
    assert(this.#at + length <= this.#bytes.length, "a byte string ends within its record");
    const value = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  skip(): void {
    if (this.#wireType === BYTES) this.bytes();
    else this.int64();
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    assert(byte !== undefined, "a record ends with a whole field");
    return byte;
  }
}

function varintLengthOfBigInt(value: bigint): number {
  let length = 1;
  for (let rest = value; rest >= 128n; rest >>= 7n) length++;
  return length;
}
