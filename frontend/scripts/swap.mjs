/** Puts what was built in the place of what was there, at once: a gateway may be serving it. */
import { existsSync, renameSync, rmSync } from 'node:fs';

rmSync('dist.old', { recursive: true, force: true });
if (existsSync('dist')) renameSync('dist', 'dist.old');
renameSync('dist.new', 'dist');
rmSync('dist.old', { recursive: true, force: true });
