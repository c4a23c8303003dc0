/** Replaces the old build with the new one in one step, because a gateway may be serving it. */
import { existsSync, renameSync, rmSync } from 'node:fs';

rmSync('dist.old', { recursive: true, force: true });
if (existsSync('dist')) renameSync('dist', 'dist.old');
renameSync('dist.new', 'dist');
rmSync('dist.old', { recursive: true, force: true });
