import type { WorkerPort } from "../src/workers/client.js";

/** The other end of a worker's channel, played by a test. */
export interface FarEnd {
  readonly port: MessagePort;
  /** Messages that came so far. */
  readonly received: Message[];
  /** Resolves with the next message that was not taken yet. */
  next(): Promise<Message>;
  send(message: object): void;
  /** Answer the start. */
  ready(): Promise<void>;
  /** What the page called `terminate` on. */
  isTerminated: boolean;
}

/** A message of the page, as it arrives. */
export interface Message {
  readonly type: string;
  readonly id: number;
  readonly [key: string]: unknown;
}

export const started = {
  version: "0.1.0",
  pyodide: "x",
  pydicom: "y",
  start: "plain",
  milliseconds: 1,
} as const;

/** A real MessageChannel whose near end stands for the Worker, as `Worker` and `MessagePort` have the same shape. */
export function channel(): { near: WorkerPort & { emit(type: string): void }; far: FarEnd } {
  const { port1, port2 } = new MessageChannel();
  const waiting: ((message: Message) => void)[] = [];
  const untaken: Message[] = [];
  const events = new EventTarget();
  const far: FarEnd = {
    port: port2,
    received: [],
    isTerminated: false,
    next: () =>
      new Promise((resolve) => {
        const message = untaken.shift();
        if (message === undefined) waiting.push(resolve);
        else resolve(message);
      }),
    send: (message) => port2.postMessage(message),
    ready: async () => {
      const { id } = await far.next();
      port2.postMessage({ type: "hello", version: "0.1.0" });
      port2.postMessage({ type: "done", id, result: started });
    },
  };
  port2.onmessage = ({ data }: MessageEvent<Message>) => {
    far.received.push(data);
    const resolve = waiting.shift();
    if (resolve === undefined) untaken.push(data);
    else resolve(data);
  };
  port1.start();
  const near = {
    postMessage: (message: unknown, transfer: Transferable[]) => port1.postMessage(message, transfer),
    addEventListener: (type: string, listener: (event: Event) => void) => {
      port1.addEventListener(type, listener as EventListener);
      events.addEventListener(type, listener);
    },
    terminate: () => {
      far.isTerminated = true;
      port1.close();
      port2.close();
    },
    emit: (type: string) => events.dispatchEvent(new Event(type)),
  };
  return { near, far };
}
