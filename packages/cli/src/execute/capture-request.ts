/**
 * A protoc plugin that keeps its request in the file named by its argument, and generates nothing: an empty
 * response is a valid one. buf runs it where what buf does to descriptors cannot be had otherwise.
 */
import { readFileSync, writeFileSync } from "node:fs";

writeFileSync(process.argv[2] ?? "", readFileSync(0));
