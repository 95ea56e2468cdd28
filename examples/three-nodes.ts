// Three Raft nodes in one process: elect a leader, replicate a command, read it back linearizably.
import { type Message, membershipOf, RaftNode } from "keelson/raft";

const ids = ["a", "b", "c"];
const membership = membershipOf(ids);
const nodes = new Map(ids.map((id) => [id, new RaftNode({ id, seed: `demo/${id}` }, { membership })]));
const stores = new Map(ids.map((id) => [id, [] as string[]]));
const network: Message[] = [];
let now = 0;

/** Does what a node asks for, in the order that Ready prescribes. */
function run(id: string, node: RaftNode): void {
  while (node.hasReady()) {
    const ready = node.ready();
    network.push(...ready.messages); // 1. what promises nothing durable
    // 2. here a real node writes ready.hardState and ready.entries to disk
    network.push(...ready.messagesAfterPersist); // 3. votes and acknowledgements
    for (const entry of ready.committedEntries) {
      if (entry.type === "command") stores.get(id)?.push(new TextDecoder().decode(entry.command)); // 4. apply
    }
    for (const read of ready.readStates) console.log(`${id} may serve ${read.context}: ${stores.get(id)}`);
    node.advance(ready); // 5.
  }
}

/** Lets messages travel until nobody has anything to say. */
function settle(): void {
  for (const [id, node] of nodes) run(id, node);
  for (let message = network.shift(); message; message = network.shift()) {
    nodes.get(message.to)?.step(message, now);
    run(message.to, nodes.get(message.to) as RaftNode);
  }
}

const leader = () => [...nodes.values()].find((node) => node.status().role === "leader");
for (; leader() === undefined; now += 100) {
  for (const node of nodes.values()) node.tick(now);
  settle();
}
console.log(`${leader()?.status().id} leads term ${leader()?.status().term}`);
leader()?.propose(new TextEncoder().encode("hello"), now);
leader()?.readIndex("the first read", now);
settle();
for (const [id, store] of stores) console.log(`${id} has applied: ${store}`);
