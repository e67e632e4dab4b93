import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubernetesVolume } from "./kubernetes-volume.js";
import { ask, filesOf, type Login, newLogin } from "./login.js";
import { ServerProcess } from "./server-process.js";

const rotations = 200;

/** Fails the demo: what it shows has to be true. */
function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`This should be so and is not: ${what}`);
}

function say(text: string): void {
  console.log(`▸ ${text}`);
}

const folder = mkdtempSync(join(tmpdir(), "qarion-kubernetes-"));
let server: ServerProcess | undefined;
try {
  await run();
} finally {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  say("Lays out a Secret volume as the kubelet does, and starts the service with the variables of the manifest");
  const first = newLogin();
  const volume = new KubernetesVolume(join(folder, "secrets"), filesOf(first));
  server = await ServerProcess.start(folder, {
    HOST: "127.0.0.1",
    PORT: "0",
    SECRET_PROVIDER: "env",
    SECRETS_DIRECTORY: volume.directory,
  });
  const { baseUrl } = server;
  must((await ready(baseUrl)) === 200, "it is ready");
  must((await ask(baseUrl, first)) === 200, "the password of the volume opens the report");

  say("Rotates: the kubelet swaps the volume, and the next request has to know the new password and no other");
  const second = newLogin();
  volume.update(filesOf(second));
  must((await ask(baseUrl, second)) === 200, "the new password opens it");
  must((await ask(baseUrl, first)) === 401, "the old password does not");

  say(`Rotates ${rotations} times while clients try the user of one version with the password of the next`);
  const { mixed, accepted } = await hammer(baseUrl, volume, second);
  must(mixed === 0, "no request saw half of a rotation");
  must(accepted === rotations, "each new pair was accepted at once");

  say("Takes the password out of the Secret: not ready, and nobody is let in by what was read before");
  const last = newLogin();
  volume.update({ "report-user": last.user });
  must((await ready(baseUrl)) === 503, "it is not ready");
  must((await ask(baseUrl, last)) === 503, "the report stays closed");
  volume.update(filesOf(last));
  must((await ready(baseUrl)) === 200 && (await ask(baseUrl, last)) === 200, "and all is well again");

  must(server.isRunning, "it is the same process");
  must((await server.stop()) === 0, "it ends when the kubelet asks");
  const said = server.output;
  must(![first, second, last].some(({ password }) => said.includes(password)), "no password was logged");
  console.log(
    `\n${rotations + 3} rotations seen by one process without a restart; halves of a rotation seen: ${mixed}.`,
  );
}

async function hammer(baseUrl: string, volume: KubernetesVolume, from: Login) {
  let mixed = 0;
  let accepted = 0;
  let current = from;
  for (let count = 0; count < rotations; count += 1) {
    const next = newLogin();
    const halves = [
      { user: current.user, password: next.password },
      { user: next.user, password: current.password },
    ];
    const tries = Array.from({ length: 8 }, (_, index) => ask(baseUrl, halves[index % 2] as Login));
    await new Promise(setImmediate); // they are on their way
    volume.update(filesOf(next));
    mixed += (await Promise.all(tries)).filter((status) => status === 200).length;
    if ((await ask(baseUrl, next)) === 200) accepted += 1;
    current = next;
  }
  return { mixed, accepted };
}

async function ready(baseUrl: string): Promise<number> {
  const response = await fetch(`${baseUrl}/readyz`);
  await response.body?.cancel();
  return response.status;
}
