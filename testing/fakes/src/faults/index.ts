export { type FaultPlan, type FaultScope, faultPlan, type PlannedFault } from "./fault-plan.js";
export { type HttpAnswer, sendAnswer } from "./http-answer.js";
export type { HttpFault } from "./http-fault.js";
export { type HttpFaults, httpFaults } from "./http-faults.js";
export { type LoopbackServer, readBody, startLoopbackServer } from "./loopback-server.js";
