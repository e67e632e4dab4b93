import type { KeyStatus } from "./key-ring.js";

/** What a ciphertext is bound to, for example its column: the same pairs must be given to read it again. */
export type CipherContext = Readonly<Record<string, string>>;

/**
 * A cipher with a ring of keys: it encrypts with the current key and decrypts with any key of the ring. It is
 * synchronous, since the hooks of ORMs are; only the loading of keys is not. Its errors are `CipherError`s; a ring that
 * cannot say which key is current answers with the `SecretsError` that explains why.
 */
export interface Cipher {
  /** For example `"fernet"`, `"aes-256-gcm"`. */
  readonly format: string;
  /** Whether a context becomes part of what is authenticated. A cipher that cannot bind one refuses to be given one. */
  readonly bindsContext: boolean;
  encrypt(plaintext: string | Uint8Array, context?: CipherContext): string;
  /** The plaintext as text; it must be valid UTF-8. */
  decrypt(ciphertext: string, context?: CipherContext): string;
  decryptBytes(ciphertext: string, context?: CipherContext): Uint8Array;
  /** What can be told from the text alone, with no key; `undefined` when it is not of this format. */
  identify(
    ciphertext: string,
  ): { readonly format: string; readonly keyId?: string; readonly createdAt?: Date } | undefined;
  /** The same plaintext under the current key; `changed: false`, and the very same text, when it is under it already. */
  rotate(
    ciphertext: string,
    context?: CipherContext,
  ): { readonly ciphertext: string; readonly changed: boolean; readonly fromKeyId: string; readonly toKeyId: string };
  status(): readonly KeyStatus[];
}

/**
 * Whether a text claims to be a ciphertext of this library: trimmed and unquoted it starts with `gAAAA` (Fernet) or
 * `qs<digit>.` (AES-256-GCM). Such a text is never taken for plaintext, even when it is damaged: a truncated token that
 * counted as plaintext would be handed out as a value, or encrypted once more.
 */
export function claimsToBeCiphertext(text: string): boolean {
  return /^[\s"'`]*(?:gAAAA|qs\d\.)/.test(text);
}
