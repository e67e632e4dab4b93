/** Which of the servers this one is. They differ in few answers, and a client must get on with each. */
export type VaultProduct =
  /** HashiCorp Vault, Community Edition: no namespaces, no X-Vault-Index. */
  | "vault"
  /** HashiCorp Vault Enterprise. */
  | "vault-enterprise"
  | "openbao";

export interface ProductTraits {
  readonly version: string;
  /** The name of the command line, which stands in warnings. */
  readonly cli: string;
  readonly tokenPrefix: string;
  readonly hasNamespaces: boolean;
  /** Writes answer with X-Vault-Index, and a node that lacks what a request requires answers 412. */
  readonly hasIndex: boolean;
  /** A token that is not valid gets a line of its own beside "permission denied". */
  readonly namesInvalidToken: boolean;
  /** A header that names no namespace is refused, instead of being taken for the start of the path. */
  readonly refusesUnknownNamespace: boolean;
  readonly hasMountType: boolean;
}

const VAULT: ProductTraits = {
  version: "1.20.4",
  cli: "vault",
  tokenPrefix: "hvs.",
  hasNamespaces: false,
  hasIndex: false,
  namesInvalidToken: true,
  refusesUnknownNamespace: false,
  hasMountType: true,
};

export const PRODUCT_TRAITS: Readonly<Record<VaultProduct, ProductTraits>> = {
  vault: VAULT,
  "vault-enterprise": { ...VAULT, version: "1.20.4+ent", hasNamespaces: true, hasIndex: true },
  openbao: {
    ...VAULT,
    version: "2.4.1",
    cli: "bao",
    tokenPrefix: "s.",
    hasNamespaces: true,
    namesInvalidToken: false,
    refusesUnknownNamespace: true,
    hasMountType: false,
  },
};
