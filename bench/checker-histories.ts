// Histories whose verdict is known, made from a seed: clients work on one true object, every operation takes effect at one moment
// between its call and its return, so that the history is linearizable unless a fault is put into it.
import { Prng } from "../src/base/index.ts";
import type { CasRegisterInput, CasRegisterOutput, Operation } from "../src/checker/index.ts";

/** An operation on a register. */
export type RegisterOperation = Operation<CasRegisterInput, CasRegisterOutput>;

/** How a history is made; fractions are of all operations. */
export interface RegisterWorkload {
  readonly seed: string;
  readonly clients: number;
  readonly operations: number;
  /** Values are 0 .. values - 1; the register begins with undefined. */
  readonly values: number;
  readonly reads: number;
  readonly cas: number;
  /** Operations whose client never hears of them; half of them take effect, at any later time. */
  readonly unknown: number;
}

interface Pending {
  readonly client: string;
  readonly input: CasRegisterInput;
  readonly invokedAt: number;
  output: CasRegisterOutput;
  isDone: boolean;
  readonly isLost: boolean;
}

/** A linearizable history of a register that first holds nothing. */
export function registerHistory(workload: RegisterWorkload): readonly RegisterOperation[] {
  const prng = new Prng(workload.seed);
  const history: RegisterOperation[] = [];
  const pending: (Pending | undefined)[] = Array.from({ length: workload.clients }, () => undefined);
  const lost: Pending[] = [];
  let held: CasRegisterOutput;
  let born = workload.clients;
  const names = pending.map((_, index) => String(index));
  const take = (operation: Pending): void => {
    const { input } = operation;
    if (input.kind === "read") operation.output = held;
    if (input.kind === "cas") operation.output = held === input.from;
    if (input.kind === "write") held = input.value;
    if (input.kind === "cas" && operation.output === true) held = input.to;
    operation.isDone = true;
  };
  for (
    let at = 0, begun = 0;
    begun < workload.operations || pending.some((operation) => operation !== undefined);
    at++
  ) {
    const client = prng.integer({ from: 0, to: workload.clients - 1 });
    const operation = pending[client];
    const late = lost[0];
    if (late !== undefined && prng.integer({ from: 0, to: 19 }) === 0) {
      if (prng.integer({ from: 0, to: 1 }) === 0) take(late);
      lost.shift();
    } else if (operation === undefined) {
      if (begun === workload.operations) continue;
      begun += 1;
      const isLost = prng.float() < workload.unknown;
      const input = inputOf(workload, prng);
      pending[client] = { client: names[client] ?? "", input, invokedAt: at, output: undefined, isDone: false, isLost };
    } else if (operation.isLost) {
      history.push({
        process: operation.client,
        input: operation.input,
        invokedAt: operation.invokedAt,
        returned: undefined,
      });
      lost.push(operation);
      names[client] = String(born++);
      pending[client] = undefined;
    } else if (!operation.isDone) {
      take(operation);
    } else {
      const { input, output, invokedAt } = operation;
      history.push({ process: operation.client, input, invokedAt, returned: { at, output } });
      pending[client] = undefined;
    }
  }
  return history;
}

function inputOf({ values, reads, cas }: RegisterWorkload, prng: Prng): CasRegisterInput {
  const draw = prng.float();
  if (draw < reads) return { kind: "read" };
  if (draw < reads + cas)
    return {
      kind: "cas",
      from: prng.integer({ from: 0, to: values - 1 }),
      to: prng.integer({ from: 0, to: values - 1 }),
    };
  return { kind: "write", value: prng.integer({ from: 0, to: values - 1 }) };
}

/** The history with one read made to see another value, if it has a read in its later half; else unchanged. */
export function withWrongRead(
  history: readonly RegisterOperation[],
  { seed, value }: { readonly seed: string; readonly value: CasRegisterOutput },
): readonly RegisterOperation[] {
  const prng = new Prng(seed);
  const reads = history.flatMap(({ input, returned }, index) => (input.kind === "read" && returned ? [index] : []));
  const later = reads.slice(Math.floor(reads.length / 2));
  const chosen = later[Math.floor(prng.float() * Math.max(later.length, 1))];
  return history.map((operation, index) => {
    if (index !== chosen || operation.returned === undefined) return operation;
    return { ...operation, returned: { ...operation.returned, output: value } };
  });
}
