import { offer } from "./app.js";

// No `worker`: the bundler finds the package's own.
offer({});
