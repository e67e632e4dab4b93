/**
 * Values that are published as examples or defaults, letters and digits only, in lower case: in tutorials (FastAPI's
 * JWT page), on jwt.io, in RFC 7515 appendix A.1, in the self-hosting guides of well-known products, in scaffolds.
 */
const published = new Set([
  "",
  "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
  "0123456789abcdef0123456789abcdef",
  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
  "12345678901234567890123456789012",
  "abcdefghijklmnopqrstuvwxyz123456",
  "aym1sysppbydfgzld3umj1qzkobwvmkoqqestjqlrt1qs0gzh75aktmn3yj0ips4hcguutwjazzr1z9caow",
  "astringsecretatleast256bitslong",
  "astringsecretatleast384bitslongabcdefghijklmnopqrs",
  "averysecretkey",
  "default",
  "devsecret",
  "devsecretkey",
  "developmentsecretkey",
  "insecure",
  "jwtsecret",
  "jwtsecretkey",
  "keyboardcat",
  "mysecret",
  "mysecretkey",
  "mysupersecretkey",
  "notasecret",
  "notsecret",
  "password",
  "qwertyuiopasdfghjklzxcvbnm123456",
  "secret",
  "secretkey",
  "secretkeyhere",
  "secretsecretsecretsecretsecretse",
  "shhhhh",
  "somesecret",
  "supersecret",
  "supersecretjwttokenwithatleast32characterslong",
  "supersecretkey",
  "test",
  "testsecret",
  "testsecretkey",
  "thisisasecret",
  "thisisasecretkey",
  "thisisaverysecretkey",
  "thisisnotasecret",
  "topsecret",
  "verysecret",
  "verysecretkey",
]);

/** What placeholders say of themselves. */
const placeholder =
  /changeme|changethis|changeit|changeinprod|replaceme|replacethis|yoursecret|your256bitsecret|your384bitsecret|your512bitsecret|^djangoinsecure|devonly|donotuse|insecurekey|insecuresecret/;

/**
 * Why a value is too well known to be a key; `undefined` when nothing is known against it. It says nothing of length,
 * which each kind of key has rules of its own for, and its answer never holds the value.
 */
export function weakness(value: string | Uint8Array): string | undefined {
  const text = typeof value === "string" ? value : Buffer.from(value).toString("latin1");
  const bare = text.toLowerCase().replace(/[^a-z0-9]/g, "");
  if (text.trim() === "") return "it is empty";
  // A key of random bytes may hold few letters or digits, or none; only one of plain text is looked up.
  if (bare === "" || !/^[\x20-\x7e\s]*$/.test(text)) return undefined;
  if (published.has(bare)) return "it is a published example or default value";
  if (placeholder.test(bare)) return "it is a placeholder that was meant to be replaced";
  return undefined;
}
