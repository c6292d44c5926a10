/** A call's arguments → the job that a worker gets. */

import { OverlayError } from "../errors.js";
import { prepareWirePlanes } from "../masks/wire-planes.js";
import type { IdentityOptions, InstanceRule, WriteOptions } from "../values/options.js";
import type { PlaneInput } from "../values/plane.js";
import type { RunOptions } from "./pool.js";
import type { FilePart, WriteRequest } from "./protocol.js";

/** A request, and how it is run. */
export interface EditJob {
  readonly request: WriteRequest;
  readonly run: RunOptions;
}

/** What an export knows of a file beside its planes. */
export interface WriteRules extends WriteOptions {
  readonly skipEmpty?: boolean | undefined;
  /** What was read of the file already. */
  readonly parts?: readonly FilePart[] | undefined;
}

/** @throws OverlayError `invalid-mask`, `invalid-plane` or `invalid-request` for what the caller gave. */
export function writeJob(source: Blob, inputs: readonly PlaneInput[], rules: WriteRules): EditJob {
  const { transfer, ...wire } = prepareWirePlanes(
    requirePlanes(inputs),
    rules.buffers ?? "copy",
    rules.existing,
  );
  const request: WriteRequest = {
    source,
    parts: rules.parts ?? [],
    ...wire,
    empty: rules.skipEmpty ? "skip" : "write",
    ...identityOf(rules),
  };
  return { request, run: { transfer, signal: rules.signal } };
}

/** What the changed file is, and whether notices are errors: the same for writing and removing. */
export function identityOf(rules: IdentityOptions): Pick<WriteRequest, "instance" | "series" | "strict"> {
  return {
    instance: requireInstance(rules.instance),
    series: {
      seriesInstanceUid: rules.seriesInstanceUid,
      seriesNumber: rules.seriesNumber,
      seriesNumbersInUse: rules.seriesNumbersInUse,
      seriesDescription: rules.seriesDescription,
    },
    strict: rules.strict ?? false,
  };
}

function requirePlanes(inputs: readonly PlaneInput[]): readonly PlaneInput[] {
  if (Array.isArray(inputs)) return inputs;
  throw new OverlayError("invalid-request", "Expected a list of planes.", { field: "planes" });
}

function requireInstance(rule: InstanceRule | undefined): InstanceRule {
  if (rule === undefined || rule === "keep" || rule === "derived") return rule ?? "keep";
  throw new OverlayError("invalid-request", 'Expected "keep" or "derived".', { field: "instance" });
}
