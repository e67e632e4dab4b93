// Started by fresh-processes.mjs: calls `measure()` of the module that is named and sends what it returned.
const { measure } = await import(String(process.argv[2]));
process.send?.(await measure());
process.disconnect();
