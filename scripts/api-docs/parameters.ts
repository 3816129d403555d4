/** The tables of parameters and formats in docs/api.md, from the OpenAPI document. */
import {
  type Parameter,
  type ParameterUse,
  SHARED_PARAMETERS,
} from "../../worker/api/openapi-parameters.ts";
import { PATHS } from "../../worker/api/openapi-paths.ts";
import { isFilterParameter } from "../../worker/query/filter/params.ts";
import { COMMON_PARAMETERS } from "../../worker/query/params.ts";
import { COLUMN_NAMES } from "../../worker/query/render/csv-columns.ts";
import { FORMATS } from "../../worker/query/render/format.ts";
import { renderTable } from "../bench/markdown.ts";

const FREE_PARAMETER = "attributes";

/** What every question takes. */
export function renderCommonParameters(): string {
  return renderTable(
    ["parameter", "meaning"],
    COMMON_PARAMETERS.map((name) => [`\`${name}\``, SHARED_PARAMETERS[name]?.description ?? ""]),
  );
}

/** What each question takes besides. */
export function renderQuestions(): string {
  const rows = Object.entries(PATHS).flatMap(([path, { get }]) => {
    const parameters = (get?.parameters ?? []).map(resolve).filter(isInQuery);
    if (parameters.length === 0) {
      return [];
    }
    const names = parameters.map(({ name }) => name);
    const limit = parameters.find(({ name }) => name === "limit");
    const common: readonly string[] = COMMON_PARAMETERS;
    const own = names.filter((name) => !common.includes(name) && !isFilter(name));
    return [
      [
        `\`${path.replace("/api/telemetry/", "")}\``,
        own.map((name) => `\`${name}\``).join(", "),
        names.some(isFilter) ? "yes" : "no",
        limit === undefined ? "" : limitOf(limit),
      ],
    ];
  });
  return renderTable(["question", "parameters", "filters", "`limit`"], rows);
}

function limitOf({ schema, description }: Parameter): string {
  return `${schema.default} by default. ${description ?? `At most ${schema.maximum}`}`;
}

/** What forms an answer can have. */
export function renderFormats(): string {
  return renderTable(
    ["`format`", "Content-Type", "saved as"],
    Object.entries(FORMATS).map(([name, { contentType, fileSuffix }]) => [
      `\`${name}\``,
      `\`${contentType}\``,
      fileSuffix === undefined ? "" : `\`….${fileSuffix}\``,
    ]),
  );
}

/** The columns of a table for which no fields are named. */
export function renderColumns(): string {
  return COLUMN_NAMES.map((name) => `\`${name}\``).join(", ");
}

function resolve(use: ParameterUse): Parameter {
  const found =
    "$ref" in use ? SHARED_PARAMETERS[use.$ref.slice(use.$ref.lastIndexOf("/") + 1)] : use;
  if (found === undefined) {
    throw new Error(`Cannot resolve ${JSON.stringify(use)}`);
  }
  return found;
}

function isInQuery(parameter: Parameter): boolean {
  return parameter.in === "query";
}

function isFilter(name: string): boolean {
  return isFilterParameter(name) || name === FREE_PARAMETER;
}
