// What the fields of events hold.

/** A replica's or a client's id as the run's messages spell it, for example "0000" or "0015". */
export type TraceNodeId = string;

/** What JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };
