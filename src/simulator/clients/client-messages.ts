// What clients and replicas say to each other.
import type { OperationRequest } from "../decisions.ts";
import type { WriteResult } from "../store/key-value-store.ts";

/** One attempt of one operation; a retry has the same `seq`. */
export interface ClientRequest {
  readonly type: "ClientRequest";
  readonly client: number;
  readonly seq: number;
  readonly attempt: number;
  readonly request: OperationRequest;
}

export type ClientAnswer =
  /** A get's value; undefined: the key was never written. */
  | { readonly type: "value"; readonly value: string | undefined }
  | { readonly type: "written"; readonly result: WriteResult }
  /** This attempt certainly has no effect; perhaps `leader` knows better. */
  | { readonly type: "refused"; readonly leader: string | undefined };

export interface ClientResponse {
  readonly type: "ClientResponse";
  readonly client: number;
  readonly seq: number;
  readonly attempt: number;
  readonly answer: ClientAnswer;
}
