import { EVENT_FIELD } from 'feedmill/pipeline';
import { BrokenElement } from './envelope-error.js';
import { isObject } from './json-object.js';

/** What a CloudEvent says beside its data, by attribute name, extensions included. */
export type EventAttributes = Readonly<Record<string, unknown>>;

const REQUIRED = ['id', 'source', 'type'] as const;
const JSON_TYPE = /^[\w.+-]+\/(?:[\w.-]+\+)?json$/i;
const MAX_SHOWN = 100;

/** Whether a Content-Type says that a body, or an event's data, is JSON. */
export function isJsonType(contentType: string): boolean {
  return JSON_TYPE.test(contentType.split(';', 1)[0]!.trim());
}

/** The record of an event in the JSON format (CloudEvents 1.0): its data, with the attributes as `$event`. */
export function toEventRecord(event: unknown): unknown {
  if (!isObject(event)) return new BrokenElement(event, 'An event has to be a JSON object.');
  const { data, data_base64: base64, ...said } = event;
  if (base64 !== undefined && base64 !== null) {
    return new BrokenElement(
      event,
      'data_base64 is not offered: the data of an event has to be a JSON object.',
    );
  }
  const attributes = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
  return joined(attributes, data, event);
}

/** The record of an event whose attributes came apart from its data (binary mode). */
export function toRecord(attributes: EventAttributes, data: unknown): unknown {
  return joined(attributes, data, data);
}

function joined(attributes: EventAttributes, data: unknown, sent: unknown): unknown {
  const problem = attributesProblem(attributes);
  if (problem) return new BrokenElement(sent, problem);
  if (!isObject(data)) return new BrokenElement(sent, 'The data of an event has to be a JSON object.');
  return { ...data, [EVENT_FIELD]: attributes };
}

/** What the specification demands of attributes and is not so. */
function attributesProblem({ specversion, datacontenttype, ...rest }: EventAttributes): string | null {
  if (specversion !== '1.0') return 'specversion of an event has to be "1.0".';
  const missing = REQUIRED.filter((name) => typeof rest[name] !== 'string' || rest[name] === '');
  if (missing.length) return `An event needs ${missing.join(' and ')}: a text that is not empty.`;
  if (datacontenttype === undefined) return null;
  if (typeof datacontenttype === 'string' && isJsonType(datacontenttype)) return null;
  return `datacontenttype ${JSON.stringify(datacontenttype).slice(0, MAX_SHOWN)} is not offered: data has to be JSON.`;
}
