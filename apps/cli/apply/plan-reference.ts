import { type ApiClient, pathPart } from '../api-client.js';
import { UsageError } from '../errors.js';
import { toGrouped } from '../output/table.js';
import { CsvSplitter } from '../send/csv-splitter.js';
import type { Change } from './change.js';
import { type ConfigFile, type Kind, nameOf, toObject } from './config-folder.js';
import { toDecimalTexts } from './decimal-texts.js';

/** The server takes at most this many rows in a request (API.md, reference data). */
const rowsPerRequest = 10_000;

const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf]);

/** A PUT of reference data: one content type, one or more bodies. */
interface Upsert {
  name: string;
  path: string;
  rows: number;
  bodies: (Buffer | object)[];
}

/**
 * Reference data is upserted: the server compares rows with what it has. A file of more rows than a request may hold
 * goes in several; then each is all or nothing, not the file.
 */
export function planReference(client: ApiClient, file: ConfigFile): Change {
  const upsert = 'csv' in file.content ? toCsvUpsert(file, file.content.csv) : toValueUpsert(file);
  const apply = async (): Promise<void> => {
    for (const body of upsert.bodies) {
      const headers: Record<string, string> = Buffer.isBuffer(body) ? { 'content-type': 'text/csv' } : {};
      await client.request('PUT', upsert.path, { headers, body });
    }
  };
  const detail = `${toGrouped(upsert.rows)} ${upsert.rows === 1 ? 'row' : 'rows'}`;
  return { action: 'upsert', kind: file.kind, name: upsert.name, path: file.path, detail, apply };
}

function toCsvUpsert(file: ConfigFile, csv: Buffer): Upsert {
  const splitter = new CsvSplitter({ delimiter: ',', quote: '"', hasHeader: false });
  const text = csv.subarray(0, utf8Mark.length).equals(utf8Mark) ? csv.subarray(utf8Mark.length) : csv;
  const [header, ...rows] = [...splitter.push(text), ...splitter.end()];
  if (header === undefined)
    throw new UsageError(`${file.path}: it is empty; the first line names the columns`);
  const toBody = (piece: Buffer[]): Buffer =>
    Buffer.from([header, ...piece].map((row) => `${row.toString()}\n`).join(''));
  // A file that fits goes as it is: the lines that the server names are then the file's.
  const bodies = rows.length <= rowsPerRequest ? [csv] : inPieces(rows).map(toBody);
  return { name: file.name, path: toPath(file.kind, file.name), rows: rows.length, bodies };
}

function toValueUpsert(file: ConfigFile): Upsert {
  if (file.kind === 'usage-classes' || file.kind === 'identifiers') {
    const rows = toRows(file, file.kind === 'identifiers' ? 'identifiers' : 'usageClasses');
    // What stands beside the rows says how to read them: the zone of their bare dates.
    const beside = 'value' in file.content && Array.isArray(file.content.value) ? {} : toObject(file);
    const toBody = (piece: unknown[]): object =>
      file.kind === 'identifiers' ? { ...beside, identifiers: piece } : piece;
    return {
      name: file.name,
      path: toPath(file.kind, file.name),
      rows: rows.length,
      bodies: inPieces(rows).map(toBody),
    };
  }
  const member = file.kind === 'rate-plans' ? 'rates' : 'rows';
  const { name: _name, ...value } = toObject(file);
  const rows = toRows({ ...file, content: { value: value[member] } }, member);
  const name = nameOf(file);
  const bodies = inPieces(rows).map((piece) => ({ ...value, [member]: toDecimalTexts(piece) }));
  return { name, path: toPath(file.kind, name), rows: rows.length, bodies };
}

/** A file that is a list of rows, or an object that has the list as its `member`. */
function toRows(file: ConfigFile, member: string): unknown[] {
  const value = 'value' in file.content ? file.content.value : null;
  const rows = Array.isArray(value) ? value : toObject(file)[member];
  if (Array.isArray(rows)) return rows;
  throw new UsageError(`${file.path}: "${member}" has to be a list`);
}

function toPath(kind: Kind, name: string): string {
  return kind === 'identifiers' || kind === 'usage-classes' ? `/${kind}` : `/${kind}/${pathPart(name)}`;
}

/** At least one piece, so that a file without rows is sent, too: it may say a currency or a key. */
function inPieces<Row>(rows: Row[]): Row[][] {
  const pieces: Row[][] = [];
  for (let at = 0; at === 0 || at < rows.length; at += rowsPerRequest)
    pieces.push(rows.slice(at, at + rowsPerRequest));
  return pieces;
}
