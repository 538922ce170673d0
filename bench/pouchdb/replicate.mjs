// The other side of `marugoto bench sync`: the same records as JSON documents in PouchDB, replicated over loopback HTTP
// to a PouchDB server in a process of its own.
//
//   node replicate.mjs PLAN.json     prints what each step took: milliseconds, and bytes at the server's sockets
//
// Databases are LevelDB. Each batch that LevelDB is given is written with `sync: true`, so that it is on the disk before
// it is answered, as every transaction of Marugoto is. Replication runs with PouchDB's own settings, one way only.

import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const leveldown = require('leveldown')
const PouchDB = require('pouchdb')

/** LevelDB that waits for the disk. */
function Durable(location) {
  const db = leveldown(location)
  for (const name of ['_batch', '_put', '_del']) {
    const plain = db[name].bind(db)
    db[name] = (...parts) => {
      const call = parts.pop()
      const options = parts.pop()
      plain(...parts, { ...options, sync: true }, call)
    }
  }
  return db
}
Durable.destroy = leveldown.destroy

const here = fileURLToPath(import.meta.url)
if (process.argv[2] === '--serve') serve(process.argv[3])
else await main(JSON.parse(readFileSync(process.argv[2], 'utf8')))

/** The server: says its port, and from then on how many bytes went through its sockets. */
function serve(dir) {
  const express = require('express')
  const app = express()
  const Served = PouchDB.defaults({ prefix: `${dir}/`, db: Durable })
  app.use(
    '/',
    require('express-pouchdb')(Served, {
      mode: 'minimumForPouchDB',
      inMemoryConfig: true,
      logPath: join(dir, 'log.txt'),
    }),
  )
  const open = new Set()
  let closed = 0
  const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => {
      open.delete(socket)
      closed += socket.bytesRead + socket.bytesWritten
    })
  })
  process.on('message', () => {
    let bytes = closed
    for (const socket of open) bytes += socket.bytesRead + socket.bytesWritten
    process.send({ bytes })
  })
  process.on('disconnect', () => process.exit(0))
}

async function main(plan) {
  const server = fork(here, ['--serve', plan.server], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const told = () => new Promise((resolve) => server.once('message', resolve))
  const { port } = await told()
  const bytes = async () => {
    const answer = told()
    server.send('bytes')
    return (await answer).bytes
  }
  const steps = {}
  const measured = async (name, work) => {
    const before = await bytes()
    const begun = process.hrtime.bigint()
    await work()
    const ms = Number(process.hrtime.bigint() - begun) / 1e6
    const step = (steps[name] ??= { ms: [], bytes: [] })
    step.ms.push(ms)
    step.bytes.push((await bytes()) - before)
  }
  const Local = PouchDB.defaults({ prefix: `${plan.laptops}/`, db: Durable })
  const remote = (name) => `http://127.0.0.1:${port}/${name}`
  const pull = (name, local) => PouchDB.replicate(remote(name), local)
  const push = (local, name) => PouchDB.replicate(local, remote(name))

  const author = new Local('author')
  await put(author, documents(plan.base))
  await measured('firstUpload', () => push(author, 'office'))
  const reader = new Local('reader')
  await measured('firstSync', () => pull('office', reader))
  // The server compresses what it answers, as few others do; one reader asks it not to.
  const plain = new PouchDB(remote('office'), { fetch: uncompressed })
  const beside = new Local('beside')
  await measured('firstSyncUncompressed', () => PouchDB.replicate(plain, beside))
  for (const [name, files] of Object.entries(plan.rounds)) {
    for (const file of files) {
      await put(author, documents(file))
      await measured(`${name}Sent`, () => push(author, 'office'))
      await measured(name, () => pull('office', reader))
      await measured(`${name}Uncompressed`, () => PouchDB.replicate(plain, beside))
    }
  }
  for (let time = 0; time < plan.still; time += 1) await measured('still', () => pull('office', reader))
  const [read, written] = [await reader.info(), await author.info()]
  if (read.doc_count !== written.doc_count) throw new Error('the reader has not what the author has')

  if (plan.crowd) {
    const first = new Local('crowd-author')
    await put(first, documents(plan.crowd.base))
    await push(first, 'crowd')
    let number = 0
    for (const devices of plan.crowd.devices) {
      await measured(`devices${devices}`, async () => {
        for (let device = 0; device < devices; device += 1) {
          const local = new Local(`crowd-${(number += 1)}`)
          await pull('crowd', local)
          await local.close()
        }
      })
    }
  }
  server.disconnect()
  process.stdout.write(JSON.stringify({ node: process.version, pouchdb: PouchDB.version, steps }))
  process.exit(0)
}

function uncompressed(url, options) {
  options.headers.set('Accept-Encoding', 'identity')
  return PouchDB.fetch(url, options)
}

/** One document a line. */
function documents(file) {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** Writes documents over what is there. */
async function put(db, all) {
  for (let from = 0; from < all.length; from += 1000) {
    const some = all.slice(from, from + 1000)
    const known = await db.allDocs({ keys: some.map((it) => it._id) })
    known.rows.forEach((row, at) => {
      if (row.value && !row.value.deleted) some[at]._rev = row.value.rev
    })
    for (const result of await db.bulkDocs(some)) if (result.error) throw new Error(result.message)
  }
}
