import { AwsError } from "./aws-error.js";
import { evaluate, type PolicyDocument, type PolicyStatement, parsePolicy } from "./iam-policy.js";
import type { SecretStore } from "./secret-store.js";

/** What the caller may do: everything, until a test says otherwise. */
export interface Iam {
  /** From now on what these policies allow, and nothing else. The account and region of their ARNs are the server's. */
  apply(...documents: readonly (PolicyDocument | string)[]): void;
  /**
   * Denies an action, on top of all else.
   * @param action such as `GetSecretValue`, or `Get*`
   * @param secret the name or ARN of a secret, which may be a pattern; every one without
   */
  deny(action: string, secret?: string): void;
  /** Everything is allowed again. */
  allowAll(): void;
}

/** The side of it that operations use. */
export interface Authorizer {
  /** @throws AwsError AccessDeniedException, for an action on no resource */
  account(operation: string): void;
  /**
   * A secret is judged by its stored ARN, however it was asked for. One that is not there is judged by an ARN with six
   * made-up characters, before anything says that it is not there.
   * @throws AwsError AccessDeniedException
   */
  secret(operation: string, secretId: string): void;
}

const ALLOW_ALL: readonly PolicyStatement[] = [{ Effect: "Allow", Action: "*", Resource: "*" }];

export function iam(store: SecretStore, accountId: string): Iam & { readonly authorize: Authorizer } {
  const caller = `arn:aws:iam::${accountId}:user/test`;
  let applied = ALLOW_ALL;
  let denied: readonly PolicyStatement[] = [];

  const judge = (operation: string, resource: string, onResource: string) => {
    const action = `secretsmanager:${operation}`;
    const verdict = evaluate([...applied, ...denied], action, resource);
    if (verdict === "allowed") return;
    const why =
      verdict === "explicitDeny"
        ? "with an explicit deny in an identity-based policy"
        : `because no identity-based policy allows the ${action} action`;
    const what = `User: ${caller} is not authorized to perform: ${action}${onResource} ${why}`;
    throw new AwsError("AccessDeniedException", what);
  };

  return {
    apply(...documents) {
      applied = documents.flatMap(parsePolicy);
    },
    deny(action, secret) {
      denied = [
        ...denied,
        {
          Effect: "Deny",
          Action: `secretsmanager:${action}`,
          Resource:
            secret === undefined ? "*" : secret.startsWith("arn:") ? secret : `${store.arnPrefix}${secret}-??????`,
        },
      ];
    },
    allowAll() {
      applied = ALLOW_ALL;
      denied = [];
    },
    authorize: {
      account: (operation) => judge(operation, "*", ""),
      secret(operation, secretId) {
        const stored = store.find(secretId)?.arn;
        const wouldBe = secretId.startsWith("arn:") ? secretId : store.newArn(secretId);
        judge(operation, stored ?? wouldBe, ` on resource: ${secretId}`);
      },
    },
  };
}
