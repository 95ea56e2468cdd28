// What every engine must do, whatever it is made of: one suite, to be called with each of them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Engine, Write } from "../../src/mvcc/index.ts";

/** An engine under test, and what a test may do to it. */
interface EngineUnderTest {
  readonly engine: Engine;
  /** Waits until all commits are durable. */
  flush(): void | Promise<void>;
  /** The engine as it is found after a crash of the machine; undefined if that cannot be had with this engine. */
  crash: (() => Engine | Promise<Engine>) | undefined;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const put = (key: string, value: string): Write => ({ table: "key", key: bytes(key), value: bytes(value) });
const remove = (key: string): Write => ({ table: "key", key: bytes(key), value: undefined });

function rows(reader: Pick<Engine, "range">, bounds: { from?: string; to?: string } = {}): string[] {
  const { from, to } = bounds;
  const within = { ...(from !== undefined && { from: bytes(from) }), ...(to !== undefined && { to: bytes(to) }) };
  return [...reader.range("key", within)].map(
    ([key, value]) => `${Buffer.from(key).toString("latin1")}=${Buffer.from(value)}`,
  );
}

export function describeEngine(name: string, open: () => EngineUnderTest | Promise<EngineUnderTest>): void {
  describe(name, () => {
    test("rows come in the order of their bytes, within the bounds", async () => {
      const { engine } = await open();
      engine.commit([put("b", "2"), put("a\xff", "1"), put("\xff", "4"), put("a", "0"), put("b\0", "3")]);
      assert.deepEqual(rows(engine), ["a=0", "a\xff=1", "b=2", "b\0=3", "\xff=4"]);
      assert.deepEqual(rows(engine, { from: "a\xff", to: "b\0" }), ["a\xff=1", "b=2"]);
      assert.deepEqual(rows(engine, { from: "c" }), ["\xff=4"]);
    });

    test("a commit carries out its writes in their order, and tables do not mix", async () => {
      const { engine } = await open();
      engine.commit([put("a", "1"), put("a", "2"), put("b", "1"), remove("b"), remove("absent")]);
      engine.commit([{ table: "meta", key: bytes("a"), value: bytes("other") }]);
      assert.deepEqual(rows(engine), ["a=2"]);
      assert.equal(engine.get("key", bytes("b")), undefined);
      assert.equal(Buffer.from(engine.get("meta", bytes("a")) ?? []).toString(), "other");
    });

    test("empty values and keys of 64 bytes are kept", async () => {
      const { engine } = await open();
      engine.commit([put("k".repeat(64), ""), put("x", "y".repeat(2_000_000))]);
      assert.equal(engine.get("key", bytes("k".repeat(64)))?.length, 0);
      assert.equal(engine.get("key", bytes("x"))?.length, 2_000_000);
    });

    test("a view stays as it was", async () => {
      const { engine } = await open();
      engine.commit([put("a", "1"), put("b", "1")]);
      const view = engine.view();
      engine.commit([put("a", "2"), remove("b"), put("c", "1")]);
      assert.deepEqual(rows(view), ["a=1", "b=1"]);
      view.close();
      assert.deepEqual(rows(engine), ["a=2", "c=1"]);
    });

    test("flushed commits are counted, and survive a crash", async () => {
      const under = await open();
      const { engine } = under;
      engine.commit([put("a", "1")]);
      await under.flush();
      assert.deepEqual([engine.commits, engine.flushedCommits], [1, 1]);
      engine.commit([put("a", "2")]);
      assert.equal(engine.commits, 2);
      if (under.crash === undefined) return;
      const [found] = rows(await under.crash());
      assert.ok(found === "a=1" || found === "a=2", found);
    });
  });
}
