/**
 * An export request → events. The frame around the items (request → resources → scopes → items) is
 * walked here; what is inside a resource, a scope or an item is written by message.ts.
 */
import { GaugeFields, MetricFields } from "./fields";
import { noteName, writeEvent } from "./items";
import { Service, beginHead, resumeHead, useHead } from "./lines";
import { endMerged, Merged, mergeMessage } from "./merge";
import { forgetFound, writeItem, writeMessage } from "./message";
import { Out, PADDING_BYTES, closeObject, writeByte, writeBytes, writeLiteral } from "./out";
import { Field, Flag, ItemKind, Message, Shape, fieldOf } from "./schema";
import { writeString } from "./text";
import { Pending } from "./tokens";
import { Attributes } from "./values";
import { Problem, Wire, WireType, failWireType, finish, moveTo, skip } from "./wire";

/** `,"` before a member's name and `":` behind it. */
const NAME_START: u32 = 2;
const NAME_FRAME: u32 = 4;

/** Writes the events of the request between the position and the limit. */
export function walkRequest(shape: Shape): void {
  const end = Wire.limit;
  while (nextElement(shape.resources, end)) {
    const stop = Element.end;
    walkResource(shape, stop);
    moveTo(stop);
  }
}

/** Where the element that {@link nextElement} found ends. */
class Element {
  static end: usize = 0;
}

/** Goes to the content of the next element of a repeated message field; false at the end. */
function nextElement(field: Field, end: usize): bool {
  while (Wire.at < end) {
    const tag = Wire.readTag();
    if (tag >>> 3 != field.number) {
      skip(tag, end);
    } else if ((tag & 7) == WireType.length) {
      Element.end = Wire.readEnd(end);
      return Wire.problem == Problem.none;
    } else {
      failWireType(field, tag);
    }
  }
  finish(end);
  return false;
}

/** Where the singular fields of a container stand; 0 where one is absent. */
class Owner {
  static start: usize = 0;
  static end: usize = 0;
  static urlStart: usize = 0;
  static urlEnd: usize = 0;
}

/**
 * Finds the singular fields of a container, and comes back.
 *
 * @returns false when one of them repeats: the container must be merged
 */
function locateOwner(container: Message, owner: Field, schemaUrl: Field, end: usize): bool {
  const start = Wire.at;
  let seen: u32 = 0;
  let repeats = false;
  Owner.start = 0;
  Owner.end = 0;
  Owner.urlStart = 0;
  Owner.urlEnd = 0;
  while (Wire.at < end) {
    const tag = Wire.readTag();
    const field = fieldOf(container, tag >>> 3);
    if (changetype<usize>(field) == 0 || (field.flags & Flag.repeated) != 0) {
      skip(tag, end);
    } else if ((tag & 7) == WireType.length) {
      const stop = Wire.readEnd(end);
      repeats = repeats || (seen & field.conflicts) != 0;
      seen |= 1 << field.number;
      if (field == owner) {
        Owner.start = Wire.at;
        Owner.end = stop;
      } else if (field == schemaUrl) {
        Owner.urlStart = Wire.at;
        Owner.urlEnd = stop;
      }
      moveTo(stop);
    } else {
      failWireType(field, tag);
    }
  }
  finish(end);
  moveTo(start);
  return !repeats;
}

/** Writes the resource or scope object located last: its fields and the container's schema_url. */
function writeOwner(owner: Field, schemaUrl: Field): void {
  const mark = Out.length();
  const urlStart = Owner.urlStart;
  const urlEnd = Owner.urlEnd;
  if (Owner.start != 0) {
    Wire.at = Owner.start;
    writeMessage(owner.message, Owner.end);
  }
  if (urlEnd > urlStart) {
    Out.reserve(schemaUrl.memberLength + PADDING_BYTES);
    Out.at = Out.copyPadded(Out.at, schemaUrl.member, schemaUrl.memberLength);
    writeString(urlStart, urlEnd);
  }
  closeObject(mark);
}

