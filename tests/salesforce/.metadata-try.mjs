import { Source } from './tree/source.mjs';
import { World } from './tree/names.mjs';
import { readdirSync } from 'node:fs';
const w = new World(Source.read('/work/wt/sf'));
for (const f of readdirSync(new URL('./rules', import.meta.url)).filter((f)=>f.endsWith('.mjs'))) {
  try { const r = await import('./rules/' + f); const x = r.check(w); const fs = await x; console.log('##', f, fs.length); for (const y of fs) console.log('  ', y.file.replace('force-app/',''), '::', y.message); } catch (e) { console.log('##', f, 'ERR', e.message); }
}
