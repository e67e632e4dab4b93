export { type CipherClause, cipherClauses } from "./cipher-clauses.js";
export { cipherConformance } from "./cipher-conformance.js";
export type { CipherHarness, CipherKeys } from "./cipher-harness.js";
export type { ConformanceCase } from "./conformance-case.js";
export { type ProviderClause, providerClauses } from "./provider-clauses.js";
export { providerConformance } from "./provider-conformance.js";
export { featuresOf, type ProviderFeature } from "./provider-features.js";
export type { FailureMode, ProviderHarness, ProviderUnderTest } from "./provider-harness.js";