function walkResource(shape: Shape, end: usize): void {
  const container = shape.resourceContainer;
  if (!locateOwner(container, shape.resource, shape.resourceSchemaUrl, end)) {
    const merged = mergeMessage(container, end);
    if (changetype<usize>(merged) != 0) {
      walkResource(shape, merged.end);
      endMerged(merged);
    }
    return;
  }
  if (Wire.problem != Problem.none) {
    return;
  }
  const start = Wire.at;
  beginHead();
  writeBytes(shape.opening, shape.openingLength);
  Service.isKnown = false;
  Attributes.areResource = true;
  writeOwner(shape.resource, shape.resourceSchemaUrl);
  Attributes.areResource = false;
  Service.isKnown = Service.isKnown && !Out.overflowed;
  const headLength = Out.length();
  const headTokens = Pending.count;
  moveTo(start);
  while (nextElement(shape.scopes, end)) {
    const stop = Element.end;
    resumeHead(headLength, headTokens);
    walkScope(shape, stop);
    moveTo(stop);
  }
}

function walkScope(shape: Shape, end: usize): void {
  const container = shape.scopeContainer;
  if (!locateOwner(container, shape.scope, shape.scopeSchemaUrl, end)) {
    const merged = mergeMessage(container, end);
    if (changetype<usize>(merged) != 0) {
      walkScope(shape, merged.end);
      endMerged(merged);
    }
    return;
  }
  if (Wire.problem != Problem.none) {
    return;
  }
  const start = Wire.at;
  writeLiteral(',"scope":');
  writeOwner(shape.scope, shape.scopeSchemaUrl);
  moveTo(start);
  if (shape.itemKind == ItemKind.dataPoint) {
    walkMetrics(shape.items, end);
  } else {
    useHead();
    walkItems(shape.items, shape.itemKind, end);
  }
}

/** Writes the items of a repeated field: one event each. */
function walkItems(field: Field, kind: u32, end: usize): void {
  while (nextElement(field, end)) {
    writeEvent(kind, field.message, Element.end);
  }
}

/** Metrics: the head grows by the metric's own fields, then each data point is an event. */
function walkMetrics(metrics: Field, end: usize): void {
  const headLength = Out.length();
  const headTokens = Pending.count;
  while (nextElement(metrics, end)) {
    const stop = Element.end;
    resumeHead(headLength, headTokens);
    walkMetric(metrics.message, stop);
    moveTo(stop);
  }
}

function walkMetric(metric: Message, end: usize): void {
  const start = Wire.at;
  writeItem(metric, end);
  if (Wire.problem == Problem.none) {
    noteName(MetricFields.name);
  }
  forgetFound();
  moveTo(start);
  const data = locateData(metric, end);
  if (changetype<usize>(data) == 0 || Wire.problem != Problem.none) {
    return;
  }
  const dataStart = Wire.at;
  const dataEnd = Element.end;
  writeLiteral(',"type":"');
  writeBytes(data.member + NAME_START, data.memberLength - NAME_FRAME);
  writeByte(0x22);
  writeMessage(data.message, dataEnd);
  useHead();
  moveTo(dataStart);
  // Every kind of data has its points in the same field.
  walkItems(fieldOf(data.message, GaugeFields.data_points), ItemKind.dataPoint, dataEnd);
}

/**
 * Goes to the member of a metric's data oneof that counts: the last one on the wire.
 *
 * @returns null when there is none
 */
function locateData(metric: Message, end: usize): Field {
  let found = changetype<Field>(0);
  let start: usize = 0;
  while (Wire.at < end) {
    const tag = Wire.readTag();
    const field = fieldOf(metric, tag >>> 3);
    if (changetype<usize>(field) != 0 && (field.flags & Flag.inOneof) != 0) {
      if ((tag & 7) != WireType.length) {
        failWireType(field, tag);
        break;
      }
      found = field;
      const stop = Wire.readEnd(end);
      start = Wire.at;
      Element.end = stop;
      moveTo(stop);
    } else {
      skip(tag, end);
    }
  }
  finish(end);
  if (changetype<usize>(found) != 0) {
    moveTo(start);
  }
  return found;
}
