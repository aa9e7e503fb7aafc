/** What a newcomer sees when all runs. */
export interface Welcome {
  readonly url: string;
  readonly seconds: number;
  readonly dataDir: string;
  readonly logFile: string;
  /** Null where the operator gave the key. */
  readonly adminKey: { readonly value: string; readonly file: string; readonly isNew: boolean } | null;
  readonly hasRedis: boolean;
}

/** The two bodies of LogiSense's "Import Usage by API", word for word. */
const JSON_RECORD =
  '{"Date":"2026-04-16T14:32:00Z","UdrIdentifierTypeName":"Unknown","OriginatingIdentifier":"acct-100045","TerminatingIdentifier":"svc-api-gateway","UdrUsageIdentifier":"evt-20260416-00012345","Value":1250,"UsageClassName":"API Requests","UsageClassTypeName":"Requests","Inbound":false,"PrimaryDataRow":1,"Extensions":{"region":"us-east-1","plan":"growth","operation":"generateReport"}}';
const RAW_ROWS =
  '{"data":["2022-05-01T01:01:00.01,Unknown,4038675309,4038675345,648-688-4180,94,False,False,data_class,Data_1,2022-05-01T01:01:00.01"]}';

export function welcome({ url, seconds, dataDir, logFile, adminKey, hasRedis }: Welcome): string {
  return `
Feedmill runs (ready after ${seconds.toFixed(1)} s). Ctrl-C stops it and all it started.

  API          ${url}/api/v1
  API docs     ${url}/api/docs
  Queue board  ${hasRedis ? `${url}/admin/queues  (any user name; the admin key is the password)` : '(needs Redis)'}
  Data         ${dataDir}
  Log          ${logFile}
  Admin key    ${adminKeyLine(adminKey)}

Try it in another terminal:

  URL=${url}
  KEY=${adminKey ? `"$(cat '${adminKey.file}')"` : '"$FEEDMILL_BOOTSTRAP_ADMIN_KEY"'}

  # 1,250 API requests as a JSON record, rated 0.5 USD; 94 units as a raw row, rated 4.7 USD
  curl -sS "$URL/api/v1/feeds/usageJson/usage" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '${JSON_RECORD}'
  curl -sS "$URL/api/v1/feeds/usageCsv/usage" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '${RAW_ROWS}'

  # what became of them: the imports, the rated usage, and what could not be turned into usage
  sleep 1
  curl -sS "$URL/api/v1/imports" -H "Authorization: Bearer $KEY"
  curl -sS "$URL/api/v1/usage" -H "Authorization: Bearer $KEY"
  curl -sS "$URL/api/v1/exceptions" -H "Authorization: Bearer $KEY"
`;
}

function adminKeyLine(key: Welcome['adminKey']): string {
  if (!key) return 'the one of FEEDMILL_BOOTSTRAP_ADMIN_KEY';
  return key.isNew ? `${key.value}  (shown once, kept in ${key.file})` : `in ${key.file}`;
}
