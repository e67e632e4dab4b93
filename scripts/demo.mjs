// `npm run demo`: sets the workspace up, builds examples/control-plane with what it needs and runs its demo, on a machine with
// only Node and npm. Arguments after `--` go to the demo.
import { join } from "node:path";
import { build } from "./lib/build.mjs";
import { install } from "./lib/install.mjs";
import { runCommand } from "./lib/run-command.mjs";
import { runScript } from "./lib/run-script.mjs";
import { workspaceRoot } from "./lib/workspace.mjs";

const example = "examples/control-plane";
const exampleName = "@qarion-examples/control-plane";

await runScript(async (steps) => {
  await install(steps);
  await build(steps, `Build ${example} and the packages it uses`, [`${exampleName}...`]);
  await steps.run(`Run the demo of ${example}`, () =>
    // npm and not pnpm: on a terminal pnpm remarks that its install script, like all others, was not run.
    runCommand("npm", ["run", "demo", "--", ...process.argv.slice(2)], {
      cwd: join(workspaceRoot, example),
      output: "show",
      interactive: true,
    }),
  );
  process.stdout.write(`\nSummary\n${steps.table()}`);
});
