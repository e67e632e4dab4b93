import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { generateAesKey } from "@qarion/crypto-aes";
import { generateFernetKey } from "@qarion/crypto-fernet";
import { jwtKeyKind } from "@qarion/jwt-rotation";

// For trying the example out: writes a `.env` with new keys where there is none. A deployment gets its secrets from its
// secret store; a service that made its own at the start would lose all that it encrypted with them.
const lines = [
  `SECRET_KEY=${jwtKeyKind.generate()}`,
  `CONTROL_PLANE_SECRET_KEY=${jwtKeyKind.generate()}`,
  `INSTANCE_ENCRYPTION_KEY=${generateFernetKey()}`,
  `CONNECTOR_ENCRYPTION_KEY=${generateAesKey()}`,
  `ADMIN_PASSWORD=${randomBytes(15).toString("base64url")}`,
];

try {
  writeFileSync(".env", `${lines.join("\n")}\n`, { mode: 0o600, flag: "wx" });
  console.log("Wrote .env with new keys. Sign in as admin@example.com with the ADMIN_PASSWORD that stands there.");
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  console.log("There is a .env already; it stays as it is.");
}
