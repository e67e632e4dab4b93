import type { Secrets } from "@qarion/secrets";
import { createRedactor } from "@qarion/secrets-core/redact";

/** From now on what this process writes to stdout and stderr holds no value that these secrets have read. */
export function redactOutput(secrets: Secrets): void {
  const redactor = createRedactor();
  redactor.follow(secrets);
  for (const output of [process.stdout, process.stderr]) {
    const write = output.write.bind(output);
    const safe = redactor.stream(); // holds back only what may be the beginning of a secret
    const flush = () => {
      let mayGoOn = true;
      for (let text = safe.read(); text !== null; text = safe.read()) mayGoOn = write(text);
      return mayGoOn;
    };
    output.write = (chunk: string | Uint8Array, ...rest: []) => {
      safe.write(chunk, ...rest);
      return flush();
    };
    process.on("exit", () => {
      safe.end();
      flush();
    });
  }
  process.on("uncaughtException", (error) => {
    console.error(error); // Node itself would print it past process.stderr
    process.exit(1);
  });
}
