// Leaf functions that two or more folders need; this folder imports nothing.
export { AssertionError, assert, unreachable } from "./assert.ts";
export { crc32c } from "./crc32c.ts";
export { Prng } from "./prng.ts";
