import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { patientWriter } from "../core/full-disk.ts";
import { rotate } from "../core/log.ts";

/** One line of an app's log. */
export interface LogLine {
  time: string;
  /** `app` for what the app prints, `heroku` for what the platform says. */
  source: string;
  /** `web.1`, `router` or `api`. */
  dyno: string;
  text: string;
}

export interface LogFilter {
  source?: string | undefined;
  dyno?: string | undefined;
}

export interface LogSession extends LogFilter {
  id: string;
  appId: string;
  lines: number;
  tail: boolean;
  createdAt: number;
}

/** Collects the log of each app: https://devcenter.heroku.com/articles/logging */
export interface Logplex {
  write(appId: string, source: string, dyno: string, text: string): void;
  recent(appId: string, filter: LogFilter, lines: number): LogLine[];
  follow(appId: string, filter: LogFilter, onLine: (line: LogLine) => void): () => void;
  openSession(appId: string, options: Omit<LogSession, "id" | "appId" | "createdAt">): LogSession;
  session(id: string): LogSession | undefined;
  remove(appId: string): void;
}

// What Logplex keeps of an app: https://devcenter.heroku.com/articles/logging#log-history-limits
const KEPT_LINES = 1500;
const SESSION_MS = 5 * 60_000;
const MAX_LINE = 10_000;

/** Opens the logs kept in `folder`, one file an app. */
export function openLogplex(folder: string): Logplex {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const kept = new Map<string, LogLine[]>();
  const sessions = new Map<string, LogSession>();
  const lines = new EventEmitter().setMaxListeners(0);
  const file = (appId: string) => join(folder, `${appId}.log`);
  const writers = new Map<string, (text: string) => void>();

  function append(appId: string, text: string): void {
    const writer =
      writers.get(appId) ?? patientWriter((all) => appendFileSync(file(appId), all, { mode: 0o600 }));
    writers.set(appId, writer);
    writer(text);
  }

  function load(appId: string): LogLine[] {
    let list = kept.get(appId);
    if (list === undefined) {
      list = existsSync(file(appId)) ? parseFile(readFileSync(file(appId), "utf8")) : [];
      kept.set(appId, list);
      rotate(file(appId));
    }
    return list;
  }

  return {
    write(appId, source, dyno, text) {
      const list = load(appId);
      const time = new Date().toISOString().replace("Z", "000+00:00");
      const line = { time, source, dyno, text: text.slice(0, MAX_LINE) };
      list.push(line);
      if (list.length > KEPT_LINES) list.shift();
      append(appId, `${formatLine(line)}\n`);
      lines.emit(appId, line);
    },
    recent(appId, filter, count) {
      const list = load(appId).filter((line) => matches(line, filter));
      return count <= 0 ? [] : list.slice(-count);
    },
    follow(appId, filter, onLine) {
      const listener = (line: LogLine) => {
        if (matches(line, filter)) onLine(line);
      };
      lines.on(appId, listener);
      return () => lines.off(appId, listener);
    },
    openSession(appId, options) {
      const now = Date.now();
      for (const [id, session] of sessions) if (now - session.createdAt > SESSION_MS) sessions.delete(id);
      const session = { ...options, id: randomUUID(), appId, createdAt: now };
      sessions.set(session.id, session);
      return session;
    },
    session(id) {
      const session = sessions.get(id);
      return session !== undefined && Date.now() - session.createdAt <= SESSION_MS ? session : undefined;
    },
    remove(appId) {
      kept.delete(appId);
      writers.delete(appId);
      rmSync(file(appId), { force: true });
      rmSync(`${file(appId)}.1`, { force: true });
    },
  };
}

/** A line as `heroku logs` shows it. */
export function formatLine(line: LogLine): string {
  return `${line.time} ${line.source}[${line.dyno}]: ${line.text}`;
}

function parseFile(content: string): LogLine[] {
  const list: LogLine[] = [];
  for (const text of content.split("\n").slice(-KEPT_LINES - 1)) {
    const match = /^(\S+) ([a-z]+)\[([^\]]+)\]: (.*)$/.exec(text);
    if (match !== null) {
      const [, time = "", source = "", dyno = "", message = ""] = match;
      list.push({ time, source, dyno, text: message });
    }
  }
  return list;
}

/** `--dyno web` also means `web.1`, as in the official command line. */
function matches(line: LogLine, filter: LogFilter): boolean {
  if (filter.source !== undefined && line.source !== filter.source) return false;
  if (filter.dyno === undefined) return true;
  return line.dyno === filter.dyno || line.dyno.startsWith(`${filter.dyno}.`);
}
