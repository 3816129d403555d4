/** The vendored .proto files as one protobufjs reflection root, with the names as written. */
import { join } from "node:path";

import protobuf from "protobufjs";

/** The directory of the vendored .proto files. */
export const PROTO_DIRECTORY = join(import.meta.dirname, "../proto/");

/** The files that pull in every other one the gateway needs. */
const ENTRY_FILES = [
  "opentelemetry/proto/collector/trace/v1/trace_service.proto",
  "opentelemetry/proto/collector/metrics/v1/metrics_service.proto",
  "opentelemetry/proto/collector/logs/v1/logs_service.proto",
  "google/rpc/status.proto",
  "google/rpc/error_details.proto",
];

/**
 * Loads proto/ from disk. Field names stay snake_case, as in the files.
 *
 * @returns the resolved root
 * @throws when a file is missing or does not parse: a broken checkout
 */
export function loadProtoRoot(): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => {
    // google/protobuf/*.proto (any, duration) come with protobufjs, as common definitions.
    return protobuf.common.get(target) === null ? `${PROTO_DIRECTORY}${target}` : target;
  };
  root.loadSync(ENTRY_FILES, { keepCase: true });
  root.resolveAll();
  return root;
}
