import { fork } from "node:child_process";

/**
 * Calls `measure()` of a module in processes of its own, one after the other, and resolves to what each returned. What
 * the compiler makes of a loop differs from process to process, and one that was unlucky must not decide.
 * @param {URL} module
 * @param {number} count
 * @returns {Promise<unknown[]>}
 */
export async function inFreshProcesses(module, count) {
  const results = [];
  for (let process = 0; process < count; process += 1) results.push(await inFreshProcess(module));
  return results;
}

/**
 * @param {URL} module
 * @returns {Promise<unknown>}
 */
function inFreshProcess(module) {
  return new Promise((resolve, reject) => {
    /** @type {unknown} */
    let result;
    // The SDK of the peer warns of its own plans at every start.
    const env = { ...process.env, NODE_NO_WARNINGS: "1" };
    const child = fork(new URL("./measure-in-process.mjs", import.meta.url), [module.href], { env });
    child.on("message", (message) => {
      result = message;
    });
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code === 0 && result !== undefined) resolve(result);
      else reject(new Error(`${module.pathname} ended with exit code ${code}`));
    });
  });
}
