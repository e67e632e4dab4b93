export type { AwsErrorName } from "./aws-error.js";
export { type AwsServer, type AwsServerOptions, awsFault, startAwsServer } from "./aws-server.js";
export type { AwsCall, AwsCalls } from "./call-journal.js";
export type { Iam } from "./iam.js";
export type { PolicyDocument, PolicyStatement } from "./iam-policy.js";
export { findMoto, type MotoOptions, type MotoServer, startMoto } from "./moto-server.js";
export type { AwsCredentials } from "./sigv4.js";
export type { Seeded, SeedOptions, StoreSeed } from "./store-seed.js";
