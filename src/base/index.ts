// Leaf functions that two or more folders need; this folder imports nothing.
export { AssertionError, assert, unreachable } from "./assert.ts";
export { Prng } from "./prng.ts";
