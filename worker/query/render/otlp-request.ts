/**
 * Stored events → one export request in OTLP/JSON.
 *
 * Each event carries its own copy of resource, scope and metric; those that are alike come together
 * again, in the order in which they first appear.
 */
import { type JsonObject, isJsonObject } from "../../otlp/json/parse.ts";
import { type FieldSchema, type MessageSchema, fieldNamed } from "../../otlp/schema.ts";
import { type Signal, type SignalShape, requestField, signalShapes } from "../../otlp/signal.ts";
import { messageOf } from "./otlp-message.ts";
import type { OtlpObject } from "./otlp-value.ts";
import type { Rendered } from "./rendered.ts";
import { parseEvent } from "./stored-event.ts";

const EVENT_TYPES: Readonly<Record<Signal, string>> = {
  traces: "span",
  metrics: "metric",
  logs: "log",
};

/**
 * Builds the request.
 *
 * @param events the events' JSON texts; native events and those of other signals are skipped
 */
export function requestOf(events: readonly string[], signal: Signal): Rendered<OtlpObject> {
  const shape = signalShapes[signal];
  const resources = new Group();
  let skipped = 0;
  for (const line of events) {
    const event = parseEvent(line);
    const data = event?.["event_type"] === EVENT_TYPES[signal] ? event["data"] : undefined;
    if (!isJsonObject(data) || !place(data, shape, resources)) {
      skipped += 1;
    }
  }
  return { body: { [requestField(shape).jsonName]: resources.list }, skipped };
}

/** A list of messages of which none is there twice, each with the list that it holds. */
class Group {
  readonly list: OtlpObject[] = [];
  readonly #known = new Map<string, Group>();

  /**
   * The group of a message that holds a list.
   *
   * @param head the message without its list
   * @param withList the same with it
   */
  of(head: OtlpObject, withList: (list: readonly OtlpObject[]) => OtlpObject): Group {
    const key = JSON.stringify(head);
    const known = this.#known.get(key);
    if (known !== undefined) {
      return known;
    }
    const made = new Group();
    this.#known.set(key, made);
    this.list.push(withList(made.list));
    return made;
  }
}

/**
 * Puts one event's item where it belongs.
 *
 * @param data the event's content
 * @returns whether it is what the gateway writes; a native event may call itself a span
 */
function place(data: JsonObject, shape: SignalShape, resources: Group): boolean {
  const { resourceContainer, scopeContainer } = shape;
  const resource = ownerOf(data["resource"], resourceContainer, "resource");
  const scope = ownerOf(data["scope"], scopeContainer, "scope");
  if (resource === undefined || scope === undefined) {
    return false;
  }
  const scopesName = fieldNamed(resourceContainer, shape.scopesField).jsonName;
  const items = fieldNamed(scopeContainer, shape.itemsField);
  const found = itemOf(data, items);
  if (found === undefined) {
    return false;
  }
  const inScope = resources
    .of(resource, (list) => ({ ...resource, [scopesName]: list }))
    .of(scope, (list) => ({ ...scope, [items.jsonName]: list }));
  const { metric, item } = found;
  const target = metric === undefined ? inScope : inScope.of(metric.head, metric.withPoints);
  target.list.push(item);
  return true;
}

/**
 * A container's own fields: the resource or scope, which is always there, for readers look into it
 * without asking; and the schema_url that stands beside it.
 */
function ownerOf(
  stored: unknown,
  container: MessageSchema,
  name: "resource" | "scope",
): OtlpObject | undefined {
  if (!isJsonObject(stored)) {
    return undefined;
  }
  const field = fieldNamed(container, name);
  const owner = messageOf(field.message, stored);
  const own = messageOf(container, stored);
  return owner === undefined || own === undefined ? undefined : { [field.jsonName]: owner, ...own };
}

interface FoundItem {
  readonly item: OtlpObject;
  /** around data points only */
  readonly metric: MetricFrame | undefined;
}

interface MetricFrame {
  readonly head: OtlpObject;
  readonly withPoints: (points: readonly OtlpObject[]) => OtlpObject;
}

/** @param items the field of the scope's container that holds items: `spans`, `metrics` … */
function itemOf(data: JsonObject, items: FieldSchema): FoundItem | undefined {
  if (items.message.name !== "Metric") {
    const item = messageOf(items.message, data);
    return item === undefined ? undefined : { item, metric: undefined };
  }
  const kind = items.message.fields.find((field) => field.inOneof && field.name === data["type"]);
  if (kind === undefined) {
    return undefined;
  }
  const points = fieldNamed(kind.message, "data_points");
  const own = messageOf(items.message, data);
  const content = messageOf(kind.message, data);
  const item = messageOf(points.message, data);
  if (own === undefined || content === undefined || item === undefined) {
    return undefined;
  }
  return {
    item,
    metric: {
      head: { ...own, [kind.jsonName]: content },
      withPoints: (list) => ({ ...own, [kind.jsonName]: { ...content, [points.jsonName]: list } }),
    },
  };
}
