import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidArgumentError } from "commander";
import { existingFile, integer, listOf } from "./flags.ts";

/** The message with which `parse` refuses `text`. */
function refusal(parse: (text: string) => unknown, text: string): string {
  let message = "accepted";
  assert.throws(
    () => parse(text),
    (error) => {
      if (error instanceof InvalidArgumentError) message = error.message;
      return error instanceof InvalidArgumentError;
    },
    `${JSON.stringify(text)} is accepted`,
  );
  return message;
}

test("integer accepts its bounds and nothing beyond them, no fraction, no other notation", () => {
  const parse = integer({ from: 1, to: 64 });
  assert.deepEqual([parse("1"), parse("64"), parse("007")], [1, 64, 7]);
  for (const text of ["0", "65", "-1", "1.5", "1e1", "0x10", "", " 7", "seven", "NaN"]) {
    assert.equal(refusal(parse, text), "Allowed: an integer from 1 to 64.");
  }
});

test("existingFile accepts a file, and neither a directory nor nothing", () => {
  assert.equal(existingFile(import.meta.filename), import.meta.filename);
  assert.match(refusal(existingFile, import.meta.dirname), /a directory/);
  assert.match(refusal(existingFile, `${import.meta.filename}.missing`), /a file that exists/);
});

test("listOf names the element that is malformed, empty or repeated", () => {
  const parse = listOf({ pattern: /^[0-9A-F]{4}$/, words: "ids of 4 hex digits" });
  assert.deepEqual(parse("0000,00FF"), ["0000", "00FF"]);
  assert.match(refusal(parse, "0000,xyz"), /^"xyz" is wrong or repeated\. Allowed: ids of 4 hex digits/);
  assert.match(refusal(parse, "0000,,0001"), /^"" is wrong or repeated/);
  assert.match(refusal(parse, "0000,0000"), /^"0000" is wrong or repeated/);
});
