// keelson: the package's main entry. For now it gathers the parts that have entries of their own; the client of the database joins
// them when the server does.
export * as checker from "./checker/index.ts";
export * as raft from "./raft/index.ts";
