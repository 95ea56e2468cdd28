// Planted bugs of the shell around the core: its disk, its state machine, its clients' sessions.
import type { PlantedBug } from "../planted-bug.ts";

const REPLICA = "src/simulator/replica.ts";
const STORAGE = "src/simulator/disk/replica-storage.ts";
const STORE = "src/simulator/store/key-value-store.ts";

export const shellBugs: readonly PlantedBug[] = [
  {
    name: "promises-sent-before-sync",
    number: 2,
    does: "the shell sends everything at once, without waiting for the disk",
    patches: [
      {
        file: REPLICA,
        find: "    for (const message of ready.messages) this.#observer.sent(this, message);\n",
        replace:
          "    for (const message of [...ready.messages, ...ready.messagesAfterPersist]) this.#observer.sent(this, message);\n",
      },
      {
        file: REPLICA,
        find: "    for (const message of ready.messagesAfterPersist) this.#observer.sent(this, message);\n",
        replace: "",
      },
    ],
    kind: "D",
    ceiling: 200,
  },
  {
    name: "vote-saved-after-term",
    number: 3,
    does: "a vote reaches the disk with the write after the one that saves its term",
    patches: [
      { file: STORAGE, find: "  #named = false;\n", replace: "  #named = false;\n  #late: HardState | undefined;\n" },
      {
        file: STORAGE,
        find: "    const { bytes, checksum } = encodeRecord(record, { previous: this.#checksum, sequence: ++this.#sequence });\n",
        replace:
          "    const late = this.#late;\n    const now = record.hardState;\n    this.#late = now ?? late;\n    const hardState = now === undefined ? late : { ...now, votedFor: late?.currentTerm === now.currentTerm ? now.votedFor : undefined };\n    const { bytes, checksum } = encodeRecord({ ...record, hardState }, { previous: this.#checksum, sequence: ++this.#sequence });\n",
      },
    ],
    kind: "D",
    ceiling: 1000,
  },
  {
    name: "wiped-node-rejoins",
    number: 32,
    does: "a node that lost its disk comes back under its old id, and votes",
    patches: [
      { file: REPLICA, find: "    this.retired = true;\n", replace: "" },
      {
        file: REPLICA,
        find: "    this.#disk.wipe();\n",
        replace: "    this.#disk.wipe();\n    this.syncedSequence = 0;\n    this.#surviving = undefined;\n",
      },
    ],
    kind: "S",
    ceiling: 300,
  },
  {
    name: "read-before-applied",
    number: 39,
    does: "a read is served at once, though its index is not applied yet",
    patches: [
      { file: REPLICA, find: "waiting.filter(({ readIndex }) => readIndex > running.appliedIndex);", replace: "[];" },
      {
        file: REPLICA,
        find: "if (read.readIndex <= running.appliedIndex) this",
        replace: "this",
      },
    ],
    kind: "S",
    ceiling: 100,
  },
  {
    name: "sessions-not-in-snapshot",
    number: 49,
    does: "a snapshot leaves out what clients were answered, so that a retry is applied twice",
    patches: [{ file: STORE, find: 'sessions.sort().join("\\n")', replace: '""' }],
    kind: "S",
    ceiling: 300,
  },
  {
    name: "no-sessions",
    number: 50,
    does: "a retry is applied like a new operation",
    patches: [
      {
        file: STORE,
        find: '    if (session !== undefined && seq <= session.seq) return seq === session.seq ? session.result : "old";\n',
        replace: "",
      },
    ],
    kind: "S",
    ceiling: 50,
  },
  {
    name: "torn-tail-kept",
    number: 62,
    does: "a restart leaves the torn end of the log where it is, and writes on behind it",
    patches: [
      {
        file: STORAGE,
        find: "    if (validBytes < bytes.length) this.#disk.truncate(LOG, validBytes);\n",
        replace: "",
      },
    ],
    kind: "D",
    ceiling: 200,
  },
  {
    name: "sync-error-ignored",
    number: 64,
    does: "the shell carries on when a sync fails",
    patches: [
      { file: STORAGE, find: "    if (!this.#disk.sync(LOG)) return false;\n", replace: "    this.#disk.sync(LOG);\n" },
    ],
    kind: "D",
    ceiling: 200,
  },
  {
    name: "directory-not-synced",
    number: 65,
    does: "a new log takes the place of the old one without a sync of the directory",
    patches: [
      { file: STORAGE, find: "    if (!this.#disk.syncDirectory()) return false;\n", replace: "" },
      {
        file: STORAGE,
        find: "    this.#named ||= this.#disk.syncDirectory();\n",
        replace: "    this.#named = true;\n",
      },
    ],
    kind: "D",
    ceiling: 300,
  },
  {
    name: "tail-lost-in-compaction",
    number: 122,
    does: "compaction writes the snapshot without the entries after it",
    patches: [
      {
        file: REPLICA,
        find: "this.#storage.beginReplace({ snapshot, entries: log.entriesAfter(index), hardState });",
        replace: "this.#storage.beginReplace({ snapshot, entries: [], hardState });",
      },
    ],
    kind: "D",
    ceiling: 300,
  },
  {
    name: "hard-state-lost-in-compaction",
    number: 123,
    does: "compaction writes the snapshot without the vote",
    patches: [
      {
        file: REPLICA,
        find: "this.#storage.beginReplace({ snapshot, entries: log.entriesAfter(index), hardState });",
        replace:
          "this.#storage.beginReplace({ snapshot, entries: log.entriesAfter(index), hardState: hardState && { ...hardState, votedFor: undefined } });",
      },
    ],
    kind: "D",
    ceiling: 1000,
  },
  {
    name: "replaced-log-not-synced",
    number: 124,
    does: "a new log takes the place of the old one before its bytes are durable",
    patches: [{ file: STORAGE, find: "    if (!this.#disk.sync(NEW_LOG)) return false;\n", replace: "" }],
    kind: "D",
    ceiling: 300,
  },
];
