/** What the tests put on their pages, and what OHIF puts on its own: functions that run there find it by these names. */
declare global {
  var adapter: any;
  var base64: any;
  var bytesOf: any;
  var circle: any;
  var commandsManager: any;
  var contents: any;
  var cornerstone: any;
  var cornerstoneTools: any;
  var create: any;
  var documentOf: any;
  var emptyFolder: any;
  var exporter: any;
  var files: any;
  var folder: any;
  var layer: any;
  var library: any;
  var maskOf: any;
  var nextWorker: any;
  var outcome: any;
  var plain: any;
  var put: any;
  var python: any;
  var results: any;
  var services: any;
  var sha256: any;
  var statuses: any;
  var times: any;
  var turn: any;
  var turned: any;
  var unhandled: any;
  var workers: any;
  var write: any;

  /** Elements are found by selector; of which kind they are, the page knows. */
  interface Element {
    [member: string]: any;
  }
  interface Window {
    [name: string]: any;
  }
  interface Error {
    code?: any;
    detail?: any;
  }
  interface FileSystemHandle {
    getFile(): Promise<File>;
  }
}

export {};
