export { awsPlugin } from "./aws-plugin.js";
export { type AwsSecretsManagerOptions, awsSecretsManager } from "./aws-secrets-manager.js";
export { awsSecretChanges, type SecretChange } from "./secret-changes.js";
