import { createSecrets, memoryProvider } from "@qarion/secrets-core";
import { redactOutput } from "../../src/redact-output.js";

const { PLANTED: value = "", CASE: what } = process.env;
const half = Math.floor(value.length / 2);

const cases: Readonly<Record<string, () => void>> = {
  console() {
    console.log("to stdout %s", value);
    console.error(new Error(`to stderr ${value}`).message);
    console.table([{ value }]);
  },
  split() {
    for (const output of [process.stdout, process.stderr]) {
      output.write(`first ${value.slice(0, half)}`);
      output.write(Buffer.from(`${value.slice(half)} last\n`));
    }
  },
  tail() {
    process.stdout.write(`ends with ${value.slice(0, half)}`);
    process.exit(0);
  },
  prompt() {
    process.stdout.write("prompt> ");
    process.stderr.write("shown before the process ends\n");
    process.kill(process.pid, "SIGKILL"); // no exit handler runs
  },
  callback() {
    process.stdout.write(`${value}\n`, () => process.stdout.write("called back\n"));
  },
  large() {
    for (let lines = 0; lines < 200; lines += 1) process.stdout.write(`${"x".repeat(10_000)}${value}\n`);
  },
  chunks() {
    for (let chunks = 0; chunks < 5; chunks += 1) process.stdout.write(`${"x".repeat(100_000)}${value}\n`);
    setImmediate(() => process.stderr.write(String(written)));
  },
  throw() {
    throw new Error(`thrown with ${value}`);
  },
  reject() {
    void Promise.reject(new Error(`rejected with ${value}`));
  },
};

/** How much text has come as far as stdout itself. */
let written = 0;

async function main(): Promise<void> {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (text: string | Uint8Array, ...rest: []) => {
    written += text.length;
    return write(text, ...rest);
  };
  const secrets = createSecrets({ provider: memoryProvider({ API_KEY: value }) });
  redactOutput(secrets);
  await secrets.get("API_KEY");
  cases[what ?? ""]?.();
}

void main();
