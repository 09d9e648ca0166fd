// Runs the data plane's benchmark inside Node, whose OpenSSL it then seals with.
//
//   node native/bench/packetize.js BUILD-FOLDER [seal|send|frame|thread|parity]
import path from 'node:path';
import process from 'node:process';

const [folder, subject] = process.argv.slice(2);
if (!folder) throw new Error('The folder of the build is needed.');
if (subject) process.env.EARTHSHINE_BENCH_SUBJECT = subject;
process.dlopen({ exports: {} }, path.resolve(folder, 'bench-packetize.node'));
