// The name of a replica, which both the log and the membership speak of.

/** A replica's identity; unique for ever, also after the replica has been removed. */
export type NodeId = string;
