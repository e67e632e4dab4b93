export { createRedactor, type Redactor, type RedactorOptions } from "./redactor.js";
