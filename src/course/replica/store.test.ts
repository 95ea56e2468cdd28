import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeCommand, encodeCommand, type PutCommand, Store } from "./store.ts";

const seed = Number(process.env["KEELSON_SEED"] ?? 20260718);
const text = fc.string({ unit: "binary" });
const command: fc.Arbitrary<PutCommand> = fc.record(
  { client: text, MID: text, key: text, value: text },
  { noNullPrototype: true },
);

test("a key has the value that was put last, and an unknown one has none", () => {
  const store = new Store();
  store.put(put("K", "1"));
  store.put(put("K", "2"));
  assert.equal(store.get("K"), "2");
  assert.equal(store.get("L"), "");
});

test("names that every object has are keys like all others", () => {
  const store = new Store();
  assert.equal(store.get("constructor"), "");
  store.put(put("__proto__", "1"));
  assert.equal(restored(store).get("__proto__"), "1");
  assert.equal(restored(store).get("toString"), "");
});

test("a snapshot restores every key, whatever characters it holds, and replaces what was there", () => {
  fc.assert(
    fc.property(fc.array(command), (commands) => {
      const store = new Store();
      for (const each of commands) store.put(each);
      const other = new Store();
      other.put(put("only here", "1"));
      other.restore(store.snapshot());
      for (const { key } of commands) assert.equal(other.get(key), store.get(key));
      assert.equal(other.get("only here"), store.get("only here"));
      assert.deepEqual(other.snapshot(), store.snapshot());
    }),
    { seed },
  );
});

test("equal stores have equal snapshots, also when one came from a snapshot", () => {
  const store = new Store();
  for (const key of ["b", "a", "c", "b"]) store.put(put(key, key));
  const copy = restored(store);
  for (const one of [store, copy]) one.put(put("a", "2"));
  assert.deepEqual(copy.snapshot(), store.snapshot());
});

test("a command survives the log, and there it is ASCII", () => {
  fc.assert(
    fc.property(command, (sent) => {
      const bytes = encodeCommand(sent);
      assert.ok(bytes.every((byte) => byte < 128));
      assert.deepEqual(decodeCommand(bytes), sent);
    }),
    { seed },
  );
});

function put(key: string, value: string): PutCommand {
  return { client: "0015", MID: "M", key, value };
}

function restored(store: Store): Store {
  const copy = new Store();
  copy.restore(store.snapshot());
  return copy;
}
