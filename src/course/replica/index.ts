// The course's replica as a function of its inputs; main.ts is the process around it.
export { CourseReplica, type CourseReplicaOptions, type Outgoing } from "./course-replica.ts";
export { courseSettings, type ReplicaSettings } from "./settings.ts";
