/** What a cipher promises: each clause with how to meet it. Their texts are stable, so a harness can `skip` by them. */
export const cipherClauses = {
  "encrypt: any text comes back as it was": "Encode as UTF-8 and decode the same bytes; normalise and trim nothing.",
  "encrypt: an empty plaintext is encrypted like any other":
    "Compare with undefined, not by truth: an empty string returned as it is would be stored in the clear.",
  "encrypt: any bytes come back as they were": "Encrypt bytes as they are, and answer decryptBytes with them.",
  "encrypt: 1 MiB comes back whole": "Join every part that the cipher yields, the final one included.",
  "encrypt: two ciphertexts of one plaintext differ":
    "Take a fresh random IV for every ciphertext; with GCM one used twice gives the authentication key away.",
  "encrypt: a ciphertext is not encrypted again":
    "Refuse what claims to be a ciphertext, in quotes, white space or bytes too, with ERR_CIPHER_PLAINTEXT.",
  "encrypt: what is no plaintext is refused":
    "Take strings and Uint8Arrays, refuse all else and half surrogate pairs with ERR_CIPHER_PLAINTEXT.",
  "decrypt: any changed character is refused":
    "Authenticate every byte, header included, before anything else, and accept one text for one ciphertext.",
  "decrypt: a shortened text is refused":
    "Demand the full length of IV and tag: Node's GCM takes tags of 4 bytes unless told.",
  "decrypt: a lengthened text is refused":
    "Decode strictly: no white space, quotes, padding or bytes that do not belong.",
  "decrypt: what is no ciphertext is malformed, and never plaintext":
    "Throw ERR_CIPHER_MALFORMED; a fallback that returns the input turns damage into data.",
  "decrypt: what is no string is refused": "Check `typeof` before parsing, and throw ERR_CIPHER_MALFORMED.",
  "decrypt: bytes that are no UTF-8 are not handed out as text":
    "Decode strictly (`isUtf8`), and throw ERR_CIPHER_MALFORMED, where decryptBytes gives the bytes.",
  "decrypt: the bytes handed out are nobody else's":
    "Copy what comes in and goes out; do not change the caller's bytes.",
  "keys: the wrong key opens nothing":
    "Check the MAC or tag, not the padding: a wrong key passes CBC's padding about 1 time in 256.",
  "keys: a previous key opens and does not encrypt": "Encrypt with the first key of the ring, open with any.",
  "keys: an id belongs to the key, whatever place it has":
    "Make the id from the key, and not from its slot or the ring.",
  "context: another, a missing or an extra one is refused": "Put every pair into the associated data.",
  "context: pairs are told apart however they are cut":
    "Put the length before each name and value, so that no two contexts have one encoding.",
  "context: the order of the pairs does not matter": "Sort the pairs by name before encoding them.",
  "context: a cipher that binds none refuses to be given one":
    "Throw ERR_CIPHER_CONTEXT: ignoring it would let the caller believe that it protects.",
  "identify: tells the format without a key": "Parse the text alone, and tell the key's id where it names one.",
  "identify: knows no foreign text, and never throws": "Return undefined for all that is not of this format.",
  "rotate: the plaintext moves to the current key":
    "Open with any key, encrypt with the current one, keep bytes and context.",
  "rotate: what is under the current key stays the very same text":
    "Return the text that was given, with changed: false, so that a second run writes nothing.",
  "rotate: what cannot be opened is refused": "Open before anything is returned, the current key's texts too.",
  "status: tells each key's state and counts its uses":
    "One KeyStatus a key, the current one first; count what encrypts and what opens, not what fails.",
  "errors: each is a CipherError with a stable code": "Throw CipherError, and choose the code by what is wrong.",
  "leaks: no error shows a plaintext or ciphertext":
    "Put neither into a message or cause, JSON.parse's quotes included.",
  "leaks: nothing that is printed shows a plaintext or key": "Print nothing.",
  "leaks: no error or status shows a key":
    "Show key ids only, made by HMAC with the key: a plain digest confirms a guess.",
} as const satisfies Record<string, string>;

export type CipherClause = keyof typeof cipherClauses;
