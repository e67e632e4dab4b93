// `pnpm check:text`: no file names the host of a package registry or a path of somebody's machine.
import { forbiddenTextIn, workspaceFiles } from "./lib/forbidden-text.mjs";
import { workspaceRoot } from "./lib/workspace.mjs";

const findings = forbiddenTextIn(workspaceRoot);
for (const finding of findings) console.error(finding);
console.log(`${workspaceFiles(workspaceRoot).length} files read, ${findings.length} findings`);
if (findings.length > 0) process.exitCode = 1;
