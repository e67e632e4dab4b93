/** What a provider promises: each clause with how to meet it. Their texts are stable, so a harness can `skip` by them. */
export const providerClauses = {
  "get: text comes back as it was stored":
    "Return the value as the store holds it; parse, decode or unquote nothing, JSON least of all.",
  "get: any Unicode comes back as it was stored":
    "Decode what the store sends as UTF-8, once, and do not normalise or drop a byte order mark.",
  "get: white space and line ends are part of the value":
    "Do not trim. A file's one closing newline is the file's; every other one belongs to the value.",
  "get: an empty string is a value":
    "Tell a missing value from an empty one by comparing with undefined or null, never by truth (`value || …`, `if (!value)`).",
  "get: bytes come back as they were stored":
    "Return what is not text as a Uint8Array; decoding bytes as UTF-8 replaces what is invalid.",
  "get: 64 KiB come back whole": "Read the answer to its end, over as many chunks or pages as it has.",
  "get: the next call sees a change": "Keep no cache: it is core's, and a second one hides rotations from it.",
  "get: what is handed out is a copy": "Copy bytes before handing them out (`Uint8Array.from(bytes)`).",
  "get: 50 reads at once get their own answers":
    "Keep the state of a call in the call, not in a field of the provider.",
  "not found: a missing secret is ERR_SECRETS_NOT_FOUND":
    "Throw what classifyError maps to ERR_SECRETS_NOT_FOUND, or a SecretsError of that code; return no empty value.",
  "not found: it is not remembered": "Keep no cache of failures: a secret may be created a moment later.",
  "names: those of Object.prototype are names like any other":
    "Look names up in a Map, or by Object.hasOwn; a plain object inherits `constructor` and `toString`.",
  "names: none climbs to another secret":
    "Encode each segment of a name in a path or URL, refuse `.`, `..`, empty segments, backslash and NUL, normalise nothing.",
  "errors: denied is ERR_SECRETS_ACCESS_DENIED":
    "Map the store's refusal in classifyError. Reported as missing, it would let a weaker source stand in.",
  "errors: throttled is ERR_SECRETS_THROTTLED":
    "Map it by the error's name or code; several stores throttle with HTTP 400. Only so the last good value is served.",
  "errors: unavailable is ERR_SECRETS_UNAVAILABLE":
    "Map the store's 5xx and sealed states in classifyError, and leave errors of DNS and sockets to core.",
  "errors: unauthenticated is ERR_SECRETS_UNAUTHENTICATED":
    "Tell the provider's own bad or expired credentials from a refused read: the one is an outage, the other is final.",
  "errors: none outlives its cause": "Keep nothing of a failed call: the next call asks the store again.",
  "errors: classifyError leaves what it does not know to core":
    "Return undefined for foreign errors, aborts, DNS and sockets, and never throw; a default of not-found hides bugs.",
  "batch: each reference gets its own answer, under the very object passed in":
    "Fill the Map with the references as keys (`answers.set(ref, …)`), not with names or copies.",
  "batch: one that fails does not fail the others":
    "Put an Error in the Map for that reference alone, and let only what concerns the whole call reject.",
  "batch: a reference that stands there twice is answered twice":
    "Answer every reference passed in; ask the store once for equal ones if you like.",
  "batch: an empty batch is empty": "Return an empty Map without asking: several stores refuse an empty list.",
  "batch: 45 references are all answered": "Split by the store's limit and follow its next-page token to the end.",
  "batch: an outage is told as one":
    "Reject, or give each reference that error; never leave references out and never call them missing.",
  "version: it moves with the value and stays with it":
    "Return the store's own version id. Where there is none, count the values seen, or leave it out.",
  "version: it is not derived from the value":
    "A digest of a secret lets whoever sees it test guesses, and lets equal secrets be seen.",
  "version: a version can be read by its id": "Pass ref.version on; when it is given, it decides and not the stage.",
  "version: an unknown one is not answered": "Never fall back to the current value.",
  "stages: previous is not the current value": "Pass ref.stage on, and make it part of every key you look up by.",
  "stages: pending is not the current value": "Pass ref.stage on, and make it part of every key you look up by.",
  "stages: an absent one is not found, and never the current value":
    "Throw not-found where the stage holds nothing: a fallback would let a revoked or unborn key pass for another.",
  "describe: it agrees with get": "Return the version (and activatedAt) that get returns at that moment, and no value.",
  "describe: a missing secret is ERR_SECRETS_NOT_FOUND": "Let the store's not-found through, as in get.",
  "list: it yields names and nothing else": "Yield `{ name }`, one object a secret, each name as get takes it.",
  "list: it honours the prefix": "Filter by `name.startsWith(prefix)`, here if the store cannot, and yield full names.",
  "put: what is written is read, under the version that was told":
    "Write the value untouched, return the new version's id, and wait until the store has it.",
  "put: the value replaced becomes the previous one":
    "Write a new version, move current to it and previous to the one before; do not overwrite.",
  "put: a pending value leaves the current one alone": "Write to the stage of the reference, and to no other.",
  "put: with ifVersion it writes only over that version, however many try at once":
    "Leave check and write to the store, in one step (a compare and swap); a look before the write lets two writers pass.",
  "promote: pending becomes current, and current previous":
    "Move the stages in one step, so that no reader finds the current one missing.",
  "promote: an unknown version is refused and nothing moves":
    "Check that the version exists before anything is moved, and throw what is classified as not found.",
  "watch: it ends when its signal aborts": "Stop waiting on abort and return; throw only when watching itself fails.",
  "abort: a call whose signal is aborted already ends at once":
    "Pass the signal to the client, or call `signal.throwIfAborted()` first; an abort is not an outage.",
  "abort: a call under way ends when its signal aborts":
    "Pass the signal to the client (`fetch(url, { signal })`, `client.send(command, { abortSignal: signal })`).",
  "deadline: a store that never answers is ERR_SECRETS_TIMEOUT":
    "Leave the deadline to core; one of your own is mapped to ERR_SECRETS_TIMEOUT.",
  "close: it can be called twice": "Let the second call do nothing.",
  "close: later calls are ERR_SECRETS_CLOSED":
    'Throw `new SecretsError("ERR_SECRETS_CLOSED")` from every method once close() was called.',
  "leaks: no error shows a value":
    "Put names into messages and hints, never values, answers, headers or a client's error; catch JSON.parse, which quotes.",
  "leaks: nothing that is printed shows a value":
    "Print nothing; who wants to know what happens listens to core's events.",
  "capabilities: they tell the truth":
    "Say `stages` and `versions` as they are, leave out methods that cannot work, let maxAgeMs be 0 or more.",
} as const satisfies Record<string, string>;

export type ProviderClause = keyof typeof providerClauses;
