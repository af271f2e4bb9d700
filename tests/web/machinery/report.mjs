// Compares projects with their golden vectors, in the process of tests/web/vision/node.py.
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const sessions = new Map(); // by the project

/** Return the report of a project's code, which may be a copy, or { error }. runsModel: also of the stages that need it. */
export async function report(code, project, runsModel) {
  const load = (folder, file) => import(pathToFileURL(`${folder}/${file}`));
  const { compare } = await load(code, 'edgegen/parity/parity.js');
  const { MODEL } = await load(code, 'vision/model.js');
  const read = (name) => readFile(`${project}/vectors/${name}`);
  if (runsModel && !sessions.has(project)) {
    const { openModel } = await load(project, 'edgegen/session.js');
    const readModel = (url) => readFile(new URL(url.pathname, url)); // without the query
    sessions.set(project, await openModel({ model: MODEL, threads: 1, read: readModel }));
  }
  const run = runsModel ? (values) => sessions.get(project).run(values) : null;
  return compare(read, run, MODEL).catch((error) => ({ error: error.detail }));
}
