// Everything that can be seen of a run, event by event: what keyframes hold, and what viewers show beside an event.
import type { TraceEvent } from "./event.ts";
import type { MessageView, OperationView, PartitionView, RunView } from "./keyframe.ts";
import type { TraceRole } from "./replica-events.ts";
import { ReplicaState } from "./replica-state.ts";
import type { TraceNodeId } from "./values.ts";

/** Follows a run from its first event, or from a keyframe. */
export class RunState {
  readonly #replicas = new Map<TraceNodeId, ReplicaState>();
  #partition: PartitionView | undefined;
  readonly #underway = new Map<number, MessageView>();
  readonly #operations = new Map<number, OperationView>();

  constructor(view?: RunView) {
    if (view === undefined) return;
    for (const [id, replica] of Object.entries(view.replicas)) this.#replicas.set(id, new ReplicaState(replica));
    this.#partition = view.partition;
    for (const message of view.underway) this.#underway.set(message.id, message);
    for (const operation of view.operations) this.#operations.set(operation.operation, operation);
  }

  /** A replica's part; undefined while nobody has told it. */
  roleOf(replica: TraceNodeId): TraceRole | undefined {
    return this.#replicas.get(replica)?.role;
  }

  /** A replica's term; undefined while nobody has told it. */
  termOf(replica: TraceNodeId): number | undefined {
    return this.#replicas.get(replica)?.term;
  }

  /** The message that was sent with this id and has met no fate yet. */
  messageUnderway(id: number): MessageView | undefined {
    return this.#underway.get(id);
  }

  /** The operation with this number, while it is open. */
  openOperation(operation: number): OperationView | undefined {
    return this.#operations.get(operation);
  }

  /** Takes the next event. */
  apply(event: TraceEvent): void {
    switch (event.type) {
      case "run":
        for (const id of event.replicas) this.#replica(id);
        return;
      case "send":
        return this.#send(event);
      case "deliver":
      case "drop":
        this.#underway.delete(event.id);
        return;
      case "client-invoke":
        return this.#invoke(event);
      case "client-return":
        this.#operations.delete(event.operation);
        return;
      case "partition":
        return this.#cut(event);
      case "heal":
        this.#partition = undefined;
        return;
      case "annotation":
      case "violation":
      case "replica-output":
      case "clock":
        return;
      default:
        return this.#live(event);
    }
  }

  /** All that is known; a copy. */
  view(): RunView {
    return {
      replicas: Object.fromEntries([...this.#replicas].map(([id, replica]) => [id, replica.view()])),
      ...(this.#partition && { partition: this.#partition }),
      underway: [...this.#underway.values()],
      operations: [...this.#operations.values()],
    };
  }

  #live(event: Extract<TraceEvent, { type: "state" | "timer" | "persist" | LifeType }>): void {
    const replica = this.#replica(event.replica);
    switch (event.type) {
      case "state":
        return replica.tell(event);
      case "timer":
        return replica.timer(event);
      case "persist":
        return replica.persist(event);
      case "restart":
        return replica.restart(event);
      case "kill":
      case "crash":
        return replica.die();
      case "pause":
      case "resume":
        replica.setPaused(event.type === "pause");
    }
  }

  #send({ id, from, to, message, at, heartbeat }: Extract<TraceEvent, { type: "send" }>): void {
    const view = { id, from, to, message, sentAt: at };
    this.#underway.set(id, heartbeat === true ? { ...view, heartbeat } : view);
  }

  #invoke({ operation, client, name, key, value, at }: Extract<TraceEvent, { type: "client-invoke" }>): void {
    const view = { operation, client, name, key, invokedAt: at };
    this.#operations.set(operation, value === undefined ? view : { ...view, value });
  }

  #cut({ groups, oneWay }: Extract<TraceEvent, { type: "partition" }>): void {
    this.#partition = oneWay === undefined ? { groups } : { groups, oneWay };
  }

  #replica(id: TraceNodeId): ReplicaState {
    const known = this.#replicas.get(id);
    if (known !== undefined) return known;
    const replica = new ReplicaState();
    this.#replicas.set(id, replica);
    return replica;
  }
}

type LifeType = "kill" | "crash" | "restart" | "pause" | "resume";
