// What the world asks its host to do. The host runs the effects in order, on real processes or on replicas in memory.
import type { Address, ClientRequest } from "../protocol.ts";

/** `Packet` is whatever the host handed in with a replica's message; it goes out unchanged. */
export type Effect<Packet> =
  | { readonly type: "deliver"; readonly to: Address; readonly packet: Packet }
  | { readonly type: "request"; readonly to: Address; readonly message: ClientRequest }
  | { readonly type: "kill" | "pause" | "resume" | "restart"; readonly replica: Address }
  /** Nothing more will happen; the host ends all replicas and then asks for the result. */
  | { readonly type: "finish" };
