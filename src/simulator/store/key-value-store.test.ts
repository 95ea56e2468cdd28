import assert from "node:assert/strict";
import test from "node:test";
import { Prng } from "../../base/index.ts";
import { type Command, decodeCommand, encodeCommand } from "./command.ts";
import { KeyValueStore } from "./key-value-store.ts";

const write = (client: number, seq: number, what: Partial<Command>): Command => {
  return { client, seq, kind: "put", key: 0, value: "", expected: "", ...what };
};

test("put, append and cas do what they say", () => {
  const store = new KeyValueStore();
  assert.equal(store.get(0), undefined);
  assert.equal(store.apply(write(0, 1, { kind: "append", value: "a" })), "ok");
  assert.equal(store.apply(write(0, 2, { kind: "append", value: "b" })), "ok");
  assert.equal(store.apply(write(0, 3, { kind: "cas", value: "c", expected: "a" })), "refused");
  assert.equal(store.get(0), "ab");
  assert.equal(store.apply(write(0, 4, { kind: "cas", value: "c", expected: "ab" })), "swapped");
  assert.equal(store.apply(write(0, 5, { key: 7, value: "d" })), "ok");
  assert.deepEqual([store.get(0), store.get(7)], ["c", "d"]);
});

test("a repetition changes nothing and is answered as the first time, also after a snapshot", () => {
  const store = new KeyValueStore();
  store.apply(write(1, 1, { value: "a" }));
  store.apply(write(2, 1, { kind: "cas", value: "b", expected: "a" }));
  store.apply(write(1, 2, { value: "a" }));
  const restored = KeyValueStore.decode(store.encode());
  for (const each of [store, restored]) {
    assert.equal(each.apply(write(2, 1, { kind: "cas", value: "b", expected: "a" })), "swapped");
    assert.equal(each.apply(write(1, 1, { value: "z" })), "old");
    assert.equal(each.get(0), "a");
  }
  assert.equal(restored.hash, store.hash);
});

test("the hash depends on contents alone: not on the way there, and not on passing through a snapshot", () => {
  const prng = new Prng("store");
  const store = new KeyValueStore();
  const hashes = new Set<number>();
  for (let seq = 1; seq <= 300; seq++) {
    const kind = prng.pick(["put", "append", "cas"] as const);
    const key = prng.integer({ from: 0, to: 3 });
    store.apply(
      write(prng.integer({ from: 0, to: 4 }), seq, { kind, key, value: `${seq}`, expected: store.get(key) ?? "" }),
    );
    assert.equal(KeyValueStore.decode(store.encode()).hash, store.hash);
    hashes.add(store.hash);
  }
  assert.equal(hashes.size, 300, "every write changes the hash: its session if nothing else");
  const [one, other] = [new KeyValueStore(), new KeyValueStore()];
  for (const client of [0, 1]) one.apply(write(client, 1, { key: client, value: "x" }));
  for (const client of [1, 0]) other.apply(write(client, 1, { key: client, value: "x" }));
  assert.equal(one.hash, other.hash);
});

test("a command comes back from its bytes", () => {
  for (const command of [
    write(9, 70_000, { kind: "put", key: 300, value: "v" }),
    write(0, 1, { kind: "append", value: ",1" }),
    write(3, 2, { kind: "cas", value: "", expected: "a,b" }),
  ]) {
    assert.deepEqual(decodeCommand(Uint8Array.from(encodeCommand(command))), command);
  }
});
