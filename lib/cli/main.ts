#!/usr/bin/env node
import { outliveOutputStreams } from './output-streams.js';
import { runProgram } from './program.js';

outliveOutputStreams();
process.exitCode = await runProgram(process.argv.slice(2));
