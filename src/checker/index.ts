// Linearizability: checks what clients saw against a model of what they should have seen.
export {
  type CheckRequest,
  type CheckResult,
  checkHistory,
  DEFAULT_BYTES_MAX,
  DEFAULT_STEPS_MAX,
  type OrderedOperation,
  type Violation,
} from "./check.ts";
export type { RecordedOperation } from "./formats/history-event.ts";
export {
  type HistoryFormat,
  type MalformedHistory,
  type ReadHistoryResult,
  type RecordedHistory,
  readHistory,
} from "./formats/read-history.ts";
export { readValue } from "./formats/read-value.ts";
export type { Operation } from "./history.ts";
export {
  ILLEGAL,
  type Machine,
  type Model,
  modelOf,
  type Part,
  partitionBy,
  type Specification,
} from "./model.ts";
export { byKey, type KeyedInput } from "./models/by-key.ts";
export { type CellOperation, type CellValue, compileCell } from "./models/cell.ts";
export { type KeyValueInput, type KeyValueOutput, keyValueModel } from "./models/key-value.ts";
export { type MutexInput, mutexModel } from "./models/mutex.ts";
export {
  type CasRegisterInput,
  type CasRegisterOutput,
  casRegisterModel,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
} from "./models/register.ts";
export {
  type TransactionInput,
  type TransactionOutput,
  type TransactionStep,
  transactionsModel,
} from "./models/transactions.ts";
export {
  checkRecorded,
  FAILED_CAS,
  type FailedCas,
  type RecordedCheckOptions,
  type RecordedCheckResult,
  type RecordedStep,
  type RecordedViolation,
} from "./recorded/check-recorded.ts";
export { MODEL_NAMES, type ModelName } from "./recorded/verbs.ts";
export { timelinePage } from "./timeline/page.ts";
